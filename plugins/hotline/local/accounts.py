"""The account that servers run under: Elasticsearch refuses to run as root."""

import os
import pwd
from pathlib import Path

from hotline.local.errors import LocalError


def server_account() -> pwd.struct_passwd | None:
    """Whom a server runs as that refuses root: `nobody` when we are root, else None (ourselves)."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def hand_over(*folders: Path) -> None:
    """Make the folders and all in them belong to the server's account. Nothing happens unless we are root."""
    account = server_account()
    if account is None:
        return
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def check_reachable(path: Path) -> None:
    """Raise LocalError where the server's account cannot enter a folder on the way to `path`."""
    if server_account() is None:
        return
    for folder in reversed(path.absolute().parents):
        if folder.exists() and not folder.stat().st_mode & 0o001:
            raise LocalError(
                f"Elasticsearch refuses to run as root, and `nobody`, which it runs as instead, cannot enter {folder}.",
                "Set HOTLINE_HOME to a folder that every user may enter, /var/lib/hotline for example, "
                "or run as an ordinary user.",
            )
