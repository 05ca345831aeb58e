"""The default model beside the notebook's, trained for the same time in one run and judged on takes neither has seen.

    python -m benchmarks.training DATA --hold-out TAKE TAKE                # 20 minutes each
    python -m benchmarks.training DATA --unseen OTHER_DATA --minutes 5     # judged on other people's takes
    python -m benchmarks.training DATA --hold-out TAKE --speed             # phrases a second only
    python -m benchmarks.training DATA --hold-out TAKE --run checkpoints/NAME   # a run that is trained already

Bodies are compared as the notebook's model sees them, each frame's mean x and y taken away, since it knows of no
place on the floor; the default model's error with its place kept is in a row of its own. "÷ real" is beside the
unseen phrases for reconstructions, and beside training phrases for samples. Nothing else should run meanwhile.
"""

import argparse
import platform
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from mariel.data.dataset import PhraseFeed
from mariel.data.settings import DataSettings
from mariel.evaluation import metrics
from mariel.evaluation.figures import RIGID_SEGMENT, evaluate
from mariel.generation.known_phrases import cut_phrases
from mariel.generation.sampling import Style, in_parts, sample
from mariel.models.base import PhraseModel
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.io.loading import load_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.devices import describe_device, pick_device
from mariel.training.loop import Training
from mariel.training.settings import PRESETS, TrainSettings

SAMPLES = 1024
MOST_PHRASES = 1024
FOREVER = 100_000

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="recordings to train on")
    parser.add_argument("--hold-out", nargs="+", default=[], metavar="TAKE", help="takes of DATA to judge on")
    parser.add_argument("--unseen", metavar="DATA", help="other recordings to judge on as well")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--speed", action="store_true", help="measure phrases a second only")
    parser.add_argument("--run", metavar="FOLDER", help="judge this run, trained on DATA without the takes held out")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    device = pick_device()
    recordings = load_recordings(options.data)
    split = DataSettings(split="takes", hold_out=tuple(options.hold_out)) if options.hold_out else DataSettings()
    feed = PhraseFeed(recordings, split, device)
    print(
        f"{platform.machine()}, {describe_device(device)}, torch {torch.__version__}, {len(feed.training):,} phrases"
    )
    if options.speed:
        show_speeds(feed)
        return
    unseen = unseen_phrases(feed, options.unseen)
    if options.run:
        show_figures(judged(load_checkpoint(options.run).model.to(device), feed, unseen, options.seed))
        return
    columns = {}
    for name, model, train in contestants(feed, options.minutes, options.seed):
        figures = trained(model, feed, train, name)
        columns[name] = figures | judged(model, feed, unseen, options.seed)
    show_goals(columns["notebook"], columns["phrase-vae"])


def contestants(feed: PhraseFeed, minutes: float, seed: int) -> list[tuple[str, PhraseModel, TrainSettings]]:
    """Both models, untrained, and how each is trained: as its preset says, for the same time."""
    chosen = []
    for preset, settings in (("notebook", NotebookSettings()), ("full", PhraseVaeSettings())):
        torch.manual_seed(seed)
        model = make_model(settings, feed.marker_set, feed.length, feed.fps).to(feed.device)
        train = replace(
            PRESETS[preset].train,
            epochs=FOREVER,
            minutes=minutes,
            seed=seed,
            patience=0,
            validate_every=FOREVER,
            validation_phrases=64,
        )
        chosen.append((model.kind, model, train))
    return chosen


def trained(model: PhraseModel, feed: PhraseFeed, settings: TrainSettings, name: str | None) -> Figures:
    """Train a model, for its minutes what it measures beforehand included; epochs are told under its name."""
    begin = time.perf_counter()
    model.fit(feed)
    fitting = time.perf_counter() - begin
    if settings.minutes:
        settings = replace(settings, minutes=max(settings.minutes - fitting / 60, 0.01))
    seen, spent = 0.0, 0.0
    for result in Training(model, feed, settings):
        epoch = result.seconds - spent
        seen, spent = seen + result.phrases_a_second * epoch, result.seconds
        if name:
            print(
                f"  {name} epoch {result.epoch}: {result.train.error_cm:.1f} cm, {result.seconds:.0f} s", flush=True
            )
    return {"phrases/s": seen / spent, "parameters": sum(each.numel() for each in model.parameters())}


def unseen_phrases(feed: PhraseFeed, other: str | None) -> np.ndarray:
    """Phrases (phrases, frames, markers, 3) that neither model learns from."""
    parts = [feed.batch(feed.evenly(feed.validation, MOST_PHRASES)).cpu().numpy()]
    if other:
        takes = load_recordings(other).values()
        fitting = [take for take in takes if take.marker_set.labels == feed.marker_set.labels]
        parts.append(cut_phrases(fitting, feed.length, feed.length // 2).positions)
    return np.concatenate(parts)


def judged(model: PhraseModel, feed: PhraseFeed, unseen: np.ndarray, seed: int) -> Figures:
    """The figures of a trained model that are aimed at, those of real motion worked in."""
    training = feed.batch(feed.evenly(feed.training, 4 * MOST_PHRASES))
    training = torch.cat([training, feed.mirrored(training)]).cpu().numpy()
    found = {figure.name: figure for figure in evaluate(model, unseen, training, count=SAMPLES, seed=seed)}
    hot = sample(model, SAMPLES, Style(temperature=2), seed=seed)
    some = training[:: len(training) // MOST_PHRASES]
    seen = metrics.marker_error(
        metrics.centred(in_parts(model.reconstruct, some, model)), metrics.centred(in_parts(model.place, some, model))
    )
    return {
        "error unseen, cm": found["marker error"].value,
        "error training, cm": float(seen.mean()),
        "error unseen with its place, cm": found["marker error with its place"].value,
        "first 5 frames ÷ rest": found["first 5 frames ÷ rest"].value,
        "reconstructed speed ÷ real": found["speed, reconstructed"].ratio,
        "sampled speed ÷ real": found["speed, sampled"].ratio,
        "skull variation ÷ real, T = 1": found["skull variation"].ratio,
        "skull variation ÷ real, T = 2": metrics.segment_variation(hot, feed.marker_set, RIGID_SEGMENT)
        / found["skull variation"].real,
        "diversity ÷ real": found["diversity"].ratio,
        "nearest training phrase ÷ held-out's": found["nearest training phrase"].ratio,
        "foot skating ÷ real": found["foot skating"].ratio,
        "jerk ÷ real": found["jerk, sampled"].ratio,
    }


GOALS: dict[str, Callable[[float, float], tuple[str, bool]]] = {
    "error unseen, cm": lambda ours, theirs: (f"≤ {0.55 * theirs:.1f} (0.55 ×)", ours <= 0.55 * theirs),
    "first 5 frames ÷ rest": lambda ours, _: ("≤ 1.1", ours <= 1.1),
    "reconstructed speed ÷ real": lambda ours, _: ("0.8 … 1.2", 0.8 <= ours <= 1.2),
    "sampled speed ÷ real": lambda ours, _: ("0.8 … 1.2", 0.8 <= ours <= 1.2),
    "skull variation ÷ real, T = 1": lambda ours, _: ("≤ 1.5", ours <= 1.5),
    "skull variation ÷ real, T = 2": lambda ours, _: ("≤ 2", ours <= 2),
    "diversity ÷ real": lambda ours, _: ("≥ 0.8", ours >= 0.8),
    "nearest training phrase ÷ held-out's": lambda ours, _: ("≥ 0.8", ours >= 0.8),
    "foot skating ÷ real": lambda ours, _: ("≤ 1.5", ours <= 1.5),
    "phrases/s": lambda ours, theirs: (f"≥ {6 * theirs:.0f} (6 ×)", ours >= 6 * theirs),
}


def show_goals(theirs: Figures, ours: Figures) -> None:
    """The table of figures, the notebook's model beside the default one, with what is aimed for."""
    print("\n| | notebook | phrase-vae | goal | |\n|---|---|---|---|---|")
    for name, value in ours.items():
        goal, met = GOALS[name](value, theirs[name]) if name in GOALS else ("", None)
        places = 0 if abs(value) >= 1000 else 2
        verdict = {None: "", True: "met", False: "**missed**"}[met]
        print(f"| {name} | {theirs[name]:,.{places}f} | {value:,.{places}f} | {goal} | {verdict} |")


def show_figures(figures: Figures) -> None:
    """One model's figures; goals that rest on the notebook's model beside it are left out."""
    print("\n| | value | goal | |\n|---|---|---|---|")
    for name, value in figures.items():
        goal, met = GOALS[name](value, float("nan")) if name in GOALS else ("", None)
        if "nan" in goal:
            goal, met = "", None
        verdict = {None: "", True: "met", False: "**missed**"}[met]
        print(f"| {name} | {value:.2f} | {goal} | {verdict} |")


def show_speeds(feed: PhraseFeed, rounds: int = 5, steps: int = 4) -> None:
    """Phrases a second, pairwise: the notebook's own loop, its model in our loop, and the default model."""
    loops = {"notebook's own loop": own_loop(feed, steps)}
    for _, model, train in contestants(feed, 1.0, 0):
        model.fit(feed)
        loops[f"{model.kind}, this loop"] = this_loop(model, feed, train, steps)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for round_ in range(rounds + 1):
        for name, run in loops.items():
            begin = time.perf_counter()
            run()
            if round_:  # the first is for warming up
                rates[name].append(steps * 64 / (time.perf_counter() - begin))
    first = np.median(next(iter(rates.values())))
    print("\n| | phrases/s | ratio |\n|---|---|---|")
    for name, found in rates.items():
        print(f"| {name} | {np.median(found):.0f} | {np.median(found) / first:.2f} |")


def own_loop(feed: PhraseFeed, steps: int) -> Callable[[], None]:
    """The notebook's loop as it is published: one tensor of all data, a DataLoader, float32, Adam."""
    torch.manual_seed(0)
    model = make_model(NotebookSettings(), feed.marker_set, feed.length, feed.fps).to(feed.device)
    model.fit(feed)
    placed = model.place(feed.batch(feed.evenly(feed.training, 64 * steps)))
    data = torch.utils.data.TensorDataset((placed * model.scale + model.shift).flatten(2).cpu())
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)

    def run() -> None:
        model.train()
        for (batch,) in torch.utils.data.DataLoader(data, batch_size=64, shuffle=True):
            phrases = batch.to(feed.device)
            posterior = model.encoder(phrases)
            latents = posterior.sample(torch.randn_like(posterior.mean))
            repeated = model.decoder.lat_to_hid(latents).unsqueeze(1).repeat(1, feed.length, 1)
            rebuilt, _ = model.decoder.lstm_dec(repeated)
            loss = (rebuilt - phrases).square().sum() + 1e-4 * posterior.kl().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss.item()

    return run


def this_loop(model: PhraseModel, feed: PhraseFeed, settings: TrainSettings, steps: int) -> Callable[[], None]:
    """So many steps of a `Training`, on and on."""
    stopped = Training(
        model,
        feed,
        replace(settings, epochs=FOREVER, minutes=None),
        on_batch=lambda report: report.batch % steps == 0,
    )
    return lambda: next(iter(stopped), None)


if __name__ == "__main__":
    main()
