"""Controls of new dances that the Sampling page and the Latent map share: temperature, seed, scheme, directions."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.query_params import ADVANCED, PC_OFFSETS, SCHEME, SEED, TEMPERATURE
from mariel.app.widgets import controls
from mariel.generation.sampling import SamplingOptions, Scheme

SCHEME_LINKS: dict[Scheme, str] = {"prior": "near real phrases", "random-spread": "the notebook's other way"}
"""How links name the ways to sample latents."""


def pick_temperature(place: DeltaGenerator | None = None, *, width: int | str = "stretch") -> float:
    """Ask for the temperature; here, or in another container."""
    return controls.slider(
        TEMPERATURE,
        "Temperature",
        step=0.05,
        place=place,
        width=width,
        help="How far dances are from the mean dance (it scales the standard deviation of the latents): at 0 all are "
        "the mean, at 1 they vary as real ones do, above they exaggerate. The same seed is the same dance, calmer or "
        "wilder.",
    )


def pick_seed(place: DeltaGenerator | None = None, *, count: int = 1) -> int:
    """Ask for the seed of the first of some dances; here, or in another container."""
    maximum = SEED.maximum - count + 1
    help_ = "The number of the random draw: the same seed is the same dance, at any temperature."
    return int(controls.number_input(SEED, "Seed", maximum=maximum, place=place, width=130, help=help_))


def pick_advanced(*, schemes: bool = True) -> dict:
    """Ask for the sampling scheme, if it applies, and for shifts along principal directions.

    Returns:
        Fields of `SamplingOptions` and of `SamplingRequest`.
    """
    with st.expander("Advanced", icon=":material/science:", key=ADVANCED):
        values = {}
        if schemes:
            chosen = controls.labelled(
                SCHEME,
                "Latents are sampled",
                help="The notebook samples a random mean and a random standard deviation first, and then a latent "
                "from that normal distribution. It ignores where the latents of real phrases lie (the fitted prior), "
                "so its dances are wilder and less like real ones.",
            )
            values["scheme"] = _scheme_of(chosen)
        st.caption(
            "**Shift along principal directions**: the directions in which the model's phrases differ most (PCA of "
            "latents), in standard deviations."
        )
        offsets = tuple(
            controls.slider(
                push, f"Direction {number}", step=0.1, place=column, help="0: as sampled; ±3 is far from real dances."
            )
            for number, (push, column) in enumerate(zip(PC_OFFSETS, st.columns(len(PC_OFFSETS)), strict=True), 1)
        )
        values["pc_offsets"] = offsets if any(offsets) else ()
    return values


def _scheme_of(link: str) -> Scheme:
    schemes: dict[str, Scheme] = {name: scheme for scheme, name in SCHEME_LINKS.items()}
    return schemes.get(link, "prior")


def remembered_options() -> tuple[SamplingOptions, int]:
    """The sampling options and the first seed chosen last on the Sampling page; its defaults before any choice."""
    offsets = tuple(float(push.value) for push in PC_OFFSETS)
    options = SamplingOptions(TEMPERATURE.value, _scheme_of(SCHEME.value), offsets if any(offsets) else ())
    return options, int(SEED.value)
