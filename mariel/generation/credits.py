"""Credits of motion that a model has generated."""

from mariel.motion.names import DEMO


def add_data_source(credit: str, data: str) -> str:
    """A credit, with a sentence added where the model's training `data` were the synthetic demo dancer."""
    return f"{credit} The model learned from the synthetic demo dancer." if data == DEMO else credit
