"""Settings of a training run: its data, its model and how it is trained."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.models.settings import MODELS, ModelSettings, NotebookSettings, PhraseVaeSettings
from mariel.settings import Settings, setting


@dataclass(frozen=True)
class TrainSettings(Settings):
    """How a model is trained."""

    epochs: int = setting(100, "Most passes over the training phrases.", least=1, most=100_000)
    minutes: float | None = setting(None, "Most minutes of training; the learning rate falls to match.", least=0.01)
    batch_size: int = setting(64, "Phrases a step, over all processes together.", least=1, most=65_536)
    learning_rate: float = setting(1e-3, "Step size of Adam.", least=1e-7, most=1.0)
    schedule: str = setting(
        "cosine", "Learning rate over the run: kept, or falling to a hundredth.", choices=("constant", "cosine")
    )
    validate_every: int = setting(5, "Epochs from one validation to the next.", least=1)
    patience: int = setting(3, "Validations without a better one before stopping; 0 never stops early.", least=0)
    phrases_an_epoch: int | None = setting(
        None, "Phrases drawn an epoch; empty: every training phrase once.", least=1, expert=True
    )
    validation_phrases: int | None = setting(
        512, "Most validation phrases looked at, evenly spread; empty: all.", least=1, expert=True
    )
    noise_share: float = setting(
        0.25, "Share of extra phrases that are noisy copies, as in the notebook.", least=0, most=4, expert=True
    )
    noise: float = setting(
        0.01, "Most noise in those, in the model's units (scaled by a uniform draw).", least=0, most=1, expert=True
    )
    rotate: bool = setting(True, "Turn each phrase about the vertical axis by a random angle.", expert=True)
    mirror: bool = setting(True, "Mirror half of the phrases, left and right exchanged.", expert=True)
    tempo: float = setting(0.1, "Dance up to this share faster or slower.", least=0, most=0.5, expert=True)
    clip: float | None = setting(None, "Longest gradient; empty: not clipped.", least=1e-6, expert=True)
    seed: int = setting(0, "Draws everything that is drawn at random.", least=0, most=2**31 - 1)
    device: str = setting(
        "auto", "Where to train: CUDA, else Apple's MPS, else the processor.", choices=("auto", "cuda", "mps", "cpu")
    )
    precision: str = setting(
        "auto",
        "bfloat16 where the device has it, else float32.",
        choices=("auto", "float32", "bfloat16"),
        expert=True,
    )
    threads: int | None = setting(None, "Processor threads; empty: chosen for the machine.", least=1, expert=True)


@dataclass(frozen=True)
class RunSettings:
    """Everything a run is told.

    >>> RunSettings.from_dict(settings.to_dict()) == settings
    True
    """

    model: ModelSettings = field(default_factory=PhraseVaeSettings)
    data: DataSettings = field(default_factory=DataSettings)
    train: TrainSettings = field(default_factory=TrainSettings)

    def to_dict(self) -> dict:
        """Plain numbers, words and lists, for JSON."""
        model = {"kind": self.model.kind, **asdict(self.model)}
        return {"model": model, "data": asdict(self.data), "train": asdict(self.train)}

    @classmethod
    def from_dict(cls, data: Mapping) -> "RunSettings":
        """The settings that `to_dict` wrote.

        Raises:
            SettingsError: a group or setting is missing, unknown or out of range; the message names it.
        """
        groups = {}
        for group in ("model", "data", "train"):
            if not isinstance(data, Mapping) or not isinstance(data.get(group), Mapping):
                raise SettingsError(f"settings lack the group {group!r}")
            groups[group] = dict(data[group])
        kind = groups["model"].pop("kind", None)
        if kind not in MODELS:
            raise SettingsError(f"--model must be one of {', '.join(MODELS)} (got {kind!r})")
        makers = {"model": MODELS[kind], "data": DataSettings, "train": TrainSettings}
        return cls(**{group: _made(maker, groups[group], group) for group, maker in makers.items()})


def _made(maker: type, values: Mapping, group: str) -> Any:
    known = {each.name for each in fields(maker)}
    if unknown := sorted(set(values) - known):
        raise SettingsError(f"settings of {group}: unknown {', '.join(unknown)}")
    return maker(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


PRESETS: dict[str, RunSettings] = {
    "full": RunSettings(),
    "quick look": RunSettings(train=TrainSettings(epochs=40, minutes=3, phrases_an_epoch=2048, validate_every=1)),
    "notebook": RunSettings(
        NotebookSettings(),
        DataSettings(split="random", validation=0.1, reference=True),
        TrainSettings(
            epochs=101,
            schedule="constant",
            validation_phrases=None,
            rotate=False,
            mirror=False,
            tempo=0.0,
        ),
    ),
}
"""Starting points for a run. "notebook" is its recipe: its model, split, augmentation, scaling and stopping."""
