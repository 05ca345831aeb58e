"""Widgets whose values are part of links: each takes its key, limits and default from its query parameter.

They stay from page to page, and a value of the link that cannot be used gives a warning, see
`mariel.app.shell.query_params`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.messages import quoted
from mariel.app.shell.query_params import LIMITS, QueryParam, check_bound, requested, write

_PERSISTENT = {"persist_state": "session"}


def slider(
    param: QueryParam,
    label: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    default: float | None = None,
    step: float | None = None,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> Any:
    """A slider for a number.

    Args:
        param: the query parameter, which must be bound.
        label: of the slider.
        minimum, maximum, default: where the parameter declares none, or the page's data allow less.
        step: between two values.
        place: where to show it; here if None.
        **options: of `st.slider`.
    """
    minimum, maximum, default = _limits(param, minimum, maximum, default)
    return (place or st).slider(
        label, minimum, maximum, default, step, key=param.key, bind="query-params", **_PERSISTENT, **options
    )


def number_input(
    param: QueryParam,
    label: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    default: float | None = None,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> Any:
    """A field for a number, which can be empty where the parameter has no default; for the arguments see `slider`."""
    minimum, maximum, default = _limits(param, minimum, maximum, default)
    return (place or st).number_input(
        label, minimum, maximum, default, key=param.key, bind="query-params", **_PERSISTENT, **options
    )


def _limits(param: QueryParam, *given: float | None) -> tuple:
    """The limits and the default that hold now; where they are others than before, the value is brought inside."""
    declared = (param.minimum, param.maximum, param.default)
    limits = tuple(ours if own is None else own for own, ours in zip(given, declared, strict=True))
    minimum, maximum, default = limits
    linked = check_bound(param, minimum=minimum, maximum=maximum)
    before = LIMITS.of(param.key)
    if before.get(limits) != limits and not linked:
        # Streamlit makes another widget then, which would show its default while the page still uses the old value.
        value, (*_, former_default) = param.key.get(default), before.get(limits)
        if value == former_default:
            value = default
        if value is not None:
            value = max(value, minimum) if maximum is None else min(max(value, minimum), maximum)
        param.key.set(value)
    before.set(limits)
    return limits


def toggle(param: QueryParam, label: str, *, place: DeltaGenerator | None = None, **options: Any) -> bool:
    """A switch; `**options` are those of `st.toggle`."""
    check_bound(param)
    return (place or st).toggle(
        label, param.default, key=param.key, bind="query-params", **_PERSISTENT, **options
    )  # fmt: skip


def text_input(param: QueryParam, label: str, default: str, *, place: DeltaGenerator | None = None, **options) -> str:
    """A field for a text; `**options` are those of `st.text_input`."""
    check_bound(param)
    return (place or st).text_input(
        label, default, key=param.key, bind="query-params", **_PERSISTENT, **options
    )  # fmt: skip


def selectbox(
    param: QueryParam,
    label: str,
    choices: Sequence[str],
    *,
    default: str | None = None,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> str:
    """A box to choose one of several texts; a choice that is no longer among them gives way to the default.

    Args:
        param: the query parameter, which must be bound.
        label: of the box.
        choices: there must be one; they are shown as they are.
        default: chosen at first; the first choice if None.
        place: where to show it; here if None.
        **options: of `st.selectbox`.
    """
    choices = list(choices)
    check_bound(param, choices=choices)
    default = default if default in choices else choices[0]
    replace_invalid_choice(param, choices, default)
    index = choices.index(default)
    return (place or st).selectbox(
        label, choices, index, key=param.key, bind="query-params", **_PERSISTENT, **options
    )  # fmt: skip


def segmented_control(
    param: QueryParam,
    label: str,
    choices: Sequence[Any] | None = None,
    *,
    default: Any = None,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> Any:
    """Buttons of which one is chosen, shown as they are; see `labelled` for others.

    Args:
        param: the query parameter, which must be bound.
        label: of the control.
        choices: those that the parameter declares if None.
        default: chosen at first; the declared default if None, or the first choice.
        place: where to show it; here if None.
        **options: of `st.segmented_control`.
    """
    choices = list(param.choices if choices is None else choices)
    default = next(each for each in (default, param.default, choices[0]) if each in choices)
    check_bound(param, choices=choices)
    replace_invalid_choice(param, choices, default)
    return (place or st).segmented_control(
        label, choices, default=default, required=True, key=param.key, bind="query-params", **_PERSISTENT, **options
    )


def multiselect(
    param: QueryParam,
    label: str,
    choices: Sequence[str],
    *,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> tuple[str, ...]:
    """A box to choose several texts, at most `param.longest`; those that are no longer there are left out."""
    choices = list(choices)
    check_bound(param, choices=choices)
    kept = [each for each in param.value or () if each in choices]
    if kept != list(param.value or ()):
        param.key.set(kept)
    return tuple(
        (place or st).multiselect(
            label,
            choices,
            key=param.key,
            max_selections=param.max_items,
            bind="query-params",
            **_PERSISTENT,
            **options,
        )
    )


def labelled(
    param: QueryParam,
    label: str,
    *,
    format_func: Callable[[Any], str] | None = None,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> Any:
    """Buttons of which one is chosen, shown under labels of their own, while links hold the choices themselves.

    So labels can change while old links stay valid; a bound widget would write its label into the address.

    Args:
        param: the query parameter, which must not be bound; its choices are offered, under its labels.
        label: of the control.
        format_func: how a choice is shown; the parameter's labels if None.
        place: where to show it; here if None.
        **options: of `st.segmented_control`.
    """
    choices = list(param.choices)
    wanted = requested(param)
    if wanted is not None:
        param.key.set(wanted)
    if not param.key.exists:
        param.key.set(param.default)
    replace_invalid_choice(param, choices, param.default)
    chosen = (place or st).segmented_control(
        label, choices, format_func=format_func or param.label, required=True, key=param.key, **_PERSISTENT, **options
    )
    write(param, chosen)
    return chosen


def labelled_multiselect(
    param: QueryParam,
    label: str,
    labels: Mapping[str, str],
    *,
    place: DeltaGenerator | None = None,
    **options: Any,
) -> tuple[str, ...]:
    """A box to choose several texts that are shown under labels of their own; links hold the texts, see `labelled`.

    Args:
        param: the query parameter, which must not be bound.
        label: of the box.
        labels: of the texts, in the order in which they are offered.
        place: where to show it; here if None.
        **options: of `st.multiselect`.
    """
    wanted = requested(param, choices=list(labels))
    before = param.value or () if wanted is None else wanted
    kept = [each for each in before if each in labels]
    if wanted is not None or kept != list(param.value or ()):
        param.key.set(kept)
    chosen = (place or st).multiselect(
        label,
        list(labels),
        format_func=lambda text: labels.get(text, text),
        key=param.key,
        max_selections=param.max_items,
        **_PERSISTENT,
        **options,
    )
    write(param, tuple(chosen), shown=", ".join(quoted(labels[each]) for each in chosen) or None)
    return tuple(chosen)


def labelled_selectbox(
    param: QueryParam, label: str, labels: Mapping[str, str], *, place: DeltaGenerator | None = None, **options: Any
) -> str:
    """A box to choose one of several texts that are shown under labels of their own, see `labelled`.

    Args:
        param: the query parameter, which must not be bound; its default must be among the texts.
        label: of the box.
        labels: of the texts, in the order in which they are offered.
        place: where to show it; here if None.
        **options: of `st.selectbox`.
    """
    wanted = requested(param, choices=list(labels))
    if wanted is not None or not param.key.exists:
        param.key.set(param.default if wanted is None else wanted)
    replace_invalid_choice(param, list(labels), param.default)
    chosen = (place or st).selectbox(
        label,
        list(labels),
        format_func=lambda text: labels.get(text, text),
        key=param.key,
        **_PERSISTENT,
        **options,
    )
    write(param, chosen, shown=quoted(labels[chosen]))
    return chosen


def replace_invalid_choice(param: QueryParam, choices: Sequence, default: Any) -> None:
    """Choose the default in place of a choice that is no longer there.

    It is not enough to forget the choice: the browser keeps what its widget shows until it is told another value.
    """
    if param.key.exists and param.value not in choices:
        param.key.set(default)
