"""The commands that use a trained model: reconstruct, sample, evaluate."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mariel.cli.recordings import DATA_HELP

if TYPE_CHECKING:
    import numpy as np

    from mariel.training.checkpoints import Checkpoint

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415

CHECKPOINT_HELP = "a run's folder, such as checkpoints/NAME"


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `reconstruct`, `sample` and `evaluate`."""
    rebuild = _add_command(
        commands, "reconstruct", reconstruct, "write recordings as a model rebuilds them", data=True
    )
    rebuild.add_argument(
        "--every", type=int, metavar="N", help="frames from one phrase to the next; default: a phrase"
    )
    new = _add_command(commands, "sample", sample, "write new dances")
    new.add_argument("--count", type=int, default=1, metavar="N", help="how many")
    new.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="0 is the mean dance, 1 as real ones"
    )
    new.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed gives the same dances")
    new.add_argument("--seconds", type=float, metavar="L", help="length of each; default: one phrase")
    new.add_argument(
        "--scheme", default="prior", metavar="SCHEME",
        help="how latents are drawn: prior, near real phrases; or random-spread, the notebook's other way, around a "
        "random mean with a random spread; default: %(default)s",
    )  # fmt: skip
    new.add_argument(
        "--push", type=float, nargs="+", default=(), metavar="X",
        help="standard deviations by which all are pushed along the first, second … principal direction of the "
        "latent space",
    )  # fmt: skip
    new.add_argument(
        "--pose", nargs=3, metavar=("DATA", "TAKE", "FRAME"),
        help="begin with the pose of a frame of a recording, where it stands: its folder, its name, the frame from 0",
    )  # fmt: skip
    for command in (rebuild, new):
        command.add_argument(
            "--out", required=True, type=Path, metavar="FILE.npz",
            help="where to write the array 'positions' (N, frames, markers, 3), metres, z up",
        )  # fmt: skip
    _add_command(commands, "evaluate", evaluate, "a model's figures beside those of real motion", data=True)


def _add_command(
    commands: argparse._SubParsersAction, name: str, run, summary: str, *, data: bool = False
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    command.add_argument("checkpoint", metavar="CHECKPOINT", help=CHECKPOINT_HELP)
    if data:
        command.add_argument("data", metavar="DATA", help=DATA_HELP)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run, command=name)
    return command


def reconstruct(options: argparse.Namespace) -> None:
    """Rebuild every phrase of some recordings."""
    from mariel.evaluation import metrics
    from mariel.generation import sampling as dances
    from mariel.generation.credits import with_source
    from mariel.generation.dance_files import Dances, write_dances
    from mariel.generation.known_phrases import windows
    from mariel.training.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(options.checkpoint)
    cut = windows(options.data, checkpoint, every=options.every)
    rebuilt = dances.reconstruct(checkpoint.model, cut.positions)
    error = float(metrics.marker_error(metrics.centred(rebuilt), metrics.centred(cut.positions)).mean())
    about = with_source(f"Phrases as the model {checkpoint.run} rebuilds them.", checkpoint.settings.data.data)
    originals = {"original": cut.positions, "takes": cut.takes, "starts": cut.starts}
    write_dances(options.out, Dances(rebuilt, checkpoint.marker_set, checkpoint.fps, about, **originals))
    _tell(
        options,
        {"out": str(options.out), "phrases": len(rebuilt), "error_cm": error},
        f"{options.out}: {len(rebuilt)} phrases, mean marker error {error:.2f} cm",
    )


def sample(options: argparse.Namespace) -> None:
    """Draw new dances."""
    import numpy as np

    from mariel.generation import from_pose as beginnings
    from mariel.generation import sampling as dances
    from mariel.generation.credits import with_source
    from mariel.generation.dance_files import Dances, write_dances
    from mariel.training.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(options.checkpoint)
    model, count, seed = checkpoint.model, options.count, options.seed
    style = dances.Style(options.temperature, options.scheme, tuple(options.push))
    if options.pose:
        pose = _pose(checkpoint, *options.pose)
        positions = beginnings.from_pose(model, pose, count, style, seconds=options.seconds, seed=seed)
    elif options.seconds is None:
        positions = dances.sample(model, count, style, seed=seed)
    else:
        dances.noise(model, count, seed)  # refuses what is out of range before any work
        seeds = range(seed, seed + count)
        positions = np.stack([dances.long_dance(model, options.seconds, style, seed=each) for each in seeds])
    about = f"Danced by the model {checkpoint.run} at temperature {options.temperature:g}, seed {seed}"
    about = with_source(f"{about}; nobody has danced this.", checkpoint.settings.data.data)
    write_dances(options.out, Dances(positions, checkpoint.marker_set, checkpoint.fps, about))
    _tell(
        options,
        {"out": str(options.out), "dances": len(positions), "frames": positions.shape[1], "fps": checkpoint.fps},
        f"{options.out}: {_dances(len(positions))} of {positions.shape[1] / checkpoint.fps:.1f} s",
    )


def _dances(count: int) -> str:
    return "1 dance" if count == 1 else f"{count} dances"


def _pose(checkpoint: "Checkpoint", data: str, name: str, frame: str) -> "np.ndarray":
    """A frame (markers, 3) of a recording, with the model's markers."""
    from mariel.data.dataset import select_marker_set
    from mariel.errors import RecordingError
    from mariel.motion.io.loading import load_recordings

    takes = select_marker_set(load_recordings(data), checkpoint.settings.data.marker_set)
    if name not in takes:
        raise RecordingError(f"--pose: {data} has no recording {name!r}; it has {', '.join(takes)}")
    if not frame.isdecimal() or int(frame) >= len(takes[name]):
        raise RecordingError(f"--pose: {name!r} has frames 0 to {len(takes[name]) - 1} (got {frame})")
    if takes[name].marker_set.labels != checkpoint.marker_set.labels:
        raise RecordingError(f"--pose: {name!r} has other markers than the {checkpoint.marker_set.name}")
    return takes[name].positions[int(frame)]


def evaluate(options: argparse.Namespace) -> None:
    """Print a model's figures."""
    from mariel.evaluation import figures as evaluation
    from mariel.generation.known_phrases import known_phrases, own_feed, windows
    from mariel.training.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(options.checkpoint)
    cut = windows(options.data, checkpoint)
    figures = evaluation.evaluate(checkpoint.model, cut.positions, known_phrases(own_feed(checkpoint)))
    if options.json:
        print(json.dumps([figure.to_dict() for figure in figures]))
        return
    for figure in figures:
        value, real = ("–" if each is None else f"{each:.3g}" for each in (figure.value, figure.real))
        print(f"{figure.name:32} {value:>9} {figure.unit:10} real {real:>9}  {figure.note}".rstrip())
        if figure.profile:
            print(f"{'… from beginning to end':32} {' '.join(f'{part:.3g}' for part in figure.profile)}")


def _tell(options: argparse.Namespace, facts: dict, text: str) -> None:
    print(json.dumps(facts) if options.json else text)
