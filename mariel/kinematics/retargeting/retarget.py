"""Give a recording the markers of another set, on the dancer's own proportions."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mariel.errors import RecordingError
from mariel.kinematics.retargeting.anatomy import AnatomicalPose, anatomical_pose, joint_centres
from mariel.kinematics.retargeting.template import Template
from mariel.motion.io.loading import load_recordings
from mariel.motion.names import DEMO
from mariel.motion.recording import Recording
from mariel.motion.resampling import resampled

TEMPLATE_STEP = 10
"""Every so many frames of a dancer are used to measure where the markers are."""

MAX_TEMPLATE_FRAMES = 1_500

MIN_FRAMES = 2
"""Frames without missing markers that a recording needs."""


@dataclass(frozen=True)
class Retargeted:
    """A recording with other markers.

    Args:
        recording: the dance with the new markers.
        error_cm: mean distance between the joint centres of the new markers and those of the source, over hips,
            knees, ankles, shoulders, elbows and wrists.
        estimated: parts of the body that the source does not have: their markers move rigidly with a neighbour.
    """

    recording: Recording
    error_cm: float
    estimated: tuple[str, ...]

    @property
    def note(self) -> str:
        """What was done, as one sentence for people."""
        guessed = f"; {_in_words(self.estimated)} move rigidly with their neighbours" if self.estimated else ""
        return (
            f"the {self.recording.marker_set.describe()} on the dancer's own proportions, joints "
            f"{self.error_cm:.1f} cm from those recorded{guessed}"
        )


def retarget(recording: Recording, template: Template, *, fps: float | None = None) -> Retargeted:
    """The dance of a recording with the markers of a template.

    Args:
        recording: in metres, of a marker set with a jointed body. Frames in which a marker is missing stay missing.
        template: where the markers are, see `demo_template` and `template_of`.
        fps: frames per second of the result; by default the recording's.

    Raises:
        RecordingError: the recording's markers tell no body, its unit is not known, or no frame is complete.
    """
    fps = recording.fps if fps is None else fps
    positions = resampled(_metric(recording), recording.fps, fps)
    complete = _complete(recording, positions)
    pose = anatomical_pose(positions[complete], recording.marker_set)
    placed = np.full((len(positions), len(template.marker_set), 3), np.nan, np.float32)
    placed[complete] = template.place(pose)
    result = Recording.from_positions(
        recording.name, placed, template.marker_set,
        fps=fps, path=recording.path, synthetic=recording.synthetic,
        credit=recording.credit, licence=recording.licence,
    )  # fmt: skip
    return Retargeted(result, _joint_error(pose, placed[complete], template), pose.estimated)


def template_of(*recordings: Recording) -> Template:
    """Where a dancer's markers are on the body, measured in recordings of one marker set.

    Raises:
        RecordingError: see `retarget`.
    """
    marker_set = recordings[0].marker_set
    sampled = [_metric(each)[::TEMPLATE_STEP] for each in recordings if each.marker_set.labels == marker_set.labels]
    positions = np.concatenate(sampled)
    positions = positions[:: -(-len(positions) // MAX_TEMPLATE_FRAMES)]
    positions = positions[_complete(recordings[0], positions)]
    return Template.measure(positions, marker_set, anatomical_pose(positions, marker_set))


@lru_cache(maxsize=1)
def demo_template() -> Template:
    """Where Mariel's 53 markers are on the body of the synthetic demo dancer."""
    return template_of(*load_recordings(DEMO).values())


def _metric(recording: Recording) -> np.ndarray:
    """Positions (frames, markers, 3) in metres. Raises RecordingError if their unit is not known."""
    if recording.unit != "m":
        raise RecordingError(
            f"{recording.name}: other markers are placed in metres, and the unit of this recording is not known"
        )
    return recording.positions


def _complete(recording: Recording, positions: np.ndarray) -> np.ndarray:
    """The frames (frames,) without missing markers. Raises RecordingError if there are none."""
    complete = np.asarray(np.isfinite(positions).all(axis=(1, 2)))
    if complete.sum() < MIN_FRAMES:
        raise RecordingError(f"{recording.name}: no frame has all markers, so its body cannot be fitted")
    return complete


def _joint_error(pose: AnatomicalPose, placed: np.ndarray, template: Template) -> float:
    """Mean distance, centimetres, of joint centres read from placed markers from those of the source."""
    read = joint_centres(placed, template.marker_set)
    errors = [np.linalg.norm(read[name] - joint, axis=1).mean() for name, joint in pose.joints.items()]
    return 100 * float(np.mean(errors))


def _in_words(names: tuple[str, ...]) -> str:
    words = [name.replace("_", " ") for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
