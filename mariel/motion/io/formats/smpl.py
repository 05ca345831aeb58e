"""Read AMASS and other files of SMPL's family: joint rotations, which become positions on a skeleton of our own."""

from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import MAX_POSITION_BYTES, NpzArchive, open_npy_array, require_size
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npy_layout import ROTATION_WIDTHS, npy_layout
from mariel.motion.io.npz_layout import POSE_KEYS, npz_layout, rate_of, up_of
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.recording import Recording
from mariel.motion.smpl.skeleton import HEIGHT, JOINTS, MODELS, edges, joint_positions

AMASS_RATES = ("mocap_framerate", "mocap_frame_rate")
"""Arrays that AMASS's files have, whose z axis points up."""

NO_TRANSLATION = "no trans: the dancer stays in place"

_ROOT = ("root_orient", "global_orient")
_BODY = ("pose_body", "body_pose")
_HANDS = (("pose_hand",), ("left_hand_pose", "right_hand_pose"))
_TRANSLATION = ("trans", "transl", "smpl_trans", "root_trans")
_WHOLE = tuple(key for key in POSE_KEYS if key not in _BODY)


@register_format(
    "smpl",
    files="`*.npz` of AMASS, SMPL, SMPL-H or SMPL-X",
    expects="`poses`, or `root_orient` and `pose_body`, with `trans` and a rate: joint rotations, put on a neutral "
    "skeleton of 1.70 m; the body's shape (`betas`) is not used, and no body model is needed",
    suffixes=(".npz",),
    sniff=lambda path, head: npz_layout(path, head) == "smpl",
)
def read_smpl(path: Path, options: ReadOptions) -> list[Recording]:
    """Joint positions of body parameters; one recording, or one per person where there is an axis of people.

    Raises:
        RecordingError: the rotations are of no known number of joints, or differ from the translation in frames.
    """
    with NpzArchive(path) as archive:
        rotations = _rotations(archive)
        people, frames = rotations.shape[:2]
        translation, notes = _translation(archive, people, frames)
        amass = any(name in archive for name in AMASS_RATES)
        fps, up = rate_of(archive), up_of(archive) or ("+z" if amass else None)
    content = _content(path, rotations, translation, notes, fps=fps, up=up)
    return recordings_of_file(path, content, options)


@register_format(
    "smpl rotations",
    files="`*.npy`, 66, 72, 156 or 165 columns",
    expects="joint rotations of SMPL's family in radians, (frames, 3 × joints), if they are like those of a person; "
    "no translation: the dancer stays in place; the rate is asked for",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "rotations",
)
def read_smpl_rotations(path: Path, options: ReadOptions) -> list[Recording]:
    """Joint positions of an array of rotations alone, which says neither which axis is up nor its rate.

    Raises:
        RecordingError: some are no numbers.
    """
    rotations = open_npy_array(path)
    joints = ROTATION_WIDTHS[rotations.shape[1]]
    taken = (
        f"its numbers are taken for the rotations of {MODELS[joints]}'s {joints} joints in radians; if they are x, y "
        f"and z of {joints} markers, save array.reshape(-1, {joints}, 3)"
    )
    positions = np.zeros((1, len(rotations), 3))
    content = _content(path, _in_joints(rotations, "the array"), positions, notes=(taken, NO_TRANSLATION))
    return recordings_of_file(path, content, options)


def _content(
    path: Path, rotations: np.ndarray, translation: np.ndarray, notes: tuple[str, ...], **said
) -> MotionFile:
    """Positions of rotations (people, frames, joints, 3) and translations (people, frames, 3) in metres.

    Raises:
        RecordingError: some are no numbers.
    """
    people, _, joints = rotations.shape[:3]
    require_size(rotations.size * 8)
    if not (np.isfinite(rotations).all() and np.isfinite(translation).all()):
        raise RecordingError("expected rotations and translations as numbers, found NaN or infinity")
    persons = [joint_positions(*each) for each in zip(rotations, translation, strict=True)]
    skeleton = (
        f"the joints of {MODELS[joints]} are those of a neutral skeleton {HEIGHT:.2f} m tall: the body's own shape "
        "(betas) is not used"
    )
    return MotionFile(
        persons[0][None] if people == 1 else np.stack(persons),
        marker_set_of(path.stem, JOINTS[joints], edges(joints)),
        unit="m",
        notes=(skeleton, *notes),
        **said,
    )


def _rotations(archive: NpzArchive) -> np.ndarray:
    """Rotations (people, frames, joints, 3) as axis times angle."""
    whole = next((name for name in _WHOLE if name in archive), None)
    if whole:
        return _in_joints(_floats(archive, whole), whole)
    body = next(name for name in _BODY if name in archive)
    root = next((name for name in _ROOT if name in archive), None)
    if root is None:
        raise RecordingError(f"expected root_orient or global_orient beside {body}, found none")
    parts = [_in_joints(_floats(archive, name), name, any_count=True) for name in (root, body)]
    counts = [part.shape[2] for part in parts]
    if counts[0] != 1 or counts[1] not in (21, 23):
        raise RecordingError(
            f"expected {root} (frames, 3) and {body} (frames, 63 or 69), found rotations of {counts[0]} and "
            f"{counts[1]} joints"
        )
    for names in _HANDS if counts[1] == 21 else ():
        hands = [_floats(archive, name) for name in names if name in archive]
        hands = [_in_joints(hand, names[0], any_count=True) for hand in hands]
        if len(hands) == len(names) and sum(hand.shape[2] for hand in hands) == 30:
            parts += hands
            break
    shapes = {part.shape[:2] for part in parts}
    if len(shapes) > 1:
        raise RecordingError(f"expected {root}, {body} and hands of one length, found {sorted(shapes)}")
    return np.concatenate(parts, axis=2)


def _floats(archive: NpzArchive, name: str) -> np.ndarray:
    header = archive.header(name)
    if header.dtype.kind != "f":
        raise RecordingError(f"expected {name} as floats, found {header.dtype} {header.shape}")
    return archive.read(name, MAX_POSITION_BYTES)


def _in_joints(array: np.ndarray, name: str, *, any_count: bool = False) -> np.ndarray:
    """(people, frames, joints, 3) of rotations in a row, or in an axis of their own."""
    shape = array.shape
    if len(shape) in (3, 4) and shape[-1] == 3 and (shape[-2] in JOINTS or (any_count and shape[-2] < 60)):
        joints = shape[-2]
    elif len(shape) in (2, 3) and shape[-1] and shape[-1] % 3 == 0:
        joints = shape[-1] // 3
        array = array.reshape(*shape[:-1], joints, 3)
    else:
        joints = 0
    if joints not in JOINTS and not (any_count and 0 < joints < 60):
        known = ", ".join(f"{3 * count} ({MODELS[count]})" for count in JOINTS)
        raise RecordingError(f"expected {name} (frames, N) of rotations, N being {known}, found {shape}")
    if array.ndim == 3:
        array = array[None]
    if not array.shape[0] or not array.shape[1]:
        raise RecordingError("expected frames, found none")
    return array


def _translation(archive: NpzArchive, people: int, frames: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """((people, frames, 3) metres, notes)."""
    name = next((name for name in _TRANSLATION if name in archive), None)
    if name is None:
        return np.zeros((people, frames, 3)), (NO_TRANSLATION,)
    translation = _floats(archive, name)
    if translation.shape not in ((frames, 3), (people, frames, 3)) or (translation.ndim == 2 and people > 1):
        raise RecordingError(f"expected {name} ({frames}, 3), as many frames as rotations, found {translation.shape}")
    return translation.reshape(people, frames, 3), ()
