"""The heading of a page: its title, what it is for, and the link to share."""

import streamlit as st

from mariel.app.components.share_link import show_share_link
from mariel.app.shell.layout import fragment
from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import PAGE_HEADING, SHARE_LINK, SHARE_OPEN


def page_title(title: str, about: str, note: str = "", note_help: str | None = None, *, share: bool = True) -> None:
    """A page's heading, what the page is for, and a note, in one line where there is room.

    Args:
        title: shown as it is written.
        about: likewise; a short sentence, for one line of a phone.
        note: Markdown, such as where recordings come from.
        note_help: more about it.
        share: whether the page shows a dance, whose link can be shared.
    """
    with st.container(horizontal=True, key=PAGE_HEADING):
        st.title(plain_text(title), anchor=False, width="content")
        st.caption(plain_text(about), width="content")
        if note:
            st.caption(note, width="content", help=note_help)
        if share:
            fragment(_show_share)()


def _show_share() -> None:
    """What is in the popover is on the page only while it is open, so closed it costs nothing."""
    share = st.popover(
        "Share", icon=":material/qr_code_2:", type="tertiary", key=SHARE_OPEN, width="content", on_change="rerun",
        help="Copy the link to what you see, or open it on a phone by its QR code.",
    )  # fmt: skip
    if share.open:
        with share:
            show_share_link(key=SHARE_LINK)
