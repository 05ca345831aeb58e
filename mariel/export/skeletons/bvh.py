"""Export as BVH: a hierarchy of joints with rotations per frame, y up, centimetres.

Format as in M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of Sheffield, 2001. The
format has no place for a comment, so a credit travels beside it: in the archive `.bvh.zip`.
"""

import numpy as np

from mariel.export.dances import dances_of, frame_rate, why_no_dances
from mariel.export.registry import ExportRequest, register_exporter
from mariel.export.skeletons.axes import euler_zxy, points_y_up, rotations_y_up
from mariel.export.skeletons.joint_motion import JointMotion
from mariel.export.skeletons.skeleton_motion import fit_note, skeleton_motion, why_no_skeleton

CENTIMETRES = 100.0

NUMBER_BYTES, USUAL_CHANNELS = 9, 60
"""Of a number in a file, and how many a frame has: for the estimate of a file's size."""


def write_bvh(motion: JointMotion, fps: float) -> bytes:
    """A BVH file of a skeleton's motion: six channels for the root, three rotations Z, X, Y for every other joint.

    Numbers have six decimals: lengths are exact to 10 nm, and the ends of limbs to about 0.1 µm.
    """
    lines = ["HIERARCHY", *_joint_lines(motion, 0, _names(motion)), "MOTION", f"Frames: {len(motion)}"]
    order = _depth_first(motion, 0)
    lines.append(f"Frame Time: {1 / fps:.10g}")
    angles = euler_zxy(rotations_y_up(motion.local_rotations[:, order]))
    rows = np.concatenate([points_y_up(motion.root) * CENTIMETRES, angles.reshape(len(motion), -1)], axis=1)
    template = " ".join(["%.6f"] * rows.shape[1])
    lines += [template % tuple(row) for row in rows.tolist()]
    return ("\n".join(lines) + "\n").encode()


def _depth_first(motion: JointMotion, joint: int) -> list[int]:
    """A joint and all that hang from it, in the order in which a BVH file lists them."""
    return [joint, *(each for child in motion.children(joint) for each in _depth_first(motion, child))]


def _names(motion: JointMotion) -> list[str]:
    """Names without blanks, which end a name for most programs."""
    return ["_".join(name.replace("{", "(").replace("}", ")").split()) for name in motion.names]


def _joint_lines(motion: JointMotion, joint: int, names: list[str], depth: int = 0) -> list[str]:
    """The lines of a joint and of all that hang from it, in the order of the joints."""
    if motion.parents[joint] < 0:
        kind, channels = "ROOT", "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    else:
        kind, channels = "JOINT", "CHANNELS 3 Zrotation Xrotation Yrotation"
    tab = "\t" * depth
    lines = [
        f"{tab}{kind} {names[joint]}",
        f"{tab}{{",
        f"{tab}\t{_offset(motion.offsets[joint])}",
        f"{tab}\t{channels}",
    ]
    children = motion.children(joint)
    for child in children:
        lines += _joint_lines(motion, child, names, depth + 1)
    if joint in motion.ends or not children:
        end = _offset(motion.ends.get(joint, np.zeros(3)))
        lines += [f"{tab}\tEnd Site", f"{tab}\t{{", f"{tab}\t\t{end}", f"{tab}\t}}"]
    return [*lines, f"{tab}}}"]


def _offset(offset: np.ndarray) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in points_y_up(offset) * CENTIMETRES + 0.0)


def bvh_bytes(request: ExportRequest) -> int:
    """About how many bytes of BVH a request's dances take."""
    return sum(len(dance.positions) * USUAL_CHANNELS * NUMBER_BYTES for dance in dances_of(request))


def _why_not(request: ExportRequest) -> str:
    dances = dances_of(request)
    if len(dances) > 1:
        return "a BVH file holds one dancer: save .bvh.zip, with a file for each"
    return why_no_dances(request) or why_no_skeleton(dances)


@register_exporter(
    "bvh",
    label="BVH skeleton (.bvh)",
    suffixes=(".bvh",),
    media_type="text/plain",
    help="Joint rotations of one dancer, y up, centimetres, for Blender and other programs; holds no credit.",
    why_not=_why_not,
    group="For Blender and other programs",
    estimate=bvh_bytes,
)
def export_bvh(request: ExportRequest) -> bytes:
    """The skeleton of the one dancer."""
    (dance,) = dances_of(request)
    motion = skeleton_motion(dance)
    request.remarks.append(fit_note([dance.name], [motion]))
    return write_bvh(motion, frame_rate(request))
