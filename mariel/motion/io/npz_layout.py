"""Recognise by the names of its arrays what an .npz archive holds, and read what several kinds of them have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from mariel.errors import RecordingError
from mariel.motion.arrays import NpzArchive
from mariel.motion.io.labels import clean_fps
from mariel.motion.orientation import UP_AXES

NpzLayout = Literal["smpl", "posed joints", "named"]

POSE_KEYS = ("poses", "fullpose", "full_pose", "smpl_poses", "pose_body", "body_pose")
"""Arrays of joint rotations, as AMASS and others name them."""

JOINT_KEYS = (
    "posed_joints", "joints", "joints3d", "joints_3d", "joint_positions", "new_joints", "keypoints3d", "keypoints_3d",
    "positions_3d", "global_positions", "body_positions", "markers", "positions", "keypoints", "xyz",
)  # fmt: skip
"""Arrays of positions, as motion generators and pose estimators name them."""

NAME_KEYS = (
    "joint_names", "marker_names", "joints_names", "keypoint_names", "body_names", "names", "labels", "marker_labels",
    "joints", "markers",
)  # fmt: skip
"""Arrays of names of joints."""

RATE_KEYS = (
    "fps", "mocap_framerate", "mocap_frame_rate", "frame_rate", "framerate", "mocap_fps", "frequency", "freq", "rate",
)  # fmt: skip
"""Frames per second. AMASS has written both mocap_framerate and mocap_frame_rate."""


def npz_layout(path: Path, head: bytes) -> NpzLayout | None:
    """What an archive of arrays holds; None if the file is none.

    "smpl": joint rotations of SMPL's family; "posed joints": positions without names, or with names beside them that
    are not `names`; "named": `data` and `names`, what this program writes, and whatever is damaged or unknown.
    """
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    name_length = int.from_bytes(head[26:28], "little")
    if not (head[30 : 30 + name_length].endswith(b".npy") or path.suffix.lower() == ".npz"):
        return None
    try:
        with NpzArchive(path) as archive:
            names = set(archive.names)
            if {"data", "names"} <= names or ("positions" in names and names & {"labels", "about", "training"}):
                return "named"
            if any(name in names for name in POSE_KEYS):
                return "smpl"
            return "posed joints" if joint_key(archive) else "named"
    except RecordingError:
        return "named"  # its reader says what is wrong


def joint_key(archive: NpzArchive) -> str | None:
    """The array of positions in an archive: floats with an axis of three; None without one."""
    for name in JOINT_KEYS:
        if name in archive:
            header = archive.header(name)
            if header.dtype.kind == "f" and len(header.shape) in (3, 4) and 3 in header.shape:
                return name
    return None


def rate_of(archive: NpzArchive) -> float | None:
    """Frames per second as the archive names them; None without.

    Raises:
        RecordingError: it is no possible rate.
    """
    name = next((name for name in RATE_KEYS if name in archive), None)
    if name is None:
        return None
    try:
        return clean_fps(archive.read(name))
    except RecordingError as error:
        raise RecordingError(f"array {name}: {error}") from None


def text_of(archive: NpzArchive, names: Sequence[str]) -> str | None:
    """The text of the first of some arrays that holds one; None without."""
    for name in names:
        if name in archive:
            header = archive.header(name)
            if header.dtype.kind in "US" and header.nbytes < 10_000:
                text = archive.read(name)
                if text.size == 1:
                    found = text.ravel()[0]
                    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    return None


def up_of(archive: NpzArchive) -> str | None:
    """The axis that points up, where an array `up` or `up_axis` names it."""
    up = (text_of(archive, ("up", "up_axis")) or "").strip().lower()
    up = up if up[:1] in ("+", "-") else f"+{up}"
    return up if up in UP_AXES else None
