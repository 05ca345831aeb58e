"""Ablation study of the default model: trained without a part, or with another choice, on as many phrases.

    python -m benchmarks.ablation DATA --hold-out TAKE TAKE [--phrases N] [--only NAME …]

Every variant starts from the same seed and is trained on the same phrases. "pose" is the error of the pose and
"per marker" the error per marker; figures of samples are those of `benchmarks.training`. Phrases per second are
comparable only if nothing else runs.
"""

import argparse

import torch

from benchmarks.training import UNLIMITED_EPOCHS, Figures, evaluate_model, train_model, unseen_phrases
from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.models.registry import make_model
from mariel.models.settings import PhraseVaeSettings
from mariel.motion.io.loading import load_recordings
from mariel.training.devices import pick_device
from mariel.training.settings import PRESETS

VARIANTS: dict[str, tuple[dict, dict]] = {
    "as it is": ({}, {}),
    "patches of 1 frame": ({"patch": 1}, {}),
    "patches of 2 frames": ({"patch": 2}, {}),
    "patches of 8 frames": ({"patch": 8}, {}),
    "no velocity term": ({"velocity_weight": 0.0}, {}),
    "KL weight a quarter": ({"kl_weight": 0.005}, {}),
    "KL weight four times": ({"kl_weight": 0.08}, {}),
    "markers, no body": ({"decoder": "markers"}, {}),
    "graph encoder": ({"encoder": "graph"}, {}),
    "latent of 64": ({"latent": 64}, {}),
    "LSTMs of 256": ({"encoder_hidden": 256, "decoder_hidden": 256}, {}),
    "no mirroring": ({}, {"mirror": False}),
    "no change of tempo": ({}, {"tempo": 0.0}),
    "no noisy copies": ({}, {"noise_share": 0.0}),
}
"""Changes of the model's settings, and of the training's, by name."""

COLUMNS = {
    "error of the pose, unseen, cm": "pose, unseen, cm",
    "error per marker, unseen, cm": "per marker, unseen, cm",
    "error of the pose, training, cm": "pose, training, cm",
    "first 5 frames ÷ rest": "first 5",
    "sampled speed ÷ real": "speed",
    "head deformation ÷ real, T = 1": "head",
    "diversity ÷ real": "diversity",
    "foot skating ÷ real": "skating",
    "jerk ÷ real": "jerk",
    "phrases/s": "phrases/s",
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
        phrases_per_epoch=phrases,
        patience=0,
        validate_every=UNLIMITED_EPOCHS,
        validation_phrases=64,
        seed=seed,
        **train_changes,
    )
    figures = train_model(model, dataset, settings, None)
    return figures | evaluate_model(model, dataset, unseen_phrases(dataset, None), seed)


def _format_value(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    main()
