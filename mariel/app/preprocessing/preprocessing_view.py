"""Parts of the Preprocessing page: each shows one step as a picture, the reference beside this project's default."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from mariel.app.components.chart import show_chart
from mariel.app.components.player import show_player
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.messages import plain_text
from mariel.app.shell.navigation import page_link
from mariel.app.shell.query_params import (
    DATA,
    LENGTH,
    OUTLIER_PLAYER,
    OUTLIERS_LIST,
    OUTLIERS_TABLE,
    POSITIONS_AFTER,
    POSITIONS_BEFORE,
    PREPARED_CENTRED,
    PREPROCESSING_STAGE,
    SAVE_PREPROCESSING,
    SECTION,
    START,
    STATISTICS_TABLE,
    TAKE,
    TAKE_BOUNDARIES,
    TAKES_TABLE,
    VELOCITIES_AFTER,
    VELOCITIES_BEFORE,
)
from mariel.app.shell.streamlit_adapter import download_button
from mariel.app.widgets import controls
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.metrics import PLAIN_METRIC
from mariel.app.widgets.pickers import PHRASE_LENGTH
from mariel.app.widgets.recordings import cache_key, outliers_of
from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import BlockSplit
from mariel.data.statistics import Histograms, TakeBoundary, channel_histograms, take_boundaries
from mariel.errors import PhraseError
from mariel.export.html import take_credit
from mariel.motion.io.loading import Recordings
from mariel.motion.recording import Recording, format_duration
from mariel.motion.resampling import same_fps
from mariel.motion.units import UNIT_NAMES
from mariel.stage import charts
from mariel.stage.scene import Scene

# On a phone the table is above the stage, and low enough that both are visible.
_LIST_STYLE = """
<style>
  @media (max-width: 640px) {
    [data-testid="stLayoutWrapper"]:has(> .st-key-outliers-list) { height: 180px; flex-basis: 180px; }
  }
</style>
"""

EXCERPT_FRAMES = 70
"""Frames around an outlier that are shown: two seconds."""


def compatible_takes(recordings: Recordings, take: Recording) -> dict[str, Recording]:
    """The takes that can be preprocessed together with one: same markers, frame rate and unit.

    If that take is reduced to some of its markers, the others are reduced in the same way.
    """
    compatible = {}
    for name, whole in recordings.items():
        reducible = set(take.marker_set.labels) < set(whole.marker_set.labels)
        other = whole.markers(take.marker_set) if reducible else whole
        if (other.marker_set, other.unit) == (take.marker_set, take.unit) and same_fps(other.fps, take.fps):
            compatible[name] = other
    return compatible


def fitted_preprocessing(takes: Mapping[str, Recording], *, reference: bool) -> Preprocessing:
    """The fitted preprocessing, computed once for all sessions; in default mode fitted on training blocks only."""
    return _fit(tuple(cache_key(take) for take in takes.values()), takes, reference)


@st.cache_data(max_entries=16, show_spinner="Fitting ranges and quantiles on all takes …")
def _fit(key: tuple, _takes: Mapping[str, Recording], reference: bool) -> Preprocessing:
    if reference:
        return Preprocessing.fit(_takes, reference=True)
    try:
        train = BlockSplit().blocks(_takes).training
    except PhraseError:
        train = None  # too short to hold anything out
    return Preprocessing.fit(_takes, train=train)


def histograms_of(takes: Mapping[str, Recording], fit: Preprocessing) -> Histograms:
    """Histograms of the preprocessed channels, computed once for all sessions."""
    return _histograms(tuple(cache_key(take) for take in takes.values()), repr(fit.to_dict()), fit, takes)


@st.cache_data(max_entries=32, show_spinner="Counting positions and velocities for the histograms …")
def _histograms(key: tuple, fit_key: str, _fit: Preprocessing, _takes: Mapping[str, Recording]) -> Histograms:
    return channel_histograms(_fit, _takes)


@st.cache_data(max_entries=16, show_spinner=False)
def _boundaries(key: tuple, _takes: Mapping[str, Recording]) -> list[TakeBoundary]:
    return take_boundaries(_takes)


def show_takes(takes: Mapping[str, Recording], left_out: int) -> None:
    """The input: takes, frames, markers and dimensions."""
    frames = sum(len(take) for take in takes.values())
    markers = len(next(iter(takes.values())).marker_set)
    with st.container(horizontal=True, gap="large"):
        st.metric("Takes", f"{len(takes)}", **PLAIN_METRIC)
        st.metric("Frames", f"{frames:,}", **PLAIN_METRIC)
        st.metric("Markers", f"{markers}", **PLAIN_METRIC)
        st.metric("Dimensions", "3 + 3", "position, velocity", **PLAIN_METRIC)
    st.dataframe(
        {
            "take": list(takes),
            "columns in the file": [take.source.shape[1] for take in takes.values()],
            "frames in the file": [len(take.source) for take in takes.values()],
            "trimmed": [len(take.source) - len(take) for take in takes.values()],
            "frames used": [len(take) for take in takes.values()],
            "length": [format_duration(take.duration) for take in takes.values()],
            f"phrases of {PHRASE_LENGTH}": [max(0, len(take) - PHRASE_LENGTH + 1) for take in takes.values()],
        },
        hide_index=True,
        key=TAKES_TABLE,
    )
    whole = max(0, frames - PHRASE_LENGTH)
    within = sum(max(0, len(take) - PHRASE_LENGTH + 1) for take in takes.values())
    st.caption(
        f"Joined into one long take, as the reference does it, these frames give {whole:,} overlapping phrases of "
        f"{PHRASE_LENGTH}; {max(0, whole - within):,} of them begin in one take and end in another. Kept within "
        f"takes they give {within:,}, and none does."
    )
    if left_out:
        st.info(
            f"{left_out} more of other markers, another unit or another frame rate are not in these numbers. A "
            "training resamples takes of another rate."
        )


def show_positions(takes: Mapping[str, Recording]) -> None:
    """Histograms of positions per axis, in metres and preprocessed, in both modes."""
    fit, reference = fitted_preprocessing(takes, reference=False), fitted_preprocessing(takes, reference=True)
    centred = st.toggle(
        "Centre each frame",
        value=True,
        key=PREPARED_CENTRED,
        help="The model's input: each frame's mean x and y are subtracted.",
    )
    fit, reference = fit.with_centring(centred), reference.with_centring(centred)
    in_default, in_reference = histograms_of(takes, fit), histograms_of(takes, reference)
    show_chart(
        charts.channel_histogram_chart(
            _undo_positions(in_default.centres, fit),
            in_default.shares[:3],
            "xyz",
            title=f"Before, in {unit_name(fit.unit)}",
            unit=fit.unit,
        ),
        key=POSITIONS_BEFORE,
        alt=f"Histograms of x, y and z in {unit_name(fit.unit)}",
    )
    for axis, column in enumerate(st.columns(3)):
        with column:
            show_chart(
                charts.compare_histograms(
                    in_default.centres,
                    in_reference.shares[axis],
                    in_default.shares[axis],
                    title=f"{'xyz'[axis]}, preprocessed",
                ),
                key=POSITIONS_AFTER.of(axis),
                alt=f"Preprocessed {'xyz'[axis]} in reference and default mode",
            )
    st.caption(
        "All three axes share one scale, so that bodies keep their proportions. y is reflected between the two "
        "modes, because the reference's dancer is a mirror image."
    )


def unit_name(unit: str) -> str:
    """The unit of positions in words; that of a file may be unknown."""
    return UNIT_NAMES.get(unit, unit)


def _undo_positions(centres: np.ndarray, fit: Preprocessing) -> np.ndarray:
    """Centres of preprocessed position bins in the unit of the recordings, one row per axis, (3, bins)."""
    body = np.repeat(centres[:, None, None], 3, axis=2)[:, None]
    return fit.undo(body)[:, 0, 0].T


def show_velocities(takes: Mapping[str, Recording]) -> None:
    """Histograms of velocities before and after, and the take boundaries that set their range in reference mode."""
    fit, reference = fitted_preprocessing(takes, reference=False), fitted_preprocessing(takes, reference=True)
    in_default, in_reference = histograms_of(takes, fit), histograms_of(takes, reference)
    with st.container(horizontal=True, gap="large"):
        for mode, histograms in (("reference", in_reference), ("Mariel", in_default)):
            share = f"{histograms.central_share[3:].mean():.1%}"
            st.metric(f"Range used by real velocities, {mode}", share, **PLAIN_METRIC)
    st.caption(
        "Share of the range −1 … 1 in which 98 % of all velocities lie, mean of the three axes. In the histograms "
        "heights are square roots, so that rare values show."
    )
    speeds = fit.velocities.undo(in_default.centres) / fit.floor_scaling.factor
    show_chart(
        charts.channel_histogram_chart(
            speeds,
            in_default.shares[3:],
            ("vx", "vy", "vz"),
            title=f"Before, in {unit_name(fit.unit)} per second",
            unit=f"{fit.unit}/s",
        ),
        key=VELOCITIES_BEFORE,
        alt=f"Histograms of velocities in {unit_name(fit.unit)} per second",
    )
    for axis, column in enumerate(st.columns(3)):
        with column:
            show_chart(
                charts.compare_histograms(
                    in_default.centres,
                    in_reference.shares[3 + axis],
                    in_default.shares[3 + axis],
                    title=f"v{'xyz'[axis]}, preprocessed",
                ),
                key=VELOCITIES_AFTER.of(axis),
                alt=f"Preprocessed velocity {'xyz'[axis]} in reference and default mode",
            )
    found = _boundaries(tuple(cache_key(take) for take in takes.values()), takes)
    if not found:
        st.info("With one take there is no take boundary; open several to see what joining them does to velocities.")
        return
    worst = sorted(found, key=lambda boundary: -boundary.false_speed)[:5]
    st.markdown(
        f"**Take boundaries.** Joined end to end, {len(takes)} takes have {len(found)} boundaries at which the "
        f"dancer seems to jump, at up to **{worst[0].false_speed:,.0f} {fit.unit}/s**. These few frames set the "
        "reference's velocity range."
    )
    show_chart(
        charts.take_boundary_speeds(
            [f"{boundary.before}<br>→ {boundary.after}" for boundary in worst],
            [boundary.frames for boundary in worst],
            [boundary.speed_across_takes for boundary in worst],
            [boundary.speed_within_takes for boundary in worst],
        ),
        key=TAKE_BOUNDARIES,
        alt="Speed of the fastest marker around the boundaries between takes",
    )


def show_statistics(takes: Mapping[str, Recording]) -> None:
    """The quantiles, ranges and constants of both modes, and what the reference prints."""
    fit, reference = fitted_preprocessing(takes, reference=False), fitted_preprocessing(takes, reference=True)
    rows = [(name, fit_statistics(reference)[name], value) for name, value in fit_statistics(fit).items()]
    st.dataframe(
        {
            "": [name for name, _, _ in rows],
            "reference": [value for _, value, _ in rows],
            "Mariel": [value for _, _, value in rows],
        },
        hide_index=True,
        key=STATISTICS_TABLE,
        height="content",
        column_config={
            "reference": st.column_config.NumberColumn(format="%.4f"),
            "Mariel": st.column_config.NumberColumn(format="%.4f"),
        },
    )
    used = sum(block.frames for block in fit.fitted_on)
    total = sum(len(take) for take in takes.values())
    error = f"{fit.unit_length:.1f} cm" if fit.unit == "m" else f"{fit.unit_length / 100:.3g} {fit.unit}"
    st.caption(
        f"The reference fits on all {total:,} frames, validation included; Mariel on the {used:,} it trains on. "
        f"Quantiles and the square are in {unit_name(fit.unit)}, ranges in scaled units (per second). An error of "
        f"0.01 in preprocessed units is {error}."
    )
    st.markdown("**What the reference prints for these takes**")
    st.code(reference.report(), language=None, wrap_lines=True)
    download_button(
        "Download the fitted preprocessing",
        lambda: _as_json(fit).encode(),
        key=SAVE_PREPROCESSING,
        file_name="preprocessing.json",
        media_type="application/json",
        icon=":material/download:",
        help="All fitted values as JSON: enough to preprocess other takes in the same way, and to undo it.",
    )


def fit_statistics(fit: Preprocessing) -> dict[str, float]:
    """The fitted values by the names that the reference gives them."""
    stage = fit.floor_scaling
    values = {}
    for axis, low, high in zip("xyz", stage.low, stage.high, strict=True):
        values[f"{axis}: 1 % quantile"], values[f"{axis}: 99 % quantile"] = low, high
    values |= {"xy_min": stage.xy_min, "xy_max": stage.xy_max, "xy_range": stage.xy_range}
    for suffix, positions in (("", fit.positions), (", centred", fit.centred_positions)):
        values[f"loc_min{suffix}"], values[f"loc_max{suffix}"] = positions.low, positions.high
    values["vel_min"], values["vel_max"] = fit.velocities.low, fit.velocities.high
    return values


def _as_json(fit: Preprocessing) -> str:
    import json  # noqa: PLC0415 (only needed in this section)

    return json.dumps(fit.to_dict(), indent=1)


def show_outliers(recordings: Recordings, takes: Mapping[str, Recording], skeleton: str | None) -> None:
    """The fastest frames of all takes in a table; the player shows the selected one."""
    outliers = [outlier for outlier in outliers_of(recordings) if outlier.take in takes]
    if not outliers:
        st.info("Nothing moves in these takes.")
        return
    unit = next(iter(takes.values())).unit
    st.caption(
        "The fastest frames of all takes. People throw a hand at 8 or 9 m/s; a higher speed may be a tracking error."
    )
    table, stage = st.columns([1.15, 1])
    st.html(_LIST_STYLE)
    with table, st.container(key=OUTLIERS_LIST, height=460, border=False):
        table_state = st.dataframe(
            {
                "take": [outlier.take for outlier in outliers],
                "frame": [outlier.frame for outlier in outliers],
                "marker": [outlier.marker for outlier in outliers],
                f"{unit}/s": [round(outlier.speed, 1) for outlier in outliers],
            },
            hide_index=True,
            height="stretch",
            on_select="rerun",
            selection_mode="single-row",
            key=OUTLIERS_TABLE,
        )
    rows = table_state.selection.rows
    outlier = outliers[rows[0] if rows and rows[0] < len(outliers) else 0]
    take = takes[outlier.take]
    first = min(max(0, outlier.frame - EXCERPT_FRAMES // 2), max(0, len(take) - EXCERPT_FRAMES))
    excerpt = take.frames(first, min(first + EXCERPT_FRAMES, len(take)))
    with stage:
        trails = (outlier.marker,) if outlier.marker in take.marker_set else ()
        scene = Scene.from_recording(
            excerpt,
            skeleton=skeleton,
            trails=trails,
            style="markers",
            title=f"{outlier.marker} at {outlier.speed:.1f} {unit}/s in {outlier.take}",
        )
        with stage_area(PREPROCESSING_STAGE, beside=340, beside_on_phone=590):
            show_player(scene, key=OUTLIER_PLAYER, frame=outlier.frame - first, height=420)
        show_downloads(scene, key=OUTLIER_PLAYER, name=scene.title, credit=take_credit(take, excerpt))
        page_link(
            "browse",
            f"Open frame {first:,} of {plain_text(outlier.take)} in Browse",
            {DATA: DATA.value, TAKE: outlier.take, START: first, LENGTH: EXCERPT_FRAMES},
        )


def pick_section() -> str:
    """Ask for a section of the page; it is part of the link."""
    return controls.labelled(
        SECTION, "Section", label_visibility="collapsed", help="Steps from a file to a model's input, in their order."
    )
