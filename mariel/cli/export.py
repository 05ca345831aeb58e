"""The command `export`: writes a recording, samples or reconstructions as a file for other programs."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, require_motion
from mariel.cli.parameters import Json, OptionalNumber, OptionalWhole, OtherBody, Switch, Trim, Whole
from mariel.cli.pictures import Shape, Style, Theme, View, picture_options, progress_line
from mariel.cli.recordings import check_output_path, load_and_report, print_notes
from mariel.errors import MarielError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from mariel.export.registry import ExportRequest
    from mariel.generation.sample_files import Samples
    from mariel.motion.marker_set import MarkerSet
    from mariel.motion.recording import Recording
    from mariel.stage.scene import Scene

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


@dataclass(frozen=True)
class ExportOptions:
    """Which dance is exported.

    Args:
        data: DATA.
        take: name of the take, None for the first, or for all of a model's file.
        start: first frame.
        frames: number of frames, None for all that follow.
        trim: frames left out at each end of a take, None for its layout's.
        described: what is said about the files.
        body: that dances; empty: the dancer's own.
    """

    data: str
    take: str | None
    start: int
    frames: int | None
    trim: int | None
    described: DescriptionFlags = NO_DESCRIPTION
    body: str = ""


def export(
    data: Annotated[
        str,
        Parameter(
            help="a folder of recordings, a glob in quotes, one file, or 'demo' for the synthetic demo dancer; or a "
            ".npz written by 'sample' or 'reconstruct', or a favourite"
        ),
    ],
    /,
    *,
    out: Annotated[
        Path,
        Parameter(
            metavar="FILE",
            help="where to write it; its ending chooses the kind of file: .html for a page that any browser plays "
            "offline, .mp4 for a film, .bvh or .glb for Blender, .c3d, .trc or .csv for markers, .mariel.zip for a "
            "bundle; another one lists all kinds",
        ),
    ],
    take: Annotated[str | None, Parameter(help="which take, see 'info'; default: the first", metavar="NAME")] = None,
    start: Annotated[Whole, Parameter(help="its first frame; default: 0")] = 0,
    frames: Annotated[OptionalWhole, Parameter(help="how many; default: up to the end")] = None,
    title: Annotated[str | None, Parameter(help="the heading", metavar="T")] = None,
    camera: View = None,
    shape: Shape = None,
    theme: Theme = None,
    style: Style = None,
    speed: Annotated[OptionalNumber, Parameter(help="of films: 0.5 is half as fast; default: 1")] = None,
    mirror: Annotated[Switch, Parameter(help="of films and pictures: as in a mirror")] = False,
    follow: Annotated[Switch, Parameter(help="of films and pictures: the camera follows the dancer")] = False,
    no_caption: Annotated[Switch, Parameter(help="of films and pictures: without title and credit")] = False,
    side: Annotated[OptionalWhole, Parameter(help="pixels of their shorter side; default: 1080")] = None,
    poses: Annotated[OptionalWhole, Parameter(help="how many a film strip has; default: 6")] = None,
    body: OtherBody = "",
    trim: Trim = None,
    with_model: Annotated[
        Switch, Parameter(help="pack the model that made the dance into a bundle (.mariel.zip) too")
    ] = False,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """Write a dance as a file for other programs, such as a page that any browser plays offline."""
    from mariel.export.registry import ExportRequest, exporter_for
    from mariel.files import format_bytes, write_atomically
    from mariel.motion.recording import format_duration

    try:
        exporter = exporter_for(out)
    except MarielError as error:
        raise MarielError(f"--out {error}") from None
    check_output_path(out)
    choices = {"shape": shape, "theme": theme, "style": style, "speed": speed, "side": side, "poses": poses}
    switches = {"mirror": mirror or None, "follow": follow or None, "caption": False if no_caption else None}
    picture = picture_options(exporter, choices | switches)
    scene, credit, first_view = _scene(ExportOptions(data, take, start, frames, trim, described, body))
    credit += f" On another body: {body}." if body else ""
    request = ExportRequest(
        [scene],
        title=title or scene.title,
        credit=credit,
        camera=camera or first_view,
        picture=picture,
        recipe=_recipe(data),
    )
    if reason := exporter.why_not(request):
        raise MarielError(f"--out {out}: {reason}")
    with progress_line(f"{out.name}") as report:
        request = replace(request, report=report)
        content = _bundle_with_model(exporter.name, request) if with_model else exporter.export(request)
    write_atomically(out, content)
    if as_json:
        result = {"out": str(out), "dancers": len(scene.dancers), "frames": len(scene), "bytes": len(content)}
        print(json.dumps({**result, "remarks": request.remarks}))
        return
    dancers = "a dancer" if len(scene.dancers) == 1 else f"{len(scene.dancers)} dancers"
    print(f"{out}: {dancers}, {len(scene):,} frames, {format_duration(scene.duration)}, {format_bytes(len(content))}")
    for remark in request.remarks:
        print(remark)


def _bundle_with_model(exporter: str, request: "ExportRequest") -> bytes:
    """A bundle with the model that made the dance. Raises MarielError for another kind of file."""
    from mariel.export.archives.bundle import bundle_bytes

    if exporter != "bundle":
        raise MarielError("--with-model: only a bundle, .mariel.zip, holds a model")
    return bundle_bytes(request, with_model=True)


def _scene(options: ExportOptions) -> tuple["Scene", str, str | None]:
    """The dance as a scene, its credit, and the name of its first view if it is not the usual one."""
    from mariel.generation.favourites import is_favourite_file
    from mariel.generation.sample_files import is_sample_file, read_samples

    if is_favourite_file(options.data):
        require_motion(options.described, "recordings, not with a favourite")
        return *_favourite_scene(options), None
    if is_sample_file(options.data):
        require_motion(options.described, "recordings, not with dances of a model")
        return *_model_scene(options, read_samples(options.data)), "front"
    return *_take_scene(options), None


def _recipe(data: str) -> "Mapping | None":
    """How a dance was made, if it is a favourite."""
    from mariel.generation.favourites import is_favourite_file, open_favourite

    return open_favourite(Path(data)).recipe if is_favourite_file(data) else None


def _take_scene(options: ExportOptions) -> tuple["Scene", str]:
    """The scene and credit of a take, or part of it; of a file with several dancers, of all of them."""
    from mariel.export.html import take_credit
    from mariel.stage.scene import MAX_DANCERS, Dancer, Scene

    recordings = load_and_report("export", options.data, trim=options.trim, described=options.described)
    take = recordings[options.take or next(iter(recordings))]
    phrase = take.frames(*_frame_range(options, len(take)))
    partners = [each for each in recordings.values() if options.take is None and each.path == take.path is not None]
    if not 1 < len(partners) <= MAX_DANCERS or len({each.fps for each in partners}) > 1:
        positions = _part_on_body(options, phrase, take, recordings)
        scene = Scene([Dancer(positions, take.marker_set)], fps=take.fps, title=take.name.replace("_", " "))
        return scene, take_credit(take, phrase)
    parts = [each.frames(*_frame_range(options, len(each))) for each in partners]
    dancers = [
        Dancer(_part_on_body(options, part, each, recordings), each.marker_set, label=each.name)
        for part, each in zip(parts, partners, strict=True)
    ]
    name = take.path.stem if take.path else take.name
    credit = take_credit(replace(take, name=name), replace(phrase, name=name))
    return Scene(dancers, fps=take.fps, title=name.replace("_", " ")), credit


def _favourite_scene(options: ExportOptions) -> tuple["Scene", str]:
    """The scene and credit of a favourite, or part of it."""
    from mariel.generation.favourites import open_favourite
    from mariel.stage.scene import Dancer, Scene

    if options.take is not None:
        raise MarielError("--take: a favourite is one dance and has no takes")
    favourite = open_favourite(Path(options.data))
    (positions,) = _dances_on_body(options.body, [favourite.positions], favourite.marker_set, favourite.fps)
    positions = positions[slice(*_frame_range(options, len(positions)))]
    dancer = Dancer(positions, favourite.marker_set)
    return Scene([dancer], fps=favourite.fps, title=favourite.name), favourite.credit


def _model_scene(options: ExportOptions, samples: "Samples") -> tuple["Scene", str]:
    """The scene and credit of samples or of reconstructions beside their originals; at most `MAX_DANCERS` dancers."""
    from mariel.stage.comparison import comparison_scene
    from mariel.stage.figure import facing_angle
    from mariel.stage.scene import MAX_DANCERS, Dancer, Scene

    selected = _selected_dances(options, samples)
    capacity = MAX_DANCERS if samples.original is None else MAX_DANCERS // 2
    if len(selected) > capacity:
        print(
            f"mariel export: warning: one scene shows the first {capacity} of {len(selected)} dances",
            file=sys.stderr,
        )
    selected = selected[:capacity]
    frames = slice(*_frame_range(options, samples.positions.shape[1]))
    samples = _samples_on_body(options.body, samples)

    def dancer(positions: "np.ndarray", label: str) -> Dancer:
        return Dancer(positions[frames], samples.marker_set, label=label)

    if samples.original is not None:
        pairs = [(dancer(samples.original[i], "original"), dancer(samples.positions[i], "model")) for i in selected]
        if len(pairs) == 1:
            title = f"{_phrase_name(samples, selected[0])} beside its reconstruction"
            (original, reconstruction) = pairs[0]
            return comparison_scene(original, [reconstruction], fps=samples.fps, title=title), samples.about
        dancers = [each for pair in pairs for each in pair]
        title = f"{len(pairs)} phrases, each beside its reconstruction"
    elif len(selected) == 1:
        return Scene(
            [dancer(samples.positions[selected[0]], "")], fps=samples.fps, title="A new dance"
        ), samples.about
    else:
        dancers = [dancer(samples.positions[i], f"{i + 1}") for i in selected]
        title = f"{len(dancers)} new dances"
    columns = 2 if len(dancers) == 4 else 4
    front = facing_angle(dancers[0])
    return Scene.gallery(dancers, columns=columns, front=front, fps=samples.fps, title=title), samples.about


def _part_on_body(
    options: ExportOptions, part: "Recording", take: "Recording", takes: "Mapping[str, Recording]"
) -> "np.ndarray":
    """A part of a take (frames, markers, 3) on the body of the options."""
    from mariel.kinematics.shapes.choices import part_on_body

    positions, warnings = part_on_body(options.body, part, take, takes)
    print_notes("export", warnings)
    return positions


def _dances_on_body(body: str, dances: "Sequence[np.ndarray]", marker_set: "MarkerSet", fps: float) -> "np.ndarray":
    """Dances (dances, frames, markers, 3) of one dancer on a body."""
    from mariel.kinematics.shapes.choices import dances_on_body

    positions, warnings = dances_on_body(body, dances, marker_set, fps)
    print_notes("export", warnings)
    return positions


def _samples_on_body(body: str, samples: "Samples") -> "Samples":
    """Samples, or reconstructions and their originals, on a body."""
    given = {
        name: _dances_on_body(body, dances, samples.marker_set, samples.fps)
        for name in ("positions", "original")
        if (dances := getattr(samples, name)) is not None
    }
    return replace(samples, **given) if body else samples


def _phrase_name(samples: "Samples", i: int) -> str:
    if samples.takes is None or samples.starts is None:
        return "A phrase"
    return f"{str(samples.takes[i]).replace('_', ' ')} from frame {int(samples.starts[i]):,}"


def _selected_dances(options: ExportOptions, samples: "Samples") -> list[int]:
    """Indices of the requested dances of a file: all, or those of one take."""
    if options.take is None:
        return list(range(len(samples.positions)))
    takes = [] if samples.takes is None else [str(take) for take in samples.takes]
    if options.take not in takes:
        names = ", ".join(dict.fromkeys(takes)) or "none: these are new dances"
        raise MarielError(f"no take {options.take!r} in '{options.data}'; there are {names}")
    return [i for i, take in enumerate(takes) if take == options.take]


def _frame_range(options: ExportOptions, frames: int) -> tuple[int, int]:
    """The requested first frame, and the one after the last."""
    stop = frames if options.frames is None else options.start + options.frames
    if not 0 <= options.start < stop <= frames:
        requested = f"--start {options.start}" + ("" if options.frames is None else f" --frames {options.frames}")
        raise MarielError(f"{requested}: the dance has {frames:,} frames, 0 to {frames - 1:,}")
    return options.start, stop
