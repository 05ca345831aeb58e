"""A parser whose arguments are known only when it is used."""

import argparse
import os
from collections.abc import Callable


class LateParser(argparse.ArgumentParser):
    """A parser that adds its arguments when it is used, for those that need imports to be known.

    Args:
        fill: adds the arguments.
    """

    def __init__(self, *more, fill: Callable[[argparse.ArgumentParser], None] | None = None, **named) -> None:
        super().__init__(*more, **named)
        self._fill = fill

    def parse_known_args(self, *more, **named):
        """See `argparse.ArgumentParser`."""
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        return super().parse_known_args(*more, **named)

    def error(self, message: str) -> None:
        """See `argparse.ArgumentParser`; of several processes on a machine one speaks."""
        if os.environ.get("LOCAL_RANK", "0") != "0":
            self.exit(2)
        super().error(message)
