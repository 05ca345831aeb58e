"""Parts of the Browse page: what to know about a phrase, the take's timeline, several phrases in a row."""

import numpy as np
import streamlit as st

from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.pickers import View, phrases_in_a_row, shown_positions
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import REMEMBERED, quality_of
from mariel.export.html import take_credit
from mariel.motion.quality import PhraseQuality, TakeProfile, marker_speeds
from mariel.motion.recording import Recording
from mariel.stage.scene import Dancer, Scene
from mariel.stage.timeline import timeline

ROWS = (0, 4, 8, 12)

STRIPS = {
    "speed": ("mean marker speed", "m/s", lambda profile: profile.speed),
    "fastest": ("fastest marker", "m/s", lambda profile: profile.fastest),
    "height": ("highest marker", "m", lambda profile: profile.height),
}
"""What the timeline can show: a label, its unit, and where in a take's profile it is."""


def show_facts(phrase: Recording, quality: PhraseQuality, first_frame: int) -> None:
    """A phrase's numbers, with flags for what a model should not learn from."""
    st.caption(f"**Phrase** of {phrase.duration:.2f} s from frame {first_frame:,}")
    plain = {"delta_color": "off", "delta_arrow": "off", "width": "content"}
    with st.container(horizontal=True, gap="medium"):  # side by side where there is room, else one below another
        st.metric("Speed", f"{quality.mean_speed:.2f} m/s", help="Mean over all markers and frames.", **plain)
        st.metric(
            "Still", f"{quality.stillness:.0%}", help="Share of frames in which the body hardly moves.", **plain
        )
        st.metric(
            "Fastest",
            f"{quality.fastest_speed:.1f} m/s",
            quality.fastest_marker,
            help="The fastest marker at any moment; no part of a dancer passes 10 m/s.",
            **plain,
        )
        st.metric(
            "Jitter",
            f"{quality.bone_jitter:.1%}",
            quality.loosest or None,
            help="How much the distance between two markers of one rigid body part varies, at worst (s.d. / mean).",
            **plain,
        )
    if quality.flags:
        for flag in quality.flags:
            st.markdown(f":orange[:material/flag: {flag}]")
    else:
        st.markdown(":green[:material/check: no gaps, no jumps]")


def show_marker(phrase: Recording, label: str | None) -> None:
    """The numbers of the marker that was clicked in the player, with a way to give it a trail."""
    if label not in phrase.marker_set:
        st.caption("Click a marker to read it.")
        return
    path = phrase[label]
    speeds = np.nan_to_num(marker_speeds(path[:, None], phrase.fps)[:, 0])
    st.markdown(
        f"**{label}** moves at {speeds.mean():.2f} m/s on average and {speeds.max():.1f} m/s at most, "
        f"{np.nanmin(path[:, 2]):.2f} to {np.nanmax(path[:, 2]):.2f} m high."
    )
    st.button("Draw its trail", on_click=_add_trail, args=(label,), icon=":material/gesture:", width="stretch")


def _add_trail(label: str) -> None:
    trails = st.session_state.get("trails", [])
    if label not in trails:
        st.session_state.trails = [*trails, label][-6:]


def show_timeline(take: Recording, profile: TakeProfile, phrase: Recording) -> None:
    """The whole take as a strip; a click on it begins the phrase there."""
    first = phrase.start - take.start
    chart = st.container()
    what = st.segmented_control(
        "Timeline shows",
        list(STRIPS),
        format_func=lambda name: STRIPS[name][0],
        default="speed",
        required=True,
        key="strip",
        label_visibility="collapsed",
        **REMEMBERED,
    )
    if not st.session_state.get("timeline_waited"):
        chart.container(height=130, border=False)
        _draw_timeline_soon()
        return
    label, unit, values = STRIPS[what]
    key = f"timeline {take.name}"
    chart.plotly_chart(
        timeline(
            values(profile),
            take.fps,
            (first, first + len(phrase)),
            label=label,
            unit=unit,
            missing=profile.missing,
        ),
        key=key,
        on_select=lambda: _begin_where_clicked(key, len(take) - len(phrase)),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{label} over the whole take {take.name}; the chosen phrase is a band",
    )


@st.fragment(run_every=4)
def _draw_timeline_soon() -> None:
    """Let the dancer come first on a visit's first page.

    Streamlit's chart brings a second plotly.js, whose loading kept the dancer waiting for two seconds more.
    """
    if st.session_state.get("dancer_first"):
        st.session_state.timeline_waited = True
        st.rerun()
    st.session_state.dancer_first = True


def _begin_where_clicked(key: str, last: int) -> None:
    points = st.session_state[key].selection.points
    if points and "customdata" in points[0]:
        clicked = points[0]["customdata"]
        frame = int(clicked[0] if isinstance(clicked, list | tuple) else clicked)
        st.session_state.start = min(max(frame, 0), max(last, 0))


def show_phrase_row(take: Recording, phrase: Recording, view: View) -> None:
    """Consecutive phrases on one floor, as the notebook draws them, each with its flags."""
    st.subheader("Phrases in a row", anchor=False)
    count = st.segmented_control(
        "How many",
        ROWS,
        format_func=lambda number: str(number) if number else "none",
        default=0,
        required=True,
        key="row",
        label_visibility="collapsed",
        **REMEMBERED,
    )
    if not count:
        return
    phrases = phrases_in_a_row(take, phrase, count)
    if len(phrases) < count:
        st.caption(f"The take ends after {len(phrases)} more.")
    labels = [f"{number}" for number in range(1, len(phrases) + 1)]
    dancers = [
        Dancer(shown_positions(each, view), each.marker_set, label=label, skeleton=view.skeleton)
        for each, label in zip(phrases, labels, strict=True)
    ]
    scene = Scene.gallery(dancers, fps=take.fps, title=f"{len(phrases)} phrases of {take.name}")
    show_player(scene, key="row of phrases")
    show_take_home(
        scene,
        name=f"{scene.title} from frame {phrases[0].start - take.start:,}",
        credit=take_credit(take, take.frames(phrases[0].start - take.start, phrases[-1].stop - take.start)),
    )
    starts = [each.start - take.start for each in phrases]
    qualities = [quality_of(each) for each in phrases]
    chosen = st.dataframe(
        {
            "phrase": labels,
            "from frame": starts,
            "mean speed, m/s": [round(quality.mean_speed, 2) for quality in qualities],
            "fastest, m/s": [round(quality.fastest_speed, 1) for quality in qualities],
            "fastest marker": [quality.fastest_marker for quality in qualities],
            "still": [quality.stillness for quality in qualities],
            "bone jitter": [quality.bone_jitter for quality in qualities],
            "flags": [" · ".join(quality.flags) or "good" for quality in qualities],
        },
        column_config={
            "still": st.column_config.NumberColumn(format="percent"),
            "bone jitter": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="row table",
    )
    if chosen.selection.rows:
        st.button(
            f"Watch phrase {labels[chosen.selection.rows[0]]} above",
            on_click=_begin_at,
            args=(starts[chosen.selection.rows[0]],),
            icon=":material/arrow_upward:",
        )


def _begin_at(frame: int) -> None:
    st.session_state.start = frame
