"""How the address bar is read and written: every value of a link is checked, and a wrong one gives a warning.

The parameters themselves are declared in `mariel.app.shell.query_params`, where pages import all of this from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import streamlit as st
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell import streamlit_adapter
from mariel.app.shell.messages import plain_text, quoted
from mariel.app.shell.session_state import SessionKey
from mariel.errors import MarielError

T = TypeVar("T")

MAX_TEXT_LENGTH = 4096
"""Characters of a text in a link."""

TRACKING_PARAMS = ("fbclid", "gclid", "igshid", "msclkid", "mc_cid", "mc_eid", "ref", "source_id")
"""Names that other programs add to links that are shared; like those that begin with utm_, they need no warning."""

_TYPE_REASONS = {int: "it must be a whole number", float: "it must be a number", bool: "it must be true or false"}


@dataclass(frozen=True, eq=False)
class QueryParam:
    """One query parameter: its name, its values, and the widget that shows it.

    Args:
        key: name in the address, of the widget, and in the session.
        what: what it is, for messages, such as "temperature".
        type: int, float, bool, str, or tuple for several strings.
        default: the value without a link; None where it depends on the page's data, or where there need be none.
        pages: names of the pages that read it, see `mariel.app.shell.navigation`; empty for all.
        minimum, maximum: inclusive limits of a number that never change; others are given where it is read.
        choices: the values, where they are always the same.
        labels: how values are shown, where a label differs from its value; links hold the value.
        max_items: the most strings of a tuple.
        empty: how messages name None.
        bound: whether Streamlit writes it into the address, because a widget is bound to it. Streamlit writes the
            label that is shown and leaves out the default, so a parameter is not bound where labels may change, or
            where a link must name a choice that nobody has made yet.
        in_browser: whether it is read and written by the player in the browser, and only checked here.
    """

    key: SessionKey
    what: str
    type: type
    default: Any = None
    pages: tuple[str, ...] = ()
    minimum: Any = None
    maximum: Any = None
    choices: tuple = ()
    labels: Mapping[Any, str] = field(default_factory=dict)
    max_items: int | None = None
    empty: str = "none"
    bound: bool = True
    in_browser: bool = False

    @property
    def value(self) -> Any:
        """The present value in the session; the default before any choice."""
        return self.key.get(self.default)

    def label(self, value: Any) -> str:
        """How a value is shown."""
        return str(self.labels.get(value, value))

    def texts(self, value: Any) -> tuple[str, ...] | None:
        """A value as the address has it; None where it has none."""
        if value is None:
            return None
        if isinstance(value, tuple | list):
            return tuple(map(str, value)) or None
        if isinstance(value, bool):
            return (str(value).lower(),)
        return (f"{value:.12g}" if isinstance(value, float) else str(value),)

    def describe(self, value: Any) -> str:
        """A value in a message, as Markdown."""
        if value is None or value in ((), []):
            return self.empty
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple | list):
            return ", ".join(map(quoted, value))
        return quoted(self.label(value)) if isinstance(value, str) or self.labels else f"{value:,.12g}"


class _BadLinkError(ValueError):
    """A value of a link cannot be used; the message ends the sentence "This link asks for …, "."""


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
        unknown: warnings about names that are no parameter.
        used: parameters read in this run.
        page: the name of the page that is shown.
        warnings_area: the container for this run's warnings; None once they are shown.
    """

    seen: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    written: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    problems: dict[str, _Problem] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    used: dict[str, QueryParam] = field(default_factory=dict)
    page: str = ""
    warnings_area: DeltaGenerator | None = None


_ADDRESS = SessionKey("address bar")


def _address() -> _Address:
    if not _ADDRESS.exists:
        _ADDRESS.set(_Address())
    return _ADDRESS.get()


def begin_page(page: str, known: Iterable[str]) -> None:
    """Begin a run of a page: `known` are the names of all parameters, any other in the address gives a warning.

    Warnings about the link will be shown here.
    """
    address, known = _address(), list(known)
    address.warnings_area = st.container()
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
        texts = written[param.key]
        return texts[-1] if texts else param.default
    return param.value


def parse(param: QueryParam, texts: Sequence[str], **limits: Any) -> Any:
    """The value of a parameter that a link gives.

    Args:
        param: the parameter.
        texts: its values in the address; all but the last are ignored where it is no tuple.
        **limits: `minimum`, `maximum`, `choices` as they are now, where they are not declared.

    Raises:
        ValueError: it is of the wrong type, out of range, or no choice; the message says what it must be.
    """
    choices = limits.get("choices") or param.choices
    minimum, maximum = (limits.get(end, getattr(param, end)) for end in ("minimum", "maximum"))
    if param.type is tuple:
        return tuple(text for text in texts if text)
    text = texts[-1]
    if not text and param.default is None and param.type is not str:
        return None
    try:
        value = _adapter(param.type, minimum, maximum).validate_python(text)
    except ValidationError as error:
        raise _BadLinkError(f"but {_reason(param.type, error.errors()[0]['type'], minimum, maximum)}") from None
    if choices and value not in choices:
        value = next((choice for choice in choices if param.labels.get(choice) == value), None)  # an older link
        if value is None:
            raise _BadLinkError("which is not here")
    return value


@lru_cache(maxsize=512)
def _adapter(type_: type, minimum: float | None, maximum: float | None) -> TypeAdapter:
    limits: dict[str, Any] = {"max_length": MAX_TEXT_LENGTH} if type_ is str else {"ge": minimum, "le": maximum}
    if type_ is int:  # every whole number has limits, so that none of a thousand digits gets through
        limits = {"ge": -(2**53) if minimum is None else minimum, "le": 2**53 if maximum is None else maximum}
    annotation: Any = type_ if type_ is bool else Annotated[type_, Field(**limits)]
    return TypeAdapter(annotation, config=ConfigDict(allow_inf_nan=False))


def _reason(type_: type, error: str, minimum: float | None, maximum: float | None) -> str:
    if error not in ("greater_than_equal", "less_than_equal"):
        return _TYPE_REASONS.get(type_, f"it must be a text of at most {MAX_TEXT_LENGTH:,} characters")
    if minimum is None or maximum is None:
        return f"it must be at most {maximum:,.12g}" if minimum is None and maximum is not None else (
            f"it must be at least {minimum or 0:,.12g}"
        )  # fmt: skip
    return f"it must be from {minimum:,.12g} to {maximum:,.12g}"


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
    except _BadLinkError as error:
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
    before = address.seen.get(param.key)
    texts = _new_texts(param)
    if texts is None:
        gone = before is not None and param.key not in st.query_params
        back = gone and streamlit_adapter.is_history_navigation()
        return (param.default if default is None else default) if back else None
    try:
        return check(texts[-1]) if check else parse(param, texts, **limits)
    except MarielError as error:
        report(param, texts[-1], f"but {error}")
    except _BadLinkError as error:
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
