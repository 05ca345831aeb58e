"""Parts of the Preprocessing page: each shows one step as a picture, the reference's way beside this project's."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import REMEMBERED, identity, outliers_of
from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import BlockSplit
from mariel.data.statistics import Histograms, Seam, channel_histograms, seams
from mariel.errors import PhraseError
from mariel.export.html import take_credit
from mariel.motion.io.loading import Recordings
from mariel.motion.recording import Recording, format_duration
from mariel.stage.charts import seam_speeds, side_by_side, spread
from mariel.stage.scene import Scene

MOMENT = 70
"""Frames shown of a moment that one looks at more closely: two seconds."""


def takes_like(recordings: Recordings, take: Recording) -> dict[str, Recording]:
    """The takes that can be prepared together with one: same markers, frame rate and unit.

    A take reduced to fewer markers stands for all takes reduced in the same way.
    """
    chosen = {}
    for name, whole in recordings.items():
        reducible = set(take.marker_set.labels) < set(whole.marker_set.labels)
        other = whole.markers(take.marker_set) if reducible else whole
        if (other.marker_set, other.fps, other.unit) == (take.marker_set, take.fps, take.unit):
            chosen[name] = other
    return chosen


def fit_of(takes: Mapping[str, Recording], *, reference: bool) -> Preprocessing:
    """The fitted preprocessing, computed once for everybody; the default one on training blocks only."""
    return _fit(tuple(identity(take) for take in takes.values()), takes, reference)


@st.cache_data(max_entries=16, show_spinner="Fitting the preprocessing …")
def _fit(key: tuple, _takes: Mapping[str, Recording], reference: bool) -> Preprocessing:
    if reference:
        return Preprocessing.fit(_takes, reference=True)
    try:
        train = BlockSplit().blocks(_takes).training
    except PhraseError:
        train = None  # too short to hold anything out
    return Preprocessing.fit(_takes, train=train)


def histograms_of(takes: Mapping[str, Recording], fit: Preprocessing) -> Histograms:
    """How the prepared channels are spread, computed once for everybody."""
    return _histograms(tuple(identity(take) for take in takes.values()), repr(fit.to_dict()), fit, takes)


@st.cache_data(max_entries=32, show_spinner="Counting positions and velocities …")
def _histograms(key: tuple, fit_key: str, _fit: Preprocessing, _takes: Mapping[str, Recording]) -> Histograms:
    return channel_histograms(_fit, _takes)


@st.cache_data(max_entries=16, show_spinner=False)
def _seams(key: tuple, _takes: Mapping[str, Recording]) -> list[Seam]:
    return seams(_takes)


def show_takes(takes: Mapping[str, Recording], left_out: int) -> None:
    """What came in: files, frames, markers and dimensions."""
    frames = sum(len(take) for take in takes.values())
    markers = len(next(iter(takes.values())).marker_set)
    numbers = st.columns(4)
    numbers[0].metric("Takes", f"{len(takes)}")
    numbers[1].metric("Frames", f"{frames:,}")
    numbers[2].metric("Markers", f"{markers}")
    numbers[3].metric("Dimensions", "3 + 3", "position, velocity", delta_color="off", delta_arrow="off")
    st.dataframe(
        {
            "take": list(takes),
            "columns in the file": [take.source.shape[1] for take in takes.values()],
            "frames in the file": [len(take.source) for take in takes.values()],
            "trimmed": [len(take.source) - len(take) for take in takes.values()],
            "frames used": [len(take) for take in takes.values()],
            "length": [format_duration(take.duration) for take in takes.values()],
            "phrases of 128": [max(0, len(take) - 127) for take in takes.values()],
        },
        hide_index=True,
    )
    whole = max(0, frames - 128)
    within = sum(max(0, len(take) - 127) for take in takes.values())
    st.caption(
        f"Joined into one long take, as the reference does it, these frames give {whole:,} overlapping phrases of "
        f"128; {max(0, whole - within):,} of them begin in one dance and end in another. Kept within takes they give "
        f"{within:,}, and none does."
    )
    if left_out:
        st.info(f"{left_out} more takes of another layout or frame rate cannot be prepared together with these.")


def show_upright(take: Recording, skeleton: str | None) -> None:
    """The mirrored body beside the corrected one, on one clock and under one camera."""
    st.markdown(
        "The files lie with z pointing down. The reference stands the body up by **negating z alone**. That makes "
        "it its own mirror image: the markers of the left hand move on the right. This project **turns the body "
        "over**, (x, y, z) → (x, −y, −z): upright, and left stays left."
    )
    moment = liveliest(take)
    mirrored = Recording.from_positions(take.name, moment.positions * [1, -1, 1], take.marker_set, fps=take.fps)
    scenes = [
        Scene.of(body, skeleton=skeleton, title=heading)
        for heading, body in (("Reference: mirrored", mirrored), ("Mariel: left is left", moment))
    ]
    for column, scene in zip(st.columns(2), scenes, strict=True):
        with column:
            show_player(scene, key=f"upright {scene.title}", linked="upright", height=380, autoplay=True)
    show_take_home(scenes, name=f"{take.name}, mirrored and upright", credit=take_credit(take, moment))
    st.caption("Colours follow the markers' names: the dancer's left is warm, the right is cool.")


def liveliest(take: Recording, frames: int = 128) -> Recording:
    """The window of a take in which the right and left wrists differ most in height, so that mirroring shows."""
    length = min(frames, len(take))
    if not {"LIWR", "RIWR"} <= set(take.marker_set.labels):
        return take.frames(0, length)
    starts = range(0, max(1, len(take) - length), max(1, len(take) // 40))
    windows = [take.frames(start, start + length) for start in starts]
    lift = [np.nanmean(np.abs(window["LIWR"][::8, 2] - window["RIWR"][::8, 2])) for window in windows]
    return windows[int(np.nanargmax(lift))]


def show_positions(takes: Mapping[str, Recording]) -> None:
    """Positions per axis, in metres and prepared, in both modes."""
    fit, reference = fit_of(takes, reference=False), fit_of(takes, reference=True)
    centred = st.toggle(
        "Centre each frame",
        value=True,
        key="prepared centred",
        help="What the model learns from: each frame's mean x and y are taken away.",
    )
    fit, reference = fit.with_centring(centred), reference.with_centring(centred)
    ours, theirs = histograms_of(takes, fit), histograms_of(takes, reference)
    st.plotly_chart(
        spread(_metres(ours.centres, fit), ours.shares[:3], "xyz", title="Before, in metres", unit=fit.unit),
        key="positions before",
        config={"displayModeBar": False},
        alt="Histograms of x, y and z in metres",
    )
    for axis, column in enumerate(st.columns(3)):
        column.plotly_chart(
            side_by_side(ours.centres, theirs.shares[axis], ours.shares[axis], title=f"{'xyz'[axis]}, prepared"),
            key=f"positions after {axis}",
            config={"displayModeBar": False},
            alt=f"Prepared {'xyz'[axis]} in reference and default mode",
        )
    st.caption(
        "All three axes share one scale, so that bodies keep their proportions. y is reflected between the two "
        "modes, because the reference's dancer is a mirror image."
    )


def _metres(centres: np.ndarray, fit: Preprocessing) -> np.ndarray:
    """Prepared position bins as metres, one row an axis."""
    body = np.repeat(centres[:, None, None], 3, axis=2)[:, None]
    return fit.undo(body)[:, 0, 0].T


def show_velocities(takes: Mapping[str, Recording]) -> None:
    """Velocities before and after, and the seams that squeeze them in reference mode."""
    fit, reference = fit_of(takes, reference=False), fit_of(takes, reference=True)
    ours, theirs = histograms_of(takes, fit), histograms_of(takes, reference)
    used = st.columns(2)
    used[0].metric("Room real velocities get, reference", f"{theirs.used[3:].mean():.1%}")
    used[1].metric("Room real velocities get, Mariel", f"{ours.used[3:].mean():.1%}")
    st.caption(
        "Share of the range −1 … 1 in which 98 % of all velocities lie, mean of the three axes. In the histograms "
        "heights are square roots, so that rare values show."
    )
    speeds = fit.velocities.undo(ours.centres) / fit.stage.factor
    st.plotly_chart(
        spread(speeds, ours.shares[3:], ("vx", "vy", "vz"), title="Before, in metres a second", unit="m/s"),
        key="velocities before",
        config={"displayModeBar": False},
        alt="Histograms of velocities in metres a second",
    )
    for axis, column in enumerate(st.columns(3)):
        column.plotly_chart(
            side_by_side(
                ours.centres, theirs.shares[3 + axis], ours.shares[3 + axis], title=f"v{'xyz'[axis]}, prepared"
            ),
            key=f"velocities after {axis}",
            config={"displayModeBar": False},
            alt=f"Prepared velocity {'xyz'[axis]} in reference and default mode",
        )
    found = _seams(tuple(identity(take) for take in takes.values()), takes)
    if not found:
        st.info("One take has no seams; open several to see what joining them does to velocities.")
        return
    worst = sorted(found, key=lambda seam: -seam.leap)[:5]
    st.markdown(
        f"**The seams.** Joined end to end, {len(takes)} takes have {len(found)} seams at which the dancer seems to "
        f"leap, at up to **{worst[0].leap:,.0f} m/s**. These few frames set the reference's velocity range."
    )
    st.plotly_chart(
        seam_speeds(
            [f"{seam.before}<br>→ {seam.after}" for seam in worst],
            [seam.frames for seam in worst],
            [seam.joined for seam in worst],
            [seam.apart for seam in worst],
        ),
        key="seams",
        config={"displayModeBar": False},
        alt="Speed of the fastest marker around the seams between takes",
    )


def show_numbers(takes: Mapping[str, Recording]) -> None:
    """The quantiles, ranges and constants of both modes, and the reference's own printed lines."""
    fit, reference = fit_of(takes, reference=False), fit_of(takes, reference=True)
    rows = [(name, numbers(reference)[name], value) for name, value in numbers(fit).items()]
    st.dataframe(
        {
            "": [name for name, _, _ in rows],
            "reference": [value for _, value, _ in rows],
            "Mariel": [value for _, _, value in rows],
        },
        hide_index=True,
        height="content",
        column_config={
            "reference": st.column_config.NumberColumn(format="%.4f"),
            "Mariel": st.column_config.NumberColumn(format="%.4f"),
        },
    )
    used = sum(block.frames for block in fit.fitted_on)
    total = sum(len(take) for take in takes.values())
    st.caption(
        f"The reference fits on all {total:,} frames, validation included; Mariel on the {used:,} it trains on. "
        "Quantiles and the square are in metres, ranges in stage units (a second). An error of 0.01 in prepared "
        f"units is {fit.unit_length:.1f} cm."
    )
    st.markdown("**What the reference prints for these takes**")
    st.code(reference.report(), language=None, wrap_lines=True)
    st.download_button(
        "Download the fitted preprocessing",
        _as_json(fit),
        "preprocessing.json",
        "application/json",
        icon=":material/download:",
        help="Everything needed to prepare other takes alike, and to undo it.",
    )


def numbers(fit: Preprocessing) -> dict[str, float]:
    """The numbers of a fit by the names the reference gives them."""
    stage = fit.stage
    values = {}
    for axis, low, high in zip("xyz", stage.low, stage.high, strict=True):
        values[f"{axis}: 1 % quantile"], values[f"{axis}: 99 % quantile"] = low, high
    values |= {"xy_min": stage.xy_min, "xy_max": stage.xy_max, "xy_range": stage.xy_range}
    for suffix, positions in (("", fit.positions), (", centred", fit.centred_positions)):
        values[f"loc_min{suffix}"], values[f"loc_max{suffix}"] = positions.low, positions.high
    values["vel_min"], values["vel_max"] = fit.velocities.low, fit.velocities.high
    return values


def _as_json(fit: Preprocessing) -> str:
    import json  # noqa: PLC0415 (only when somebody looks at this section)

    return json.dumps(fit.to_dict(), indent=1)


def show_outliers(recordings: Recordings, takes: Mapping[str, Recording], skeleton: str | None) -> None:
    """The fastest moments of all takes; a row that is chosen opens in the player."""
    outliers = [outlier for outlier in outliers_of(recordings) if outlier.take in takes]
    if not outliers:
        st.info("Nothing moves in these takes.")
        return
    st.markdown("The fastest moments of all takes. People throw a hand at 8 or 9 m/s; beyond that, look twice.")
    table, stage = st.columns([1.15, 1])
    with table:
        chosen = st.dataframe(
            {
                "take": [outlier.take for outlier in outliers],
                "frame": [outlier.frame for outlier in outliers],
                "marker": [outlier.marker for outlier in outliers],
                "m/s": [round(outlier.speed, 1) for outlier in outliers],
            },
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key="outliers",
        )
    rows = chosen.selection.rows
    outlier = outliers[rows[0] if rows and rows[0] < len(outliers) else 0]
    take = takes[outlier.take]
    first = min(max(0, outlier.frame - MOMENT // 2), max(0, len(take) - MOMENT))
    moment = take.frames(first, min(first + MOMENT, len(take)))
    with stage:
        trails = (outlier.marker,) if outlier.marker in take.marker_set else ()
        scene = Scene.of(
            moment,
            skeleton=skeleton,
            trails=trails,
            title=f"{outlier.marker} at {outlier.speed:.1f} m/s in {outlier.take}",
        )
        show_player(scene, key="outlier", frame=outlier.frame - first, height=420)
        show_take_home(scene, name=scene.title, credit=take_credit(take, moment))
        st.page_link(
            "pages/browse.py",
            label=f"Open frame {first:,} of {outlier.take} in Browse",
            icon=":material/open_in_new:",
            query_params={
                "data": st.session_state.data,
                "take": outlier.take,
                "start": str(first),
                "length": str(MOMENT),
            },
        )


SECTIONS = ("Takes", "Upright", "Positions", "Velocities", "Numbers", "Outliers", "Graph")


def pick_section() -> str:
    """Ask which step to look at; it sits in the address bar."""
    return st.segmented_control(
        "Step", SECTIONS, default="Takes", required=True, key="step", label_visibility="collapsed", **REMEMBERED
    )
