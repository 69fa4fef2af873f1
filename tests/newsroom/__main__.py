"""`python -m tests.newsroom`: the newsroom plays its script, or a folder of saved feeds is served, until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.newsroom.newsroom import Newsroom, ReplayRoom

ROOT = Path(__file__).parents[2]


def _template(target: Path) -> Path:
    """The desk that a folder is named after. Raises ValueError where there is none."""
    for folder in (ROOT / "desks" / target.name, ROOT / "tests" / "desks" / target.name):
        if folder.is_dir():
            return folder
    raise ValueError(f"--desk {target}: the last part must name a desk of the project: us_russia or us_china")


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; 2 where the arguments are wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: one that the system chooses")
    parser.add_argument("--desk", type=Path, action="append", default=[], metavar="DIR", help="writes a desk into DIR")
    parser.add_argument("--replay", type=Path, metavar="DIR", help="serves saved feeds and pages instead")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast the script is played")
    options = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        room: Newsroom | ReplayRoom
        if options.replay:
            room = ReplayRoom(options.replay, port=options.port)
        else:
            room = Newsroom(port=options.port, script=True, speed=options.speed)
        for target in options.desk:
            room.write_desk(target, _template(target))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"newsroom: {error}\n")
        return 2
    with room:
        sys.stdout.write(f"{room.base_url}\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
