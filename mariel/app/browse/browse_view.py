"""Parts of the Browse page: a phrase's quality, and several phrases in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.components.start_strip import show_start_strip
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.messages import plain_text, show_warning
from mariel.app.shell.navigation import open_other_page
from mariel.app.shell.query_params import (
    BODY,
    BROWSE_PLAYER,
    DATA,
    DRAW_TRAIL,
    FIGURES,
    LENGTH,
    ROW_COUNT,
    ROW_PLAYER,
    ROW_STAGE,
    ROW_TABLE,
    START,
    START_STRIP,
    TAKE,
    TEMPERATURE,
    TRAILS,
    WATCH_PHRASE,
)
from mariel.app.widgets import controls
from mariel.app.widgets.bodies.body_choice import (
    body_credit,
    body_suffix,
    change_between,
    chosen_body,
    pick_body,
    take_body,
)
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.favourites.keep_button import origin, show_keep_button
from mariel.app.widgets.metrics import PLAIN_METRIC
from mariel.app.widgets.pickers import BodyViewOptions, consecutive_phrases, shown_positions
from mariel.app.widgets.recordings import quality_of
from mariel.errors import MarielError
from mariel.export.html import take_credit
from mariel.motion.marker_words import marker_words
from mariel.motion.quality import MAX_PLAUSIBLE_SPEED, PhraseQuality, marker_speeds
from mariel.motion.recording import Recording
from mariel.stage.scene import Dancer, Scene

WILDER = 1.6
"""The temperature of dances that are wilder than real ones."""


def pick_take_body(take: Recording, recordings: Mapping[str, Recording], options: BodyViewOptions) -> BodyViewOptions:
    """Ask which body dances the take, and add it to how the take is shown."""
    others = {name: each for name, each in recordings.items() if name != take.name}
    body = pick_body(take.marker_set, others, unit=take.unit)
    if not body:
        return options
    try:
        own = take_body(take)
        change = change_between(own, chosen_body(body, own, take.marker_set, others), take.marker_set)
    except MarielError as error:
        show_warning(f"{error}. You see the dancer's own body.", icon=":material/accessibility_new:")
        return options
    return replace(options, change=change)


def show_start(take: Recording) -> None:
    """What a newcomer should know and may try; closed for good by whoever wants it away."""
    what = "Mariel shows recorded dance as a moving body, and models that learn from it make new dances."
    whose, turn = f"You see the take “{take.name.replace('_', ' ')}” of your recordings.", "Turn the dancer around"
    if take.synthetic:
        whose = "You see a synthetic demo dancer, choreographed by this program; it is not a recording of a person."
        turn = "Turn her around"
    if show_start_strip(f"{what} {whose}", turn=turn, key=START_STRIP, player=BROWSE_PLAYER):
        open_other_page("sampling", {TEMPERATURE: WILDER})


def show_phrase_quality(phrase: Recording, quality: PhraseQuality, first_frame: int) -> None:
    """Speed, stillness, fastest marker and jitter of a phrase, with flags if a model should not be trained on it."""
    st.caption(f"**Phrase** of {phrase.duration:.2f} s from frame {first_frame:,}")
    speed = f"{phrase.unit}/s" if phrase.unit == "m" else "units/s"
    with st.container(horizontal=True, key=FIGURES):
        st.metric(
            "Speed", f"{quality.mean_speed:.2f} {speed}", help="Mean over all markers and frames.", **PLAIN_METRIC
        )
        st.metric(
            "Still",
            f"{quality.still_share:.0%}",
            help="Share of frames in which the body hardly moves.",
            **PLAIN_METRIC,
        )
        st.metric(
            "Fastest",
            f"{quality.fastest_speed:.1f} {speed}",
            plain_text(marker_words(phrase.marker_set).get(quality.fastest_marker, quality.fastest_marker)),
            help=f"Highest speed of any marker; no part of a real dancer is faster than {MAX_PLAUSIBLE_SPEED:g} m/s.",
            **PLAIN_METRIC,
        )
        st.metric(
            "Jitter",
            f"{quality.segment_spread:.1%}",
            plain_text(quality.least_rigid_segment) or None,
            help="How much the distance between two markers of one rigid body part varies, at worst (s.d. / mean).",
            **PLAIN_METRIC,
        )
    if quality.flags:
        for flag in quality.flags:
            st.markdown(f":orange[:material/flag: {plain_text(flag)}]")
    else:
        st.markdown(":green[:material/check: no gaps, no jumps]")


def show_marker(
    phrase: Recording, label: str | None, trails: Sequence[str], *, beside: Recording | None = None
) -> None:
    """Speed and height of the marker that was clicked in the player, and a button for its trail.

    Args:
        phrase: that is shown.
        label: of the marker; None if none was clicked.
        trails: markers whose trail is drawn.
        beside: the dance at its side, whose marker of the same label is described too.
    """
    dances = [each for each in (phrase, beside) if each is not None]
    shown = [each for each in dances if label is not None and label in each.marker_set]
    if label is None or not shown:
        st.caption("Click a marker to see its speed and height: the last button above the dancer shows them.")
        return
    for each in shown:
        st.markdown(("" if each is phrase else "Beside it, ") + _marker_text(each, label))
    if phrase not in shown:
        return
    drawn = label in trails
    st.button(
        "Remove its trail" if drawn else "Draw its trail",
        key=DRAW_TRAIL,
        on_click=_set_trails,
        args=([each for each in trails if each != label] if drawn else [*trails, label],),
        icon=":material/backspace:" if drawn else ":material/gesture:",
        help="Its path through the last seconds.",
        width="stretch",
    )


def _marker_text(phrase: Recording, label: str) -> str:
    """How fast and how high a marker is, as Markdown."""
    path, unit, words = phrase[label], phrase.unit, marker_words(phrase.marker_set)[label]
    name = words if label in words else f"{words}, {label}"
    speeds, heights = np.nan_to_num(marker_speeds(path[:, None], phrase.fps)[:, 0]), path[:, 2]
    return (
        f"**{plain_text(name)}** moves at {speeds.mean():.2f} {unit}/s on average and "
        f"{speeds.max():.1f} {unit}/s at most, {np.nanmin(heights):.2f} to {np.nanmax(heights):.2f} {unit} high."
    )


def _set_trails(labels: list[str]) -> None:
    TRAILS.key.set(labels[-(TRAILS.max_items or 1) :])


def show_keep_phrase(take: Recording, phrase: Recording, dancer: Dancer, options: BodyViewOptions) -> None:
    """A button that keeps the phrase as it is shown, and where it is shown again.

    Args:
        take: the whole take.
        phrase: part of it that is shown.
        dancer: who shows it.
        options: how it is shown.
    """
    values = {TAKE: take.name, START: phrase.start - take.start, LENGTH: len(phrase)}
    if options.change is not None:
        values |= {BODY: BODY.value}
    if DATA.value:
        values |= {DATA: DATA.value}
    credit = body_credit(take_credit(take, phrase), options.change)
    recipe = {"data": DATA.value, "credit": credit, **origin("browse", values)}
    show_keep_button(dancer.positions * dancer.metres_per_unit, dancer.marker_set, take.fps, recipe)


def show_phrase_row(take: Recording, phrase: Recording, options: BodyViewOptions) -> None:
    """Consecutive phrases on one floor, as the notebook draws them, and a table of their quality."""
    st.header("Phrases in a row", anchor=False)
    count = controls.labelled(
        ROW_COUNT,
        "How many",
        help="Phrases that follow each other in the take, beginning with the one above, all on one floor.",
    )
    if not count:
        return
    phrases = consecutive_phrases(take, phrase, count)
    if len(phrases) < count:
        st.caption(f"The take ends after {len(phrases)} more.")
    labels = [f"{number}" for number in range(1, len(phrases) + 1)]
    dancers = [
        Dancer(shown_positions(each, options), each.marker_set, label=label, skeleton=options.skeleton)
        for each, label in zip(phrases, labels, strict=True)
    ]
    title = f"{len(phrases)} phrases of {take.name}{body_suffix(BODY.value if options.change else '')}"
    scene = Scene.gallery(dancers, fps=take.fps, style=options.style, title=title)
    frames = take.frames(phrases[0].start - take.start, phrases[-1].stop - take.start)
    with stage_area(ROW_STAGE, beside=288, beside_on_phone=364):
        show_player(scene, key=ROW_PLAYER)
    show_downloads(
        scene,
        key=ROW_PLAYER,
        name=f"{scene.title} from frame {phrases[0].start - take.start:,}",
        credit=body_credit(take_credit(take, frames), options.change),
    )
    starts = [each.start - take.start for each in phrases]
    qualities = [quality_of(each) for each in phrases]
    table = st.dataframe(
        {
            "phrase": labels,
            "from frame": starts,
            f"mean speed, {take.unit}/s": [round(quality.mean_speed, 2) for quality in qualities],
            f"fastest, {take.unit}/s": [round(quality.fastest_speed, 1) for quality in qualities],
            "fastest marker": [quality.fastest_marker for quality in qualities],
            "still": [quality.still_share for quality in qualities],
            "bone jitter": [quality.segment_spread for quality in qualities],
            "flags": [" · ".join(quality.flags) or "good" for quality in qualities],
        },
        column_config={
            "still": st.column_config.NumberColumn(format="percent"),
            "bone jitter": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=ROW_TABLE,
    )
    selected = [row for row in table.selection.rows if row < len(starts)]
    if selected:
        st.button(
            f"Watch phrase {labels[selected[0]]} above",
            key=WATCH_PHRASE,
            on_click=START.key.set,
            args=(starts[selected[0]],),
            icon=":material/arrow_upward:",
            help="Shows it on the stage at the top, and on the timeline.",
        )
