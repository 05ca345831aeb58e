"""Settings: each is defined once, for the form, the command line, the run folder and the checkpoint.

A setting is a dataclass field whose metadata says what it means and what it may be. Values are checked when a
dataclass is made, so bad settings fail before any work, and a message names the flag.
"""

import math
from dataclasses import Field, field, fields
from typing import Any, get_args, get_origin

from mariel.errors import SettingsError


def setting(
    default: Any,
    about: str,
    *,
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] = (),
    expert: bool = False,
) -> Any:
    """A dataclass field with the facts that a form, a command line and a check need.

    Args:
        default: its default; None where the setting may be left open.
        about: one sentence for people.
        least, most: inclusive limits of a number.
        choices: the words allowed.
        expert: shown among the finer settings.
    """
    facts = {"about": about, "least": least, "most": most, "choices": choices, "expert": expert}
    return field(default=default, metadata=facts)


def flag(name: str) -> str:
    """How a setting is called on the command line: `batch_size` is `--batch-size`."""
    return "--" + name.replace("_", "-")


def kinds_of(known: Field) -> tuple[type, ...]:
    """The kinds of value a setting may have, None apart: int, float, bool, str, or tuple for several words."""
    if get_origin(known.type) is tuple:
        return (tuple,)
    return tuple(kind for kind in (get_args(known.type) or (known.type,)) if kind is not type(None))


class Settings:
    """Settings that check themselves against their fields' facts."""

    def __post_init__(self) -> None:
        for known in fields(self):
            value = getattr(self, known.name)
            _check(known, value)
            if isinstance(value, float) and float not in kinds_of(known):
                object.__setattr__(self, known.name, int(value))


def _check(known: Field, value: Any) -> None:
    facts, name = known.metadata, flag(known.name)
    if value is None:
        if type(None) not in get_args(known.type):
            raise SettingsError(f"{name} must be given")
        return
    kinds = kinds_of(known)
    if {int, float} & set(kinds):
        whole = float not in kinds
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or (whole and value != int(value)):
            raise SettingsError(f"{name} must be a {'whole ' if whole else ''}number (got {value!r})")
        if not (facts["least"] is None or value >= facts["least"]):
            raise SettingsError(f"{name} must be at least {facts['least']:g} (got {value:g})")
        if not (facts["most"] is None or value <= facts["most"]):
            raise SettingsError(f"{name} must be at most {facts['most']:g} (got {value:g})")
    elif tuple in kinds:
        if not all(isinstance(each, str) for each in value):
            raise SettingsError(f"{name} must be words (got {value!r})")
    elif bool in kinds and not isinstance(value, bool):
        raise SettingsError(f"{name} must be true or false (got {value!r})")
    elif str in kinds and not isinstance(value, str):
        raise SettingsError(f"{name} must be a word (got {value!r})")
    if facts["choices"] and value not in facts["choices"]:
        raise SettingsError(f"{name} must be one of {', '.join(facts['choices'])} (got {value!r})")
