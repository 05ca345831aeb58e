"""What a training run is told: each setting is defined once, here, for the form, the command line and the checkpoint.

A setting is a dataclass field whose metadata says what it means and what it may be. Values are checked when a
dataclass is made, so bad settings fail before any work, and a message names the flag.
"""

import math
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, ClassVar, get_args, get_origin

from mariel.errors import SettingsError
from mariel.motion.reading import DEMO


def setting(
    default: Any,
    about: str,
    *,
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    expert: bool = False,
) -> Any:
    """A dataclass field with the facts that a form, a command line and a check need.

    Args:
        default: its default; None where the setting may be left open.
        about: one sentence for people.
        least, most: inclusive limits of a number.
        choices: the words allowed.
        expert: shown among the finer settings.
    """
    facts = {"about": about, "least": least, "most": most, "choices": choices, "expert": expert}
    return field(default=default, metadata=facts)


def flag(name: str) -> str:
    """How a setting is called on the command line: `batch_size` is `--batch-size`."""
    return "--" + name.replace("_", "-")


def kinds_of(known: Field) -> tuple[type, ...]:
    """The kinds of value a setting may have, None apart: int, float, bool, str, or tuple for several words."""
    if get_origin(known.type) is tuple:
        return (tuple,)
    return tuple(kind for kind in (get_args(known.type) or (known.type,)) if kind is not type(None))


class _Checked:
    """Settings that check themselves against their fields' facts."""

    def __post_init__(self) -> None:
        for known in fields(self):
            value = getattr(self, known.name)
            _check(known, value)
            if isinstance(value, float) and float not in kinds_of(known):
                object.__setattr__(self, known.name, int(value))


def _check(known: Field, value: Any) -> None:
    facts, name = known.metadata, flag(known.name)
    if value is None:
        if type(None) not in get_args(known.type):
            raise SettingsError(f"{name} must be given")
        return
    kinds = kinds_of(known)
    if {int, float} & set(kinds):
        whole = float not in kinds
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or (whole and value != int(value)):
            raise SettingsError(f"{name} must be a {'whole ' if whole else ''}number (got {value!r})")
        if not (facts["least"] is None or value >= facts["least"]):
            raise SettingsError(f"{name} must be at least {facts['least']:g} (got {value:g})")
        if not (facts["most"] is None or value <= facts["most"]):
            raise SettingsError(f"{name} must be at most {facts['most']:g} (got {value:g})")
    elif tuple in kinds:
        if not all(isinstance(each, str) for each in value):
            raise SettingsError(f"{name} must be words (got {value!r})")
    elif bool in kinds and not isinstance(value, bool):
        raise SettingsError(f"{name} must be true or false (got {value!r})")
    elif str in kinds and not isinstance(value, str):
        raise SettingsError(f"{name} must be a word (got {value!r})")
    if facts["choices"] and value not in facts["choices"]:
        raise SettingsError(f"{name} must be one of {', '.join(facts['choices'])} (got {value!r})")


@dataclass(frozen=True)
class DataSettings(_Checked):
    """Which phrases are learned from, and which are held out."""

    data: str = setting(DEMO, "A folder of recordings, a pattern, one file, or 'demo' for the demo dancer.")
    trim: int | None = setting(None, "Frames left out at each end of a take; empty: as the layout needs.", least=0)
    length: int = setting(128, "Frames of a phrase.", least=8, most=1024)
    split: str = setting(
        "blocks",
        "How validation phrases are held out: a block of each take, whole takes by name, or at random as the "
        "notebook does, which leaks.",
        choices=("blocks", "takes", "random"),
    )
    hold_out: tuple[str, ...] = setting((), "Names of the takes to hold out whole.")
    validation: float = setting(0.125, "Share held out.", least=0.01, most=0.9, expert=True)
    reference: bool = setting(False, "Prepare as the published loader does, known faults included.", expert=True)
    marker_set: str = setting("all", "All markers, or the reduced set of 18.", choices=("all", "18"), expert=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hold_out", tuple(self.hold_out))
        super().__post_init__()
        if self.split == "takes" and not self.hold_out:
            raise SettingsError("--split takes needs the names of takes to hold out, --hold-out NAME")
        if self.hold_out and self.split != "takes":
            raise SettingsError(f"--hold-out goes with --split takes (got --split {self.split})")


@dataclass(frozen=True)
class TrainSettings(_Checked):
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
class NotebookSettings(_Checked):
    """The published notebook's LSTM-VAE, as it is."""

    kind: ClassVar[str] = "notebook"

    layers: int = setting(3, "LSTM layers of encoder and decoder.", least=1, most=8)
    hidden: int = setting(384, "Hidden units of the encoder.", least=1, most=8192)
    latent: int = setting(256, "Dimensions of the latent space.", least=1, most=4096)
    dropout: float = setting(0.2, "Dropout between LSTM layers.", least=0, most=0.9)
    kl_weight: float = setting(1e-4, "Weight of the KL term.", least=0, most=1e3)


@dataclass(frozen=True)
class PhraseVaeSettings(_Checked):
    """The default model, see `mariel.learning.phrase_vae`."""

    kind: ClassVar[str] = "phrase-vae"

    latent: int = setting(256, "Dimensions of the latent space.", least=1, most=4096)
    patch: int = setting(4, "Frames an LSTM step.", least=1, most=32)
    curves: int = setting(48, "Curves in time that principal phrases are made of.", least=1, most=1024, expert=True)
    encoder_hidden: int = setting(128, "Hidden units of the encoder, each way.", least=1, most=8192)
    decoder_hidden: int = setting(128, "Hidden units of the decoder, each way.", least=1, most=8192)
    encoder: str = setting(
        "linear",
        "How patches of markers enter the encoder: through one linear layer, or by messages along the bones.",
        choices=("linear", "graph"),
    )
    decoder: str = setting(
        "auto",
        "What the decoder gives: a jointed body where the markers have one, else markers.",
        choices=("auto", "body", "markers"),
    )
    kl_weight: float = setting(0.02, "Weight of the KL term, m² a nat.", least=0, most=1e3)
    velocity_weight: float = setting(
        5.0, "Weight of the error of markers' steps from frame to frame.", least=0, most=1e4, expert=True
    )


ModelSettings = NotebookSettings | PhraseVaeSettings
MODELS: dict[str, type] = {settings.kind: settings for settings in get_args(ModelSettings)}


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
