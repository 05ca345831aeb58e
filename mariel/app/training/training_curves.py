"""The curves of a run, and of those it is compared with."""

import numpy as np
import streamlit as st

from mariel.app.widgets.chart import show_chart
from mariel.app.widgets.recordings import REMEMBERED
from mariel.app.widgets.runs import learning_of
from mariel.data.notebook_curve import published_curve
from mariel.errors import CheckpointError
from mariel.stage.curves import ERROR, KL, LOSS, Learning, learning_curves
from mariel.training.manager import RunManager
from mariel.training.runs import Run

SMOOTHING = {"off": 0, "a little": 2, "more": 6, "a lot": 15}
"""Epochs before and after each that are averaged."""


def show_curves(manager: RunManager, run: Run, others: list[str]) -> None:
    """Loss, error and KL over the epochs, of this run and those it is compared with."""
    with st.container():
        compared = _choose_compared(others)
    known = {each.name: each for each in manager.runs()}
    runs = [run, *(known[name] for name in compared if name in known)]
    choices = _choose_axes(any(each.settings.model.kind == "notebook" for each in runs))
    learned, damage = [], st.container()
    for each in runs:
        try:
            learned.append(learning_of(each))
        except CheckpointError as error:
            if each.name != run.name:  # of which it is said above already
                damage.warning(str(error), icon=":material/broken_image:")
    places = st.columns(3)
    for place, measure in zip(places, (LOSS, ERROR, KL), strict=True):
        with place:
            show_chart(
                learning_curves(learned, measure, **choices),
                key=f"curve {measure.name}",
                alt=f"{measure.title} over the epochs of {', '.join(each.name for each in learned)}",
            )
    if len(learned) > 1:
        kinds = {each.settings.model.kind for each in runs}
        text = "Solid: phrases it never learns from. Dotted: phrases it learns from."
        if len(kinds) > 1:
            text += " Different models count their loss differently; the error in centimetres compares."
        st.caption(text)


def _choose_compared(others: list[str]) -> list[str]:
    kept = [name for name in st.session_state.get("compare", ()) if name in others]
    if kept != list(st.session_state.get("compare", kept)):
        st.session_state["compare"] = kept
    if not others:
        return []
    return st.multiselect(
        "Compare with",
        others,
        key="compare",
        max_selections=7,
        placeholder="other runs, their curves in one picture",
        **REMEMBERED,
    )


def _choose_axes(published_fits: bool) -> dict:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        against = st.segmented_control(
            "Over", ["epochs", "minutes"], default="epochs", required=True, key="against", **REMEMBERED
        )
        smooth = st.segmented_control(
            "Smoothing",
            list(SMOOTHING),
            default="off",
            required=True,
            key="smooth",
            help="Means over neighbouring epochs; the bare values stay behind as a pale line.",
            **REMEMBERED,
        )
        log = st.toggle("Log scale", key="log", help="Equal steps up are equal ratios.", **REMEMBERED)
        published = st.toggle(
            "Published curve",
            key="published",
            disabled=not published_fits or against != "epochs",
            help="The loss that the published notebook prints on Mariel's recordings, counted per phrase. It means "
            "the same only for the notebook's model and recipe on those recordings, over epochs.",
            **REMEMBERED,
        )
    return {
        "against": against,
        "smooth": SMOOTHING[smooth],
        "log": log,
        "published": _published() if published and published_fits else None,
    }


@st.cache_resource(show_spinner=False)
def _published() -> Learning:
    curve = published_curve()
    train, validation = {"loss": curve.train}, {"loss": curve.validation}
    return Learning("published", curve.epochs, np.full(len(curve.epochs), np.nan), train, validation)
