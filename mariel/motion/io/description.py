"""What a person says about a file of motion that it does not say itself: kept beside it, asked for once."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationError

from mariel.errors import RecordingError, WriteError
from mariel.files import home_folder, write_atomically
from mariel.motion.inference.array_axes import AXES, axis_of_word
from mariel.motion.orientation import UP_AXES
from mariel.motion.recording import FPS_RANGE
from mariel.motion.text_files import read_json
from mariel.motion.units import METRES_PER_UNIT, unit_of_word
from mariel.records import Record, describe_error

SUFFIX = ".mariel.json"
"""Ending of a description's name: `walk.mariel.json` describes `walk.bvh`."""

FORMAT = "mariel motion description 1"

Repair = Literal["start", "spikes", "frozen", "swapped"]
"""A fault that is mended: frames apart from the rest at the start, markers that jump away and back, lost markers that
keep one place, left and right exchanged."""

Label = Annotated[str, Field(min_length=1, max_length=200)]


class MotionDescription(Record):
    """How a file of motion is read. Every field is None where nobody has said anything.

    Args:
        up: the axis that points up, one of `UP_AXES`.
        mirrored: whether left and right are exchanged in the file.
        unit: the unit of length, "m", "cm", "mm" or "in", or the number of metres in one unit.
        fps: frames per second.
        axes: the axes of an array, names from `AXES`.
        dancers: how many dancers alternate frame by frame; 1 for one.
        markers: the markers of the body, where a file has others too; or the names of all of a file that has none.
        repairs: the faults that are mended.
    """

    up: Literal["+x", "-x", "+y", "-y", "+z", "-z"] | None = None
    mirrored: bool | None = None
    unit: Literal["m", "cm", "mm", "in"] | Annotated[float, Field(gt=1e-6, lt=1e6, allow_inf_nan=False)] | None = None
    fps: Annotated[float, Field(ge=FPS_RANGE[0], le=FPS_RANGE[1], allow_inf_nan=False)] | None = None
    axes: Annotated[tuple[Literal["dancer", "frame", "marker", "xyz"], ...], Field(strict=False)] | None = None
    dancers: Annotated[int, Field(ge=1, le=64)] | None = None
    markers: Annotated[tuple[Label, ...], Field(strict=False, max_length=2000)] | None = None
    repairs: Annotated[tuple[Repair, ...], Field(strict=False)] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self == MotionDescription()

    @property
    def changes_reading(self) -> bool:
        """Whether it says anything beyond the order of the axes."""
        return self.replace(axes=None) != MotionDescription()

    def over(self, other: "MotionDescription") -> "MotionDescription":
        """This description, with the fields of another one where this says nothing."""
        said = {name: value for name, value in dict(self).items() if value not in (None, ())}
        return other.replace(**said) if said else other


def metres_in(unit: str | float) -> float:
    """Metres in one unit of a description."""
    return METRES_PER_UNIT[unit] if isinstance(unit, str) else float(unit)


def parse_up(text: str) -> str:
    """One of `UP_AXES` from what people write: "y", "+Y", "-z", "z up".

    Raises:
        RecordingError: it is no axis.
    """
    match = re.fullmatch(r"\s*([+-]?)\s*([xyz])(\s*-?up)?\s*", text.lower())
    if match is None:
        raise RecordingError(f"expected the axis that points up, one of {', '.join(UP_AXES)}, found {text[:40]!r}")
    return f"{match[1] or '+'}{match[2]}"


def parse_unit(text: str) -> str | float:
    """A unit from what people write: "mm", "centimetres", "0.0254".

    Raises:
        RecordingError: it is neither a unit's name nor a number of metres.
    """
    word = text.strip().lower()
    if (known := unit_of_word(word)) is not None:
        return known
    try:
        metres = float(word)
    except ValueError:
        metres = -1.0
    if not 1e-6 < metres < 1e6:
        raise RecordingError(
            f"expected a unit of length, {', '.join(METRES_PER_UNIT)}, or the metres in one unit, found {text[:40]!r}"
        )
    return metres


def parse_axes(text: str) -> tuple[str, ...]:
    """Names from `AXES` from what people write: "frame, joint, xyz".

    Raises:
        RecordingError: an axis is unknown, or the three that are needed are not all there.
    """
    axes = tuple(axis_of_word(word) for word in text.replace(",", " ").split())
    if sorted(axes) not in (sorted(AXES), sorted(AXES[1:])):
        raise RecordingError(
            f"expected the axes of the array in order, such as frame, marker, xyz, found {text[:80]!r}"
        )
    return axes


def parse_markers(text: str) -> tuple[str, ...]:
    """Labels from a list with commas. Raises RecordingError if there are none."""
    labels = tuple(label.strip() for label in text.split(",") if label.strip())
    if not labels:
        raise RecordingError("expected labels of markers with commas between them, found none")
    return labels


def parse_repairs(text: str) -> tuple[str, ...]:
    """Names of faults from a list with commas. Raises RecordingError if one is unknown."""
    known = get_args(Repair)
    repairs = tuple(word.strip().lower() for word in text.replace(",", " ").split())
    if not repairs or any(word not in known for word in repairs):
        raise RecordingError(f"expected faults to mend, of {', '.join(known)}, found {text[:40]!r}")
    return repairs


def describe_motion(**said: object) -> MotionDescription:
    """A description of some fields. Raises RecordingError, which names the field, if a value is not allowed."""
    try:
        return MotionDescription(**said)  # type: ignore[arg-type]
    except ValidationError as error:
        raise RecordingError(describe_error(error)) from None


def description_path(path: Path) -> Path:
    """The description beside a file."""
    return path.with_name(path.name.removesuffix(path.suffix) + SUFFIX)


def _own_path(path: Path) -> Path:
    """The description in the user's folder, for files in folders that cannot be written to."""
    place = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return home_folder() / "descriptions" / f"{place}{SUFFIX}"


def description_paths(path: Path) -> tuple[Path, Path]:
    """Where the description of a file may be: beside it, or in the user's folder."""
    return description_path(path), _own_path(path)


def read_description(path: Path) -> MotionDescription:
    """What has been said about a file; an empty description if nothing has.

    Raises:
        RecordingError: there is a description that cannot be read; the message names it and the field.
    """
    for place in description_paths(path):
        if not place.is_file():
            continue
        content = read_json(place)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise RecordingError(
                f"{place.name} is no description of motion: expected an object with format {FORMAT!r}; delete it, or "
                "answer again"
            )
        if content.get("file", path.name) != path.name:
            continue  # it describes a file of the same name and another ending
        try:
            return MotionDescription.model_validate_json(json.dumps(content))
        except ValidationError as error:
            raise RecordingError(f"{place.name}: {describe_error(error)}; delete it, or answer again") from None
    return MotionDescription()


def write_description(path: Path, description: MotionDescription) -> Path:
    """Keep what has been said about a file: beside it, or in the user's folder if that cannot be written to.

    Returns:
        Where it is kept.

    Raises:
        WriteError: neither can be written.
    """
    said = {name: value for name, value in description.to_dict().items() if value not in (None, [], ())}
    content = (json.dumps({"format": FORMAT, "file": path.name, **said}, indent=1) + "\n").encode()
    beside, own = description_paths(path)
    if os.access(path.parent, os.W_OK):
        try:
            write_atomically(beside, content)
        except WriteError:
            pass
        else:
            return beside
    own.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(own, content)
    return own


def forget_description(path: Path) -> None:
    """Delete what has been said about a file."""
    for place in description_paths(path):
        place.unlink(missing_ok=True)
