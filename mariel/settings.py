"""Settings as pydantic fields: each is defined once, for forms, command-line flags, run folders and checkpoints.

A field's type and limits say which values are allowed, its description says what it means. Values are checked when
settings are made, so an invalid setting fails before any work starts. The error message names the setting's flag.
"""

import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from mariel.errors import SettingsError

ADVANCED: dict[str, JsonValue] = {"advanced": True}
"""`json_schema_extra` of a setting that forms show among the advanced settings."""

_TYPE_WORDS = {float: "a number", int: "a whole number", bool: "true or false", tuple: "words", str: "a word"}

_MAX_VALUE_LETTERS = 60


def _whole_number(value: Any) -> Any:
    """20.0 as 20, which strict validation refuses; any other value as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Int = Annotated[int, BeforeValidator(_whole_number)]
"""A whole number; 20.0 is one, True and "20" are not."""

Names = Annotated[tuple[str, ...], Field(strict=False)]
"""Several words; a list is allowed too, since JSON has no tuples."""


def flag(name: str) -> str:
    """A setting's flag on the command line: `--batch-size` for `batch_size`."""
    return "--" + name.replace("_", "-")


class Settings(BaseModel):
    """Base class of settings: checked when they are made, and immutable.

    Raises:
        SettingsError: a value is unknown, of the wrong type or out of range; the message names its flag.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    if not TYPE_CHECKING:  # type checkers see the fields as keyword arguments

        def __init__(self, /, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise SettingsError(_describe(error, type(self), values)) from None

    def replace(self, **changes: Any) -> Self:
        """These settings with some values changed, and checked again; pydantic's `model_copy` does not check.

        Raises:
            SettingsError: see the class.
        """
        return type(self)(**{**dict(self), **changes})


def _describe(error: ValidationError, settings: type[BaseModel], values: Mapping[str, Any]) -> str:
    """The first thing that is wrong with settings, in one sentence that names the flag."""
    first = error.errors(include_url=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "value_error":  # raised by a validator of the settings: its text is written for people
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"unknown setting {first['loc'][-1]}"
    name = str(first["loc"][0])
    value = values.get(name)
    if kind == "missing" or value is None:
        return f"{flag(name)} must be given"
    return f"{flag(name)} must be {_expectation(settings.model_fields[name], kind, context)} (got {shown(value)})"


def _expectation(field: FieldInfo, kind: str, context: Mapping[str, Any]) -> str:
    """What a field's value must be, in words, for an error of pydantic's type `kind`."""
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"at least {context['ge']:g}" if "ge" in context else f"at most {context['le']:g}"
    if choices := choices_of(field):
        return f"one of {', '.join(choices)}"
    types = value_types(field)
    for known, words in _TYPE_WORDS.items():
        if known in types:
            return words
    return f"a {types[0].__name__}"  # nested settings


def shown(value: Any) -> str:
    """A value as text for a message, cut where it is long."""
    if isinstance(value, int) and value.bit_length() > 64:  # its decimal digits take long, or are refused
        return "a number of very many digits"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:g}"
    text = reprlib.repr(value)
    return text if len(text) <= _MAX_VALUE_LETTERS else text[: _MAX_VALUE_LETTERS - 1] + "…"


def _alternatives(field: FieldInfo) -> list[Any]:
    """The alternatives of a field's annotation except None, each without `Annotated`."""
    annotation = field.annotation
    alternatives = get_args(annotation) if is_optional(field) else (annotation,)
    bare = [get_args(each)[0] if get_origin(each) is Annotated else each for each in alternatives]
    return [each for each in bare if each is not type(None)]


def value_types(field: FieldInfo) -> tuple[type, ...]:
    """The types a setting's value may have, without None: int, float, bool, str, or tuple for several strings."""
    return tuple(str if get_origin(each) is Literal else get_origin(each) or each for each in _alternatives(field))


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """The allowed values of a string setting; () where every string is allowed."""
    return tuple(word for each in _alternatives(field) if get_origin(each) is Literal for word in get_args(each))


def limits_of(field: FieldInfo) -> tuple[float | None, float | None]:
    """A number's inclusive minimum and maximum, None where there is none."""
    minimum, maximum = (
        next((getattr(each, end) for each in field.metadata if hasattr(each, end)), None) for end in ("ge", "le")
    )
    return minimum, maximum


def is_optional(field: FieldInfo) -> bool:
    """Whether a setting may be empty."""
    return type(None) in get_args(field.annotation)


def is_advanced(field: FieldInfo) -> bool:
    """Whether forms show a setting among the advanced settings."""
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get("advanced"))
