"""Flags that say what a file of motion does not say itself: `--up --unit --fps --axes --markers` and more."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from mariel.cli.parameters import OptionalNumber, OptionalWhole, Switch
from mariel.errors import MarielError

if TYPE_CHECKING:
    from cyclopts import Token

    from mariel.motion.io.description import MotionDescription

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def _converter(parse: str) -> Callable[[Any, Sequence["Token"]], Any]:
    """A converter that gives a flag's text to a function of `mariel.motion.io.description`."""

    def convert(_type: Any, tokens: Sequence["Token"]) -> Any:
        from mariel.motion.io import description

        try:
            return getattr(description, parse)(tokens[0].value)
        except MarielError as error:
            raise ValueError(str(error)) from None

    return convert


@Parameter(name="*", group="what the files do not say")
@dataclass(frozen=True)
class DescriptionFlags:
    """What a person says about files of motion; None for what the files or their motion say."""

    up: Annotated[
        str | None,
        Parameter(
            help="the axis that points up: x, y or z, with - before it where it points down",
            metavar="AXIS",
            converter=_converter("parse_up"),
            n_tokens=1,
            negative=(),
            allow_leading_hyphen=True,
        ),
    ] = None
    unit: Annotated[
        str | float | None,
        Parameter(
            help="the unit of length: m, cm, mm, in, or the metres in one unit",
            metavar="UNIT",
            converter=_converter("parse_unit"),
            n_tokens=1,
            negative=(),
        ),
    ] = None
    fps: Annotated[OptionalNumber, Parameter(help="frames per second")] = None
    axes: Annotated[
        tuple[str, ...] | None,
        Parameter(
            help="the axes of an array, in order: 'frame marker xyz', also with dancer",
            metavar="NAMES",
            converter=_converter("parse_axes"),
            n_tokens=1,
            negative=(),
        ),
    ] = None
    markers: Annotated[
        tuple[str, ...] | None,
        Parameter(
            help="the labels of the body's markers, with commas between them, where the file has other points too; "
            "or a name for each marker of a file without names",
            metavar="LABELS",
            converter=_converter("parse_markers"),
            n_tokens=1,
            negative=(),
        ),
    ] = None
    dancers: Annotated[OptionalWhole, Parameter(help="how many dancers alternate frame by frame")] = None
    mirrored: Annotated[
        bool | None, Parameter(help="whether left and right are exchanged in the file", show_default=False)
    ] = None
    repair: Annotated[
        tuple[str, ...] | None,
        Parameter(
            help="faults to mend, with commas between them: start (a T-pose before the dance), spikes, frozen (lost "
            "markers), swapped (left and right)",
            metavar="FAULTS",
            converter=_converter("parse_repairs"),
            n_tokens=1,
            negative=(),
        ),
    ] = None
    keep: Annotated[Switch, Parameter(help="keep these answers beside the files, as NAME.mariel.json")] = False

    def description(self) -> "MotionDescription":
        """What is said.

        Raises:
            RecordingError: a value is not allowed.
        """
        from mariel.motion.io.description import describe_motion

        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("keep", "repair")}
        return describe_motion(**said, repairs=self.repair or ())


NO_DESCRIPTION = DescriptionFlags()
"""What is said where no flag is given."""


def keep_description(command: str, data: str, described: DescriptionFlags) -> None:
    """Keep what is said beside every file of DATA, and print where on standard error.

    Raises:
        MarielError: there are no files, or nothing can be written.
    """
    from mariel.motion.io.description import read_description, write_description
    from mariel.motion.io.loading import find_files

    description = described.description()
    if description.is_empty:
        raise MarielError("--keep: there is nothing to keep; say it with --up, --unit, --fps, --axes or --markers")
    for file in find_files(data):
        place = write_description(file, description.over(read_description(file)))
        print(f"mariel {command}: kept in {place}", file=sys.stderr)


def require_motion(described: DescriptionFlags, with_motion: str) -> None:
    """Check that flags are given only beside files of motion, which they describe.

    Args:
        described: what is said.
        with_motion: what they go with, such as "--pose".

    Raises:
        MarielError: something is said.
    """
    if described != NO_DESCRIPTION:
        names = [f"--{each.name}" for each in fields(described) if getattr(described, each.name) != each.default]
        raise MarielError(f"{names[0]} describes files of motion: it goes with {with_motion}")
