"""A flag for every setting of a run, made from the dataclasses that define the settings.

A flag that is not given leaves no trace in the parsed options, so that a preset, or the run that is gone on with,
keeps its own value.
"""

import argparse
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, fields, replace
from typing import Any, get_args

from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.models.settings import MODELS
from mariel.settings import flag, kinds_of
from mariel.training.settings import RunSettings, TrainSettings

_DESTINATION = "setting "
"""What the flags' places in the parsed options begin with, which no other option does."""

_WITHOUT_FLAG = {"data"}
"""Settings that are not given by a flag: DATA is."""

_NONE = "none"


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting, in groups: the data's, the training's, and each model's own."""
    for title, settings in (("data", DataSettings), ("training", TrainSettings)):
        group = parser.add_argument_group(title)
        for known in fields(settings):
            if known.name not in _WITHOUT_FLAG:
                _add_flag(group, {"": known})
    added = set()
    for kind, settings in MODELS.items():
        group = parser.add_argument_group(f"--model {kind}")
        for known in fields(settings):
            if known.name not in added:
                added.add(known.name)
                _add_flag(group, _owners(known.name))


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given by flags, by name."""
    start = len(_DESTINATION)
    return {key[start:]: value for key, value in vars(options).items() if key.startswith(_DESTINATION)}


def changed(base: RunSettings, given: Mapping[str, Any], model: str | None = None) -> RunSettings:
    """Settings with some of them changed.

    Args:
        base: a preset, or the settings of a run.
        given: settings by name; `hold_out` brings `split="takes"` with it.
        model: another kind of model, which begins with its own defaults.

    Raises:
        SettingsError: a value is out of range, or a setting is not one of the model's; the message names its flag.
    """
    given = dict(given)
    if "hold_out" in given:
        given.setdefault("split", "takes")
    start = base.model if model in (None, base.model.kind) else MODELS[model]()
    parts = {"model": start, "data": base.data, "train": base.train}
    mine = {group: {each.name for each in fields(part)} for group, part in parts.items()}
    for name in given:
        if not any(name in names for names in mine.values()):
            owners = " or ".join(f"--model {kind}" for kind in _owners(name))
            raise SettingsError(f"{flag(name)} goes with {owners} (got --model {start.kind})")
    return RunSettings(
        **{
            group: replace(part, **{name: value for name, value in given.items() if name in mine[group]})
            for group, part in parts.items()
        }
    )


def first_difference(settings: RunSettings, other: RunSettings) -> tuple[str, Any, Any] | None:
    """The first setting that is not the same in both: its flag and both values; None if all are the same."""
    if settings.model.kind != other.model.kind:
        return "--model", settings.model.kind, other.model.kind
    for group in ("data", "model", "train"):
        one, two = getattr(settings, group), getattr(other, group)
        for known in fields(one):
            values = getattr(one, known.name), getattr(two, known.name)
            if values[0] != values[1]:
                name = "DATA" if known.name in _WITHOUT_FLAG else flag(known.name)
                return name, *values
    return None


def _owners(name: str) -> dict[str, Field]:
    """The models that have a setting, by kind, and it."""
    return {kind: known for kind, settings in MODELS.items() for known in fields(settings) if known.name == name}


def _add_flag(group: argparse._ArgumentGroup, versions: Mapping[str, Field]) -> None:
    """Add the flag of a setting, of which several models may have versions, by kind of model."""
    known = next(iter(versions.values()))
    kinds = {kind for version in versions.values() for kind in kinds_of(version)}
    more: dict[str, Any] = {"type": _reader(versions.values(), kinds), "metavar": _metavar(known, kinds)}
    if kinds == {bool}:
        more = {"action": argparse.BooleanOptionalAction}
    elif tuple in kinds:
        more = {"action": "extend", "nargs": "+", "type": str, "metavar": "NAME"}
    group.add_argument(
        flag(known.name),
        dest=_DESTINATION + known.name,
        default=argparse.SUPPRESS,
        help=_help(versions).replace("%", "%%"),
        **more,
    )


def _help(versions: Mapping[str, Field]) -> str:
    """What a setting means and may be; each model's version of it where they differ."""
    texts = {kind: known.metadata["about"] + _facts(known) for kind, known in versions.items()}
    if len(set(texts.values())) > 1:
        return " ".join(f"[{kind}] {text}" for kind, text in texts.items())
    text = next(iter(texts.values()))
    return text if len(texts) == 1 else f"[{', '.join(texts)}] {text}"


def _facts(known: Field) -> str:
    """What help says of a setting's limits and default."""
    kinds, least, most = kinds_of(known), known.metadata["least"], known.metadata["most"]
    facts = []
    if least is not None and most is not None:
        facts.append(f"{_number(least)} to {_number(most)}")
    elif least is not None:
        facts.append(f"at least {_number(least)}")
    elif most is not None:
        facts.append(f"at most {_number(most)}")
    if type(None) in get_args(known.type):
        facts.append(f"'{_NONE}' for empty")
    if bool in kinds:
        facts.append(f"default {'yes' if known.default else 'no'}")
    elif tuple not in kinds:
        facts.append(f"default {'empty' if known.default is None else known.default}")
    return f" ({'; '.join(facts)})" if facts else ""


def _number(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


def _metavar(known: Field, kinds: set[type]) -> str:
    if known.metadata["choices"]:
        return "|".join(known.metadata["choices"])
    return "N" if float not in kinds and int in kinds else "X"


def _reader(versions: Iterable[Field], kinds: set[type]) -> Callable[[str], Any]:
    """What turns a flag's text into its value; limits and choices are checked by the settings themselves."""
    optional = any(type(None) in get_args(version.type) for version in versions)

    def read(text: str) -> Any:
        if optional and text.lower() == _NONE:
            return None
        if str in kinds:
            return text
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or (float not in kinds and number != int(number)):
            whole = "" if float in kinds else "whole "
            raise argparse.ArgumentTypeError(f"expected a {whole}number, found {text!r}")
        return number if float in kinds else int(number)

    return read
