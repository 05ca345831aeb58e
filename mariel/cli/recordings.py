"""The commands that look at recordings, their statistics, and prepare them for training."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mariel.errors import MarielError

if TYPE_CHECKING:
    from mariel.data.preprocessing import Preprocessing
    from mariel.motion.checks import Problem
    from mariel.motion.io.loading import Recordings

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415

DATA_HELP = "a folder of recordings, a glob in quotes, one file, or 'demo' for the synthetic demo dancer"


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `info`, `stats` and `prepare`."""
    _add_command(commands, "info", info, "list recordings and what is wrong with them")
    stats_parser = _add_command(
        commands, "stats", stats, "statistics that preprocessing uses, as the reference prints"
    )
    prepare_parser = _add_command(commands, "prepare", prepare, "write positions and velocities, scaled, to a file")
    for command in (stats_parser, prepare_parser):
        command.add_argument(
            "--reference", action="store_true", help="do all as the published loader does, known faults included"
        )
        command.add_argument(
            "--all-frames",
            action="store_true",
            help="fit the scaling on all frames; by default blocks are held out for validation "
            "and it is fitted on the rest (always all with --reference)",
        )
    stats_parser.add_argument("--json", action="store_true", help="print JSON")
    prepare_parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE.npz",
        help="where to write the arrays 'positions' and 'centered', each (frames, markers, 6)",
    )
    prepare_parser.add_argument("--reduced", action="store_true", help="the reduced set of 18 markers")


def _add_command(commands: argparse._SubParsersAction, name: str, run, summary: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    command.add_argument("data", metavar="DATA", help=DATA_HELP)
    add_trim(command)
    command.set_defaults(run=run, command=name)
    return command


def add_trim(command: argparse.ArgumentParser) -> None:
    """Add `--trim`, which `load` heeds."""
    command.add_argument(
        "--trim",
        type=_frames,
        metavar="N",
        help="frames to leave out at each end of a take (500 in Mariel's raw files, else none)",
    )


def _frames(text: str) -> int:
    try:
        frames = int(text)
    except ValueError:
        frames = -1
    if frames < 0:
        raise argparse.ArgumentTypeError(f"expected a number of frames, 0 or more, found {text!r}")
    return frames


def info(options: argparse.Namespace) -> None:
    """Print each take's name, length, markers and rate."""
    from mariel.motion.recording import format_duration

    recordings = load(options)
    total = sum(take.duration for take in recordings.values())
    print(f"{len(recordings)} takes, {recordings.frames:,} frames, {format_duration(total)}")
    if recordings.synthetic:
        print("the synthetic demo dancer: made by a program, nobody danced this")
    width = max(map(len, recordings))
    for name, take in recordings.items():
        print(
            f"  {name:<{width}}  {len(take):>7,} frames  {format_duration(take.duration):>11}  "
            f"{len(take.marker_set)} markers  {take.fps:g} fps  {take.source.dtype}"
            + (f"  in {take.unit}" if take.unit != "m" else "")
        )


def stats(options: argparse.Namespace) -> None:
    """Print the statistics that preprocessing uses: first as the reference prints them, then in full."""
    recordings = load(options)
    fit = _fit(options, recordings)
    if options.json:
        print(json.dumps(_statistics(fit), indent=1))
    else:
        print(fit.report())
        print()
        print(fit)


def prepare(options: argparse.Namespace) -> None:
    """Write prepared takes to a .npz file."""
    from mariel.data.prepared_file import write_archive
    from mariel.motion.mariel_markers import MARIEL_18

    check_out(options.out)
    recordings = load(options)
    fit = _fit(options, recordings)
    shapes = write_archive(options.out, recordings, fit, marker_set=MARIEL_18 if options.reduced else None)
    print(f"{options.out}: positions and centered, each {shapes['positions']} (frames, markers, channels)")
    print(repr(fit))


def check_out(path: Path) -> None:
    """Refuse a file that cannot be written, before any work.

    Raises:
        MarielError: its folder is not there, or it is a folder itself.
    """
    if not path.resolve().parent.is_dir():
        raise MarielError(f"--out {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise MarielError(f"--out {path}: expected a file, found a folder")


def load(options: argparse.Namespace) -> "Recordings":
    """The recordings a person asks for; what is wrong with them goes to stderr, a line each."""
    from mariel.motion.io.loading import load_recordings

    recordings = load_recordings(options.data, trim=options.trim, reference=getattr(options, "reference", False))
    print_problems(options.command, recordings.problems)
    return recordings


def print_problems(command: str, problems: Iterable["Problem"]) -> None:
    """Say what is wrong with recordings, a line each on standard error."""
    for problem in problems:
        print(f"mariel {command}: {problem.severity}: {problem}", file=sys.stderr)


def _fit(options: argparse.Namespace, recordings: "Recordings") -> "Preprocessing":
    from mariel.data.preprocessing import Preprocessing
    from mariel.data.splits import BlockSplit
    from mariel.errors import PhraseError

    if options.reference or options.all_frames:
        return Preprocessing.fit(recordings, reference=options.reference)
    try:
        train = BlockSplit().blocks(recordings).training
    except PhraseError as error:
        print(f"mariel {options.command}: warning: scaling is fitted on all frames; {error}", file=sys.stderr)
        train = None
    return Preprocessing.fit(recordings, train=train)


def _statistics(fit: "Preprocessing") -> dict:
    """The numbers of a fit under the names the reference gives them."""
    rows = fit.counts_and_offsets()
    velocities = {"vel_min": fit.velocities.low, "vel_max": fit.velocities.high}
    return {
        "reference": fit.reference,
        "timesteps": sum(frames for _, frames, _ in rows),
        "joints": len(fit.labels),
        "fps": fit.fps,
        "unit": fit.unit,
        "counts": {name: frames for name, frames, _ in rows},
        "offsets": {name: first for name, _, first in rows},
        "low": fit.stage.low,
        "hi": fit.stage.high,
        "xy_min": fit.stage.xy_min,
        "xy_max": fit.stage.xy_max,
        "xy_range": fit.stage.xy_range,
        "uncentered": {"loc_min": fit.positions.low, "loc_max": fit.positions.high, **velocities},
        "centered": {"loc_min": fit.centred_positions.low, "loc_max": fit.centred_positions.high, **velocities},
        "fitted_on": [list(block) for block in fit.fitted_on],
    }
