"""Parts of the Reconstructions page: which phrase, the dancers, where and how much models err."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from mariel.app.browse.browse_view import show_timeline
from mariel.app.sampling.sampling_view import real_figures
from mariel.app.widgets.chart import show_chart
from mariel.app.widgets.comparison import Version, versions_scene
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.models import Awake
from mariel.app.widgets.pickers import clamp, liveliest_start, pick_take_of
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import REMEMBERED, choose_recordings, profile_of
from mariel.errors import MarielError
from mariel.evaluation import metrics
from mariel.evaluation.reconstruction_errors import HeldOut, Marks, Rebuilt, held_out, marks_of, rebuild
from mariel.generation.credits import with_source
from mariel.motion.mariel_markers import MARIEL_18
from mariel.motion.recording import Recording
from mariel.stage.charts import error_marks
from mariel.stage.curves import RUN_COLOURS
from mariel.stage.scene import Curve, Dancer, Scene

FROM = ("a take", "best", "typical", "worst")
"""Where the phrase comes from: a take's timeline, or the best, the median or the worst rebuilt held-out phrase."""

WORST_MARKERS = 5

USUAL_COLOUR = "#9a96a6"


@dataclass(frozen=True, eq=False)
class Chosen:
    """The phrase that is rebuilt.

    Args:
        positions: (frames, markers, 3), metres.
        take: name of its take.
        frame: its first frame in the take.
        about: what is special about it, for people.
        usual: mean error of each frame over phrases of its kind, centimetres, (frames,), where that is known.
    """

    positions: np.ndarray
    take: str
    frame: int
    about: str
    usual: np.ndarray | None = None

    @property
    def title(self) -> str:
        """Take and frame in words."""
        return f"{self.take.replace('_', ' ')} from frame {self.frame:,}"


def pick_chosen(model: Awake) -> Chosen:
    """Ask for a phrase of a take, or for the best, typical or worst held-out one. Stops the page without one."""
    source = st.segmented_control(
        "Phrase",
        FROM,
        default=FROM[0],
        required=True,
        key="source",
        help="From a take of the recordings on the left, or of the phrases that the model never learned from: "
        "the one it rebuilds best, the one in the middle, the one it rebuilds worst.",
        **REMEMBERED,
    )
    if source == FROM[0]:
        return _from_a_take(model)
    try:
        ranked = held_out_of(model)
    except MarielError as error:
        st.warning(
            f"The recordings that {model.checkpoint.run} has learned from are not here: {error}. "
            "Choose a phrase of a take instead.",
            icon=":material/folder_off:",
        )
        st.stop()
    count = len(ranked.errors)
    rank = {"best": 0, "typical": count // 2, "worst": count - 1}[source]
    about = f"number {rank + 1} of {count} phrases that {model.checkpoint.run} never learned from, best first"
    return Chosen(ranked.phrases[rank], ranked.takes[rank], int(ranked.starts[rank]), about, ranked.profile)


def _from_a_take(model: Awake) -> Chosen:
    """A phrase of the recordings chosen in the sidebar, by its first frame or a click on the timeline."""
    checkpoint = model.checkpoint
    length = checkpoint.model.length
    take = pick_take_of(choose_recordings())
    if checkpoint.settings.data.marker_set == "18" and set(MARIEL_18.labels) <= set(take.marker_set.labels):
        take = take.markers(MARIEL_18)
    if take.marker_set.labels != checkpoint.marker_set.labels:
        st.warning(
            f"{checkpoint.run} knows the {len(checkpoint.marker_set)} {checkpoint.marker_set.name} markers; "
            f"{take.name} has {len(take.marker_set)}, the {take.marker_set.name} ones. Choose other recordings or "
            "another model on the left, or one of the held-out phrases above.",
            icon=":material/link_off:",
        )
        st.stop()
    if len(take) < length:
        st.warning(f"{take.name} is shorter than the {length} frames of a phrase.", icon=":material/timer_off:")
        st.stop()
    profile, last = profile_of(take), len(take) - length
    clamp("start", 0, last)
    opening = min(liveliest_start(profile, length), last)
    start = st.slider("Phrase begins at frame", 0, last, value=opening, key="start", **REMEMBERED) if last else 0
    phrase = take.frames(start, start + length)
    show_timeline(take, profile, phrase)
    if not np.isfinite(phrase.positions).all():
        st.warning(
            "Markers are missing in this phrase, so that no model can look at it. Choose another.",
            icon=":material/blur_on:",
        )
        st.stop()
    return Chosen(phrase.positions, take.name, start, _learned(model, take))


def _learned(model: Awake, take: Recording) -> str:
    own = model.checkpoint.settings.data
    return "" if own.data == st.session_state.get("data", "") else f"{model.checkpoint.run} never saw {take.name}"


def held_out_of(model: Awake) -> HeldOut:
    """The model's validation phrases, best rebuilt first; computed once for everybody."""
    return _held_out(model.weights, model)


@st.cache_resource(max_entries=4, show_spinner="Rebuilding the phrases it never learned from …")
def _held_out(key: tuple, _model: Awake) -> HeldOut:
    return held_out(_model.checkpoint)


@dataclass(frozen=True)
class Look:
    """How original and versions are shown.

    Args:
        on_top: the original as a ghost around them.
        painted: bodies coloured by their errors.
        travel: let them go where they go.
        seed: draws each latent from its posterior; None takes the mean.
    """

    on_top: bool
    painted: bool
    travel: bool
    seed: int | None


def pick_look() -> Look:
    """Ask how they are shown; all sits in the address bar."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        place = st.segmented_control(
            "Place",
            ("side by side", "on top"),
            default="side by side",
            required=True,
            key="place",
            label_visibility="collapsed",
            **REMEMBERED,
        )
        painted = st.toggle("Colour by error", value=True, key="painted", **REMEMBERED)
        travel = st.toggle(
            "Let them travel",
            key="travel",
            help="Otherwise all are kept in the middle of the stage, by where the real dancer is.",
            **REMEMBERED,
        )
        drawn = st.toggle(
            "Draw the latent",
            key="drawn",
            help="The encoder is not sure of a phrase's latent. Off: its mean. On: a draw from what it believes.",
            **REMEMBERED,
        )
        seed = st.number_input("Draw", 0, 999_999, 0, key="draw", width=130, **REMEMBERED) if drawn else None
    return Look(place == "on top", painted, travel, seed)


def rebuilt_by(models: list[Awake], chosen: Chosen, look: Look) -> list[Rebuilt]:
    """The phrase as each model rebuilds it."""
    return [rebuild(model.checkpoint.model, chosen.positions, seed=look.seed) for model in models]


def comparison(models: list[Awake], chosen: Chosen, rebuilt: list[Rebuilt], look: Look) -> Scene:
    """The phrase and what each model makes of it, with the curves of their errors."""
    versions = [
        Version(model.checkpoint.run, each.positions, each.errors, colour if len(models) > 1 else None)
        for model, each, colour in zip(models, rebuilt, RUN_COLOURS, strict=False)
    ]
    first = models[0].checkpoint
    scene = versions_scene(
        chosen.positions,
        versions,
        first.marker_set,
        fps=first.fps,
        title=chosen.title,
        on_top=look.on_top,
        travel=look.travel,
        painted=look.painted and not (look.on_top and len(models) > 1),
        curves=True,
    )
    if chosen.usual is None:
        return scene
    return replace(scene, curves=[*scene.curves, Curve(chosen.usual, "held-out phrases on average", USUAL_COLOUR)])


def show_downloads(models: list[Awake], chosen: Chosen, scene: Scene, camera: Mapping | None) -> None:
    """The comparison as one file to keep, and its dancers as numbers."""
    names = " and ".join(model.checkpoint.run for model in models)
    credit = with_source(
        f"{chosen.title}, as it was danced and as {names} rebuilt it.", models[0].checkpoint.settings.data.data
    )
    positions = np.stack([dancer.positions for dancer in scene.dancers])
    show_take_home(
        scene, name=f"{chosen.title} rebuilt by {names}", credit=credit, positions=positions, camera=camera
    )


def show_numbers(models: list[Awake], chosen: Chosen, rebuilt: list[Rebuilt]) -> None:
    """Each model's figures of this phrase, the real one's beside them."""
    fps, real = models[0].checkpoint.fps, chosen.positions[None]
    speed = metrics.mean_speed(real, fps)
    rows = [
        {
            "model": model.checkpoint.run,
            "error, cm": round(each.error, 2),
            "first 5 frames ÷ rest": round(metrics.beginning_ratio(each.errors.mean(axis=1)[None]), 2),
            "velocity error, m/s": round(metrics.velocity_error(each.positions[None], real, fps), 3),
            "speed ÷ real": round(metrics.mean_speed(each.positions[None], fps) / max(speed, 1e-9), 2),
        }
        for model, each in zip(models, rebuilt, strict=True)
    ]
    if len(rows) > 1:
        st.dataframe(rows, hide_index=True, key="numbers")
        return
    with st.container(horizontal=True, gap="large"):
        for name, value in list(rows[0].items())[1:]:
            label, _, unit = name.partition(", ")
            st.metric(label[0].upper() + label[1:], f"{value:g} {unit}".strip(), help=HELP[name], width="content")


HELP = {
    "error, cm": "Mean distance between a marker and where it should be. A copy would have none.",
    "first 5 frames ÷ rest": "Error of the first five frames over that of the rest. The notebook's model bends them.",
    "velocity error, m/s": "Mean distance between a marker's velocity and what it should be.",
    "speed ÷ real": "1 moves as fast as the real dancer; a model that smooths everything stays below.",
}


def show_marks(models: list[Awake], chosen: Chosen, rebuilt: list[Rebuilt]) -> None:
    """The errors on one scale: from a copy to a dance drawn at random."""
    marks = _marks(models[0].weights, chosen.positions, models[0])
    points = [(model.checkpoint.run, each.error) for model, each in zip(models, rebuilt, strict=True)]
    show_chart(
        error_marks(points, prior=marks.prior, nearest=marks.nearest),
        key="marks",
        alt=f"Errors from 0 cm for a copy to {marks.prior:.0f} cm for a dance drawn at random: "
        + ", ".join(f"{name} {error:.1f} cm" for name, error in points),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _marks(key: tuple, phrase: np.ndarray, _model: Awake) -> Marks:
    return marks_of(_model.checkpoint.model, phrase, real_figures(_model).get("known"))


def show_body(model: Awake, chosen: Chosen, rebuilt: Rebuilt) -> None:
    """Where on the body the model errs: the phrase danced by a body painted with each marker's mean error."""
    checkpoint = model.checkpoint
    over = st.segmented_control(
        "Error of each marker",
        ("this phrase", "all held-out"),
        default="this phrase",
        required=True,
        key="over",
        **REMEMBERED,
    )
    errors = rebuilt.errors.mean(axis=0)
    if over == "all held-out":
        try:
            errors = held_out_of(model).marker_errors
        except MarielError as error:
            st.caption(f":material/folder_off: {error}")
    middle = np.nanmean(chosen.positions, axis=1, keepdims=True) * [1, 1, 0]
    dancer = Dancer(
        (chosen.positions - middle).astype(np.float32),
        checkpoint.marker_set,
        marker_values=errors,
        value_range=(0.0, max(float(errors.max()), 1.0)),
        painted=True,
    )
    scene = Scene([dancer], fps=checkpoint.fps, unit="cm", title="Where it errs")
    show_player(scene, key="errors on the body", height=300, linked="reconstruction")
    worst = np.argsort(-errors, kind="stable")[:WORST_MARKERS]
    named = " · ".join(f"{checkpoint.marker_set.labels[at]} {errors[at]:.1f}" for at in worst)
    st.caption(f"Furthest off, cm: {named}")
