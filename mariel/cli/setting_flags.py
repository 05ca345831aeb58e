"""Command-line flags for all settings of a run, made from the settings' fields.

A flag that is not given is absent from the parsed values, so that the value of a preset or of a resumed run stays.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from cyclopts import Group, Parameter
from pydantic.fields import FieldInfo

from mariel.cli.parameters import NONE, number_converter
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.models.settings import MODELS
from mariel.settings import choices_of, flag, is_optional, limits_of, value_types
from mariel.training.settings import RunSettings, TrainSettings

_WITHOUT_FLAG = {"data"}
"""Settings without a flag: `data` is the positional argument DATA."""


def setting_flags() -> Any:
    """A TypedDict with a key for every setting, from which flags are made: of data, of training, and of each model.

    It has the settings of the models that are registered when it is called.
    """
    flags: dict[str, Any] = {}
    for title, settings in (("data", DataSettings), ("training", TrainSettings)):
        group = Group(title, sort_key=len(flags))
        for name, field in settings.model_fields.items():
            if name not in _WITHOUT_FLAG:
                flags[name] = _flag(name, {"": field}, group)
    for kind, entry in MODELS.items():
        group = Group(f"--model {kind}", help=f"{entry.label}. {entry.help}", sort_key=len(flags))
        for name in entry.settings_class.model_fields:
            if name not in flags:
                flags[name] = _flag(name, _models_with(name), group)
    return TypedDict("SettingFlags", flags, total=False)  # pyright: ignore[reportArgumentType] - made at run time


def replace_settings(base: RunSettings, given: Mapping[str, Any], model: str | None = None) -> RunSettings:
    """Settings with some values replaced.

    Args:
        base: a preset, or the settings of a run.
        given: new values by setting name; `hold_out` implies `split="takes"`.
        model: another kind of model, which starts from its own defaults.

    Raises:
        SettingsError: a value is out of range, or the model has no such setting; the message names its flag.
    """
    given = dict(given)
    if "hold_out" in given:
        given.setdefault("split", "takes")
    start = base.model if model in (None, base.model.kind) else MODELS[model].settings_class.model_validate({})
    parts = {"model": start, "data": base.data, "train": base.train}
    names_of = {group: set(type(part).model_fields) for group, part in parts.items()}
    for name in given:
        if not any(name in names for names in names_of.values()):
            owners = " or ".join(f"--model {kind}" for kind in _models_with(name))
            raise SettingsError(f"{flag(name)} goes with {owners} (got --model {start.kind})")
    return RunSettings(
        **{
            group: part.replace(**{name: value for name, value in given.items() if name in names_of[group]})
            for group, part in parts.items()
        }
    )


def first_difference(settings: RunSettings, other: RunSettings) -> tuple[str, Any, Any] | None:
    """The first setting that differs between the two: its flag and both values; None if all are equal."""
    if settings.model.kind != other.model.kind:
        return "--model", settings.model.kind, other.model.kind
    for group in ("data", "model", "train"):
        part, other_part = getattr(settings, group), getattr(other, group)
        for name in type(part).model_fields:
            values = getattr(part, name), getattr(other_part, name)
            if values[0] != values[1]:
                return "DATA" if name in _WITHOUT_FLAG else flag(name), *values
    return None


def _models_with(name: str) -> dict[str, FieldInfo]:
    """The kinds of model that have a setting, each with its field."""
    return {
        kind: entry.settings_class.model_fields[name]
        for kind, entry in MODELS.items()
        if name in entry.settings_class.model_fields
    }


def _flag(name: str, versions: Mapping[str, FieldInfo], group: Group) -> Any:
    """The annotation of a setting's flag; `versions` are its fields by kind of model, which may differ."""
    types = {kind for version in versions.values() for kind in value_types(version)}
    optional = any(is_optional(version) for version in versions.values())
    options: dict[str, Any] = {"name": flag(name), "help": _help_text(versions), "group": group}
    if tuple in types:
        kind = list[str]
        options |= {"consume_multiple": True, "negative": (), "metavar": "NAME …"}
    elif str in types:  # its settings class checks the choices
        kind = str
        options |= {"metavar": "|".join(choices_of(next(iter(versions.values())))) or "TEXT"}
    elif types == {bool}:
        kind = bool
    else:
        whole = float not in types
        kind = int if whole else float
        options |= {
            "converter": number_converter(whole=whole, optional=optional),
            "n_tokens": 1,
            "metavar": "N" if whole else "X",
        }
    return Annotated[kind | None if optional else kind, Parameter(**options)]


def _help_text(versions: Mapping[str, FieldInfo]) -> str:
    """A setting's description, limits and default; one for each model where the models differ."""
    texts = {
        kind: (setting_field.description or "") + _limits_text(setting_field)
        for kind, setting_field in versions.items()
    }
    if len(set(texts.values())) > 1:
        return " ".join(f"[{kind}] {text}" for kind, text in texts.items())
    text = next(iter(texts.values()))
    return text if len(texts) == 1 else f"[{', '.join(texts)}] {text}"


def _limits_text(setting_field: FieldInfo) -> str:
    """A setting's limits and default, for the help text."""
    types, parts = value_types(setting_field), []
    minimum, maximum = limits_of(setting_field)
    if minimum is not None and maximum is not None:
        parts.append(f"{_format_number(minimum)} to {_format_number(maximum)}")
    elif minimum is not None:
        parts.append(f"at least {_format_number(minimum)}")
    elif maximum is not None:
        parts.append(f"at most {_format_number(maximum)}")
    if is_optional(setting_field):
        parts.append(f"'{NONE}' for empty")
    if bool in types:
        parts.append(f"default {'yes' if setting_field.default else 'no'}")
    elif tuple not in types:
        parts.append(f"default {'empty' if setting_field.default is None else setting_field.default}")
    return f" ({'; '.join(parts)})" if parts else ""


def _format_number(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"
