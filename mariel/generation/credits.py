"""What is said of a model's dances when they leave the program."""

from mariel.learning.settings import DataSettings
from mariel.motion.reading import DEMO


def with_source(credit: str, data: DataSettings) -> str:
    """A sentence on what a model has danced, and, where it learned from the demo dancer, one that says so."""
    return f"{credit} The model learned from the synthetic demo dancer." if data.data == DEMO else credit
