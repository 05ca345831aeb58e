"""How functions that take long say how far they are."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what comes next, such as a file's name, or "", and the share that is done, 0 to 1."""


def no_progress(name: str, share: float) -> None:
    """The progress that nobody follows."""
