"""The newsroom: a small, scriptable world of fictional outlets on a local web server.

Tests drive it step by step (`with Newsroom() as room: room.publish(...)`), and `make demo` lets it play its script
(`python -m tests.newsroom`). Everything in it was written for this project; see `README.md` beside this file.
"""

from tests.newsroom.desk import write_desk
from tests.newsroom.newsroom import Newsroom

__all__ = ["Newsroom", "write_desk"]
