"""A form made from a settings dataclass: a widget by each setting's kind, its help and limits from its metadata."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, get_args

import streamlit as st

from mariel.settings import kinds_of

COLUMNS = 3

_ACRONYMS = {"kl": "KL", "lstm": "LSTM", "fps": "fps"}


def ask(
    defaults: Any,
    key: str,
    *,
    skip: Sequence[str] = (),
    shown: Callable[[str, Mapping[str, Any]], bool] = lambda name, values: True,
    options: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Show a widget for every setting of a dataclass, those for experts folded away.

    Args:
        defaults: an instance; its values are what the widgets begin with.
        key: begins the key of every widget; another key is another form, with values of its own.
        skip: settings that are not asked for and left out of the answer.
        shown: told a setting's name and the values so far; answers whether it is asked for. One that is not has its
            own default in the answer.
        options: words to pick from, for settings that are several words.

    Returns:
        Values by name, of the dataclass's kinds: `type(defaults)(**values)` checks them.
    """
    asked = [each for each in fields(defaults) if each.name not in skip]
    plain = [each for each in asked if not each.metadata["expert"]]
    expert = [each for each in asked if each.metadata["expert"]]
    values: dict[str, Any] = {}

    def lay_out(group: list[Field]) -> None:
        places = iter(())
        for known in group:
            if not shown(known.name, values):
                values[known.name] = known.default
                continue
            place = next(places, None)
            if place is None:
                places = iter(st.columns(COLUMNS, vertical_alignment="bottom"))
                place = next(places)
            with place:
                value = getattr(defaults, known.name)
                values[known.name] = _widget(known, value, f"{key} {known.name}", (options or {}).get(known.name))

    lay_out(plain)
    if expert:
        with st.expander("Finer settings", icon=":material/tune:"):
            lay_out(expert)
    return values


def label_of(name: str) -> str:
    """A setting's name for people: `kl_weight` is "KL weight"."""
    words = [_ACRONYMS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]


def _widget(known: Field, value: Any, key: str, options: Sequence[str] | None) -> Any:
    facts, label = known.metadata, label_of(known.name)
    about = {"help": facts["about"], "key": key, "persist_state": "session"}
    kinds = kinds_of(known)
    if facts["choices"]:
        choices = list(facts["choices"])
        return st.selectbox(label, choices, index=choices.index(value), **about)
    if bool in kinds:
        return st.toggle(label, value=value, **about)
    if tuple in kinds:
        choices = list(dict.fromkeys([*(options or ()), *value]))
        return tuple(st.multiselect(label, choices, default=list(value), accept_new_options=not options, **about))
    if float in kinds:
        return _number(known, label, value, about)
    if int in kinds:
        return _number(known, label, value, about, whole=True)
    return st.text_input(label, value=value, **about)


def _number(known: Field, label: str, value: float | None, about: dict, *, whole: bool = False) -> float | int | None:
    """A number, or nothing where the setting may be left open."""
    kind = int if whole else float
    least, most = (None if known.metadata[end] is None else kind(known.metadata[end]) for end in ("least", "most"))
    start = None if value is None else kind(value)
    limits = {"min_value": least, "max_value": most, "step": 1 if whole else _step(start, most)}
    limits["format"] = "%d" if whole else "%g"
    if type(None) not in get_args(known.type):
        return st.number_input(label, value=start, **limits, **about)
    # Only a widget that begins empty can be emptied, so what it begins with is put in as if it had been typed.
    st.session_state.setdefault(about["key"], start)
    return st.number_input(label, value=None, placeholder="open", **limits, **about)


def _step(value: float | None, most: float | None) -> float:
    """What one press of + adds to a fraction: the size of its last digit, a tenth of what it is."""
    if not value:
        return 0.01 if most is not None and most <= 1 else 1.0
    return 10.0 ** math.floor(math.log10(abs(value)))
