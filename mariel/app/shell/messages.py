"""Messages on a page: errors and warnings in words, in which text from a file or the address bar is only text.

Streamlit renders every message, heading and label as Markdown. Text that this program did not write, such as a file's
name or what somebody typed into the address bar, goes through `plain_text` or `quoted`, so that it can be no link,
picture or formula.
"""

import re

import streamlit as st

MAX_QUOTED = 80
"""Characters of a foreign text that a message repeats."""

_PLAIN_WORD = re.compile(r"[\w.,;:!?@'\"“”‘’()/%+=&°²–—…·×÷≈→−-]*")
_LINK_START = re.compile(r"(?i)https?:|www\.|@\S+\.\w|(^|\D):(?!$)|:.*:")
_LIST_ITEM = re.compile(r"[-+]|\d+[.)]")  # only at the beginning of a line


def plain_text(text: str) -> str:
    """Markdown that shows a text as it is written: words with special characters are put into code spans."""
    words = re.split(r"(\s+)", _printable(text))
    shown, first = "", True
    for word in words:
        plain = word.isspace() or (_is_plain(word) and not (first and _LIST_ITEM.fullmatch(word)))
        shown += word if plain else _code_span(word)
        first = not word or ((first or "\n" in word) and word.isspace())
    return shown


def quoted(text: str) -> str:
    """Markdown that shows a text in quotation marks, shortened if it is long."""
    text = " ".join(_printable(text).split())
    text = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    return f"“{text if all(map(_is_plain, text.split())) else _code_span(text)}”"


def show_error(message: str, *, icon: str = ":material/error:") -> None:
    """Show an error's message, whatever text it repeats."""
    st.error(plain_text(message), icon=icon)


def show_warning(message: str, *, icon: str = ":material/warning:") -> None:
    """Show a warning, whatever text it repeats."""
    st.warning(plain_text(message), icon=icon)


def _is_plain(word: str) -> bool:
    """Whether Markdown, its extensions and Streamlit's own show a word as it is written."""
    inner = word.strip("_")
    return bool(_PLAIN_WORD.fullmatch(inner)) and inner == word and not _LINK_START.search(word)


def _code_span(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)
