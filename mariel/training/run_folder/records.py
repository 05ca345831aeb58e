"""Records of a run's JSON files: its description, its data and its preprocessing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from mariel.data.preprocessing import Preprocessing
from mariel.errors import CheckpointError, MarielError
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import FPS_RANGE
from mariel.motion.resampling import describe_resampled
from mariel.records import Count, FiniteFloat, Record
from mariel.training.settings import RunSettings

FORMAT, VERSION = "mariel run", 2
"""What `run.json` says it is. Version 1 called the setting `phrases_per_epoch` `phrases_an_epoch`."""

MAX_MARKERS = 4096
"""Most markers of a run's phrases."""

_RENAMED_SETTINGS = {1: {"train": {"phrases_an_epoch": "phrases_per_epoch"}}}
"""By version of `run.json`: for each group of settings, names that have changed since, and what they are now."""

FrameRate = Annotated[float, Field(ge=FPS_RANGE[0], le=FPS_RANGE[1], allow_inf_nan=False)]
"""Frames per second, within the range of recordings."""

Label = Annotated[str, Field(max_length=1000)]
Labels = Annotated[list[Label], Field(max_length=MAX_MARKERS)]
Pairs = Annotated[list[tuple[Label, Label]], Field(max_length=MAX_MARKERS)]
Bones = Annotated[list[tuple[Labels, Labels]], Field(max_length=10_000)]
Triple = tuple[FiniteFloat, FiniteFloat, FiniteFloat]


class _FileKind(Record):
    format: Any = None
    version: Any = None


class RunDescription(Record):
    """The content of `run.json`.

    Args:
        created: when the run was created, ISO 8601 in UTC.
        parent: name of the run it was derived from, if any.
        settings: as `RunSettings.to_dict` gives them.
    """

    created: Annotated[str, Field(max_length=100)]
    parent: Annotated[str, Field(max_length=1000)] | None = None
    settings: dict[str, Any]

    @field_validator("created")
    @classmethod
    def _check_created(cls, value: str) -> str:
        if not 1970 <= datetime.fromisoformat(value).year < 9999:
            raise ValueError(f"expected a time, found {value}")
        return value


def parse_description(content: bytes, origin: str) -> tuple[RunDescription, RunSettings]:
    """The description and the settings in a `run.json` of this or an older version.

    Args:
        content: of the file.
        origin: what messages call the file.

    Raises:
        CheckpointError: the file is damaged, of a newer version, or describes something else.
    """
    kind = _FileKind.from_json(content, origin)
    if kind.format != FORMAT:
        raise CheckpointError(f"{origin} does not describe a run of this program")
    if kind.version not in range(1, VERSION + 1) or isinstance(kind.version, bool):
        raise CheckpointError(f"{origin}: expected version {VERSION}, found {str(kind.version)[:40]}")
    description = RunDescription.from_json(content, origin)
    try:
        return description, RunSettings.from_dict(_migrate(description.settings, int(kind.version)))
    except MarielError as error:
        raise CheckpointError(f"{origin}: {error}") from error


def _migrate(settings: dict[str, Any], version: int) -> dict[str, Any]:
    """Settings of an older version under their current names."""
    for changed_in in range(version, VERSION):
        for group, names in _RENAMED_SETTINGS.get(changed_in, {}).items():
            values = settings.get(group)
            if isinstance(values, Mapping):
                settings = {**settings, group: {names.get(name, name): value for name, value in values.items()}}
    return settings


class TakeFingerprint(Record):
    """What identifies a take, see `mariel.training.run_folder.fingerprints`."""

    name: str
    file: str
    bytes: Count
    frames: Count
    sha256: str


class MarkerSetRecord(Record):
    """A marker set as files store it, see `MarkerSet.to_dict`."""

    name: Label
    labels: Annotated[Labels, Field(min_length=1)]
    skeletons: list[tuple[Label, Bones]] = Field(default_factory=list)
    segments: Annotated[list[tuple[Label, Labels]], Field(max_length=MAX_MARKERS)] = Field(default_factory=list)
    mirror_pairs: Pairs = Field(default_factory=list)
    parents: Pairs = Field(default_factory=list)
    joints: Annotated[list[tuple[Label, Labels]], Field(max_length=MAX_MARKERS)] = Field(default_factory=list)

    def marker_set(self) -> MarkerSet:
        """The marker set.

        Raises:
            MarkerError: its parts contradict each other.
        """
        return MarkerSet.from_dict(self.to_dict())


class DataDescription(Record):
    """The content of `data.json`: what is known of a run's recordings once they are loaded.

    Args:
        takes: what identifies each take.
        marker_set: the phrases' markers.
        fps: frames per second of the phrases.
        resampled: the frames per second that takes of other rates were recorded at, by name.
    """

    takes: list[TakeFingerprint]
    marker_set: MarkerSetRecord
    fps: FrameRate
    resampled: dict[Label, FrameRate] = Field(default_factory=dict)

    @property
    def resampled_text(self) -> str:
        """What was resampled, in words; empty if nothing was."""
        return describe_resampled(self.resampled, self.fps)

    @field_validator("marker_set")
    @classmethod
    def _check_marker_set(cls, value: MarkerSetRecord) -> MarkerSetRecord:
        try:
            value.marker_set()
        except MarielError as error:
            raise ValueError(str(error)) from error
        return value


class _RangeRecord(Record):
    low: FiniteFloat
    high: FiniteFloat

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low is above high, {self.low:g} and {self.high:g}")
        return self


class _FloorRecord(Record):
    low: Triple
    high: Triple

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if not max(self.high[:2]) > min(self.low[:2]):
            raise ValueError("the floor has no size")
        return self


class PreprocessingRecord(Record):
    """The content of `preprocessing.json`, see `Preprocessing.to_dict`."""

    format: str
    version: Count
    labels: Annotated[Labels, Field(min_length=1)]
    fps: FrameRate
    unit: Label
    stage: _FloorRecord
    positions: _RangeRecord
    centred_positions: _RangeRecord
    velocities: _RangeRecord
    centred: bool
    reference: bool
    takes: list[tuple[str, Count]]
    fitted_on: list[tuple[str, Count, Count]]

    def preprocessing(self) -> Preprocessing:
        """The preprocessing.

        Raises:
            PreprocessingError: it is of another format or version.
        """
        return Preprocessing.from_dict(self.to_dict())
