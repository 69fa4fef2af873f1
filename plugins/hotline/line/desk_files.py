"""Changing feeds.opml or rules.yaml: one writer at a time, whole or not at all, and never to something unreadable."""

import difflib
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.feeds.opml import read_bytes, read_opml
from schemas.desk import DeskFileError


class ReadOnlyFile(Exception):
    """The file may not be changed here; `patch` is what would have been changed."""

    def __init__(self, path: Path, patch: str) -> None:
        super().__init__(
            f"{path} is read-only here. Nothing was changed; the patch below does it where the file comes from:"
            " `patch -p0 < FILE` (or `git apply -p0 FILE`) in the folder that holds desks/"
        )
        self.path, self.patch = path, patch


def change(path: Path, edit: Callable[[bytes], bytes], check: Callable[[Path], object] = read_opml) -> bool:
    """Makes `edit` of the file's content what the file holds; returns whether anything changed.

    `check` reads the file as it would be, and raises DeskFileError where that is broken.

    Raises: ReadOnlyFile; DeskFileError where the file cannot be read, or could not be after the change.
    """
    path = path.resolve()  # behind a link, the file itself
    with _locked(path.parent):
        before = read_bytes(path)
        after = edit(before)
        if after == before:
            return False
        if not _is_writable(path):
            raise ReadOnlyFile(path, patch(path, before, after))
        fresh = path.with_name(f".{path.name}.new")
        try:
            _write(fresh, after, path.stat().st_mode & 0o777)
            check(fresh)
            fresh.replace(path)
        except DeskFileError as error:
            raise DeskFileError(path, error.line, f"not changed, it would be broken: {error.message}") from error
        except OSError as error:  # a file mounted by itself cannot be replaced
            raise ReadOnlyFile(path, patch(path, before, after)) from error
        finally:
            fresh.unlink(missing_ok=True)
    return True


def patch(path: Path, before: bytes, after: bytes) -> str:
    """The change as a unified diff, under the file's last three names (desks/us_russia/feeds.opml)."""
    name = "/".join(path.parts[-3:])
    old, new = (_lines(content) for content in (before, after))
    lines = difflib.unified_diff(old, new, f"{name}\t", f"{name}\t", lineterm="\n")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(content: bytes) -> list[str]:
    """Lines as patch sees them: they end with a line feed, whatever stands before it."""
    text = content.decode("utf-8", "surrogateescape")
    return [line + "\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]


def _is_writable(path: Path) -> bool:
    """Whether file and folder may be written. Root may write everything, but a file without any such right is meant."""
    return all(os.access(one, os.W_OK) and one.stat().st_mode & 0o222 for one in (path, path.parent))


def _write(path: Path, content: bytes, mode: int) -> None:
    with path.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The only command that changes files in the folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise DeskFileError(folder, 0, f"cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
