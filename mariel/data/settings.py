"""Settings of the data: recordings, phrases, and how validation phrases are held out."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mariel.data.blocks import DEFAULT_LENGTH, DEFAULT_VALIDATION_SHARE, MIN_LENGTH
from mariel.motion.names import DEMO
from mariel.settings import ADVANCED, Int, Names, Settings


class DataSettings(Settings):
    """Which phrases to train on, and which to hold out for validation."""

    data: str = Field(
        default=DEMO, description="A folder of recordings, a pattern, one file, or 'demo' for the demo dancer."
    )
    trim: Int | None = Field(
        default=None, ge=0, le=10**9, description="Frames left out at each end of a take; empty: as the layout needs."
    )
    length: Int = Field(
        title="Frames per phrase", default=DEFAULT_LENGTH, ge=MIN_LENGTH, le=1024, description="Frames per phrase."
    )
    split: Literal["blocks", "takes", "random"] = Field(
        default="blocks",
        description="How validation phrases are held out: a block of each take, complete takes by name, or at random "
        "as the notebook does, which leaks.",
    )
    hold_out: Names = Field(default=(), description="Names of the takes to hold out completely.")
    validation: float = Field(
        title="Share held out",
        default=DEFAULT_VALIDATION_SHARE,
        ge=0.01,
        le=0.9,
        description="Share held out.",
        json_schema_extra=ADVANCED,
    )
    reference: bool = Field(
        title="As the published loader",
        default=False,
        description="Prepare as the published loader does, known faults included.",
        json_schema_extra=ADVANCED,
    )
    marker_set: Literal["all", "18"] = Field(
        default="all", description="All markers, or the reduced set of 18.", json_schema_extra=ADVANCED
    )

    @model_validator(mode="after")
    def _check_hold_out(self) -> Self:
        if self.split == "takes" and not self.hold_out:
            raise ValueError("--split takes needs the names of takes to hold out, --hold-out NAME")
        if self.hold_out and self.split != "takes":
            raise ValueError(f"--hold-out goes with --split takes (got --split {self.split})")
        return self
