"""A dance of the joints of a known rig, as people download them."""

from functools import cache
from pathlib import Path

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
