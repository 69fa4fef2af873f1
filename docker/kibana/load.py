"""Imports saved objects into Kibana: `python load.py saved_objects.ndjson http://kibana:5601`.

Objects of the same id are replaced, so it can be run again. User and password come from KIBANA_USER and
KIBANA_LOGIN_PASSWORD; without them Kibana is asked anonymously.
"""

import json
import os
import sys
import time
from pathlib import Path

import urllib3

PATIENCE_S = 300  # Kibana migrates its own indices at its first start


class ImportRefusedError(RuntimeError):
    """Kibana answered, and did not take everything."""


def load(objects: bytes, url: str, headers: dict[str, str]) -> int:
    """The number of objects imported.

    Raises: ImportRefusedError with Kibana's reasons; urllib3.exceptions.HTTPError where it cannot be reached.
    """
    response = urllib3.request(
        "POST",
        f"{url.rstrip('/')}/api/saved_objects/_import?overwrite=true",
        fields={"file": ("saved_objects.ndjson", objects, "application/ndjson")},
        headers={"kbn-xsrf": "hotline", **headers},
        retries=False,
        timeout=60,
    )
    if response.status >= 400:
        raise ImportRefusedError(f"Kibana answered {response.status}: {response.data.decode(errors='replace')[:500]}")
    answer = response.json()
    if not answer["success"]:  # the status is 200 all the same
        raise ImportRefusedError("; ".join(_why(error) for error in answer.get("errors", [])))
    return int(answer["successCount"])


def _why(error: dict[str, object]) -> str:
    return f"{error.get('type')} {error.get('id')}: {json.dumps(error.get('error'), ensure_ascii=False)}"


def main(arguments: list[str]) -> int:
    """Waits for Kibana, then imports. 0: all objects are in."""
    objects, url = Path(arguments[0]).read_bytes(), arguments[1]
    user, password = os.environ.get("KIBANA_USER"), os.environ.get("KIBANA_LOGIN_PASSWORD")
    headers = urllib3.make_headers(basic_auth=f"{user}:{password}") if user else {}
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            count = load(objects, url, dict(headers))
        except urllib3.exceptions.HTTPError as error:
            if time.monotonic() > give_up_at:
                sys.stderr.write(f"No answer from Kibana at {url}: {error}\n")
                return 1
            time.sleep(3)
        except ImportRefusedError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        else:
            sys.stdout.write(f"{count} saved objects imported into Kibana\n")
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
