"""Parts of the Reconstructions page: the choice of a phrase, the dancers, and errors by frame, marker and model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.components.chart import show_chart
from mariel.app.components.player import show_player
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.layout import stop_page
from mariel.app.shell.messages import plain_text, show_warning
from mariel.app.shell.progress import progress_bar
from mariel.app.shell.query_params import (
    AVERAGED_OVER,
    COLOUR_BY_ERROR,
    ERROR_METRICS,
    ERROR_SCALE,
    LATENT_SEED,
    LAYOUT,
    MARKER_ERRORS_PLAYER,
    MARKER_ERRORS_STAGE,
    PHRASE_SOURCE,
    RECONSTRUCTION_PLAYER,
    SAMPLE_LATENT,
    TRAVEL,
    VIEW_OPTIONS,
)
from mariel.app.widgets import controls
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.metrics import figure_columns, show_figures
from mariel.app.widgets.models import LoadedModel, converted_take
from mariel.app.widgets.pickers import pick_start, pick_take_of
from mariel.app.widgets.real_phrases import sample_context
from mariel.app.widgets.recordings import pick_recordings, profile_of
from mariel.app.widgets.timeline import show_timeline
from mariel.errors import MarielError
from mariel.evaluation.reconstruction_errors import (
    BaselineErrors,
    RankedPhrases,
    Reconstruction,
    baseline_errors,
    rank_held_out,
    reconstruct_phrase,
)
from mariel.evaluation.registry import RECONSTRUCTIONS, EvaluationContext, measure_figures, metrics_of
from mariel.generation.credits import add_data_source
from mariel.generation.phrase_windows import is_run_recording
from mariel.motion.recording import Recording
from mariel.progress import Progress
from mariel.stage.charts import error_scale
from mariel.stage.curves import RUN_COLOURS
from mariel.stage.palette import CHART_COLOURS
from mariel.stage.reconstructions_scene import LabelledReconstruction, reconstructions_scene
from mariel.stage.scene import Curve, Dancer, Scene

FROM_TAKE, BEST, MEDIAN, WORST = PHRASE_SOURCE.choices
SIDE_BY_SIDE, OVERLAY = LAYOUT.choices
THIS_PHRASE, ALL_HELD_OUT = AVERAGED_OVER.choices

WORST_MARKERS = 5

MEAN_COLOUR = CHART_COLOURS["mean"]


@dataclass(frozen=True, eq=False)
class PhraseChoice:
    """The phrase that models reconstruct.

    Args:
        positions: (frames, markers, 3), metres.
        take: name of its take.
        frame: its first frame in the take.
        note: what is special about it, for a caption.
        mean_errors: mean error per frame over all held-out phrases, centimetres, (frames,), if this is one of them.
        whole: its take, if that is open.
        body: on which other body it is, for titles.
    """

    positions: np.ndarray
    take: str
    frame: int
    note: str
    mean_errors: np.ndarray | None = None
    whole: Recording | None = None
    body: str = ""

    @property
    def title(self) -> str:
        """Take and frame in words."""
        return f"{self.take.replace('_', ' ')} from frame {self.frame:,}{self.body}"


def pick_phrase_choice(model: LoadedModel, row: DeltaGenerator) -> PhraseChoice:
    """Ask for a phrase of a take, or for the best, median or worst held-out one. Stops the page without one.

    Args:
        model: that reconstructs the phrase.
        row: where to ask which of these; the take's timeline is shown here.
    """
    source = controls.labelled(
        PHRASE_SOURCE,
        "Phrase",
        place=row,
        help="From a take of the recordings on the left, or one of the held-out (validation) phrases, which the "
        "model never learned from: the one with the smallest, the median or the largest reconstruction error.",
    )
    if source == FROM_TAKE:
        return _phrase_of_take(model)
    try:
        ranked = ranked_held_out(model)
    except MarielError as error:
        show_warning(
            f"The recordings that {model.checkpoint.run} has learned from are not here: {error}. "
            "Choose a phrase of a take instead.",
            icon=":material/folder_off:",
        )
        stop_page()
    count = len(ranked.errors)
    rank = {BEST: 0, MEDIAN: count // 2, WORST: count - 1}[source]
    note = f"Number {rank + 1} of {count} phrases that {model.checkpoint.run} never learned from, best first."
    return PhraseChoice(ranked.phrases[rank], ranked.takes[rank], int(ranked.starts[rank]), note, ranked.profile)


def _phrase_of_take(model: LoadedModel) -> PhraseChoice:
    """A phrase of the recordings chosen in the sidebar, by its first frame or a click on the timeline."""
    checkpoint = model.checkpoint
    length = checkpoint.model.length
    take = pick_take_of(pick_recordings())
    try:
        take, converted = converted_take(take, model)
    except MarielError as error:
        show_warning(
            f"{checkpoint.run} knows the {checkpoint.marker_set.describe()}; {take.name} has the "
            f"{take.marker_set.describe()}, and cannot be converted: {error}. Choose other recordings or another "
            "model on the left, or one of the held-out phrases above.",
            icon=":material/link_off:",
        )
        stop_page()
    if len(take) < length:
        show_warning(f"{take.name} is shorter than the {length} frames of a phrase.", icon=":material/timer_off:")
        stop_page()
    chart, choice = st.container(), st.container()
    with choice:
        left, options = st.columns([3.2, 0.8], vertical_alignment="bottom")
    with left:
        start = pick_start(take, length, window=length)
    phrase = take.frames(start, start + length)
    with chart:
        show_timeline(take, profile_of(take), phrase, options=options)
    if not np.isfinite(phrase.positions).all():
        st.warning(
            "Markers are missing in this phrase, so no model can reconstruct it. Choose another.",
            icon=":material/blur_on:",
        )
        stop_page()
    note = f"{converted} {_training_note(model, take)}".strip()
    return PhraseChoice(phrase.positions, take.name, start, note, whole=take)


def _training_note(model: LoadedModel, take: Recording) -> str:
    """Says so if a take is not among the recordings that a model was trained on."""
    checkpoint = model.checkpoint
    return "" if is_run_recording(checkpoint, take) else f"{checkpoint.run} never saw {take.name}."


def ranked_held_out(model: LoadedModel) -> RankedPhrases:
    """The model's validation phrases, smallest reconstruction error first; computed once for all sessions."""
    with progress_bar("Reconstructing the held-out phrases") as progress:
        return _ranked_held_out(model.weights, model, progress)


@st.cache_resource(max_entries=4, show_spinner=False)
def _ranked_held_out(key: tuple, _model: LoadedModel, _progress: Progress) -> RankedPhrases:
    return rank_held_out(_model.checkpoint, progress=_progress)


@dataclass(frozen=True)
class ViewOptions:
    """How the original and its reconstructions are shown.

    Args:
        overlay: the original as a ghost at the place of the reconstructions.
        coloured: whole bodies coloured by their errors; several in one place are coloured by their model instead.
        travel: keep movement across the floor.
        seed: samples each latent from its posterior; None takes the posterior mean.
    """

    overlay: bool
    coloured: bool
    travel: bool
    seed: int | None


def pick_view_options(models: int, row: DeltaGenerator) -> ViewOptions:
    """Ask how the original and the reconstructions of some models are shown; all of it is part of the link.

    Args:
        models: how many.
        row: where to ask.
    """
    overlay = (
        controls.labelled(
            LAYOUT,
            "Layout",
            place=row,
            help="Side by side, or the original as a grey figure in the place of its reconstructions.",
        )
        == OVERLAY
    )
    with row.popover(
        "View",
        icon=":material/visibility:",
        type="tertiary",
        key=VIEW_OPTIONS,
        help="Colours, movement across the floor, and a sampled latent.",
    ):
        coloured = not (overlay and models > 1) and controls.toggle(
            COLOUR_BY_ERROR,
            "Colour by error",
            help="The scale on the stage says how far each part is from where it should be.",
        )
        travel = controls.toggle(
            TRAVEL,
            "Keep movement across the floor",
            help="Otherwise the original stays in the middle of the stage: its mean x and y are subtracted from all.",
        )
        sampled = controls.toggle(
            SAMPLE_LATENT,
            "Sample the latent",
            help="The encoder gives a normal distribution of latents, the posterior. Off: its mean. On: a sample.",
        )
        seed = (
            controls.number_input(LATENT_SEED, "Seed", help="Another seed, another sample.", width=130)
            if sampled
            else None
        )
    return ViewOptions(overlay, coloured, travel, seed)


def reconstruct_with(models: list[LoadedModel], chosen: PhraseChoice, options: ViewOptions) -> list[Reconstruction]:
    """Each model's reconstruction of the phrase."""
    return [reconstruct_phrase(model.checkpoint.model, chosen.positions, seed=options.seed) for model in models]


def comparison_with_curves(
    models: list[LoadedModel], chosen: PhraseChoice, reconstructions: list[Reconstruction], options: ViewOptions
) -> Scene:
    """A scene with the phrase, its reconstructions, and the curves of their errors."""
    labelled = [
        LabelledReconstruction(model.checkpoint.run, each.positions, each.errors, colour if len(models) > 1 else None)
        for model, each, colour in zip(models, reconstructions, RUN_COLOURS, strict=False)
    ]
    first = models[0].checkpoint
    scene = reconstructions_scene(
        chosen.positions,
        labelled,
        first.marker_set,
        fps=first.fps,
        title=chosen.title,
        overlay=options.overlay,
        travel=options.travel,
        coloured=options.coloured,
        curves=True,
    )
    if chosen.mean_errors is None:
        return scene
    mean_curve = Curve(chosen.mean_errors, "held-out phrases on average", MEAN_COLOUR)
    return replace(scene, curves=[*scene.curves, mean_curve])


def show_caption(chosen: PhraseChoice, options: ViewOptions) -> None:
    """What is special about the phrase, and how to tell the original from its reconstruction in one place."""
    legend = "Grey: the original. In colour: its reconstruction." if options.overlay else ""
    if text := " ".join(filter(None, (plain_text(chosen.note), legend))):
        st.caption(text)


def show_comparison_downloads(
    models: list[LoadedModel], chosen: PhraseChoice, scene: Scene, camera: Mapping | None
) -> None:
    """Download buttons for the comparison and for its dancers' coordinates."""
    names = " and ".join(model.checkpoint.run for model in models)
    credit = add_data_source(
        f"{chosen.title}: the original and its reconstruction by {names}.", models[0].checkpoint.settings.data.data
    )
    positions = np.stack([dancer.positions for dancer in scene.dancers])
    show_downloads(
        scene,
        key=RECONSTRUCTION_PLAYER,
        name=f"{chosen.title} reconstructed by {names}",
        credit=credit,
        positions=positions,
        camera=camera,
    )


def show_error_metrics(
    models: list[LoadedModel], chosen: PhraseChoice, reconstructions: list[Reconstruction]
) -> None:
    """Each model's figures on this phrase: side by side, or several models in a table above the original."""
    first, metrics = models[0].checkpoint, metrics_of(RECONSTRUCTIONS, on_pages=True)
    context = EvaluationContext(first.marker_set, first.fps, originals=chosen.positions[None])
    figures = {
        model.checkpoint.run: measure_figures(metrics, each.positions[None], context)
        for model, each in zip(models, reconstructions, strict=True)
    }
    if len(figures) > 1:
        st.dataframe(figure_columns(figures, real="the original"), hide_index=True, key=ERROR_METRICS)
    else:
        show_figures(next(iter(figures.values())))


def show_error_scale(models: list[LoadedModel], chosen: PhraseChoice, reconstructions: list[Reconstruction]) -> None:
    """The errors on a scale from a copy of the phrase (0) to a random new dance."""
    baselines = _baselines(models[0].weights, chosen.positions, models[0])
    points = [(model.checkpoint.run, each.error) for model, each in zip(models, reconstructions, strict=True)]
    show_chart(
        error_scale(points, prior=baselines.prior, nearest=baselines.nearest),
        key=ERROR_SCALE,
        alt=f"Errors from 0 cm for a copy to {baselines.prior:.0f} cm for a random new dance: "
        + ", ".join(f"{name} {error:.1f} cm" for name, error in points),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _baselines(key: tuple, phrase: np.ndarray, _model: LoadedModel) -> BaselineErrors:
    return baseline_errors(_model.checkpoint.model, phrase, sample_context(_model).known_neighbours)


def show_marker_errors(model: LoadedModel, chosen: PhraseChoice, reconstruction: Reconstruction) -> None:
    """The original phrase on a body that is coloured by each marker's mean error, and the worst markers."""
    checkpoint = model.checkpoint
    averaged_over = controls.segmented_control(
        AVERAGED_OVER,
        "Error of each marker",
        help="The mean over the frames of this phrase, or over all held-out phrases, which the model never learned "
        "from.",
    )
    errors = reconstruction.errors.mean(axis=0)
    if averaged_over == ALL_HELD_OUT:
        try:
            errors = ranked_held_out(model).marker_errors
        except MarielError as error:
            show_warning(f"{error}. You see the errors on this phrase instead.", icon=":material/folder_off:")
            averaged_over = THIS_PHRASE
    middle = np.nanmean(chosen.positions, axis=1, keepdims=True) * [1, 1, 0]
    dancer = Dancer(
        (chosen.positions - middle).astype(np.float32),
        checkpoint.marker_set,
        marker_values=errors,
        value_range=(0.0, max(float(errors.max()), 1.0)),
        colour_bones=True,
    )
    scene = Scene([dancer], fps=checkpoint.fps, style="markers", unit="cm", title="Error of each marker")
    with stage_area(MARKER_ERRORS_STAGE, beside=468, beside_on_phone=544):
        show_player(scene, key=MARKER_ERRORS_PLAYER, height=300, linked=RECONSTRUCTION_PLAYER)
    show_downloads(
        scene,
        key=MARKER_ERRORS_PLAYER,
        name=f"errors of {checkpoint.run} on {chosen.title}",
        credit=add_data_source(
            f"{chosen.title}; the colours are the errors of the model {checkpoint.run}, {averaged_over}.",
            checkpoint.settings.data.data,
        ),
    )
    worst = np.argsort(-errors, kind="stable")[:WORST_MARKERS]
    named = " · ".join(f"{checkpoint.marker_set.labels[at]} {errors[at]:.1f}" for at in worst)
    st.caption(f"Largest errors, cm: {named}")
