"""A dance beside the phrase of the Browse page: any take at any time, the same take at another, or a favourite."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from mariel.app.shell.messages import plain_text, quoted, show_warning
from mariel.app.shell.query_params import (
    BODY,
    COMPARED_DANCE,
    COMPARED_FRAME,
    COMPARED_GONE,
    COMPARED_OF,
    FAVOURITE,
    report,
    requested,
    write,
)
from mariel.app.widgets.bodies.body_choice import body_suffix, change_between, take_body
from mariel.app.widgets.favourites.favourites_list import favourite_label, favourite_recording, visitors_favourites
from mariel.app.widgets.pickers import BodyViewOptions, shown_positions
from mariel.app.widgets.recordings import cache_key, profile_of
from mariel.errors import MarielError, PhraseError
from mariel.export.html import SYNTHETIC_CREDIT, take_credit
from mariel.generation.favourites import Favourite, find_favourite
from mariel.generation.take_positions import TakePosition
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.quality import most_active_start
from mariel.motion.recording import Recording
from mariel.stage.scene import Dancer, Scene
from mariel.stage.side_by_side import Motion, comparison_notes, side_by_side_scene

NOTHING = ""
"""The choice of no dance."""

_FAVOURITE = "favourite:"
"""What the choice of a favourite begins with; its ID follows. That of a take is its name and an @."""


@dataclass(frozen=True, eq=False)
class ComparedDance:
    """A dance beside the phrase.

    Args:
        phrase: of a take, or a whole favourite.
        whole: the take or the favourite.
        label: its name, as the player shows it.
        name: likewise for files.
        credit: what it is and where it comes from.
    """

    phrase: Recording
    whole: Recording
    label: str
    name: str
    credit: str


@dataclass(frozen=True)
class _Choice:
    """What a link asks for: an option of the control, and the frame of a take."""

    option: str
    frame: int = 0


def pick_compared_dance(
    recordings: Mapping[str, Recording], take: Recording, phrase: Recording
) -> ComparedDance | None:
    """Ask in the sidebar which dance to show beside the phrase, and here at which frame a take begins.

    Args:
        recordings: takes to choose from.
        take: that the phrase is from, with the markers that are shown.
        phrase: a part of it.
    """
    linked = requested(COMPARED_DANCE, default=_Choice(NOTHING), check=lambda text: _find(text, recordings))
    if linked is not None:
        COMPARED_DANCE.key.set(linked.option)
        COMPARED_GONE.pop()
    favourites, _ = visitors_favourites(FAVOURITE.value, _favourite_id(COMPARED_DANCE.value))
    option = _pick_option(recordings, favourites)
    if option == NOTHING:
        write(COMPARED_DANCE, None, shown=COMPARED_DANCE.empty)
        return None
    if favourite_id := _favourite_id(option):
        return _favourite(favourites[favourite_id], take)
    return _phrase_of(recordings[option.removesuffix("@")], take, phrase, linked)


def _pick_option(recordings: Mapping[str, Recording], favourites: Mapping[str, Favourite]) -> str:
    """Ask in the sidebar for one of the takes and favourites; what was chosen and is gone is said there."""
    names = {NOTHING: "none"}
    names |= {f"{name}@": name for name in recordings}
    names |= {f"{_FAVOURITE}{each.id}": f"favourite: {favourite_label(each)}" for each in favourites.values()}
    _drop_if_gone(names)
    option = st.sidebar.selectbox(
        "Beside it",
        list(names),
        key=COMPARED_DANCE.key,
        format_func=lambda each: names.get(each) or str(each),
        on_change=COMPARED_GONE.pop,
        persist_state="session",
        help="A second dance on the same floor and clock: another take, another time of this one, or a favourite. "
        "Both begin facing the same way.",
    )
    if COMPARED_GONE.exists:
        with st.sidebar:
            show_warning(COMPARED_GONE.get())
    return option


def phrase_scene(
    take: Recording, phrase: Recording, options: BodyViewOptions, compared: ComparedDance | None
) -> Scene:
    """The scene of the page: the phrase alone, or with the other dance at its side.

    What must be known of both is said where this is called.
    """
    suffix = body_suffix(BODY.value if options.change else "")
    if compared is None:
        dancer = Dancer(shown_positions(phrase, options), phrase.marker_set, skeleton=options.skeleton)
        # Stages are narrow, and the page says elsewhere from which frame the phrase is.
        title = f"{take.name}{suffix}" if suffix else scene_name(take, phrase, None)
        return Scene([dancer], fps=take.fps, trails=options.trails, style=options.style, title=title)
    labels = (_label(take, phrase), compared.label)
    bodies = (options, _on_the_same_body(options, compared))
    motions = [
        Motion.of(each, label=label, skeleton=options.skeleton, positions=shown_positions(each, body))
        for each, label, body in zip((phrase, compared.phrase), labels, bodies, strict=True)
    ]
    for note in comparison_notes(motions):
        st.caption(plain_text(note))
    title = f"{take.name} beside {compared.phrase.name}".replace("_", " ") + suffix
    return side_by_side_scene(motions, trails=options.trails, style=options.style, title=title)


def _on_the_same_body(options: BodyViewOptions, compared: ComparedDance) -> BodyViewOptions:
    """The view options for the other dance: it gets the chosen body too, where its markers allow it."""
    if options.change is None:
        return options
    try:
        change = change_between(take_body(compared.whole), options.change.other, compared.whole.marker_set)
    except MarielError:
        st.caption(f"{plain_text(compared.label)} is on its own body: its markers differ from those of the phrase.")
        return replace(options, change=None)
    return replace(options, change=change)


def scene_name(take: Recording, phrase: Recording, compared: ComparedDance | None) -> str:
    """The name of the scene's files: which frames of which takes."""
    name = f"{take.name} from frame {phrase.start - take.start:,}"
    return name if compared is None else f"{name} beside {compared.name}"


def scene_credit(take: Recording, phrase: Recording, compared: ComparedDance | None) -> str:
    """What the dances of the scene are and where they come from."""
    credit = take_credit(take, phrase)
    if compared is None:
        return credit
    if SYNTHETIC_CREDIT in compared.credit:  # once is enough
        credit = credit.removesuffix(SYNTHETIC_CREDIT).strip()
    return f"{credit} Beside it: {compared.credit}"


def _label(take: Recording, phrase: Recording) -> str:
    return TakePosition(take.name, phrase.start - take.start).label(take.fps)


def _favourite_id(option: str | None) -> str | None:
    """The ID of the favourite that is an option of the control; None for another option."""
    if option is None or not option.startswith(_FAVOURITE) or option.endswith("@"):
        return None
    return option.removeprefix(_FAVOURITE)


def _find(text: str, recordings: Mapping[str, Recording]) -> _Choice:
    """What the text of a link asks for.

    Raises:
        PhraseError: it is no position in one of the takes.
        CheckpointError: there is no such favourite.
    """
    if favourite_id := _favourite_id(text):
        return _Choice(f"{_FAVOURITE}{find_favourite(favourite_id).id}")
    position = TakePosition.parse(text)
    if position.take not in recordings:
        raise PhraseError(f"there is no take “{position.take}” among these recordings")
    return _Choice(f"{position.take}@", position.frame)


def _drop_if_gone(names: Mapping[str, str]) -> None:
    """Choose nothing in place of a dance that is no longer there, and say so until something is chosen."""
    option = COMPARED_DANCE.value
    if not option or option in names:
        return
    name = (_favourite_id(option) or option.removesuffix("@")).rpartition("/")[2]
    COMPARED_GONE.set(f"“{name.replace('_', ' ')}” is no longer there, so nothing is shown beside the phrase.")
    COMPARED_DANCE.key.set(NOTHING)


def _favourite(favourite: Favourite, take: Recording) -> ComparedDance | None:
    write(COMPARED_DANCE, f"{_FAVOURITE}{favourite.id}", shown=quoted(favourite.name))
    try:
        dance = _with_markers_like(favourite_recording(favourite), take)
    except MarielError as error:
        show_warning(str(error), icon=":material/broken_image:")
        return None
    return ComparedDance(dance, dance, favourite.name, favourite.name, favourite.credit)


def _phrase_of(other: Recording, take: Recording, phrase: Recording, linked: _Choice | None) -> ComparedDance:
    """As many seconds of a take as the phrase has, from a frame that is asked for."""
    other = _with_markers_like(other, take)
    length = min(max(1, round(phrase.duration * other.fps)), len(other))
    last = len(other) - length
    of = (cache_key(other)[:-2], last)
    if linked is not None and linked.frame > last:
        reason = f"but the last phrase of that take begins at frame {last:,}"
        report(COMPARED_DANCE, f"{other.name}@{linked.frame}", reason)
    if linked is not None and linked.frame <= last:
        COMPARED_FRAME.set(linked.frame)
    elif linked is not None or COMPARED_OF.get((None,))[0] != of[0]:
        COMPARED_FRAME.set(_first_frame(other, length, take, phrase))
    elif COMPARED_OF.get() != of:
        COMPARED_FRAME.set(min(COMPARED_FRAME.get(0), last))
    COMPARED_OF.set(of)
    frame = 0
    if last:
        frame = st.slider(
            f"“{plain_text(other.name.replace('_', ' '))}” beside it begins at frame",
            0,
            last,
            key=COMPARED_FRAME,
            persist_state="session",
            help="Where in the take the dance beside the phrase begins; it is as long as the phrase.",
        )
    part = other.frames(frame, frame + length)
    name = scene_name(other, part, None)
    write(COMPARED_DANCE, f"{other.name}@{frame}", shown=quoted(name))
    return ComparedDance(part, other, _label(other, part), name, take_credit(other, part))


def _first_frame(other: Recording, length: int, take: Recording, phrase: Recording) -> int:
    """Where a take begins at first: at the same time as the phrase, or at its most active phrase if it is shorter.

    The take of the phrase itself begins a phrase later, or earlier at its end: the same twice would show nothing.
    """
    first, last = phrase.start - take.start, len(other) - length
    if cache_key(other) == cache_key(take):
        later, earlier = first + length, max(first - length, 0)
        return later if later <= last else earlier
    same_time = round(first / take.fps * other.fps)
    return same_time if same_time <= last else min(most_active_start(profile_of(other), length), last)


def _with_markers_like(other: Recording, take: Recording) -> Recording:
    """The recording with the 18 markers of the notebook's reduced set, if that is what the take has of the 53."""
    return other.markers(MARIEL_18) if (take.marker_set, other.marker_set) == (MARIEL_18, MARIEL_53) else other
