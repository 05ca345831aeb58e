"""A take's timeline: a chart of speed or height over the whole take, a click on which moves the phrase there."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.components.chart import Click, show_chart
from mariel.app.shell.query_params import (
    START,
    TIMELINE,
    TIMELINE_MEASURE,
    TIMELINE_OPTIONS,
)
from mariel.app.widgets import controls
from mariel.motion.quality import TakeProfile
from mariel.motion.recording import Recording
from mariel.stage.timeline import timeline

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
    area = st.container()
    with (options or st).popover(
        "Timeline", icon=":material/show_chart:", type="tertiary", key=TIMELINE_OPTIONS,
        help="What the chart over the whole take shows.",
    ):  # fmt: skip
        measure = controls.labelled(
            TIMELINE_MEASURE, "Timeline shows", help="A click on the timeline moves the phrase there."
        )
    unit, values = TIMELINE_MEASURES[measure]

    def start_phrase_there(click: Click) -> None:
        START.key.set(min(max(round(click.x * take.fps), 0), max(len(take) - len(phrase), 0)))

    with area:
        show_chart(
            timeline(
                values(profile),
                take.fps,
                (first, first + len(phrase)),
                label=TIMELINE_MEASURE.label(measure),
                unit=unit.format(take.unit),
                missing=profile.missing_share,
            ),
            key=TIMELINE.of(take.name),
            alt=f"{TIMELINE_MEASURE.label(measure)} over the whole take {take.name}; the chosen phrase is a band",
            on_click=start_phrase_there,
        )
