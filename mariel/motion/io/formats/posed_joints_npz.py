"""Read .npz files with positions of joints under names other than `data`: of motion generators, pose estimators."""

from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import MAX_POSITION_BYTES, NpzArchive, require_size
from mariel.motion.io.axis_order import arrange_axes
from mariel.motion.io.known_joints import KNOWN_JOINTS, fits_known_joints
from mariel.motion.io.labels import clean_edges, clean_labels, names_of_array, require_marker_count
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npz_layout import NAME_KEYS, joint_key, npz_layout, rate_of, text_of, up_of
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.recording import Recording

KIMODO_FPS = 30.0
"""Frames per second of NVIDIA's Kimodo, which writes y up and metres, and no rate."""

_USUAL_FPS = {("new_joints", 22): 20.0, ("new_joints", 21): 12.5}  # HumanML3D and its form of KIT-ML
_KIMODO = {"global_rot_mats", "local_rot_mats", "foot_contacts", "root_positions"}


@register_format(
    "posed joints",
    files="`*.npz` with joint positions",
    expects="`posed_joints` (Kimodo), `joints`, `keypoints3d`, `positions` or the like, (frames, joints, 3) or "
    "(dancers, frames, joints, 3); names from `joint_names` or the like, else from the number of joints: 22, 24, 52, "
    "55 (SMPL) or 21 (KIT-ML)",
    suffixes=(".npz",),
    sniff=lambda path, head: npz_layout(path, head) == "posed joints",
)
def read_posed_joints(path: Path, options: ReadOptions) -> list[Recording]:
    """Positions of joints, one recording per dancer or sample.

    Raises:
        RecordingError: the axes cannot be told, or the arrays are damaged.
    """
    with NpzArchive(path) as archive:
        key = joint_key(archive)
        if key is None:
            raise RecordingError("expected positions of joints, found none")
        names = _names(archive, key)
        array = archive.read(key, MAX_POSITION_BYTES)
        require_size(array.size * 8)
        arranged = arrange_axes(array, len(names) if names else _known_count(array.shape), options.description.axes)
        if arranged is None:
            expected = f"{len(names)} joints, as there are names," if names else "joints"
            raise RecordingError(f"expected {key} (frames, joints, 3) with {expected} found {array.shape}")
        dancers, assumptions = arranged
        require_marker_count(dancers.shape[2])
        labels, lines, notes = _labels_and_lines(archive, names, dancers)
        kimodo = key == "posed_joints" and bool(_KIMODO & set(archive.names))
        fps = rate_of(archive)
        up, unit = up_of(archive), text_of(archive, ("unit", "units"))
    content = MotionFile(
        np.where(np.isfinite(dancers).all(axis=3, keepdims=True), dancers, np.nan),
        marker_set_of(path.stem, labels, lines),
        fps=fps,
        unit=unit or ("m" if kimodo else None),
        up=up or ("+y" if kimodo else None),
        zeros_are_missing=None,
        notes=notes,
        usual_up="+y",
        usual_fps=KIMODO_FPS if kimodo else _USUAL_FPS.get((key, len(labels))),
        assumptions=assumptions,
    )
    return recordings_of_file(path, content, options)


def _names(archive: NpzArchive, key: str) -> tuple[str, ...] | None:
    """The names of the joints in the archive; None without."""
    for name in NAME_KEYS:
        if name != key and name in archive and archive.header(name).dtype.kind in "US":
            return clean_labels(names_of_array(archive.read(name)))
    return None


def _known_count(shape: tuple[int, ...]) -> int | None:
    """The number of joints, where one axis alone has a number of joints that is known."""
    found = {size for size in shape if size in KNOWN_JOINTS}
    return found.pop() if len(found) == 1 else None


def _labels_and_lines(
    archive: NpzArchive, names: tuple[str, ...] | None, dancers: np.ndarray
) -> tuple[tuple[str, ...], list[tuple[int, int]], tuple[str, ...]]:
    """(names, lines between them, notes)."""
    count = dancers.shape[2]
    lines = (
        clean_edges(archive.read("edges"), names or [""] * count) if "edges" in archive else _lines(archive, count)
    )
    known = KNOWN_JOINTS.get(count)
    if names:
        return names, lines or (known[1] if known and names == known[0] else []), ()
    if known and (note := fits_known_joints(dancers)):
        return known[0], lines or known[1], (note,)
    labels = tuple(f"joint {number}" for number in range(1, count + 1))
    return labels, lines, (f"the {count} joints have no names: numbered",)


def _lines(archive: NpzArchive, count: int) -> list[tuple[int, int]]:
    """Lines from each joint to its parent, where an array `joint_parents` or `parents` names it."""
    for name in ("joint_parents", "parents"):
        if name in archive:
            parents = archive.read(name)
            if parents.shape == (count,) and parents.dtype.kind in "iu":
                pairs = [(int(parent), joint) for joint, parent in enumerate(parents)]
                return [(a, b) for a, b in pairs if 0 <= a < count and a != b]
    return []
