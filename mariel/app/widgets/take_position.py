"""Moments of the recordings that a model has learned from: a take and a frame, `take@frame` in the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.query_params import asked_for, write_address
from mariel.app.widgets.pickers import clamp, keep_if_possible, liveliest_start, say_in_vain
from mariel.app.widgets.recordings import open_recordings, profile_of
from mariel.data.dataset import select_marker_set
from mariel.errors import MarielError, PhraseError
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint

MOST_STATIONS = 8
"""Moments that a walk may pass through."""


@dataclass(frozen=True)
class Moment:
    """Where a phrase begins, or a pose is held.

    Args:
        take: name of the take.
        frame: its frame, from 0.
    """

    take: str
    frame: int

    def __str__(self) -> str:
        return f"{self.take}@{self.frame}"

    @classmethod
    def parse(cls, address: str) -> "Moment":
        """The moment of an address such as `waltz_for_one@1234`.

        Raises:
            PhraseError: it is not one.
        """
        take, at, frame = address.rpartition("@")
        if not at or not take or not frame.isascii() or not frame.isdecimal():
            raise PhraseError(f"a moment is written take@frame, such as waltz_for_one@1234 (got {address!r})")
        return cls(take, int(frame))


class OwnTakes(Mapping[str, Recording]):
    """The takes a model has learned from, those that are long enough, by name.

    Args:
        takes: by name.
        length: frames of a phrase.
    """

    def __init__(self, takes: Mapping[str, Recording], length: int) -> None:
        self._takes, self.length = takes, length

    def __getitem__(self, name: str) -> Recording:
        return self._takes[name]

    def __iter__(self):
        return iter(self._takes)

    def __len__(self) -> int:
        return len(self._takes)

    def last(self, take: str) -> int:
        """The last frame of a take at which a whole phrase begins."""
        return len(self[take]) - self.length

    def phrase(self, moment: Moment) -> np.ndarray:
        """The phrase that begins at a moment, (frames, markers, 3), metres.

        Raises:
            PhraseError: there is none, or markers are missing in it.
        """
        if moment.take not in self:
            raise PhraseError(f"there is no take “{moment.take}” among this model's recordings")
        if not 0 <= moment.frame <= self.last(moment.take):
            raise PhraseError(
                f"“{moment.take}” has no phrase at frame {moment.frame:,}; the last one begins at "
                f"{self.last(moment.take):,}"
            )
        positions = self[moment.take].frames(moment.frame, moment.frame + self.length).positions
        if not np.isfinite(positions).all():
            raise PhraseError(f"markers are missing in the phrase of “{moment.take}” at frame {moment.frame:,}")
        return positions

    def liveliest(self, number: int = 0) -> Moment:
        """The liveliest phrase of the take of this number, counted round and round; the middle of later rounds."""
        name = list(self)[number % len(self)]
        begin = liveliest_start(profile_of(self[name]), self.length)
        return Moment(name, (begin + number // len(self) * self.length) % (self.last(name) + 1))


def own_takes(checkpoint: Checkpoint) -> OwnTakes:
    """Recordings that a model has learned from.

    Raises:
        MarielError: they are no longer there, or are others now; the message says what to do.
    """
    settings = checkpoint.settings.data
    try:
        recordings = select_marker_set(open_recordings(settings.data, trim=settings.trim), settings.marker_set)
    except MarielError as error:
        raise PhraseError(
            f"The recordings that “{checkpoint.run}” has learned from cannot be opened: {error}"
        ) from error
    fitting = {
        name: take for name, take in recordings.items()
        if take.marker_set.labels == checkpoint.marker_set.labels
        and abs(take.fps - checkpoint.fps) < 1e-3
        and len(take) >= checkpoint.model.length
    }  # fmt: skip
    if not fitting:
        raise PhraseError(f"No take in {settings.data} has the markers that “{checkpoint.run}” knows any more.")
    return OwnTakes(fitting, checkpoint.model.length)


def pick_moment(
    key: str, label: str, takes: OwnTakes, default: Moment, *, notes: DeltaGenerator | None = None
) -> Moment:
    """Ask for a take and a frame of it; both sit under one name in the address bar.

    Args:
        key: the name in the address.
        label: what the moment is for.
        takes: what there is.
        default: where to begin.
        notes: where to say what a link asks for in vain; below the question if None.
    """
    take_key, frame_key = f"{key} take", f"{key} frame"
    asked, problem = asked_for(key), None
    if asked is not None:
        try:
            moment = Moment.parse(asked)
            takes.phrase(moment)
        except PhraseError as error:
            problem = f"This link begins at “{asked}”, but {error}."
        else:
            st.session_state[take_key], st.session_state[frame_key] = moment.take, moment.frame
    keep_if_possible(take_key, list(takes))
    if take_key not in st.session_state:
        st.session_state[take_key], st.session_state[frame_key] = default.take, default.frame
    st.session_state.setdefault(frame_key, default.frame)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    take = left.selectbox(
        label, list(takes), key=take_key, persist_state="session", on_change=_to_its_liveliest, args=(key, takes)
    )
    last = takes.last(take)
    clamp(frame_key, 0, last)
    if last:
        right.slider("at frame", 0, last, key=frame_key, persist_state="session")
    moment = Moment(take, int(st.session_state[frame_key]))
    say_in_vain(key, f"{problem} You see “{moment}” instead." if problem else None, moment, notes)
    write_address(key, str(moment))
    return moment


def _to_its_liveliest(key: str, takes: OwnTakes) -> None:
    take = st.session_state[f"{key} take"]
    st.session_state[f"{key} frame"] = takes.liveliest(list(takes).index(take)).frame


def pick_stations(key: str, takes: OwnTakes, *, notes: DeltaGenerator | None = None) -> list[Moment]:
    """Ask for moments to pass through, in their order; the address has them with commas between.

    Args:
        key: the name in the address.
        takes: what there is.
        notes: see `pick_moment`.
    """
    asked, problem = asked_for(key), None
    if asked is not None:
        found = []
        for address in asked.split(",")[:MOST_STATIONS]:
            try:
                moment = Moment.parse(address)
                takes.phrase(moment)
                found.append(str(moment))
            except PhraseError as error:
                problem = f"This link passes through “{address}”, but {error}."
        st.session_state[key] = found
    if key in st.session_state:
        st.session_state[key] = [each for each in st.session_state[key] if _is_there(each, takes)]
    if len(st.session_state.get(key, ())) < 2 and (asked is not None or key not in st.session_state):
        st.session_state[key] = [str(takes.liveliest(number)) for number in range(3)]
    with st.container(border=True):
        moment = pick_moment("next", "Another moment", takes, takes.liveliest(3), notes=notes)
        st.button(
            "Add it to the walk", icon=":material/add_location:", on_click=_add_station, args=(key, moment),
            disabled=len(st.session_state[key]) >= MOST_STATIONS,
        )  # fmt: skip
    options = list(dict.fromkeys(st.session_state[key]))
    chosen = st.multiselect(
        "The walk passes through", options, key=key, persist_state="session", max_selections=MOST_STATIONS,
        help="In this order. Take one out by its ×.",
    )  # fmt: skip
    said = f"{problem} It is left out." if problem else None
    say_in_vain(key, said, tuple(chosen), notes)
    write_address(key, ",".join(chosen))
    return [Moment.parse(each) for each in chosen]


def _is_there(address: str, takes: OwnTakes) -> bool:
    try:
        takes.phrase(Moment.parse(address))
    except PhraseError:
        return False
    return True


def _add_station(key: str, moment: Moment) -> None:
    st.session_state[key] = list(dict.fromkeys([*st.session_state[key], str(moment)]))
