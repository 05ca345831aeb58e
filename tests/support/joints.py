"""A dance of the joints of a known rig, as people download them, and joints as another library reads them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mariel.kinematics.retargeting.retarget import retarget
from mariel.kinematics.retargeting.targets import find_template
from mariel.motion.demo import perform_movement
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording


@cache
def dancing_joints() -> Recording:
    """A lunge of the demo dancer, as the 22 joints of HumanML3D at 20 frames per second."""
    return retarget(perform_movement("lunge").markers(MARIEL_53), find_template("humanml3d22"), fps=20).recording


def save_joints(path: Path) -> None:
    """Write that dance to a file."""
    path.write_bytes(write_npz([dancing_joints()]))


def bvhsdk_positions(path: Path, names: Sequence[str], frames: Sequence[int]) -> np.ndarray:
    """World positions (frames, joints, 3) of a BVH file in centimetres, as bvhsdk computes them, z up, metres."""
    bvhsdk = pytest.importorskip("bvhsdk")
    joints = {joint.name: joint for joint in bvhsdk.ReadFile(str(path)).getlistofjoints()}
    found = np.array([[np.ravel(joints[name].getPosition(frame))[:3] for name in names] for frame in frames]) / 100
    x, y, z = np.moveaxis(found, -1, 0)
    return np.stack([x, -z, y], axis=-1)
