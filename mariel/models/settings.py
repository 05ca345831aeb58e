"""The registry of models: the settings of each, its name and help for people, and where its class is.

A model is a settings class in this module, registered by `register_model`, and a subclass of
`mariel.models.base.PhraseModel` in a module of its own. This module does not import torch, so that forms and the
command line load quickly; a model's class is imported when a model is made, see `mariel.models.registry`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from pydantic import Field

from mariel.registry import Registry
from mariel.settings import ADVANCED, Int, Settings


class ModelSettings(Settings):
    """Base class of the settings of a model.

    A subclass needs `kind`, the model's name, and a setting `latent`, the dimensions of the latent space.
    """

    kind: ClassVar[str]

    if TYPE_CHECKING:  # each subclass defines it, with its own default and limits
        latent: int = 0


AnySettings = TypeVar("AnySettings", bound=type[ModelSettings])


@dataclass(frozen=True)
class ModelEntry:
    """A registered model.

    Args:
        name: after `--model`, and in saved runs and checkpoints.
        label: what people see in the form.
        help: one sentence that says what the model is good for.
        settings_class: of its settings.
        class_path: "module:Class" of the model.
    """

    name: str
    label: str
    help: str
    settings_class: type[ModelSettings]
    class_path: str


MODELS: Registry[ModelEntry] = Registry("model")
"""All models by name, in the order in which forms and help texts list them."""


def register_model(class_path: str, *, label: str, help: str) -> Callable[[AnySettings], AnySettings]:
    """A decorator that registers a model by the class of its settings; the name is the class's `kind`.

    >>> @register_model("mariel.models.my_model:MyModel", label="My model", help="It is small.")
    ... class MySettings(ModelSettings): ...

    Raises:
        ValueError: there is a model of that name already.
    """

    def register(settings_class: AnySettings) -> AnySettings:
        name = settings_class.kind
        MODELS.add(name, ModelEntry(name, label, help, settings_class, class_path))
        return settings_class

    return register


@register_model(
    "mariel.models.notebook_vae:NotebookVae",
    label="The published notebook's LSTM-VAE",
    help="The published model, unchanged, with its faults: first frames jump, and limbs stretch.",
)
class NotebookSettings(ModelSettings):
    """The published notebook's LSTM-VAE, unchanged."""

    kind: ClassVar[str] = "notebook"

    layers: Int = Field(title="LSTM layers", default=3, ge=1, le=8, description="LSTM layers of encoder and decoder.")
    hidden: Int = Field(title="Hidden units", default=384, ge=1, le=8192, description="Hidden units of the encoder.")
    latent: Int = Field(
        title="Latent dimensions", default=256, ge=1, le=4096, description="Dimensions of the latent space."
    )
    dropout: float = Field(default=0.2, ge=0, le=0.9, description="Dropout between LSTM layers.")
    kl_weight: float = Field(default=1e-4, ge=0, le=1e3, description="Weight of the KL term.")


@register_model(
    "mariel.models.phrase_vae:PhraseVae",
    label="Mariel's own: an LSTM-VAE of a body with rigid segments",
    help="The default model: it learns faster, and its bodies keep their limbs' lengths and do not slide.",
)
class PhraseVaeSettings(ModelSettings):
    """The default model, see `mariel.models.phrase_vae`."""

    kind: ClassVar[str] = "phrase-vae"

    latent: Int = Field(
        title="Latent dimensions", default=768, ge=1, le=4096, description="Dimensions of the latent space."
    )
    patch: Int = Field(title="Frames per LSTM step", default=4, ge=1, le=32, description="Frames per LSTM step.")
    curves: Int = Field(
        title="Size of the time basis",
        default=32,
        ge=1,
        le=1024,
        description="Size of the time basis of the PCA of phrases.",
        json_schema_extra=ADVANCED,
    )
    components: Int = Field(
        title="Components of poses",
        default=64,
        ge=0,
        le=1024,
        description="Components of poses in the PCA of phrases; 0 for a PCA of whole phrases, as in older versions.",
        json_schema_extra=ADVANCED,
    )
    encoder_hidden: Int = Field(
        title="Hidden units of the encoder",
        default=128,
        ge=1,
        le=8192,
        description="Hidden units of the encoder, in each direction.",
    )
    decoder_hidden: Int = Field(
        title="Hidden units of the decoder",
        default=128,
        ge=1,
        le=8192,
        description="Hidden units of the decoder, in each direction.",
    )
    encoder: Literal["linear", "graph"] = Field(
        default="linear",
        description="Input layer of the encoder: one linear layer, or a graph network that passes messages along the "
        "bones.",
    )
    decoder: Literal["auto", "projected", "body", "markers"] = Field(
        default="auto",
        description="What the decoder predicts: markers, shown as they are or projected on a jointed body, or that "
        "body's rotations. By default they are projected where the markers have a body.",
    )
    prior: Literal["stitched", "kernels"] = Field(
        default="stitched",
        description="Where samples come from: pieces of training motion, joined where they match, or a kernel "
        "density over the latents of training phrases. Markers without a body and phrases of less than 32 frames "
        "have the latter.",
        json_schema_extra=ADVANCED,
    )
    kl_weight: float = Field(default=0.002, ge=0, le=1e3, description="Weight of the KL term, m² per nat.")
    velocity_weight: float = Field(
        default=5.0,
        ge=0,
        le=1e4,
        description="Weight of the error of markers' steps from frame to frame.",
        json_schema_extra=ADVANCED,
    )
