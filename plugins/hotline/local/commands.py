"""What `hotline up`, `down`, `status` and `doctor` do. Each returns the exit status of its command."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hotline.local.distribution import Progress
from hotline.local.doctor import Check, examine
from hotline.local.errors import LocalError
from hotline.local.stack import Stack
from hotline.settings import settings

_console = Console()


def up(stack: Stack | None = None) -> int:
    """Start the stack, say what there is to open, and keep it running until Ctrl-C, SIGTERM or `hotline down`."""
    stack = stack or Stack(settings())
    try:
        with stopping_on_signals():
            try:
                bring_up(stack)
                print_addresses(stack)
                while not stack.supervisor.has_ended():
                    time.sleep(0.5)
                _console.print("Hotline was stopped.")
            except KeyboardInterrupt:
                _console.print("Stopping…")
                stack.down()
                _console.print("Stopped. Data stay in", str(stack.settings.home))
    except LocalError as error:
        return say(error)
    return 0


def down() -> int:
    """Stop what `up` or `demo` started in this home."""
    try:
        with _console.status("Stopping…"):
            ran = [stack.down() for stack in _stacks()]
    except LocalError as error:
        return say(error)
    _console.print("Stopped. Data stay." if any(ran) else f"Nothing runs in {settings().home}.")
    return 0


def status() -> int:
    """Show every component. 0: all are healthy, 1: some are not, 3: the stack is down (as init scripts say it)."""
    components = [component for stack in _stacks() for component in stack.status()]
    if not components:
        _console.print(f"Hotline is down (home: {settings().home}).")
        return 3
    table = Table("component", "state", "process", "")
    for part in components:
        state = "[green]healthy[/]" if part.healthy else f"[red]{part.state.lower()}, not healthy[/]"
        table.add_row(part.name, state, str(part.pid or ""), escape(part.detail))
    _console.print(table)
    return 0 if all(part.healthy for part in components) else 1


def doctor(more: dict[str, Check] | None = None) -> int:
    """Check machine and configuration; `more` are checks that other rooms add. 1 if anything must be mended."""
    findings = examine(Stack(settings()), more)
    for found in findings:
        mark = "[green]✓[/]" if found.ok else "[red]✗[/]"
        _console.print(f"{mark} [bold]{escape(found.check)}[/]: {escape(found.text)}", soft_wrap=True)
        if found.remedy:
            _console.print(f"  → {escape(found.remedy)}", soft_wrap=True)
    return 0 if all(found.ok for found in findings) else 1


def _stacks() -> list[Stack]:
    """The stack of this home, and the demo's, which has a home of its own in it."""
    demo = settings().model_copy(update={"home": settings().home / "demo"})
    return [Stack(settings()), Stack(demo)]


def bring_up(stack: Stack) -> None:
    """Start the stack with its progress shown. Raises LocalError."""
    with showing_progress() as progress:
        stack.up(progress)


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """A function that shows the last of what it is told, beside a spinner; line by line where nobody watches."""
    last = ""
    if _console.is_terminal:
        with _console.status("Starting…") as shown:
            yield lambda text: shown.update(escape(text))
        return

    def line(text: str) -> None:
        nonlocal last
        # A figure that grows, in a log, is one line.
        if (stem := text.partition(":")[0]) != last:
            last = stem
            _console.print(text, markup=False)

    yield line


def print_addresses(stack: Stack) -> None:
    """What there is to open, and once, after the first start, the password."""
    _console.print("[green]Hotline is up.[/] Ctrl-C or `hotline down` stops it.")
    for name, address in stack.addresses.items():
        _console.print(f"  {name:<14} {address}")
    if stack.new_password:
        _console.print(f"  Airflow's user is [bold]admin[/], password [bold]{escape(stack.new_password)}[/].")
        _console.print(f"  It is not shown again; it is kept in {stack.settings.home / 'airflow/keys.json'}.")


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP (a closed terminal) end the block as Ctrl-C does; while it is ending, none interrupts it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(error: LocalError) -> int:
    """Print what is wrong and what to do about it."""
    _console.print(f"[red]{escape(error.problem)}[/]", highlight=False, soft_wrap=True)
    if error.remedy:
        _console.print(f"→ {escape(error.remedy)}", highlight=False, soft_wrap=True)
    return 1
