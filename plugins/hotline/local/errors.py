"""What the local stack says when it cannot go on: what is wrong, and what to do about it."""


class LocalError(Exception):
    """A condition of this machine that its user can mend."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """`problem` says what is wrong and where; `remedy` what to do."""
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy
