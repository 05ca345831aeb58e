"""Parts of the About page: credits, works cited and licence, read from the files that come with the program."""

import re
from collections.abc import Iterator

import streamlit as st

from mariel import __version__
from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import CREDITS, DOCUMENT
from mariel.app.shell.streamlit_adapter import main_script_folder

_SENTENCE_END = re.compile(r"(?<=\.) ")
_SECTION = re.compile(r"^(\d+)\. (.+)\n", re.MULTILINE)


def show_credits() -> None:
    """What this is, and NOTICE: what comes from the work of others, a section for each."""
    introduction, sections = split_notice(_document("NOTICE"))
    st.markdown(
        "Mariel opens recordings of motion-captured dance, trains models on them, and makes new dances. Mariel "
        "Pettee recorded herself dancing and published, with co-authors, how models can learn from it."
    )
    terms = " ".join(_SENTENCE_END.split(introduction)[:2])  # the others are about the file
    st.caption(f"Version {__version__}. {plain_text(terms)}")
    for number, (title, text) in enumerate(sections, 1):
        with st.expander(title, icon=":material/person_heart:", key=CREDITS.of(number)):
            st.code(text, language=None, wrap_lines=True)


def split_notice(notice: str) -> tuple[str, list[tuple[str, str]]]:
    """What NOTICE says about the program, and its numbered sections as (title, text)."""
    introduction, *rest = _SECTION.split(notice)
    paragraph = " ".join(introduction.split("\n\n", 1)[1].split())
    return paragraph, list(_sections(rest))


def _sections(parts: list[str]) -> Iterator[tuple[str, str]]:
    for _, title, text in zip(*[iter(parts)] * 3, strict=True):
        yield title, text.strip("\n")


def show_documents() -> None:
    """The licence, and the works that are cited."""
    for name, label in (("LICENSE", "Licence"), ("CITATION.cff", "How to cite this, and the works it builds on")):
        with st.expander(label, icon=":material/description:", key=DOCUMENT.of(name)):
            st.code(_document(name), language=None, wrap_lines=True)


def _document(name: str) -> str:
    return (main_script_folder() / name).read_text("utf-8")
