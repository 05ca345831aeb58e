"""Ablation study of the default model: decoders, priors and parts, trained on as many phrases.

    python -m benchmarks.ablation DATA --hold-out TAKE TAKE [--phrases N] [--only NAME …]
    python -m benchmarks.ablation DATA --hold-out TAKE TAKE --phrases 0     # as initialised from data

Every variant starts from the same seed and is trained on the same phrases. "pose" is the error of the pose and
"per marker" the error per marker; figures of samples are those of `benchmarks.training`. Milliseconds are those of
decoding one phrase. Phrases per second and milliseconds are comparable only if nothing else runs.
"""

import argparse
import time

import numpy as np
import torch

from benchmarks.training import UNLIMITED_EPOCHS, Figures, evaluate_model, train_model, unseen_phrases
from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.models.base import PhraseModel
from mariel.models.registry import make_model
from mariel.models.settings import PhraseVaeSettings
from mariel.motion.io.loading import load_recordings
from mariel.training.devices import pick_device
from mariel.training.settings import PRESETS

VARIANTS: dict[str, tuple[dict, dict]] = {
    "as it is": ({}, {}),
    "decoder of markers": ({"decoder": "markers"}, {}),
    "decoder of a body": ({"decoder": "body"}, {}),
    "PCA of whole phrases": ({"components": 0, "decoder": "markers"}, {}),
    "prior of kernels": ({"prior": "kernels"}, {}),
    "256 dimensions": ({"latent": 256}, {}),
    "512 dimensions": ({"latent": 512}, {}),
    "1,024 dimensions": ({"latent": 1024}, {}),
    "24 curves": ({"curves": 24}, {}),
    "40 curves": ({"curves": 40}, {}),
    "no velocity term": ({"velocity_weight": 0.0}, {}),
    "KL weight a tenth": ({"kl_weight": 0.0002}, {}),
    "KL weight ten times": ({"kl_weight": 0.02}, {}),
    "patches of 2 frames": ({"patch": 2}, {}),
    "graph encoder": ({"encoder": "graph"}, {}),
    "LSTMs of 256": ({"encoder_hidden": 256, "decoder_hidden": 256}, {}),
    "no mirroring": ({}, {"mirror": False}),
    "no change of tempo": ({}, {"tempo": 0.0}),
    "no noisy copies": ({}, {"noise_share": 0.0}),
}
"""Changes of the model's settings, and of the training's, by name."""

COLUMNS = {
    "error of the pose, unseen, cm": "pose, unseen, cm",
    "error per marker, unseen, cm": "per marker, unseen, cm",
    "first 5 frames ÷ rest": "first 5",
    "sampled speed ÷ real": "speed",
    "head deformation ÷ real, T = 1": "head",
    "diversity ÷ real": "diversity",
    "distance to nearest training phrase ÷ held-out's": "nearest",
    "foot skating ÷ real": "skating",
    "reconstructed foot skating ÷ real": "skating, reconstructed",
    "jerk ÷ real": "jerk",
    "Fréchet distance, kinetic": "Fréchet",
    "classifier two-sample test, AUC": "classifier",
    "phrases/s": "phrases/s",
    "decode, ms": "decode, ms",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="recordings to train on")
    parser.add_argument("--hold-out", nargs="+", required=True, metavar="TAKE", help="takes of DATA to evaluate on")
    parser.add_argument("--phrases", type=int, default=32_000, help="number of phrases every variant is trained on")
    parser.add_argument("--only", nargs="+", choices=tuple(VARIANTS), default=tuple(VARIANTS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dataset = PhraseDataset(
        load_recordings(options.data), DataSettings(split="takes", hold_out=tuple(options.hold_out)), pick_device()
    )
    print(f"| {options.phrases:,} phrases | {' | '.join(COLUMNS.values())} |\n|{'---|' * (len(COLUMNS) + 1)}")
    for name in options.only:
        figures = train_variant(name, dataset, options.phrases, options.seed)
        print(f"| {name} | {' | '.join(_format_value(figures[column]) for column in COLUMNS)} |", flush=True)


def train_variant(name: str, dataset: PhraseDataset, phrases: int, seed: int) -> Figures:
    """The figures of one variant, trained on a number of phrases."""
    model_changes, train_changes = VARIANTS[name]
    torch.manual_seed(seed)
    model = make_model(PhraseVaeSettings(**model_changes), dataset.marker_set, dataset.length, dataset.fps).to(
        dataset.device
    )
    settings = PRESETS["full"].train.replace(
        epochs=1,
        phrases_per_epoch=max(phrases, 1),
        patience=0,
        validate_every=UNLIMITED_EPOCHS,
        validation_phrases=64,
        seed=seed,
        **train_changes,
    )
    if phrases:
        figures = train_model(model, dataset, settings, None)
    else:
        model.initialise_from_data(dataset)
        figures = {"phrases/s": float("nan")}
    figures = figures | evaluate_model(model.eval(), dataset, unseen_phrases(dataset, None), seed)
    return figures | {"decode, ms": decode_milliseconds(model)}


@torch.no_grad()
def decode_milliseconds(model: PhraseModel, repeats: int = 30) -> float:
    """Median time in which one sample is decoded."""
    latents, times = model.prior(torch.zeros(1, model.latent_dim, device=model.device)), []
    for _ in range(repeats):
        started = time.perf_counter()
        model.decode(latents, pin_feet=True).cpu()
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def _format_value(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    main()
