"""The command that writes a dance as one HTML file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mariel.cli.recordings import DATA_HELP, add_trim, check_out, load
from mariel.errors import MarielError

if TYPE_CHECKING:
    import numpy as np

    from mariel.generation.dance_files import Dances
    from mariel.stage.scene import Scene

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `export`."""
    summary = "write a dance as one HTML file that any browser plays offline"
    command = commands.add_parser("export", help=summary, description=summary[0].upper() + summary[1:] + ".")
    command.add_argument(
        "data",
        metavar="DATA",
        help=DATA_HELP + "; or a .npz that 'sample' or 'reconstruct' has written, or a favourite",
    )
    command.add_argument("--out", required=True, type=Path, metavar="FILE.html", help="where to write it")
    command.add_argument("--take", metavar="NAME", help="which take, see 'info'; default: the first")
    command.add_argument("--start", type=int, default=0, metavar="N", help="its first frame; default: 0")
    command.add_argument("--frames", type=int, metavar="N", help="how many; default: up to the end")
    command.add_argument("--title", default="", metavar="T", help="the page's heading")
    add_trim(command)
    command.set_defaults(run=export, command="export")


def export(options: argparse.Namespace) -> None:
    """Write the page."""
    from mariel.export.html import html_of
    from mariel.files import write_atomically
    from mariel.generation.dance_files import holds_dances, read_dances
    from mariel.generation.favourites import holds_favourite
    from mariel.motion.recording import format_duration

    if options.out.suffix.lower() not in (".html", ".htm"):
        raise MarielError(f"--out {options.out}: browsers open a file that ends in .html")
    check_out(options.out)
    if holds_favourite(options.data):
        scene, credit = _kept(options)
        camera = None
    elif holds_dances(options.data):
        scene, credit = _danced_by_a_model(options, read_dances(options.data))
        camera = "front"
    else:
        scene, credit = _recorded(options)
        camera = None
    page = html_of(scene, title=options.title, credit=credit, camera=camera)
    write_atomically(options.out, page)
    dancers = "a dancer" if len(scene.dancers) == 1 else f"{len(scene.dancers)} dancers"
    length = format_duration(scene.duration)
    print(
        f"{options.out}: {dancers}, {len(scene):,} frames, {length}, {len(page) / 1e6:.1f} MB; open it in a browser"
    )


def _recorded(options: argparse.Namespace) -> tuple["Scene", str]:
    """A take, or part of it."""
    from mariel.export.html import take_credit
    from mariel.stage.scene import Scene

    recordings = load(options)
    take = recordings[options.take or next(iter(recordings))]
    phrase = take.frames(*_window(options, len(take)))
    return Scene.of(phrase, title=take.name.replace("_", " ")), take_credit(take, phrase)


def _kept(options: argparse.Namespace) -> tuple["Scene", str]:
    """A favourite, or part of it."""
    from mariel.generation.favourites import open_favourite
    from mariel.stage.scene import Dancer, Scene

    if options.take is not None:
        raise MarielError("--take: a favourite is one dance, of no take")
    favourite = open_favourite(Path(options.data))
    danced = favourite.positions[slice(*_window(options, len(favourite.positions)))]
    dancer = Dancer(danced, favourite.marker_set)
    return Scene([dancer], fps=favourite.fps, title=favourite.name), favourite.credit


def _danced_by_a_model(options: argparse.Namespace, dances: "Dances") -> tuple["Scene", str]:
    """Dances of a model, each reconstruction beside its original; as many as one stage holds."""
    from mariel.stage.comparison import comparison_scene
    from mariel.stage.figure import facing
    from mariel.stage.scene import MAX_DANCERS, Dancer, Scene

    chosen = _chosen(options, dances)
    room = MAX_DANCERS if dances.original is None else MAX_DANCERS // 2
    if len(chosen) > room:
        print(
            f"mariel {options.command}: warning: one stage holds the first {room} of {len(chosen)} dances",
            file=sys.stderr,
        )
    chosen = chosen[:room]
    window = slice(*_window(options, dances.positions.shape[1]))

    def dancer(positions: "np.ndarray", label: str) -> Dancer:
        return Dancer(positions[window], dances.marker_set, label=label)

    if dances.original is not None:
        pairs = [(dancer(dances.original[i], "danced"), dancer(dances.positions[i], "model")) for i in chosen]
        if len(pairs) == 1:
            title = f"{_phrase_name(dances, chosen[0])} beside its reconstruction"
            (danced, model) = pairs[0]
            return comparison_scene(danced, [model], fps=dances.fps, title=title), dances.about
        troupe = [each for pair in pairs for each in pair]
        title = f"{len(pairs)} phrases, each beside its reconstruction"
    elif len(chosen) == 1:
        return Scene([dancer(dances.positions[chosen[0]], "")], fps=dances.fps, title="A new dance"), dances.about
    else:
        troupe = [dancer(dances.positions[i], f"{i + 1}") for i in chosen]
        title = f"{len(troupe)} new dances"
    columns = 2 if len(troupe) == 4 else 4
    return Scene.gallery(troupe, columns=columns, front=facing(troupe[0]), fps=dances.fps, title=title), dances.about


def _phrase_name(dances: "Dances", i: int) -> str:
    if dances.takes is None or dances.starts is None:
        return "A phrase"
    return f"{str(dances.takes[i]).replace('_', ' ')} from frame {int(dances.starts[i]):,}"


def _chosen(options: argparse.Namespace, dances: "Dances") -> list[int]:
    """Which dances of a file are meant: all, or those of one take."""
    if options.take is None:
        return list(range(len(dances.positions)))
    takes = [] if dances.takes is None else [str(take) for take in dances.takes]
    if options.take not in takes:
        known = ", ".join(dict.fromkeys(takes)) or "none: they are new dances"
        raise MarielError(f"no take {options.take!r} in '{options.data}'; there are {known}")
    return [i for i, take in enumerate(takes) if take == options.take]


def _window(options: argparse.Namespace, frames: int) -> tuple[int, int]:
    """First frame and the one after the last."""
    stop = frames if options.frames is None else options.start + options.frames
    if not 0 <= options.start < stop <= frames:
        asked = f"--start {options.start}" + ("" if options.frames is None else f" --frames {options.frames}")
        raise MarielError(f"{asked}: the dance has {frames:,} frames, 0 to {frames - 1:,}")
    return options.start, stop
