"""Settings of each model, without torch, so that forms and the command line can be made from them at once."""

from dataclasses import dataclass
from typing import ClassVar, get_args

from mariel.settings import Settings, setting


@dataclass(frozen=True)
class NotebookSettings(Settings):
    """The published notebook's LSTM-VAE, as it is."""

    kind: ClassVar[str] = "notebook"

    layers: int = setting(3, "LSTM layers of encoder and decoder.", least=1, most=8)
    hidden: int = setting(384, "Hidden units of the encoder.", least=1, most=8192)
    latent: int = setting(256, "Dimensions of the latent space.", least=1, most=4096)
    dropout: float = setting(0.2, "Dropout between LSTM layers.", least=0, most=0.9)
    kl_weight: float = setting(1e-4, "Weight of the KL term.", least=0, most=1e3)


@dataclass(frozen=True)
class PhraseVaeSettings(Settings):
    """The default model, see `mariel.models.phrase_vae`."""

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
