"""Turn what a reader found in a file into recordings: one per dancer, z up, left on the left, metres.

What the file does not say is taken from the body, with how sure that is (`mariel.motion.inference`); what a person
has said (`mariel.motion.io.description`) counts before both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import require_size
from mariel.motion.faults.finding import MIN_JUMP
from mariel.motion.faults.repairing import repair
from mariel.motion.gaps import find_gaps, is_complete, longest_filled, zero_positions
from mariel.motion.inference.array_axes import infer_interleaved
from mariel.motion.inference.assumption import Assumption
from mariel.motion.inference.body_size import BodySize, body_size
from mariel.motion.inference.unit import infer_unit, is_human_size
from mariel.motion.inference.up_axis import MIN_MIRRORED_SHARE, infer_mirrored, infer_up
from mariel.motion.io.description import MotionDescription, metres_in
from mariel.motion.io.labels import clean_labels, require_marker_count
from mariel.motion.io.motion_file import NAMED_SETS, MotionFile, Subject, marker_set_of
from mariel.motion.io.registry import ReadOptions
from mariel.motion.io.subjects import subjects_with_common_names
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.known import with_segments
from mariel.motion.orientation import rotation_to_z_up
from mariel.motion.recording import FPS, Recording
from mariel.motion.units import unit_of_word

MAX_DANCERS = 256
"""Most dancers, or samples of a model, in one file."""

ASSUMED_FPS = 30.0
"""Frames per second of a file that says nothing, until a person does."""

SOURCE_UNITS = "source units"
"""The unit of positions whose length in metres is not known."""

_CONTRADICTION = 0.95  # confidence from which what the body shows is asked about against what the file says

_CENTRE_SHARE = 0.25  # statures from a body's centre within which a point that never moves can be its root
_SEGMENT_FRAMES = 2_000  # as many as are compared where markers have no names
_MEASURED_DANCERS = 4  # a file of a model's samples has hundreds


@dataclass(frozen=True, eq=False)
class _Dancer:
    """One body of a file: its name in the file, or none, positions (frames, columns, 3) and markers."""

    name: str
    positions: np.ndarray
    marker_set: MarkerSet
    columns: tuple[int, ...]

    @property
    def has_all_columns(self) -> bool:
        """Whether every column of the positions is one of the markers, in order."""
        return self.columns == tuple(range(self.positions.shape[1]))


def recordings_of_file(path: Path, content: MotionFile, options: ReadOptions) -> list[Recording]:
    """Recordings of what a reader found in a file: z up, left on the dancer's left, metres where the unit is known.

    Positions stay where they are, also in a memory-mapped file; they are turned and scaled when they are read.

    Raises:
        RecordingError: there are no frames, or more positions than are read, or a description does not fit the file.
    """
    said = options.description
    _require_content(content)
    dancers, assumptions = _find_dancers(content, said)
    dancers = [_with_described_markers(dancer, said) for dancer in dancers]
    bodies = [(_sampled(dancer), dancer.marker_set) for dancer in dancers[:_MEASURED_DANCERS]]
    sizes = [body_size(*body) for body in bodies]
    fps = _frame_rate(content, said)
    up = _up(content, said, bodies, sizes, float(fps.value))  # type: ignore[arg-type]
    order, signs = rotation_to_z_up(str(up.value))
    mirrored = _mirrored(content, said, [] if up.is_question else bodies, order, signs)
    unit = _unit(content, said, sizes)
    metres = 1.0 if unit.value is None else metres_in(unit.value)  # type: ignore[arg-type]
    flip = -1 if mirrored.value and not options.reference else 1
    factors = (signs[0] * metres, signs[1] * flip * metres, signs[2] * metres)
    assumptions = (*content.assumptions, *assumptions, up, mirrored, unit, fps)
    takes = []
    for number, dancer in enumerate(dancers, start=1):
        name = path.stem if len(dancers) == 1 else f"{path.stem} {dancer.name or number}"
        complete = is_complete(dancer.positions, zeros_are_missing=content.zeros_are_missing is not False)
        zeros_are_missing = _zeros_are_missing(content, dancer, sizes[0].stature, complete=complete)
        take = Recording(
            name,
            dancer.positions,
            _with_segments(dancer, zeros_are_missing),
            float(fps.value),  # type: ignore[arg-type]
            columns=dancer.columns,
            axes=(order[0], order[1], order[2]),
            signs=factors,
            unit=SOURCE_UNITS if unit.value is None else "m",
            path=path,
            gaps=()
            if complete
            else find_gaps(
                dancer.positions,
                max_filled_frames=longest_filled(float(fps.value)),  # type: ignore[arg-type]
                zeros_are_missing=zeros_are_missing,
            ),
            assumptions=assumptions,
            notes=content.notes,
            credit=content.credit,
            licence=content.licence,
        )
        takes.append(repair(take, said.repairs).trim(options.trim or 0))
    return takes


def _with_segments(dancer: _Dancer, zeros_are_missing: np.ndarray) -> MarkerSet:
    """The markers with the segments that their labels, lines or distances tell, see `with_segments`.

    Args:
        dancer: the body.
        zeros_are_missing: see `_zeros_are_missing`.
    """
    if dancer.marker_set.segments:
        return dancer.marker_set
    step, columns = max(1, len(dancer.positions) // _SEGMENT_FRAMES), list(dancer.columns)
    sampled = dancer.positions[::step]
    sampled = np.array(sampled if dancer.has_all_columns else sampled[:, columns], np.float32)
    if zeros_are_missing.any():
        frame, marker = zero_positions(sampled, zeros_are_missing[columns]).T
        sampled[frame, marker] = np.nan
    return with_segments(dancer.marker_set, sampled)


def _require_content(content: MotionFile) -> None:
    dancers, frames, markers, _ = content.positions.shape
    if not isinstance(content.positions, np.memmap):
        require_size(content.positions.nbytes)
    require_marker_count(markers)
    if frames == 0 or dancers == 0:
        raise RecordingError("expected frames, found none")
    if dancers > MAX_DANCERS:
        raise RecordingError(
            f"found {dancers:,} dancers, more than {MAX_DANCERS}: the axes seem to be in another order"
        )


def _find_dancers(content: MotionFile, said: MotionDescription) -> tuple[list[_Dancer], tuple[Assumption, ...]]:
    """Each body of a file, and how bodies were told apart where the file does not say."""
    names = content.dancers or ("",) * len(content.positions)
    columns = tuple(range(len(content.marker_set)))
    dancers = [
        _Dancer(name, positions, content.marker_set, columns)
        for name, positions in zip(names, content.positions, strict=True)
    ]
    if len(dancers) > 1:
        return dancers, ()
    (dancer,) = dancers
    if subjects := content.subjects or subjects_with_common_names(content.marker_set.labels):
        return [_dancer_of(dancer, subject) for subject in subjects], ()
    found = None
    if said.dancers is not None:
        found = Assumption("dancers", said.dancers, 1.0, "answer")
    elif not content.one_dancer_per_frame:
        found = infer_interleaved(dancer.positions)
    if found is None or found.value == 1:
        return dancers, (found,) if found else ()
    count = int(found.value)  # type: ignore[call-overload]
    frames = len(dancer.positions) // count
    if not frames:
        raise RecordingError(f"expected frames of {count} dancers, found {len(dancer.positions)} frames")
    return [
        replace(dancer, name=str(number + 1), positions=dancer.positions[number : frames * count : count])
        for number in range(count)
    ], (found,)


def _dancer_of(dancer: _Dancer, subject: Subject) -> _Dancer:
    """One body of a file that has several in one list of markers, with the names of its markers alone."""
    known = dancer.marker_set
    edges = known.subset([known.labels[column] for column in subject.columns], known.name).edges
    marker_set = marker_set_of(known.name, clean_labels(subject.labels), edges)
    return replace(dancer, name=subject.name, marker_set=marker_set, columns=subject.columns)


def _with_described_markers(dancer: _Dancer, said: MotionDescription) -> _Dancer:
    """The body with the markers that a description names: those of the file's, or new names for all of them.

    Raises:
        RecordingError: the names are neither.
    """
    if said.markers is None:
        return dancer
    known = dancer.marker_set
    if unknown := [label for label in said.markers if label not in known]:
        if len(said.markers) == len(known) and len(set(said.markers)) == len(known):
            return replace(dancer, marker_set=marker_set_of(known.name, said.markers, known.edges))
        raise RecordingError(
            f"the description names a marker {unknown[0][:40]!r} that the file does not have; give markers of the "
            f"file, or a name for each of its {len(known)}"
        )
    chosen = tuple(dict.fromkeys(said.markers))
    columns = tuple(dancer.columns[i] for i in known.indices(chosen))
    return replace(dancer, marker_set=known.subset(chosen, known.name), columns=columns)


def _sampled(dancer: _Dancer) -> np.ndarray:
    """Positions for inference, which looks at few frames itself; of a long take, 16 windows where this is a copy."""
    positions = dancer.positions
    if dancer.has_all_columns:
        return np.asarray(positions)
    if len(positions) > 20_000:
        starts = np.linspace(0, len(positions) - 1200, 16).astype(int)
        return np.concatenate([positions[start : start + 1200][:, list(dancer.columns)] for start in starts])
    return positions[:, list(dancer.columns)]


def _frame_rate(content: MotionFile, said: MotionDescription) -> Assumption:
    if said.fps is not None:
        return Assumption("fps", said.fps, 1.0, "answer")
    if content.fps is not None:
        return Assumption("fps", content.fps, 1.0, "file")
    if content.usual_fps is not None:
        return Assumption("fps", content.usual_fps, 0.9, "convention", "files of this kind have it")
    if content.marker_set.labels in NAMED_SETS:
        return Assumption("fps", FPS, 0.9, "convention", "Mariel's recordings have it")
    return Assumption("fps", ASSUMED_FPS, 0.2, "convention", "the file does not say it")


def _up(
    content: MotionFile,
    said: MotionDescription,
    bodies: Sequence[tuple[np.ndarray, MarkerSet]],
    sizes: Sequence[BodySize],
    fps: float,
) -> Assumption:
    if said.up is not None:
        return Assumption("up", said.up, 1.0, "answer")
    if content.up is not None and content.trusted:
        return Assumption("up", content.up, 1.0, "file")
    usual = None if content.up else content.usual_up
    inferred = infer_up(bodies, fps, usual, statures=[size.stature for size in sizes])
    if content.up is None:
        return inferred
    if inferred.value != content.up and inferred.confidence > _CONTRADICTION:
        because = f"the file says so, but along {inferred.value} {inferred.because}"
        return Assumption("up", content.up, 0.5, "file", because)
    return Assumption("up", content.up, 1.0, "file")


def _mirrored(
    content: MotionFile,
    said: MotionDescription,
    bodies: Sequence[tuple[np.ndarray, MarkerSet]],
    order: list[int],
    signs: tuple[int, int, int],
) -> Assumption:
    if said.mirrored is not None:
        return Assumption("mirrored", said.mirrored, 1.0, "answer")
    if content.mirrored is not None:
        return Assumption("mirrored", content.mirrored, 1.0, "file")
    found = [infer_mirrored(positions, marker_set, order, signs) for positions, marker_set in bodies]
    known = [each for each in found if each is not None]
    if known and all(each.value and each.confidence >= MIN_MIRRORED_SHARE for each in known):
        return known[0]
    return Assumption("mirrored", False, 0.9, "convention", "axes of motion capture are right-handed")


def _unit(content: MotionFile, said: MotionDescription, sizes: list[BodySize]) -> Assumption:
    if said.unit is not None:
        return Assumption("unit", said.unit, 1.0, "answer")
    word = unit_of_word(content.unit)
    if content.trusted:
        return Assumption(
            "unit", word, 0.0 if word is None else 1.0, "file", "the file that it was made from has none"
        )
    inferred = infer_unit(sizes)
    if word is not None:
        if any(is_human_size(size, metres_in(word)) for size in sizes) or not any(size.stature for size in sizes):
            return Assumption("unit", word, 1.0, "file")
        if inferred is not None:
            tall = max(size.stature for size in sizes) * metres_in(word)
            because = f"the file says {word}, but the dancer would be {tall:,.3g} m tall; {inferred.because}"
            return replace(inferred, confidence=0.5, because=because)
    return inferred or Assumption("unit", None, 0.0, "body", "no unit makes the dancer as large as a person")


def _columns_with_zeros(positions: np.ndarray, candidates: np.ndarray, chunk: int = 2048) -> list[int]:
    """Those of some columns that are at exactly (0, 0, 0) in any frame."""
    blocks = (np.asarray(positions[first : first + chunk]) for first in range(0, len(positions), chunk))
    return np.unique(np.concatenate([zero_positions(block, candidates)[:, 1] for block in blocks])).tolist()


def _zeros_are_missing(content: MotionFile, dancer: _Dancer, stature: float, *, complete: bool) -> np.ndarray:
    """For each column, whether (0, 0, 0) means that the marker was not seen, (columns,) of bool.

    Where the file does not say: of a marker that jumps there and back. A marker may pass the origin, and the root of
    a skeleton may stand on it in every frame, in the middle of the body.

    Args:
        content: what the reader found.
        dancer: the body.
        stature: of the body, in the file's unit.
        complete: whether no coordinate is 0, see `mariel.motion.gaps.is_complete`.
    """
    count = dancer.positions.shape[1]
    if content.zeros_are_missing is not None:
        return np.full(count, content.zeros_are_missing)
    missing = np.zeros(count, bool)
    if complete:
        return missing
    candidates = np.isin(np.arange(count), dancer.columns)
    for column in _columns_with_zeros(dancer.positions, candidates):
        path = np.asarray(dancer.positions[:, column], np.float64)
        zero = (path == 0).all(axis=1)
        if zero.all():
            some = dancer.positions[:: max(1, len(path) // 100)]
            others = np.asarray(some[:, list(dancer.columns)], np.float64)
            others[(others == 0).all(axis=2)] = np.nan
            others = others[np.isfinite(others).any(axis=(1, 2))]  # frames in which any marker is there
            distances = np.linalg.norm(np.nanmedian(others, axis=1), axis=1)
            missing[column] = not len(distances) or not np.nanmedian(distances) < _CENTRE_SHARE * stature
            continue
        beside = np.zeros(len(zero), bool)
        beside[1:] |= zero[:-1]
        beside[:-1] |= zero[1:]
        distances = np.linalg.norm(path[beside & ~zero], axis=1)
        missing[column] = np.nanmedian(distances) > MIN_JUMP * stature
    return missing
