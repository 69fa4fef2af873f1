"""Exit 0 if a component of Airflow is healthy: `python healthy.py scheduler`.

Asks Airflow's API (`/api/v2/monitor/health`) rather than `airflow jobs check`, which would cost a core several seconds
each time only to import Airflow.
"""

import json
import os
import sys
import urllib.request


def status(component: str, base_url: str) -> str:
    """What the API says of `component`: metadatabase, scheduler, dag_processor or triggerer.

    Raises: OSError where the API cannot be reached.
    """
    with urllib.request.urlopen(f"{base_url}/api/v2/monitor/health", timeout=10) as response:  # noqa: S310
        health = json.load(response)
    return str((health.get(component) or {}).get("status"))


def main() -> int:
    """0: healthy. 1: not, or the API is out of reach."""
    try:
        found = status(sys.argv[1], os.environ.get("AIRFLOW_API_URL", "http://api-server:8080"))
    except OSError as error:
        found = f"no answer from the API: {error}"
    sys.stdout.write(f"{sys.argv[1]}: {found}\n")
    return 0 if found == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main())
