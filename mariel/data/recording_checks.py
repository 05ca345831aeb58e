"""Checks that recordings can be preprocessed together, or by a preprocessing that was fitted before."""

from collections.abc import Mapping

from mariel.data.blocks import Block
from mariel.errors import PreprocessingError
from mariel.motion.recording import Recording
from mariel.motion.resampling import same_fps


def require_one_kind(recordings: Mapping[str, Recording]) -> None:
    """Check that takes have one marker set, frame rate and unit.

    Raises:
        PreprocessingError: they differ, or there are none.
    """
    if not recordings:
        raise PreprocessingError("there are no recordings to prepare")
    first_name, first = next(iter(recordings.items()))
    for name, take in recordings.items():
        differences = (
            ("marker set", take.marker_set.labels == first.marker_set.labels, _describe_markers, ""),
            (
                "frame rate",
                same_fps(take.fps, first.fps),
                lambda recording: f"{recording.fps:g} frames/s",
                "; mariel.motion.resampling.at_one_rate gives them one",
            ),
            ("unit", take.unit == first.unit, lambda recording: recording.unit, ""),
        )
        for what, is_same, describe, way_on in differences:
            if not is_same:
                raise PreprocessingError(
                    f"recordings must be of one kind to be prepared together: {what} of {name!r} is "
                    f"{describe(take)}, of {first_name!r} {describe(first)}{way_on}"
                )


def _describe_markers(recording: Recording) -> str:
    return f"{len(recording.marker_set)} markers"


def require_match(recording: Recording, *, labels: tuple[str, ...], fps: float, unit: str) -> None:
    """Check that a take has the markers, frame rate and unit that a preprocessing was fitted on.

    Raises:
        PreprocessingError: it has others.
    """
    found_labels = recording.marker_set.labels
    if found_labels != labels:
        differing = next(
            (found for found, fitted in zip(found_labels, labels, strict=False) if found != fitted), None
        )
        detail = f", the first that differs is {differing}" if differing else ""
        raise PreprocessingError(
            f"recording {recording.name!r}: the preprocessing was fitted on {len(labels)} markers, "
            f"found {len(found_labels)}{detail}"
        )
    if not same_fps(recording.fps, fps):
        raise PreprocessingError(
            f"recording {recording.name!r}: expected {fps:g} frames/s as fitted, found {recording.fps:g}"
        )
    if recording.unit != unit:
        raise PreprocessingError(
            f"recording {recording.name!r}: expected positions in {unit} as fitted, found {recording.unit}"
        )


def select_block(recordings: Mapping[str, Recording], block: Block) -> Recording:
    """The frames of a block.

    Raises:
        PreprocessingError: there is no take of that name.
    """
    if block.recording not in recordings:
        raise PreprocessingError(f"training frames of {block.recording!r} requested, there is no such recording")
    return recordings[block.recording].frames(block.start, block.stop)


def missing_message(recordings: Mapping[str, Recording], reference: bool) -> str:
    """Why nothing can be fitted to takes with missing markers."""
    incomplete = [name for name, take in recordings.items() if take.gaps]
    where = f" in {', '.join(incomplete)}" if incomplete else ""
    if reference:
        return f"reference mode cannot work with missing markers, and some are missing{where}: use the default mode"
    return f"there are no marker positions in the frames the scaling is fitted on{where}"
