"""What a value in a link is: a query parameter's type, limits, choices and labels, and how its text is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mariel.app.shell.messages import quoted
from mariel.app.shell.session_state import SessionKey

MAX_TEXT_LENGTH = 4096
"""Characters of a text in a link."""

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


class BadLinkError(ValueError):
    """A value of a link cannot be used; the message ends the sentence "This link asks for …, "."""


def parse(param: QueryParam, texts: Sequence[str], **limits: Any) -> Any:
    """The value of a parameter that a link gives.

    Args:
        param: the parameter.
        texts: its values in the address; all but the last are ignored where it is no tuple.
        **limits: `minimum`, `maximum`, `choices` as they are now, where they are not declared.

    Raises:
        BadLinkError: it is of the wrong type, out of range, or no choice; the message says what it must be.
    """
    choices = limits.get("choices") or param.choices
    given = (limits.get(end, getattr(param, end)) for end in ("minimum", "maximum"))
    minimum, maximum = _limits(param.type, *given)
    if param.type is tuple:
        return tuple(text for text in texts if text)
    text = texts[-1]
    if not text and param.default is None and param.type is not str:
        return None
    try:
        value = _adapter(param.type, minimum, maximum).validate_python(text)
    except ValidationError as error:
        raise BadLinkError(f"but {_reason(param.type, error.errors()[0]['type'], minimum, maximum)}") from None
    if choices and value not in choices:
        value = next((choice for choice in choices if param.labels.get(choice) == value), None)  # an older link
        if value is None:
            raise BadLinkError("which is not here")
    return value


def _limits(type_: type, minimum: float | None, maximum: float | None) -> tuple[float | None, float | None]:
    """Limits that hold: every whole number has some, so that none of a thousand digits gets through."""
    if type_ is not int:
        return minimum, maximum
    return -(2**53) if minimum is None else minimum, 2**53 if maximum is None else maximum


@lru_cache(maxsize=512)
def _adapter(type_: type, minimum: float | None, maximum: float | None) -> TypeAdapter:
    limits: dict[str, Any] = {"max_length": MAX_TEXT_LENGTH} if type_ is str else {"ge": minimum, "le": maximum}
    annotation: Any = type_ if type_ is bool else Annotated[type_, Field(**limits)]
    return TypeAdapter(annotation, config=ConfigDict(allow_inf_nan=False))


def _reason(type_: type, error: str, minimum: float | None, maximum: float | None) -> str:
    if error not in ("greater_than_equal", "less_than_equal"):
        return _TYPE_REASONS.get(type_, f"it must be a text of at most {MAX_TEXT_LENGTH:,} characters")
    if maximum is None:
        return f"it must be at least {minimum:,.12g}"
    if minimum is None:
        return f"it must be at most {maximum:,.12g}"
    return f"it must be from {_number(minimum)} to {_number(maximum)}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.12g}"
