"""A short form with what a file of motion does not say: answers are seen in the player before they are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from mariel.app.shell.messages import plain_text, show_error
from mariel.app.shell.query_params import ANSWER, CORRECT_FILE, FORGET_ANSWERS, KEEP_ANSWERS
from mariel.errors import MarielError, RecordingError
from mariel.motion.inference.array_axes import AXES
from mariel.motion.inference.assumption import Assumption
from mariel.motion.inference.body_size import body_size
from mariel.motion.io.description import (
    MotionDescription,
    Repair,
    describe_motion,
    forget_description,
    read_description,
    write_description,
)
from mariel.motion.io.loading import Recordings, load_recordings, recording_version
from mariel.motion.orientation import UP_AXES
from mariel.motion.recording import FPS_RANGE, Recording
from mariel.motion.units import UNIT_NAMES

BY_HEIGHT = "height"
"""The choice of a unit by the dancer's height."""

_UNITS = {**UNIT_NAMES, BY_HEIGHT: "by the dancer's height"}
_UP_WORDS = {axis: f"{axis[1]} up" if axis[0] == "+" else f"{axis[1]} down" for axis in UP_AXES}
_REPAIR_WORDS = {
    "start": "cut a pose before the dance",
    "spikes": "fill spikes",
    "frozen": "leave out frozen markers",
    "swapped": "undo swaps of left and right",
}
_QUESTION_WORDS = {
    "axes": "order of axes", "dancers": "number of dancers", "up": "which way is up", "unit": "unit of length",
    "fps": "frame rate", "mirrored": "left and right",
}  # fmt: skip
_ANCHOR = "file-questions"

HINT_HEIGHT = 38
"""Of the hint above the stage on a phone, with the room below it, pixels."""

_HINT = """
<style>
  .mariel-file-hint {{ display: none; }}
  [data-testid="stElementContainer"]:has(.mariel-file-hint) {{ display: none; }}
  @media (max-width: 640px) {{
    [data-testid="stElementContainer"]:has(.mariel-file-hint) {{ display: block; }}
    .mariel-file-hint {{ display: flex; gap: .5rem; height: 1.75rem; align-items: center; font-size: .85rem; }}
    .mariel-file-hint span {{ min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
    .block-container .mariel-file-hint a {{ flex: none; font-weight: 600; padding: .3rem 0; color: inherit; }}
  }}
</style>
<div class="mariel-file-hint"><span>Not sure: {questions}.</span><a href="#{anchor}">Answer below ↓</a></div>
"""
"""Where columns are side by side, the form is beside the stage and needs no hint."""

_AXIS_ORDERS = [
    ("frame", "marker", "xyz"),
    ("marker", "frame", "xyz"),
    ("xyz", "marker", "frame"),
    ("xyz", "frame", "marker"),
    ("frame", "xyz", "marker"),
    ("marker", "xyz", "frame"),
]


def has_form(take: Recording) -> bool:
    """Whether a take's file asks something, or was asked to be corrected."""
    if take.path is None or take.synthetic:
        return False
    return bool(_questions(take)) or bool(CORRECT_FILE.of(take.path).get(False))


def _questions(take: Recording) -> list[Assumption]:
    """What a take's file is asked about."""
    if take.path is None or take.synthetic:
        return []
    return [each for each in take.assumptions if each.is_question]


def with_answers(take: Recording, trim: int | None) -> Recording:
    """The take as its file is read with the answers that stand in the form, to be seen before they are kept."""
    if not has_form(take):
        return take
    path = _path(take)
    said = _answers(take)
    if said.is_empty:
        return take
    try:
        opened = _open_described(str(path), trim, said.model_dump_json(), recording_version(path))
    except RecordingError as error:
        show_error(str(error))
        return take
    answered = opened[take.name] if take.name in opened else next(iter(opened.values()))
    labels = take.marker_set.labels
    return answered.markers(take.marker_set) if set(labels) <= set(answered.marker_set.labels) else answered


@st.cache_resource(max_entries=8, show_spinner=False)
def _open_described(path: str, trim: int | None, said: str, version: tuple) -> Recordings:
    return load_recordings(path, trim=trim, description=MotionDescription.model_validate_json(said))


def show_questions_hint(take: Recording) -> int:
    """Say above the stage what is asked of a take's file, for phones, where the form is below the stage.

    Returns:
        The height that the hint takes on a phone, pixels; 0 if nothing is asked.
    """
    questions = [_QUESTION_WORDS[each.field] for each in _questions(take)]
    if not questions:
        return 0
    st.html(_HINT.format(questions=", ".join(questions), anchor=_ANCHOR))
    return HINT_HEIGHT


def show_file_form(take: Recording, answered: Recording) -> None:
    """Show the form, or a button that opens it.

    Args:
        take: as it was opened.
        answered: with the answers that stand in the form.
    """
    if take.path is None or take.synthetic:
        return
    path = take.path
    if not has_form(take):
        st.button(
            "Correct this file", key=CORRECT_FILE.of("open", path), on_click=CORRECT_FILE.of(path).set, args=(True,),
            icon=":material/tune:", type="tertiary",
            help="Which way is up, unit, frame rate, left and right, and faults to mend.",
        )  # fmt: skip
        return
    name = plain_text(path.name)
    with st.container(border=True):
        st.header(f"What {name} does not say" if _questions(take) else name, anchor=_ANCHOR)
        st.caption("Change an answer and watch the dancer; what you keep is not asked again.")
        kept = read_description(path)
        for field, show in _fields(take).items():
            show(take, field, kept)
        if answered.unit != "m":
            st.caption("Sizes stay in the unit of the file until it is known.")
        with st.container(horizontal=True):
            st.button(
                "Keep answers", key=KEEP_ANSWERS, type="primary", icon=":material/check:", on_click=_keep,
                args=(take,), help="Keep the answers beside the file.",
            )  # fmt: skip
            if not kept.is_empty:
                st.button(
                    "Forget", key=FORGET_ANSWERS, type="tertiary", on_click=_forget, args=(path,),
                    help="Delete what was kept about this file.",
                )  # fmt: skip
        if message := KEEP_ANSWERS.of("error").get():
            show_error(message)


def _path(take: Recording) -> Path:
    if take.path is None:
        raise RecordingError(f"{take.name} does not come from a file")
    return take.path


def _assumptions(take: Recording) -> dict[str, Assumption]:
    return {each.field: each for each in take.assumptions}


_ShowField = Callable[[Recording, str, MotionDescription], None]
"""Shows the field of a form, given the take, the field's name and the answers that are kept."""


def _fields(take: Recording) -> dict[str, _ShowField]:
    """The fields of the form: what is asked, or everything if the file is to be corrected."""
    everything: dict[str, _ShowField] = {
        "axes": _show_axes, "dancers": _show_dancers, "up": _show_up, "unit": _show_unit, "fps": _show_fps,
        "mirrored": _show_mirrored, "repairs": _show_repairs,
    }  # fmt: skip
    known = _assumptions(take)
    if CORRECT_FILE.of(take.path).get(False):
        optional = {"axes", "dancers"} - set(known)
        return {field: show for field, show in everything.items() if field not in optional}
    return {field: show for field, show in everything.items() if field in known and known[field].is_question}


def _key(take: Recording, field: str):
    return ANSWER.of(field, take.path)


def _current(take: Recording, field: str, kept: MotionDescription, default: Any) -> Any:
    """The value that a field begins with: the answer that is kept, or what is assumed."""
    answer = getattr(kept, field)
    if answer not in (None, ()):
        return answer
    assumption = _assumptions(take).get(field)
    return default if assumption is None or assumption.value is None else assumption.value


def _begin(take: Recording, field: str, value: Any) -> None:
    """Give a field its first value; a widget keeps its own from then on."""
    if not _key(take, field).exists:
        _key(take, field).set(value)


def _because(take: Recording, field: str) -> str | None:
    assumption = _assumptions(take).get(field)
    return plain_text(f"Assumed, since {assumption.because}.") if assumption and assumption.because else None


def _show_up(take: Recording, field: str, kept: MotionDescription) -> None:
    _begin(take, field, _current(take, field, kept, "+z"))
    st.selectbox(
        "Which axis points up?", UP_AXES, key=_key(take, field), format_func=lambda axis: _UP_WORDS[axis],
        help=_because(take, field),
    )  # fmt: skip


def _show_unit(take: Recording, field: str, kept: MotionDescription) -> None:
    current = _current(take, field, kept, BY_HEIGHT)
    _begin(take, field, current if isinstance(current, str) else BY_HEIGHT)
    st.selectbox(
        "In which unit?", list(_UNITS), key=_key(take, field), format_func=lambda unit: _UNITS[unit],
        help=_because(take, field),
    )  # fmt: skip
    if _key(take, field).get() == BY_HEIGHT:
        _begin(take, BY_HEIGHT, 1.7)
        st.number_input(
            "The dancer's height, m", 0.3, 3.0, step=0.01, key=_key(take, BY_HEIGHT),
            help="Of the person who danced, standing; the unit follows from it.",
        )  # fmt: skip


def _show_fps(take: Recording, field: str, kept: MotionDescription) -> None:
    _begin(take, field, float(_current(take, field, kept, take.fps)))
    low, high = FPS_RANGE
    st.number_input("Frames per second", low, high, step=1.0, key=_key(take, field), help=_because(take, field))


def _show_mirrored(take: Recording, field: str, kept: MotionDescription) -> None:
    _begin(take, field, bool(_current(take, field, kept, False)))
    st.toggle("Left and right are exchanged", key=_key(take, field), help=_because(take, field))


def _show_dancers(take: Recording, field: str, kept: MotionDescription) -> None:
    _begin(take, field, int(_current(take, field, kept, 1)))
    st.number_input("Dancers that alternate frame by frame", 1, 64, key=_key(take, field), help=_because(take, field))


def _show_axes(take: Recording, field: str, kept: MotionDescription) -> None:
    current = tuple(_current(take, field, kept, _AXIS_ORDERS[0]))
    orders = _AXIS_ORDERS if len(current) == 3 else [AXES, ("frame", "dancer", "marker", "xyz")]
    orders = list(dict.fromkeys([current, *orders]))
    _begin(take, field, current)
    st.selectbox(
        "Order of the array's axes", orders, key=_key(take, field), format_func=", ".join, help=_because(take, field)
    )


def _show_repairs(take: Recording, field: str, kept: MotionDescription) -> None:
    _begin(take, field, list(_current(take, field, kept, ())))
    st.multiselect(
        "Mend", get_args(Repair), key=_key(take, field), format_func=lambda repair: _REPAIR_WORDS[repair],
        placeholder="nothing", help="Faults that were found are listed in the sidebar.",
    )  # fmt: skip


def _answers(take: Recording) -> MotionDescription:
    """The answers that stand in the form, over those that are kept; empty before it was shown."""
    fields = [field for field in _fields(take) if _key(take, field).exists]
    said = {field: _key(take, field).get() for field in fields}
    if said.get("unit") == BY_HEIGHT:
        height = _key(take, BY_HEIGHT).get()
        stature = _stature_in_file(take)
        said["unit"] = height / stature if height and stature > 0 else None
    said = {field: tuple(value) if isinstance(value, list) else value for field, value in said.items()}
    return describe_motion(**said) if said else MotionDescription()


def _stature_in_file(take: Recording) -> float:
    """The dancer's stature in the unit of the file."""
    return body_size(take.sampled_source(), take.marker_set).stature / abs(take.signs[0])


def _keep(take: Recording) -> None:
    KEEP_ANSWERS.of("error").pop()
    path = _path(take)
    try:
        kept = read_description(path)
        said = dict(_answers(take).over(kept))
        if "repairs" in _fields(take):
            said["repairs"] = tuple(_key(take, "repairs").get(()))
        write_description(path, describe_motion(**said))
    except MarielError as error:
        KEEP_ANSWERS.of("error").set(str(error))
        return
    _close(take)


def _forget(path: Path) -> None:
    forget_description(path)
    CORRECT_FILE.of(path).pop()
    for field in (*MotionDescription.model_fields, BY_HEIGHT):
        ANSWER.of(field, path).pop()


def _close(take: Recording) -> None:
    CORRECT_FILE.of(take.path).pop()
    for field in (*MotionDescription.model_fields, BY_HEIGHT):
        _key(take, field).pop()
