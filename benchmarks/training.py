"""The default model compared with the notebook's: trained for the same time, evaluated on takes held out from both.

    python -m benchmarks.training DATA --hold-out TAKE TAKE                # 20 minutes each
    python -m benchmarks.training DATA --unseen OTHER_DATA --minutes 5     # evaluated on other people's takes
    python -m benchmarks.training DATA --hold-out TAKE --speed             # phrases per second only
    python -m benchmarks.training DATA --hold-out TAKE --run checkpoints/NAME   # a run that is already trained

Poses are compared as the notebook's model sees them, with each frame's mean x and y subtracted, since that model has
no position on the floor: that is the error of the pose. The error per marker includes that position. "÷ real" is
relative to the unseen phrases for reconstructions, and to training phrases for samples. Nothing else should run
meanwhile.
"""

import argparse
import platform
import time
from collections.abc import Callable

import numpy as np
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.evaluation import metrics
from mariel.evaluation.definitions import RIGID_SEGMENT
from mariel.evaluation.figures import evaluate
from mariel.generation.phrase_windows import cut_phrases
from mariel.generation.sampling import SamplingOptions, batched, sample
from mariel.models.base import PhraseModel
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.io.loading import load_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.devices import describe_device, pick_device
from mariel.training.loop import Trainer
from mariel.training.settings import PRESETS, TrainSettings

SAMPLES = 1024
MAX_PHRASES = 1024
UNLIMITED_EPOCHS = 100_000
"""More epochs than any benchmark trains: no training ends by itself, and only its end is validated."""

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="recordings to train on")
    parser.add_argument("--hold-out", nargs="+", default=[], metavar="TAKE", help="takes of DATA to evaluate on")
    parser.add_argument("--unseen", metavar="DATA", help="more recordings to evaluate on")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--speed", action="store_true", help="measure phrases per second only")
    parser.add_argument(
        "--run", metavar="FOLDER", help="evaluate this run, trained on DATA without the takes held out"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    device = pick_device()
    recordings = load_recordings(options.data)
    split = DataSettings(split="takes", hold_out=tuple(options.hold_out)) if options.hold_out else DataSettings()
    dataset = PhraseDataset(recordings, split, device)
    print(
        f"{platform.machine()}, {describe_device(device)}, torch {torch.__version__}, "
        f"{len(dataset.training):,} phrases"
    )
    if options.speed:
        print_speeds(dataset)
        return
    unseen = unseen_phrases(dataset, options.unseen)
    if options.run:
        print_figures(evaluate_model(load_checkpoint(options.run).model.to(device), dataset, unseen, options.seed))
        return
    columns = {}
    for name, model, train in compared_models(dataset, options.minutes, options.seed):
        figures = train_model(model, dataset, train, name)
        columns[name] = figures | evaluate_model(model, dataset, unseen, options.seed)
    print_goals(columns["notebook"], columns["phrase-vae"])


def compared_models(
    dataset: PhraseDataset, minutes: float, seed: int
) -> list[tuple[str, PhraseModel, TrainSettings]]:
    """Both models, untrained, each with its preset's training settings, limited to the same time."""
    models = []
    for preset, settings in (("notebook", NotebookSettings()), ("full", PhraseVaeSettings())):
        torch.manual_seed(seed)
        model = make_model(settings, dataset.marker_set, dataset.length, dataset.fps).to(dataset.device)
        train = PRESETS[preset].train.replace(
            epochs=UNLIMITED_EPOCHS,
            minutes=minutes,
            seed=seed,
            patience=0,
            validate_every=UNLIMITED_EPOCHS,
            validation_phrases=64,
        )
        models.append((model.kind, model, train))
    return models


def train_model(model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, name: str | None) -> Figures:
    """Train a model; its minutes include the initialisation from data. Epochs are printed if it has a name."""
    started = time.perf_counter()
    model.initialise_from_data(dataset)
    initialising = time.perf_counter() - started
    if settings.minutes:
        settings = settings.replace(minutes=max(settings.minutes - initialising / 60, 0.01))
    phrases, elapsed = 0.0, 0.0
    for result in Trainer(model, dataset, settings):
        seconds = result.seconds - elapsed
        phrases, elapsed = phrases + result.phrases_per_second * seconds, result.seconds
        if name:
            print(
                f"  {name} epoch {result.epoch}: {result.train.error_cm:.1f} cm, {result.seconds:.0f} s", flush=True
            )
    return {"phrases/s": phrases / elapsed, "parameters": sum(each.numel() for each in model.parameters())}


def unseen_phrases(dataset: PhraseDataset, other_data: str | None) -> np.ndarray:
    """Phrases (phrases, frames, markers, 3) that neither model is trained on."""
    parts = [dataset.batch(dataset.evenly_spaced(dataset.validation, MAX_PHRASES)).cpu().numpy()]
    if other_data:
        takes = load_recordings(other_data).values()
        compatible = [take for take in takes if take.marker_set.labels == dataset.marker_set.labels]
        parts.append(cut_phrases(compatible, dataset.length, dataset.length // 2).positions)
    return np.concatenate(parts)


def evaluate_model(model: PhraseModel, dataset: PhraseDataset, unseen: np.ndarray, seed: int) -> Figures:
    """The figures of a trained model that have goals, relative to real motion where that is the measure."""
    starts = dataset.evenly_spaced(dataset.training, 4 * MAX_PHRASES)
    takes = np.array([dataset.locate(start)[0] for start in starts])
    training = dataset.batch(starts)
    training = torch.cat([training, dataset.mirrored(training)]).cpu().numpy()
    measured = evaluate(model, unseen, training, training_takes=takes, count=SAMPLES, seed=seed)
    found = {figure.key: figure for figure in measured}
    wild_samples = sample(model, SAMPLES, SamplingOptions(temperature=2), seed=seed)
    subset = training[:: len(training) // MAX_PHRASES]
    training_error = metrics.marker_error(
        metrics.centre_frames(batched(model.reconstruct, subset, model)),
        metrics.centre_frames(batched(model.to_canonical, subset, model)),
    )
    return {
        "error of the pose, unseen, cm": found["pose_error"].value,
        "error of the pose, training, cm": float(training_error.mean()),
        "error per marker, unseen, cm": found["position_error"].value,
        "first 5 frames ÷ rest": found["first_frames"].value,
        "reconstructed speed ÷ real": found["reconstruction_speed"].ratio,
        "sampled speed ÷ real": found["sample_speed"].ratio,
        "head deformation ÷ real, T = 1": found["head_deformation"].ratio,
        "head deformation ÷ real, T = 2": metrics.segment_variation(wild_samples, dataset.marker_set, RIGID_SEGMENT)
        / found["head_deformation"].real,
        "diversity ÷ real": found["diversity"].ratio,
        "distance to nearest training phrase ÷ held-out's": found["nearest_phrase"].ratio,
        "foot skating ÷ real": found["foot_skating"].ratio,
        "jerk ÷ real": found["sample_jerk"].ratio,
        "reconstructed foot skating ÷ real": found["reconstruction_foot_skating"].ratio,
        "reconstructed jerk ÷ real": found["reconstruction_jerk"].ratio,
        "toe speed near the floor ÷ real": found["sample_toe_speed"].ratio,
        "reconstructed toe speed near the floor ÷ real": found["reconstruction_toe_speed"].ratio,
        "Fréchet distance, kinetic": _or_nan(found["frechet_distance"].value),
        "classifier two-sample test, AUC": _or_nan(found["classifier_auc"].value),
        "classifier two-sample test of real motion, AUC": _or_nan(found["classifier_auc"].real),
    }


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


GOALS: dict[str, Callable[[float, float], tuple[str, bool]]] = {
    "error of the pose, unseen, cm": lambda default, notebook: (
        f"≤ {0.55 * notebook:.1f} (0.55 ×)",
        default <= 0.55 * notebook,
    ),
    "first 5 frames ÷ rest": lambda default, _: ("≤ 1.1", default <= 1.1),
    "reconstructed speed ÷ real": lambda default, _: ("0.8 … 1.2", 0.8 <= default <= 1.2),
    "sampled speed ÷ real": lambda default, _: ("0.8 … 1.2", 0.8 <= default <= 1.2),
    "head deformation ÷ real, T = 1": lambda default, _: ("≤ 1.5", default <= 1.5),
    "head deformation ÷ real, T = 2": lambda default, _: ("≤ 2", default <= 2),
    "diversity ÷ real": lambda default, _: ("≥ 0.8", default >= 0.8),
    "distance to nearest training phrase ÷ held-out's": lambda default, _: ("≥ 0.8", default >= 0.8),
    "foot skating ÷ real": lambda default, _: ("≤ 1.5", default <= 1.5),
    "phrases/s": lambda default, notebook: (f"≥ {6 * notebook:.0f} (6 ×)", default >= 6 * notebook),
}


def print_goals(notebook: Figures, default: Figures) -> None:
    """Print the figures of the notebook's model and the default one, with the goals."""
    print("\n| | notebook | phrase-vae | goal | |\n|---|---|---|---|---|")
    for name, value in default.items():
        goal, met = GOALS[name](value, notebook[name]) if name in GOALS else ("", None)
        places = 0 if abs(value) >= 1000 else 2
        verdict = {None: "", True: "met", False: "**missed**"}[met]
        print(f"| {name} | {notebook[name]:,.{places}f} | {value:,.{places}f} | {goal} | {verdict} |")


def print_figures(figures: Figures) -> None:
    """Print one model's figures; goals relative to the notebook's model are left out."""
    print("\n| | value | goal | |\n|---|---|---|---|")
    for name, value in figures.items():
        goal, met = GOALS[name](value, float("nan")) if name in GOALS else ("", None)
        if "nan" in goal:
            goal, met = "", None
        verdict = {None: "", True: "met", False: "**missed**"}[met]
        print(f"| {name} | {value:.2f} | {goal} | {verdict} |")


def print_speeds(dataset: PhraseDataset, rounds: int = 5, steps: int = 4) -> None:
    """Print phrases per second, in turn: the notebook's own loop, its model in this loop, the default model."""
    loops = {"notebook's own loop": notebook_loop(dataset, steps)}
    for _, model, train in compared_models(dataset, 1.0, 0):
        model.initialise_from_data(dataset)
        loops[f"{model.kind}, this loop"] = trainer_loop(model, dataset, train, steps)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for round_ in range(rounds + 1):
        for name, run in loops.items():
            started = time.perf_counter()
            run()
            if round_:  # round 0 is a warm-up
                rates[name].append(steps * 64 / (time.perf_counter() - started))
    first = np.median(next(iter(rates.values())))
    print("\n| | phrases/s | ratio |\n|---|---|---|")
    for name, found in rates.items():
        print(f"| {name} | {np.median(found):.0f} | {np.median(found) / first:.2f} |")


def notebook_loop(dataset: PhraseDataset, steps: int) -> Callable[[], None]:
    """The notebook's training loop as published: one tensor of all data, a DataLoader, float32, Adam."""
    torch.manual_seed(0)
    model = make_model(NotebookSettings(), dataset.marker_set, dataset.length, dataset.fps).to(dataset.device)
    model.initialise_from_data(dataset)
    canonical = model.to_canonical(dataset.batch(dataset.evenly_spaced(dataset.training, 64 * steps)))
    data = torch.utils.data.TensorDataset((canonical * model.scale + model.shift).flatten(2).cpu())
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)

    def run() -> None:
        model.train()
        for (batch,) in torch.utils.data.DataLoader(data, batch_size=64, shuffle=True):
            phrases = batch.to(dataset.device)
            posterior = model.encoder(phrases)
            latents = posterior.sample(torch.randn_like(posterior.mean))
            repeated = model.decoder.lat_to_hid(latents).unsqueeze(1).repeat(1, dataset.length, 1)
            reconstruction, _ = model.decoder.lstm_dec(repeated)
            loss = (reconstruction - phrases).square().sum() + 1e-4 * posterior.kl().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss.item()

    return run


def trainer_loop(
    model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, steps: int
) -> Callable[[], None]:
    """A function that runs the next `steps` steps of one `Trainer`."""
    trainer = Trainer(
        model,
        dataset,
        settings.replace(epochs=UNLIMITED_EPOCHS, minutes=None),
        on_batch=lambda report: report.batch % steps == 0,
    )
    return lambda: next(iter(trainer), None)


if __name__ == "__main__":
    main()
