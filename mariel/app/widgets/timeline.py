"""A take's timeline: a chart of speed or height over the whole take, a click on which moves the phrase there."""

import streamlit as st

from mariel.app.shell.layout import fragment
from mariel.app.shell.query_params import DANCER_FIRST, START, STRIP, TIMELINE, TIMELINE_WAITED, SessionKey
from mariel.app.widgets import controls
from mariel.motion.quality import TakeProfile
from mariel.motion.recording import Recording
from mariel.stage.timeline import timeline

TIMELINE_MEASURES = {
    "speed": ("m/s", lambda profile: profile.speed),
    "fastest": ("m/s", lambda profile: profile.fastest_speed),
    "height": ("m", lambda profile: profile.height),
}
"""What the timeline can show: unit, and its values in a take's profile."""


def show_timeline(take: Recording, profile: TakeProfile, phrase: Recording) -> None:
    """The whole take as a chart over time; a click on it moves the phrase there."""
    first = phrase.start - take.start
    chart = st.container()
    measure = controls.labelled(STRIP, "Timeline shows", label_visibility="collapsed")
    if not TIMELINE_WAITED.get():
        chart.container(height=130, border=False)
        _defer_timeline()
        return
    unit, values = TIMELINE_MEASURES[measure]
    key = TIMELINE.of(take.name)
    chart.plotly_chart(
        timeline(
            values(profile),
            take.fps,
            (first, first + len(phrase)),
            label=STRIP.label(measure),
            unit=unit,
            missing=profile.missing_share,
        ),
        key=key,
        on_select=lambda: _start_phrase_at_click(key, len(take) - len(phrase)),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{STRIP.label(measure)} over the whole take {take.name}; the chosen phrase is a band",
    )


def _defer_timeline() -> None:
    """On the first page of a visit, draw the timeline only after the dancer.

    Streamlit's chart loads a second plotly.js, which would delay the dancer by two seconds.
    """
    fragment(_wait_for_dancer, run_every=4)()


def _wait_for_dancer() -> None:
    if DANCER_FIRST.get():
        TIMELINE_WAITED.set(True)
        st.rerun()
    DANCER_FIRST.set(True)


def _start_phrase_at_click(key: SessionKey, last: int) -> None:
    points = key.get().selection.points
    if points and "customdata" in points[0]:
        clicked = points[0]["customdata"]
        frame = int(clicked[0] if isinstance(clicked, list | tuple) else clicked)
        START.key.set(min(max(frame, 0), max(last, 0)))
