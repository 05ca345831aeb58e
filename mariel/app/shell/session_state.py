"""Names in the session: one for each value that outlives a rerun, and for each widget that is not part of a link."""

from typing import Any

import streamlit as st


class SessionKey(str):
    """The name of a value in `st.session_state`, declared once in `mariel.app.shell.query_params`.

    It is a string, so it can be a widget's `key=`.

    >>> RENAME_RUN = SessionKey("rename")
    >>> st.text_input("New name", key=RENAME_RUN.of(run.name))
    >>> RENAME_RUN.of(run.name).get("")
    """

    __slots__ = ()

    def of(self, *parts: object) -> "SessionKey":
        """The name for one of several: of a run, a marker, an axis."""
        return SessionKey(" ".join([self, *map(str, parts)]))

    def get(self, default: Any = None) -> Any:
        """The value; the default if there is none."""
        return st.session_state.get(str(self), default)

    def set(self, value: Any) -> None:
        """Set the value. For a widget: before the widget is made in this run, or in a callback."""
        st.session_state[str(self)] = value

    def pop(self, default: Any = None) -> Any:
        """The value, which is forgotten then; the default if there is none."""
        return st.session_state.pop(str(self), default)

    @property
    def exists(self) -> bool:
        """Whether there is a value."""
        return str(self) in st.session_state
