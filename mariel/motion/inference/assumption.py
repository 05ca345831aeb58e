"""An assumption: something a file does not say, taken from the body or from a convention, and how sure it is."""

from dataclasses import dataclass
from typing import Literal

ASK_BELOW = 0.8
"""Confidence below which a person is asked."""

Source = Literal["file", "body", "convention", "answer"]
"""Where a value comes from: the file, the motion, a convention of files of this kind, or a person."""


@dataclass(frozen=True)
class Assumption:
    """A value that a recording was read with.

    Args:
        field: what it is about, a field of `mariel.motion.io.description.MotionDescription`.
        value: the value, as that field has it.
        confidence: 0 to 1; 1 if the file or a person says so.
        source: where it comes from.
        because: why, a part of a sentence: "the head is above the feet in 98 % of the frames".
    """

    field: str
    value: object
    confidence: float
    source: Source
    because: str = ""

    @property
    def is_question(self) -> bool:
        """Whether a person should be asked."""
        return self.confidence < ASK_BELOW
