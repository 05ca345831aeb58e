"""How the address bar is read and written: every value of a link is checked, and a wrong one gives a warning.

The parameters themselves are declared in `mariel.app.shell.query_params`, where pages import all of this from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell import streamlit_adapter
from mariel.app.shell.link_values import BadLinkError, QueryParam, parse
from mariel.app.shell.messages import plain_text, quoted
from mariel.app.shell.session_state import SessionKey
from mariel.errors import MarielError

T = TypeVar("T")

TRACKING_PARAMS = ("fbclid", "gclid", "igshid", "msclkid", "mc_cid", "mc_eid", "ref", "source_id")
"""Names that other programs add to links that are shared; like those that begin with utm_, they need no warning."""


@dataclass
class _Problem:
    """A value of a link that cannot be used.

    Args:
        text: what is wrong with it, as Markdown.
        shown_value: the value shown instead.
        was_displayed: whether a run has displayed the warning.
    """

    text: str
    shown_value: Any = None
    was_displayed: bool = False


@dataclass
class _Address:
    """What is known of the address bar in a session.

    Args:
        seen: each parameter's texts when they were last read.
        written: the texts last written by `write`.
        shown: how messages name the value last written.
        problems: what is wrong with links, by parameter, until another choice is made.
        unknown: warnings about names that are no parameter of this page.
        known: all parameters of all pages.
        used: parameters read in this run.
        page: the name of the page that is shown.
        warnings_area: the container for this run's warnings; None once they are shown.
    """

    seen: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    written: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    problems: dict[str, _Problem] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    known: Mapping[str, QueryParam] = field(default_factory=dict)
    used: dict[str, QueryParam] = field(default_factory=dict)
    page: str = ""
    warnings_area: DeltaGenerator | None = None


_ADDRESS = SessionKey("address bar")


def _address() -> _Address:
    if not _ADDRESS.exists:
        _ADDRESS.set(_Address())
    return _ADDRESS.get()


def begin_page(page: str, known: Mapping[str, QueryParam]) -> None:
    """Begin a run of a page: any name in the address that is no parameter gives a warning.

    Warnings about the link will be shown here.

    Args:
        page: its name.
        known: all parameters of all pages, by name.
    """
    address = _address()
    address.known, address.warnings_area = known, st.container()
    address.used.clear()
    if address.page != page:
        address.page = page
        address.unknown.clear()
    for name in list(st.query_params):
        if name in known or name in TRACKING_PARAMS or name.startswith("utm_"):
            continue
        text = f"This link has {quoted(name)}, which means nothing here."
        if similar := get_close_matches(name, known, 1):
            text += f" Perhaps {quoted(similar[0])} was meant."
        address.unknown[name] = text
        streamlit_adapter.replace_in_address(name, None)


def show_link_warnings() -> None:
    """Show what is wrong with the link that was opened, and what is shown instead; the last call of a run.

    A warning stays until another value is chosen, or another page.
    """
    address = _address()
    area, address.warnings_area = address.warnings_area, None
    if area is None:
        return
    for name in list(st.query_params):
        param = address.known.get(name)
        if param is not None and name not in address.used and address.page not in param.pages:
            what = f"This link has a value for the {param.what}, {quoted(name)}, which this page does not use."
            address.unknown[name] = what
            streamlit_adapter.replace_in_address(name, None)
    texts = list(address.unknown.values())
    for key, param in address.used.items():
        problem = address.problems.get(key)
        if problem is None:
            continue
        now = _shown_value(param)
        if not problem.was_displayed:
            problem.was_displayed, problem.shown_value = True, now
        elif problem.shown_value != now:
            del address.problems[key]
            continue
        shown = address.shown.get(key) or param.describe(now)
        texts.append(f"{problem.text} You see {shown} instead.")
    for text in texts:
        area.warning(text, icon=":material/link_off:")


def _shown_value(param: QueryParam) -> Any:
    if param.in_browser:
        return _texts_in_address(param)
    written = _address().written
    if not param.bound and param.key in written:
        texts = written[param.key] or None
        return param.default if texts is None else texts if param.type is tuple else texts[-1]
    return param.value


def check_bound(param: QueryParam, **limits: Any) -> bool:
    """Check what a link gives for a parameter, just before its bound widget is made with the same limits.

    A value that cannot be used leaves the address, and a warning says so; the widget then shows what it would without
    the link.

    Returns:
        Whether the address newly asks for a value that can be used.
    """
    texts = _new_texts(param)
    if texts is None:
        return False
    try:
        value = parse(param, texts, **limits)
    except BadLinkError as error:
        report(param, texts[-1], str(error))
        streamlit_adapter.replace_in_address(param.key, None)
        return False
    if param.type is tuple:
        value = _check_several(param, value, limits.get("choices") or param.choices)
    canonical = param.texts(value)
    if texts not in (canonical, ("",)):
        streamlit_adapter.replace_in_address(param.key, canonical)
    return True


def choose(param: QueryParam, value: Any) -> None:
    """Choose a value for a bound widget, just before it is made, whatever the session and the address have."""
    param.key.set(value)
    if param.key in st.query_params:
        streamlit_adapter.replace_in_address(param.key, None)


def _check_several(param: QueryParam, values: tuple[str, ...], choices: Sequence) -> tuple[str, ...]:
    good = tuple(dict.fromkeys(value for value in values if value in choices))
    for value in values:
        if value not in good:
            report(param, value, "which is not here")
    if param.max_items is not None and len(good) > param.max_items:
        report(param, good[param.max_items], f"but there can be no more than {param.max_items}")
    return good[: param.max_items]


def check_in_browser(param: QueryParam, valid: Callable[[str], bool], instead: str) -> None:
    """Check a parameter that the player in the browser reads.

    Args:
        param: the parameter.
        valid: whether the player can use a text.
        instead: what the player shows otherwise, as Markdown.
    """
    texts = _new_texts(param)
    if texts is not None and not valid(texts[-1]):
        report(param, texts[-1], f"but there is no such {param.what}")
        _address().shown[param.key] = instead


def requested(
    param: QueryParam, *, default: T | None = None, check: Callable[[str], T] | None = None, **limits: Any
) -> Any:
    """What the address newly asks for, for a parameter that is not bound; None if it asks for nothing new.

    It asks for something when a link is opened and after Back or Forward. If Back has taken the parameter out of the
    address, it asks for the default.

    Args:
        param: the parameter.
        default: what no parameter means now; the declared default if None.
        check: turns a text into a value, or raises a MarielError whose message says what is wrong with it.
        **limits: `minimum`, `maximum`, `choices` as they are now, where they are not declared.
    """
    address = _address()
    before = address.seen.get(param.key) or address.written.get(param.key)
    texts = _new_texts(param)
    if texts is None:
        gone = before is not None and param.key not in st.query_params
        back = gone and streamlit_adapter.is_history_navigation()
        return (param.default if default is None else default) if back else None
    try:
        value: Any = check(texts[-1]) if check else parse(param, texts, **limits)
        return _check_several(param, value, limits.get("choices") or param.choices) if param.type is tuple else value
    except MarielError as error:
        report(param, texts[-1], f"but {error}")
    except BadLinkError as error:
        report(param, texts[-1], str(error))
    return None


def report(param: QueryParam, text: str, reason: str) -> None:
    """Warn that a text of a link cannot be used; pages call it only for a parameter that they read in parts.

    Args:
        param: the parameter.
        text: its value in the link, or the part of it that cannot be used.
        reason: ends the sentence "This link asks for …, ".
    """
    ending = "" if reason.endswith((".", "!", "?")) else "."
    sentence = f"This link asks for the {param.what} {quoted(text)}, {plain_text(reason)}{ending}"
    _address().problems[param.key] = _Problem(sentence)


def write(param: QueryParam, value: Any, *, shown: str | None = None) -> None:
    """Write a parameter that is not bound into the address; None removes it, and so does its default.

    Args:
        param: the parameter.
        value: what the page shows.
        shown: how messages name it, as Markdown, where its label is not enough.
    """
    address = _address()
    address.used.setdefault(param.key, param)
    texts = None if value == param.default else param.texts(value)
    address.written[param.key] = texts
    if shown is not None:
        address.shown[param.key] = shown
    if _texts_in_address(param) == texts:
        return
    if texts is None:
        del st.query_params[param.key]
    else:
        st.query_params[param.key] = texts[0] if len(texts) == 1 else list(texts)


def clear(*params: QueryParam) -> None:
    """Remove parameters that mean nothing in what the page shows now; those of bound widgets go by themselves."""
    for param in params:
        if not param.bound and param.key in st.query_params:
            _address().written[param.key] = None
            del st.query_params[param.key]


def _texts_in_address(param: QueryParam) -> tuple[str, ...] | None:
    return tuple(st.query_params.get_all(param.key)) or None


def _new_texts(param: QueryParam) -> tuple[str, ...] | None:
    """What the address has for a parameter, if a link or Back or Forward has put it there.

    The browser may still have an older text when the next run begins, so what was read before is not new either.
    """
    address, texts = _address(), _texts_in_address(param)
    address.used[param.key] = param
    before = address.seen.get(param.key)
    address.seen[param.key] = texts
    if texts is None or streamlit_adapter.is_history_navigation():
        return texts
    return None if texts in (before, address.written.get(param.key)) else texts
