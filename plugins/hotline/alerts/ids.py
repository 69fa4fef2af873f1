"""Ids of alerts, deliveries and threads: the month that names their index, a dash and a hash of what makes them one."""

import hashlib


def dated_id(month: str, *parts: str) -> str:
    """The id of what belongs to `month` (`2026.11`) and is told apart by `parts`, in order (128 bits of SHA-256)."""
    return f"{month}-{hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:32]}"


def month_in(id_: str) -> str:
    """The month an id begins with, for the index the record lives in."""
    return id_.partition("-")[0]
