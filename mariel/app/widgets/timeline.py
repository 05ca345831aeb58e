"""A take's timeline: a chart of speed or height over the whole take, a click on which moves the phrase there."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.layout import fragment
from mariel.app.shell.query_params import (
    SHOW_TIMELINE,
    START,
    TIMELINE,
    TIMELINE_DELAY_BEGUN,
    TIMELINE_MEASURE,
    TIMELINE_OPTIONS,
    SessionKey,
)
from mariel.app.widgets import controls
from mariel.motion.quality import TakeProfile
from mariel.motion.recording import Recording
from mariel.stage.timeline import HEIGHT, timeline

TIMELINE_MEASURES = {
    "speed": ("{}/s", lambda profile: profile.speed),
    "fastest": ("{}/s", lambda profile: profile.fastest_speed),
    "height": ("{}", lambda profile: profile.height),
}
"""What the timeline can show: its unit, with {} for the unit of positions, and its values in a take's profile."""


def show_timeline(
    take: Recording, profile: TakeProfile, phrase: Recording, *, options: DeltaGenerator | None = None
) -> None:
    """The whole take as a chart over time; a click on it moves the phrase there.

    Args:
        take: the whole take.
        profile: its measurements.
        phrase: part of it that is shown.
        options: where to ask what the chart shows; below it if None.
    """
    first = phrase.start - take.start
    chart = st.container()
    with (options or st).popover(
        "Timeline", icon=":material/show_chart:", type="tertiary", key=TIMELINE_OPTIONS,
        help="What the chart over the whole take shows.",
    ):  # fmt: skip
        measure = controls.labelled(
            TIMELINE_MEASURE, "Timeline shows", help="A click on the timeline moves the phrase there."
        )
    if not SHOW_TIMELINE.get():
        chart.container(height=HEIGHT, border=False)
        _defer_timeline()
        return
    unit, values = TIMELINE_MEASURES[measure]
    key = TIMELINE.of(take.name)
    chart.plotly_chart(
        timeline(
            values(profile),
            take.fps,
            (first, first + len(phrase)),
            label=TIMELINE_MEASURE.label(measure),
            unit=unit.format(take.unit),
            missing=profile.missing_share,
        ),
        key=key,
        on_select=lambda: _start_phrase_at_click(key, len(take) - len(phrase)),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{TIMELINE_MEASURE.label(measure)} over the whole take {take.name}; the chosen phrase is a band",
    )


def _defer_timeline() -> None:
    """On the first page of a visit, draw the timeline only after the dancer.

    Streamlit's chart loads a second plotly.js, which would delay the dancer by two seconds.
    """
    fragment(_wait_for_dancer, run_every=4)()


def _wait_for_dancer() -> None:
    """Let the page show the timeline from the second call on, some seconds after the first."""
    if TIMELINE_DELAY_BEGUN.get():
        SHOW_TIMELINE.set(True)
        st.rerun()
    TIMELINE_DELAY_BEGUN.set(True)


def _start_phrase_at_click(key: SessionKey, last: int) -> None:
    points = key.get().selection.points
    if points and "customdata" in points[0]:
        clicked = points[0]["customdata"]
        frame = int(clicked[0] if isinstance(clicked, list | tuple) else clicked)
        START.key.set(min(max(frame, 0), max(last, 0)))
