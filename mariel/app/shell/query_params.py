"""Choices that the address bar always names, also those nobody has made yet, so that a link shows the same later on.

Streamlit leaves a widget's first value out of the address. Where that depends on what there is today, such as the
newest model, the page writes it there itself.
"""

import streamlit as st


def asked_for(key: str) -> str | None:
    """What the address says, unless this page has written it there itself."""
    asked = st.query_params.get(key)
    return None if asked == st.session_state.get(f"{key} written") else asked


def write_address(key: str, value: str | None) -> None:
    """Put something that is no widget's value into the address bar, or take it out."""
    st.session_state[f"{key} written"] = value
    if st.query_params.get(key) != value:
        if value is None:
            del st.query_params[key]
        else:
            st.query_params[key] = value
