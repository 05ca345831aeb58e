"""The commands that use a trained model: `reconstruct`, `sample`, `evaluate` and `analyse`."""

import json
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, keep_description, require_motion
from mariel.cli.parameters import (
    CheckpointName,
    Data,
    Json,
    Number,
    OptionalNumber,
    OptionalWhole,
    OtherBody,
    SamplesFile,
    Switch,
    Whole,
)
from mariel.cli.recordings import print_notes, print_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from mariel.evaluation.registry import Figure
    from mariel.generation.phrase_windows import PhraseWindows
    from mariel.training.checkpoints import Checkpoint

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def reconstruct(
    checkpoint_name: CheckpointName,
    data: Data,
    /,
    *,
    out: SamplesFile,
    every: Annotated[OptionalWhole, Parameter(help="frames from one phrase to the next; default: a phrase")] = None,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """Write the reconstruction of every phrase of some recordings."""
    from mariel.evaluation import metrics
    from mariel.generation import sampling
    from mariel.generation.credits import add_data_source
    from mariel.generation.sample_files import Samples, write_samples
    from mariel.training.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(checkpoint_name)
    phrases = _phrases("reconstruct", data, checkpoint, described, every)
    reconstructions = sampling.reconstruct(checkpoint.model, phrases.positions)
    centred = (metrics.centre_frames(positions) for positions in (reconstructions, phrases.positions))
    error = float(metrics.marker_error(*centred).mean())
    about = add_data_source(f"Phrases reconstructed by the model {checkpoint.run}.", checkpoint.settings.data.data)
    originals = {"original": phrases.positions, "takes": phrases.takes, "starts": phrases.starts}
    write_samples(out, Samples(reconstructions, checkpoint.marker_set, checkpoint.fps, about, **originals))
    _print_result(
        as_json,
        {"out": str(out), "phrases": len(reconstructions), "error_cm": error},
        f"{out}: {len(reconstructions)} phrases, error of the pose {error:.2f} cm",
    )


def sample(
    checkpoint_name: CheckpointName,
    /,
    *,
    out: SamplesFile,
    count: Annotated[Whole, Parameter(help="how many; default: 1")] = 1,
    temperature: Annotated[
        Number, Parameter(help="0 is the mean dance, 1 as varied as real ones; default: 1", metavar="T")
    ] = 1.0,
    seed: Annotated[Whole, Parameter(help="the same seed gives the same dances; default: 0", metavar="S")] = 0,
    seconds: Annotated[OptionalNumber, Parameter(help="length of each; default: one phrase", metavar="L")] = None,
    scheme: Annotated[
        str,
        Parameter(
            help="how latents are sampled: prior, near those of real phrases; or random-spread, the notebook's "
            "second way, around a random mean with a random spread; default: prior",
            metavar="SCHEME",
            show_default=False,
        ),
    ] = "prior",
    push: Annotated[
        list[float] | None,
        Parameter(
            help="standard deviations by which all latents are shifted along the first, second … principal component "
            "of the latent space",
            metavar="X …",
            consume_multiple=True,
            negative=(),
            show_default=False,
        ),
    ] = None,
    pose: Annotated[
        tuple[str, str, int] | None,
        Parameter(
            help="start from the pose of a recorded frame, in its place: folder, recording's name, frame number "
            "from 0",
            metavar="DATA TAKE FRAME",
            negative=(),
        ),
    ] = None,
    body: OtherBody = "",
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """Write new dances sampled from a model."""
    import numpy as np

    from mariel.generation import from_pose, sampling
    from mariel.generation.credits import add_data_source
    from mariel.generation.model_body import request_body_change
    from mariel.generation.sample_files import Samples, write_samples
    from mariel.generation.sequences import sample_sequence
    from mariel.kinematics.shapes.choices import on_body
    from mariel.training.checkpoints import load_checkpoint

    if not pose:
        require_motion(described, "--pose")
    checkpoint = load_checkpoint(checkpoint_name)
    model, options = (
        checkpoint.model,
        sampling.SamplingOptions(temperature, cast("sampling.Scheme", scheme), tuple(push or ())),
    )
    if pose:
        first_frame = _recorded_pose(checkpoint, *pose, described)
        positions = from_pose.sample_from_pose(model, first_frame, count, options, seconds=seconds, seed=seed)
    elif seconds is None:
        positions = sampling.sample(model, count, options, seed=seed)
    else:
        sampling.standard_noise(model, count, seed)  # checks the ranges before any work
        seeds = range(seed, seed + count)
        positions = np.stack([sample_sequence(model, seconds, options, seed=each) for each in seeds])
    positions, warnings = on_body(positions, checkpoint.fps, request_body_change(checkpoint, body))
    print_notes("sample", warnings)
    about = f"Generated by the model {checkpoint.run} at temperature {temperature:g}, seed {seed}"
    about += f", body: {body}" if body else ""
    about = add_data_source(f"{about}; nobody has danced this.", checkpoint.settings.data.data)
    write_samples(out, Samples(positions, checkpoint.marker_set, checkpoint.fps, about))
    _print_result(
        as_json,
        {"out": str(out), "dances": len(positions), "frames": positions.shape[1], "fps": checkpoint.fps},
        f"{out}: {_count_dances(len(positions))} of {positions.shape[1] / checkpoint.fps:.1f} s",
    )


def _count_dances(count: int) -> str:
    return "1 dance" if count == 1 else f"{count} dances"


def _recorded_pose(
    checkpoint: "Checkpoint", data: str, name: str, frame: int, described: DescriptionFlags
) -> "np.ndarray":
    """One frame of a recording, (markers, 3), with the model's markers."""
    from mariel.errors import RecordingError
    from mariel.generation.other_markers import take_for_model
    from mariel.generation.phrase_windows import load_for_model

    recordings = load_for_model(data, checkpoint, described.description())
    print_problems("sample", recordings.problems)
    if described.keep:
        keep_description("sample", data, described)
    if name not in recordings:
        raise RecordingError(f"--pose: {data} has no recording {name!r}; it has {', '.join(recordings)}")
    if not 0 <= frame < len(recordings[name]):
        raise RecordingError(f"--pose: {name!r} has frames 0 to {len(recordings[name]) - 1} (got {frame})")
    take, note = take_for_model(recordings[name], checkpoint)
    print_notes("sample", [note] if note else [])
    at = min(round(frame * take.fps / recordings[name].fps), len(take) - 1)  # the rate may have changed
    return take.positions[at]


def evaluate(
    checkpoint_name: CheckpointName,
    data: Data,
    /,
    *,
    card: Annotated[Switch, Parameter(help="print a Markdown table, for the card beside a model's weights")] = False,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """Print a model's figures beside those of real motion."""
    from mariel.evaluation.card import figures_table
    from mariel.evaluation.figures import evaluate as evaluate_model
    from mariel.generation.phrase_windows import run_dataset, training_phrase_takes, training_phrases
    from mariel.training.checkpoints import load_checkpoint

    checkpoint = load_checkpoint(checkpoint_name)
    phrases = _phrases("evaluate", data, checkpoint, described)
    dataset = run_dataset(checkpoint)
    training, takes = training_phrases(dataset), training_phrase_takes(dataset)
    figures = evaluate_model(checkpoint.model, phrases.positions, training, training_takes=takes)
    if as_json:
        print(json.dumps([figure.to_dict() for figure in figures]))
    elif card:
        print(figures_table(figures))
    else:
        _print_figures(figures)


def _phrases(
    command: str, data: str, checkpoint: "Checkpoint", described: DescriptionFlags, every: int | None = None
) -> "PhraseWindows":
    """Phrases of recordings for a model; what was found and converted is printed on standard error."""
    from mariel.generation.phrase_windows import phrase_windows

    phrases = phrase_windows(data, checkpoint, stride=every, description=described.description())
    print_problems(command, phrases.problems)
    print_notes(command, phrases.notes)
    if described.keep:
        keep_description(command, data, described)
    return phrases


def analyse(checkpoint_name: CheckpointName, /, *, as_json: Json = False) -> None:
    """Compute what the pages Sampling and Latent map show of a model, and store it in the model's folder.

    Pages do so themselves at their first visit, which then takes some seconds longer. The map by UMAP needs the
    package umap-learn, and is left out without it.
    """
    from mariel.errors import PackageError, RunError
    from mariel.evaluation.real_motion import load_real_motion
    from mariel.files import find_run_folder
    from mariel.generation.latent_map.stored_map import load_pca_map, load_umap_map
    from mariel.generation.phrase_windows import run_recordings
    from mariel.training.checkpoints import load_checkpoint
    from mariel.training.run_folder.names import ANALYSIS_FILE
    from mariel.training.runs import Run

    checkpoint = load_checkpoint(checkpoint_name)
    run, recordings = Run.open(find_run_folder(checkpoint_name)), run_recordings(checkpoint)
    phrases, pca_map = load_pca_map(run, checkpoint, recordings)
    try:
        load_umap_map(run, recordings, pca_map)
        maps, missing = ["PCA", "UMAP"], ""
    except PackageError as error:
        maps, missing = ["PCA"], f"; {error}"
    load_real_motion(run, checkpoint, recordings)
    out = run.folder / ANALYSIS_FILE
    if not out.exists():
        raise RunError(f"'{out}' cannot be written: the run is being trained, or its folder cannot be written to")
    _print_result(
        as_json,
        {"out": str(out), "phrases": len(phrases), "maps": maps},
        f"{out}: {len(phrases)} phrases on a map by {' and one by '.join(maps)}{missing}",
    )


def _print_figures(figures: "Sequence[Figure]") -> None:
    """Print figures as a table that fits into 80 columns, reconstructions and new dances each under a heading."""
    from mariel.cli.tables import print_table
    from mariel.evaluation.card import PROFILE_LABEL
    from mariel.evaluation.registry import GROUP_LABELS

    rows, below, group = [], [], ""
    for figure in figures:
        metric = figure.metric
        if metric.of != group:
            group = metric.of
            rows += [("", "", "", "")] * bool(rows) + [(GROUP_LABELS[group].upper(), "", "", "")]
        value, real = (metric.format(each, unit=False) for each in (figure.value, figure.real))
        rows.append((metric.row_label, value, real, figure.note or metric.good))
        if figure.profile:
            parts = " ".join(metric.format(part, unit=False) for part in figure.profile)
            below.append(f"{metric.row_label} {PROFILE_LABEL}: {parts}")
        if figure.interval:
            real = f", real {metric.format_interval(figure.real_interval)}" if figure.real_interval else ""
            below.append(f"{metric.row_label}, 95 %: {metric.format_interval(figure.interval)}{real}")
    print_table(rows, "lrrl", ("", "model", "real", "good"))
    print("", *below, _seconds_to_compute(figures), sep="\n")


def _seconds_to_compute(figures: "Sequence[Figure]") -> str:
    """The seconds that all figures took to compute, and the one that took longest."""
    slowest = max(figures, key=lambda figure: figure.seconds)
    total = sum(figure.seconds for figure in figures)
    return f"Seconds to compute: {total:.1f}; {slowest.metric.label}: {slowest.seconds:.1f}"


def _print_result(as_json: bool, result: dict, text: str) -> None:
    print(json.dumps(result) if as_json else text)
