"""What is said of a model's dances when they leave the program."""

from mariel.motion.io.loading import DEMO


def with_source(credit: str, data: str) -> str:
    """A sentence on what a model has danced, and, where its `data` were the demo dancer, one that says so."""
    return f"{credit} The model learned from the synthetic demo dancer." if data == DEMO else credit
