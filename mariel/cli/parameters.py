"""Parameters that several commands have, each with its help text."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from mariel.kinematics.shapes.proportions import BODY_DESCRIPTION

if TYPE_CHECKING:
    from cyclopts import Token

NONE = "none"
"""The word that leaves a number empty."""


def number_converter(
    *, whole: bool, optional: bool = False, minimum: float = -math.inf, what: str = "number"
) -> Callable[[Any, Sequence["Token"]], float | None]:
    """A converter of a flag's text to a number, with messages for people.

    Args:
        whole: only whole numbers, such as 20 and 20.0.
        optional: also the word "none", which gives None.
        minimum: the least number.
        what: what the number is, for the message.
    """
    expected = f"a {'whole ' if whole and what == 'number' else ''}{what}"
    if minimum > -math.inf:
        expected += f", {minimum:g} or more"

    def convert(_type: Any, tokens: Sequence["Token"]) -> float | None:
        text = tokens[0].value
        if optional and text.lower() == NONE:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or (whole and number != int(number)) or number < minimum:
            raise ValueError(f"expected {expected}, found {text!r}")
        return int(number) if whole else number

    return convert


_WHOLE = Parameter(metavar="N", converter=number_converter(whole=True), n_tokens=1, show_default=False)
_NUMBER = Parameter(metavar="X", converter=number_converter(whole=False), n_tokens=1, show_default=False)

Whole = Annotated[int, _WHOLE]
OptionalWhole = Annotated[int | None, _WHOLE]
Number = Annotated[float, _NUMBER]
OptionalNumber = Annotated[float | None, _NUMBER]
"""Numbers as flags; an optional one may be left out, and then is None."""

Data = Annotated[
    str,
    Parameter(help="a folder of recordings, a glob in quotes, one file, or 'demo' for the synthetic demo dancer"),
]
"""DATA."""

CheckpointName = Annotated[
    str,
    Parameter(
        name="CHECKPOINT", help="a run's folder, such as checkpoints/NAME, or the name of one of the app's runs"
    ),
]
"""CHECKPOINT."""

Trim = Annotated[
    int | None,
    Parameter(
        help="frames to leave out at each end of a take (500 in Mariel's raw files, else none)",
        converter=number_converter(whole=True, minimum=0, what="number of frames"),
        n_tokens=1,
        metavar="N",
    ),
]
"""`--trim`."""

OtherBody = Annotated[str, Parameter(name="--body", help=BODY_DESCRIPTION, metavar="BODY", show_default=False)]
"""`--body`."""

Json = Annotated[
    bool,
    Parameter(
        name="--json", help="print JSON, and nothing else, on standard output", negative=(), show_default=False
    ),
]
"""`--json`."""

Switch = Annotated[bool, Parameter(negative=(), show_default=False)]
"""A flag that has no opposite."""

SamplesFile = Annotated[
    Path,
    Parameter(metavar="FILE.npz", help="where to write the array 'positions' (N, frames, markers, 3), metres, z up"),
]
"""`--out` of commands that write samples or reconstructions."""
