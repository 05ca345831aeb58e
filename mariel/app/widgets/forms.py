"""A form for settings: each setting's type decides its widget, its field gives help and limits."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from mariel.app.shell.query_params import SessionKey
from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS
from mariel.settings import Settings, choices_of, is_advanced, is_optional, limits_of, value_types
from mariel.training.settings import TrainSettings

COLUMNS = 3

_ACRONYMS = {"kl": "KL", "lstm": "LSTM", "fps": "fps"}


def settings_form(
    defaults: Settings,
    key: str,
    *,
    skip: Sequence[str] = (),
    shown: Callable[[str, Mapping[str, Any]], bool] = lambda name, values: True,
    options: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Show a widget for every setting, the advanced ones in an expander.

    Args:
        defaults: settings with the initial values of the widgets.
        key: prefix of every widget's key; another key makes another form with its own values.
        skip: settings without a widget; they are missing in the result.
        shown: gets a setting's name and the values so far; says whether the setting gets a widget. One without has
            its own default in the result.
        options: choices for settings that are tuples of strings.

    Returns:
        Values by name, of the settings' types: `type(defaults)(**values)` checks them.
    """
    included = {name: field for name, field in type(defaults).model_fields.items() if name not in skip}
    basic = {name: field for name, field in included.items() if not is_advanced(field)}
    advanced = {name: field for name, field in included.items() if is_advanced(field)}
    values: dict[str, Any] = {}

    def show_group(group: Mapping[str, FieldInfo]) -> None:
        columns = iter(())
        for name, field in group.items():
            if not shown(name, values):
                values[name] = field.default
                continue
            column = next(columns, None)
            if column is None:
                columns = iter(st.columns(COLUMNS, vertical_alignment="bottom"))
                column = next(columns)
            with column:
                value = getattr(defaults, name)
                values[name] = _widget(name, field, value, f"{key} {name}", (options or {}).get(name))

    show_group(basic)
    if advanced:
        with st.expander("Advanced settings", icon=":material/tune:", key=SessionKey(key).of("advanced")):
            show_group(advanced)
    return values


def label_of(name: str) -> str:
    """The label of a setting: the title of its field, or else its name in words, "KL weight" for `kl_weight`."""
    return _titles().get(name) or _label_from_name(name)


def _titles() -> dict[str, str]:
    """The titles of settings of data, training and all models, by their names."""
    classes = [DataSettings, TrainSettings, *(entry.settings_class for entry in MODELS.values())]
    fields = [(name, field) for settings in classes for name, field in settings.model_fields.items()]
    return {name: field.title for name, field in fields if field.title}


def _label_from_name(name: str) -> str:
    text = " ".join(_ACRONYMS.get(word, word) for word in name.split("_"))
    return text[0].upper() + text[1:]


def _widget(name: str, field: FieldInfo, value: Any, key: str, options: Sequence[str] | None) -> Any:
    label = field.title or _label_from_name(name)
    common = {"help": field.description, "key": key, "persist_state": "session"}
    types = value_types(field)
    if choices := choices_of(field):
        return st.selectbox(label, choices, index=choices.index(value), **common)
    if bool in types:
        return st.toggle(label, value=value, **common)
    if tuple in types:
        choices = list(dict.fromkeys([*(options or ()), *value]))
        return tuple(st.multiselect(label, choices, default=list(value), accept_new_options=not options, **common))
    if float in types:
        return _number(field, label, value, common)
    if int in types:
        return _number(field, label, value, common, whole=True)
    return st.text_input(label, value=value, **common)


def _number(
    field: FieldInfo, label: str, value: float | None, common: dict, *, whole: bool = False
) -> float | int | None:
    """A number, or None where the setting allows it."""
    number = int if whole else float
    least, most = (None if limit is None else number(limit) for limit in limits_of(field))
    start = None if value is None else number(value)
    limits = {"min_value": least, "max_value": most, "step": 1 if whole else _step(start, most)}
    limits["format"] = "%d" if whole else "%g"
    if not is_optional(field):
        return st.number_input(label, value=start, **limits, **common)
    # Only a widget whose initial value is None can be emptied, so the initial value is set as if it had been typed.
    st.session_state.setdefault(common["key"], start)
    return st.number_input(label, value=None, placeholder="not set", **limits, **common)


def _step(value: float | None, most: float | None) -> float:
    """What one press of + adds to a number that is not whole: the power of ten of its first digit."""
    if not value:
        return 0.01 if most is not None and most <= 1 else 1.0
    return 10.0 ** math.floor(math.log10(abs(value)))
