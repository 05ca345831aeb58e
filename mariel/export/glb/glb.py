"""Export as binary glTF: skeletons with a skinned body each, animated at the dance's frame rate, y up, metres."""

import numpy as np

from mariel.export.dances import Dance, dances_of, frame_rate, why_no_dances
from mariel.export.glb.gltf_file import TRIANGLES, VERTICES, Animation, GltfFile
from mariel.export.glb.marker_dots import add_markers
from mariel.export.glb.skinned_body import SkinnedBody, rest_positions, skinned_body
from mariel.export.registry import ExportRequest, register_exporter
from mariel.export.skeletons.axes import points_y_up, quaternions, rotations_y_up
from mariel.export.skeletons.joint_motion import JointMotion
from mariel.export.skeletons.skeleton_motion import fit_note, skeleton_motion, why_no_skeleton
from mariel.motion.gaps import filled

COLOUR_NAMES = {"L": "left", "R": "right", "M": "middle"}

BODY_BYTES, JOINT_BYTES, ANIMATED_JOINTS = 90_000, 16, 20
"""Of a body's skin, and of a joint in a frame; and of how many joints: the estimate of a file's size."""


def _estimate(request: ExportRequest) -> int:
    dances = dances_of(request)
    return sum(BODY_BYTES + len(dance.positions) * ANIMATED_JOINTS * JOINT_BYTES for dance in dances)


@register_exporter(
    "glb",
    label="3D animation (.glb)",
    suffixes=(".glb",),
    media_type="model/gltf-binary",
    help="Animated bodies with skeletons, for Blender, three.js and 3D viewers; with title and credit.",
    why_not=why_no_dances,
    group="For Blender and other programs",
    estimate=_estimate,
)
def export_glb(request: ExportRequest) -> bytes:
    """Every dancer as a skeleton with a body; markers without a known body as dots."""
    file, dances, fps = GltfFile(), dances_of(request), frame_rate(request)
    scene_nodes: list[int] = []
    animation = Animation()
    fitted: dict[str, JointMotion] = {}
    for dance in dances:
        times = _times(file, len(dance.positions), fps)
        if why_no_skeleton([dance]):
            scene_nodes.append(add_markers(file, dance, times, animation))
            continue
        motion = fitted[dance.name] = skeleton_motion(dance)
        body = skinned_body(dance, filled(dance.placed_positions)[0], motion, len(dances))
        nodes = _add_dancer(file, dance, motion, body)
        _animate(motion, times, file, nodes[0], animation)
        scene_nodes += nodes
    if animation.channels:
        file.add("animations", {"name": "dance", "channels": animation.channels, "samplers": animation.samplers})
    if fitted:
        request.remarks.append(fit_note(list(fitted), list(fitted.values())))
    notes = {"fit": request.remarks[-1]} if fitted else {}
    extras = {"title": request.title, "credit": request.credit, "fps": fps, **notes}
    asset = {"generator": "mariel", **({"copyright": request.credit} if request.credit else {}), "extras": extras}
    return file.to_bytes(asset, scene_nodes)


def _times(file: GltfFile, frames: int, fps: float) -> int:
    return file.add_array((np.arange(frames) / fps).astype(np.float32), bounds=True)


def _add_dancer(file: GltfFile, dance: Dance, motion: JointMotion, body: SkinnedBody | None) -> list[int]:
    """Add a dancer's skeleton in its rest pose, standing on the floor where the dance begins, and its body.

    Returns:
        The nodes of the skeleton and of the body.
    """
    rest = rest_positions(motion)
    stand = np.array([*motion.root[0, :2], -rest[:, 2].min()])
    nodes = [
        file.add("nodes", {"name": name, "translation": points_y_up(offset).tolist()})
        for name, offset in zip(motion.names, [stand, *motion.offsets[1:]], strict=True)
    ]
    for joint, node in enumerate(nodes):
        if children := motion.children(joint):
            file.entry("nodes", node)["children"] = [nodes[child] for child in children]
    skeleton = file.add("nodes", {"name": dance.name, "children": [nodes[0]]})
    if body is None:
        return [skeleton]
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(nodes), 1, 1))
    inverse[:, 3, :3] = points_y_up(-(rest + stand))  # column-major: the last column is the translation
    skin = file.add(
        "skins",
        {"name": dance.name, "joints": nodes, "skeleton": nodes[0], "inverseBindMatrices": file.add_array(inverse)},
    )
    mesh = file.add("meshes", {"name": f"{dance.name} body", "primitives": _primitives(file, body, stand)})
    return [skeleton, file.add("nodes", {"name": f"{dance.name} body", "mesh": mesh, "skin": skin})]


def _primitives(file: GltfFile, body: SkinnedBody, stand: np.ndarray) -> list[dict]:
    """The body's triangles, those of each colour with their own points."""
    joints = np.pad(body.joints, ((0, 0), (0, 2))).astype(np.uint16)
    weights = np.pad(body.weights, ((0, 0), (0, 2))).astype(np.float32)
    joints[weights == 0] = 0
    primitives = []
    for colour, triangles in body.triangles.items():
        used, corners = np.unique(triangles, return_inverse=True)
        red, green, blue = (float(round(value, 4)) for value in _linear(body.colours[colour]))
        material = file.add(
            "materials",
            {
                "name": COLOUR_NAMES.get(colour, colour),
                "pbrMetallicRoughness": {
                    "baseColorFactor": [red, green, blue, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.85,
                },
            },
        )  # fmt: skip
        points = points_y_up(body.points[used] + stand).astype(np.float32)
        normals = points_y_up(body.normals[used]).astype(np.float32)
        attributes = {
            "POSITION": file.add_array(points, target=VERTICES, bounds=True),
            "NORMAL": file.add_array(normals, target=VERTICES),
            "JOINTS_0": file.add_array(joints[used], target=VERTICES),
            "WEIGHTS_0": file.add_array(weights[used], target=VERTICES),
        }
        indices = file.add_array(corners.ravel().astype(np.uint32), target=TRIANGLES)
        primitives.append({"attributes": attributes, "indices": indices, "material": material})
    return primitives


def _linear(colour: np.ndarray) -> np.ndarray:
    """A colour of screens (sRGB) as shares of light, which materials are given in."""
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _animate(motion: JointMotion, times: int, file: GltfFile, skeleton: int, animation: Animation) -> None:
    """Add the root's path and every joint's rotation to the animation; `skeleton` is the node that holds the root."""
    (first,) = file.entry("nodes", skeleton)["children"]
    turned = quaternions(rotations_y_up(motion.local_rotations)).astype(np.float32)
    turned /= np.linalg.norm(turned, axis=-1, keepdims=True)
    animation.add(first, "translation", times, file.add_array(points_y_up(motion.root).astype(np.float32)))
    for joint in range(len(motion.names)):
        animation.add(first + joint, "rotation", times, file.add_array(turned[:, joint]))
