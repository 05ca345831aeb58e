"""Positions in the recordings that a model was trained on: a take and a frame, `take@frame` in the address bar."""

import streamlit as st

from mariel.app.shell.messages import quoted
from mariel.app.shell.query_params import (
    ADD_POSITION,
    NEXT,
    QueryParam,
    SessionKey,
    report,
    requested,
    write,
)
from mariel.app.widgets.models import LoadedModel, converted_take
from mariel.app.widgets.recordings import open_recordings, profile_of
from mariel.errors import PhraseError
from mariel.generation.take_positions import RunTakes, TakePosition, other_takes, run_takes

MAX_CHAINED = 8
"""Phrases that one chain may have."""


def open_run_takes(model: LoadedModel) -> RunTakes:
    """The recordings that a model was trained on, opened and resampled once for all sessions.

    Raises:
        PhraseError: they are no longer there, or have changed; the message says what to do.
    """
    return run_takes(model.checkpoint, open_recordings, lambda take, _: converted_take(take, model))


def open_other_takes(model: LoadedModel, data: str) -> RunTakes:
    """Recordings that a model was not trained on, converted for it; each take once for all sessions.

    Raises:
        PhraseError: they cannot be opened or converted; the message says why.
    """
    return other_takes(model.checkpoint, data, open_recordings, lambda take, _: converted_take(take, model))


def most_active_position(takes: RunTakes, number: int = 0) -> TakePosition:
    """The most active phrase of a take, see `RunTakes.most_active`; each take is measured once for all sessions."""
    return takes.most_active(number, profile_of)


def pick_take_position(param: QueryParam, label: str, takes: RunTakes, default: TakePosition) -> TakePosition:
    """Ask for a take and a frame of it; one query parameter holds both.

    Args:
        param: the query parameter.
        label: what the position is for.
        takes: to choose from.
        default: the first choice.
    """
    take_key, frame_key = position_keys(param)
    wanted = requested(param, default=default, check=lambda text: _existing_position(text, takes))
    position = wanted or TakePosition(take_key.get(default.take), frame_key.get(default.frame))
    if position.take not in takes:
        position = default
    frame = min(max(position.frame, 0), takes.last(position.take))
    if (take_key.get(), frame_key.get()) != (position.take, frame):
        take_key.set(position.take)
        frame_key.set(frame)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    take = left.selectbox(
        label, list(takes), key=take_key, persist_state="session", on_change=_go_to_most_active, args=(param, takes),
        help="The take that it is from; another take opens at its most active phrase.",
    )  # fmt: skip
    if last := takes.last(take):
        right.slider("at frame", 0, last, key=frame_key, persist_state="session", help="Where in the take it begins.")
    position = TakePosition(take, int(frame_key.get()) if last else 0)
    write(param, str(position), shown=quoted(position.label(takes[take].fps)))
    return position


def position_keys(param: QueryParam) -> tuple[SessionKey, SessionKey]:
    """The widgets that ask for a position: its take and its frame."""
    return param.key.of("take"), param.key.of("frame")


def _existing_position(text: str, takes: RunTakes) -> TakePosition:
    position = TakePosition.parse(text)
    takes.phrase(position)
    return position


def _go_to_most_active(param: QueryParam, takes: RunTakes) -> None:
    take_key, frame_key = position_keys(param)
    frame_key.set(most_active_position(takes, list(takes).index(take_key.get())).frame)


def pick_take_positions(param: QueryParam, takes: RunTakes) -> list[TakePosition]:
    """Ask for several positions in their order; one query parameter holds all, separated by commas.

    Args:
        param: the query parameter.
        takes: to choose from.
    """
    first = [str(most_active_position(takes, number)) for number in range(3)]
    wanted = requested(param, default=",".join(first))
    if wanted is not None:
        param.key.set(_check_chain(param, wanted.split(","), takes))
    chain = [each for each in param.key.get(first) if _exists(each, takes)]
    if len(chain) < 2 and (wanted is not None or not param.key.exists):
        chain = first
    if chain != param.key.get():
        param.key.set(chain)
    with st.container(border=True):
        position = pick_take_position(NEXT, "Another phrase", takes, most_active_position(takes, 3))
        st.button(
            "Add this phrase", icon=":material/add_location:", key=ADD_POSITION, on_click=_add_position,
            args=(param, position), disabled=len(chain) >= MAX_CHAINED, help="At the end of the chain below.",
        )  # fmt: skip
    chosen = st.multiselect(
        "Phrases to chain", list(dict.fromkeys(chain)), format_func=takes.label, key=param.key,
        persist_state="session", max_selections=MAX_CHAINED, help="In this order. Remove one by its ×.",
    )  # fmt: skip
    write(param, ",".join(chosen) or None, shown=", ".join(quoted(takes.label(each)) for each in chosen))
    return [TakePosition.parse(each) for each in chosen]


def _check_chain(param: QueryParam, texts: list[str], takes: RunTakes) -> list[str]:
    """The positions of a link that exist; a warning names the first one that does not."""
    found, problem = [], None
    for text in texts[:MAX_CHAINED]:
        try:
            found.append(str(_existing_position(text, takes)))
        except PhraseError as error:
            problem = problem or (text, f"but {error}")
    if problem is None and len(texts) > MAX_CHAINED:
        problem = texts[MAX_CHAINED], f"but a chain has at most {MAX_CHAINED} phrases"
    if problem:
        report(param, *problem)
    return list(dict.fromkeys(found))


def _exists(text: str, takes: RunTakes) -> bool:
    try:
        _existing_position(text, takes)
    except PhraseError:
        return False
    return True


def _add_position(param: QueryParam, position: TakePosition) -> None:
    param.key.set(list(dict.fromkeys([*param.key.get([]), str(position)])))
