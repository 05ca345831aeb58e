"""Settings of a run: of its data, its model and its training, and presets of all three."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SerializeAsAny

from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.models.settings import MODELS, ModelSettings, NotebookSettings, PhraseVaeSettings
from mariel.settings import ADVANCED, Int, Settings, shown


class TrainSettings(Settings):
    """How a model is trained."""

    epochs: Int = Field(
        default=100, ge=1, le=100_000, description="Maximum number of passes over the training phrases."
    )
    minutes: float | None = Field(
        default=None,
        ge=0.01,
        le=1e6,
        description="Maximum minutes, from loading the recordings to saving; the learning rate falls to match.",
    )
    batch_size: Int = Field(default=64, ge=1, le=65_536, description="Phrases per step, over all processes together.")
    learning_rate: float = Field(default=1e-3, ge=1e-7, le=1.0, description="Learning rate of Adam.")
    schedule: Literal["constant", "cosine"] = Field(
        default="cosine", description="Learning rate over the run: constant, or a cosine that falls to a hundredth."
    )
    validate_every: Int = Field(
        title="Epochs per validation",
        default=5,
        ge=1,
        le=1_000_000,
        description="Epochs from one validation to the next.",
    )
    patience: Int = Field(
        default=3,
        ge=0,
        le=1_000_000,
        description="Validations without improvement before training stops; 0 never stops early.",
    )
    phrases_per_epoch: Int | None = Field(
        default=None,
        ge=1,
        le=10**9,
        description="Phrases per epoch; empty: every training phrase once.",
        json_schema_extra=ADVANCED,
    )
    validation_phrases: Int | None = Field(
        default=512,
        ge=1,
        le=10**9,
        description="Maximum number of validation phrases used, evenly spaced; empty: all.",
        json_schema_extra=ADVANCED,
    )
    noise_share: float = Field(
        title="Noisy copies per phrase",
        default=0.25,
        ge=0,
        le=4,
        description="Noisy copies added per training phrase, as in the notebook.",
        json_schema_extra=ADVANCED,
    )
    noise: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Maximum standard deviation of their noise, in the model's units; sampled anew for each copy.",
        json_schema_extra=ADVANCED,
    )
    rotate: bool = Field(
        title="Rotate phrases",
        default=True,
        description="Rotate each phrase about the vertical axis by a random angle.",
        json_schema_extra=ADVANCED,
    )
    mirror: bool = Field(
        title="Mirror phrases",
        default=True,
        description="Mirror half of the phrases, left and right exchanged.",
        json_schema_extra=ADVANCED,
    )
    tempo: float = Field(
        title="Tempo change",
        default=0.1,
        ge=0,
        le=0.5,
        description="Change the tempo by up to this fraction, faster or slower.",
        json_schema_extra=ADVANCED,
    )
    clip: float | None = Field(
        title="Gradient clipping",
        default=None,
        ge=1e-6,
        le=1e9,
        description="Maximum gradient norm (gradient clipping); empty: no clipping.",
        json_schema_extra=ADVANCED,
    )
    seed: Int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of all random numbers.")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field(
        default="auto", description="Device to train on: CUDA, else Apple's MPS, else the processor."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Floating-point precision: bfloat16 where the device supports it, else float32.",
        json_schema_extra=ADVANCED,
    )
    threads: Int | None = Field(
        title="Processor threads",
        default=None,
        ge=1,
        le=1024,
        description="Processor threads; empty: chosen for the machine.",
        json_schema_extra=ADVANCED,
    )


class RunSettings(Settings):
    """All settings of a run.

    >>> RunSettings.from_dict(settings.to_dict()) == settings
    True
    """

    model: SerializeAsAny[ModelSettings] = Field(default_factory=PhraseVaeSettings)
    data: DataSettings = Field(default_factory=DataSettings)
    train: TrainSettings = Field(default_factory=TrainSettings)

    def to_dict(self) -> dict:
        """Plain numbers, strings and lists, for JSON."""
        groups = self.model_dump(mode="json")
        return {**groups, "model": {"kind": self.model.kind, **groups["model"]}}

    @classmethod
    def from_dict(cls, data: object) -> "RunSettings":
        """The settings of a dictionary that `to_dict` made.

        Raises:
            SettingsError: a group or setting is missing, unknown or out of range; the message names it.
        """
        groups = {}
        for group in ("model", "data", "train"):
            if not isinstance(data, Mapping) or not isinstance(data.get(group), Mapping):
                raise SettingsError(f"settings lack the group {group!r}")
            groups[group] = dict(data[group])
        kind = groups["model"].pop("kind", None)
        if not isinstance(kind, str) or kind not in MODELS:
            raise SettingsError(f"--model must be one of {', '.join(MODELS)} (got {shown(kind)})")
        classes = {"model": MODELS[kind].settings_class, "data": DataSettings, "train": TrainSettings}
        for group, settings_class in classes.items():
            if unknown := sorted(set(map(str, groups[group])) - set(settings_class.model_fields)):
                raise SettingsError(f"settings of {group}: unknown {', '.join(unknown)[:200]}")
        return cls(**{group: settings_class(**groups[group]) for group, settings_class in classes.items()})


PRESETS: dict[str, RunSettings] = {
    "full": RunSettings(),
    "quick look": RunSettings(train=TrainSettings(epochs=40, minutes=3, phrases_per_epoch=2048, validate_every=1)),
    "notebook": RunSettings(
        model=NotebookSettings(),
        data=DataSettings(split="random", validation=0.1, reference=True),
        train=TrainSettings(
            epochs=101,
            schedule="constant",
            validation_phrases=None,
            rotate=False,
            mirror=False,
            tempo=0.0,
        ),
    ),
}
"""Settings to start from. "notebook" is the published recipe: model, split, augmentation, scaling and stopping."""
