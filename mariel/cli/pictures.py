"""Flags of the command `export` that say how films and pictures are drawn, and a line that says how far they are."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from tqdm import tqdm

from mariel.errors import MarielError

if TYPE_CHECKING:
    from mariel.export.picture_options import PictureOptions
    from mariel.export.registry import Exporter

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415

_ONLY = "of films and pictures: "

Shape = Annotated[
    Literal["landscape", "square", "portrait"] | None,
    Parameter(help=f"{_ONLY}16:9, 1:1 or 9:16; default: landscape"),
]
Theme = Annotated[Literal["light", "dark"] | None, Parameter(help=f"{_ONLY}the stage's colours; default: light")]
Style = Annotated[
    Literal["figure", "markers"] | None,
    Parameter(help=f"{_ONLY}bodies with volume, or markers and lines; default: figure"),
]
View = Annotated[
    Literal["three-quarter", "front", "left", "right", "top"] | None,
    Parameter(help="from where the dance is seen first"),
]


def picture_options(exporter: "Exporter", choices: dict[str, Any]) -> "PictureOptions":
    """The options of films and pictures that a person has given.

    Args:
        exporter: makes the file.
        choices: by their names in `PictureOptions`; None where nothing was given.

    Raises:
        MarielError: the file is no picture, or a value is out of its range.
    """
    from mariel.export.picture_options import PictureOptions

    given = {name: value for name, value in choices.items() if value is not None}
    if given and not exporter.drawn:
        flags = ", ".join(f"--{'no-caption' if name == 'caption' else name}" for name in given)
        raise MarielError(f"{flags}: a {exporter.suffix} file is not drawn, so it has no such options")
    try:
        return PictureOptions(**given)
    except MarielError as error:
        raise MarielError(f"--{error}") from None


@contextmanager
def progress_line(words: str) -> Iterator[Callable[[float], None]]:
    """A line on a terminal that says how much is done; nothing elsewhere.

    Args:
        words: what is made.
    """
    line = tqdm(
        total=1.0, file=sys.stderr, disable=None, leave=False, ascii="-#", desc=words, delay=0.5,
        bar_format="{desc}  [{bar:24}] {percentage:3.0f}%  {remaining} left",
    )  # fmt: skip

    def show(share: float) -> None:
        line.update(share - line.n)

    try:
        yield show
    finally:
        line.close()
