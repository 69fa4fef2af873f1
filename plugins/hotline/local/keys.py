"""The local stack's secrets: made once, kept in a file that only its owner reads."""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keys:
    """What Airflow's components share, and the password of its user `admin`."""

    jwt_secret: str
    fernet_key: str
    session_key: str
    admin_password: str


def keep_keys(path: Path) -> tuple[Keys, bool]:
    """The keys kept at `path`, and whether they were made just now."""
    if path.exists():
        return Keys(**json.loads(path.read_text())), False
    keys = Keys(
        jwt_secret=secrets.token_urlsafe(48),  # 64 bytes, the length that its HMAC wants (RFC 7518, 3.2)
        fernet_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        session_key=secrets.token_urlsafe(32),
        admin_password=secrets.token_urlsafe(12),
    )
    write_private(path, json.dumps(asdict(keys)))
    return keys, True


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone (0600), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)
