"""Binary glTF: its structure by pygltflib, the places of its joints and skin by trimesh and by hand."""

import io

import numpy as np
import pygltflib
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from mariel.export.dances import dances_of
from mariel.export.registry import EXPORTERS
from mariel.export.skeletons.skeleton_motion import skeleton_motion
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.export.dances import HANDS, JOINTS, hands_positions, joint_positions, request_of

TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
SIZES = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def gltf_of(request) -> pygltflib.GLTF2:
    return pygltflib.GLTF2.load_from_bytes(EXPORTERS["glb"].export(request))


def array_of(gltf: pygltflib.GLTF2, number: int) -> np.ndarray:
    accessor = gltf.accessors[number]
    view = gltf.bufferViews[accessor.bufferView]
    dtype = np.dtype(TYPES[accessor.componentType])
    assert view.byteOffset % 4 == 0
    assert view.byteLength == accessor.count * SIZES[accessor.type] * dtype.itemsize
    rows = np.frombuffer(gltf.binary_blob(), dtype, accessor.count * SIZES[accessor.type], view.byteOffset)
    return rows.reshape(accessor.count, -1)


def posed_joints(gltf: pygltflib.GLTF2, frame: int) -> dict[str, np.ndarray]:
    """Each node's matrix in the room (4, 4) in a frame, by name."""
    local = {}
    for number, node in enumerate(gltf.nodes):
        local[number] = {"translation": node.translation or [0, 0, 0], "rotation": node.rotation or [0, 0, 0, 1]}
    for channel in gltf.animations[0].channels:
        sampler = gltf.animations[0].samplers[channel.sampler]
        local[channel.target.node][channel.target.path] = array_of(gltf, sampler.output)[frame]
    found = {}

    def place(number: int, above: np.ndarray) -> None:
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_quat(local[number]["rotation"]).as_matrix()
        matrix[:3, 3] = local[number]["translation"]
        found[gltf.nodes[number].name] = above @ matrix
        for child in gltf.nodes[number].children or []:
            place(child, above @ matrix)

    for number in gltf.scenes[0].nodes:
        place(number, np.eye(4))
    return found


@pytest.fixture(scope="module")
def request_of_demo():
    positions = load_recordings("demo")["adagio"].frames(500, 540).positions
    return request_of(positions, marker_set=MARIEL_53)


@pytest.fixture(scope="module")
def demo(request_of_demo):
    return gltf_of(request_of_demo)


def test_credit_title_and_error_of_the_fit_are_in_the_file(demo):
    assert demo.asset.copyright == "Danced by Ann."
    assert demo.asset.extras["title"] == "a dance"
    assert "mean error of 0." in demo.asset.extras["fit"]


def test_every_accessor_is_aligned_and_bounded_and_every_quaternion_is_a_unit(demo):
    for number, accessor in enumerate(demo.accessors):
        rows = array_of(demo, number)
        if accessor.min:
            np.testing.assert_allclose(accessor.min, rows.min(axis=0), rtol=1e-6)
            np.testing.assert_allclose(accessor.max, rows.max(axis=0), rtol=1e-6)
    (animation,) = demo.animations
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        times, values = array_of(demo, sampler.input)[:, 0], array_of(demo, sampler.output)
        assert (sampler.interpolation, len(times)) == ("LINEAR", len(values))
        np.testing.assert_allclose(np.diff(times), 1 / 35, rtol=1e-4)
        assert demo.accessors[sampler.input].min == [0]
        if channel.target.path == "rotation":
            np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1, atol=1e-6)
            assert ((values[1:] * values[:-1]).sum(axis=1) > 0).all()


def test_joints_move_as_the_fitted_skeleton_does_with_y_up(demo, request_of_demo):
    motion = skeleton_motion(dances_of(request_of_demo)[0])
    for frame in (0, 20):
        found = posed_joints(demo, frame)
        for joint, name in enumerate(motion.names):
            x, y, z = motion.positions[frame, joint]
            np.testing.assert_allclose(found[name][:3, 3], [x, z, -y], atol=1e-5)


def test_the_skin_is_around_the_markers_with_the_left_in_the_left_colour(demo, request_of_demo):
    frame = 20
    found = posed_joints(demo, frame)
    (skin,) = demo.skins
    inverse = array_of(demo, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    moves = np.stack([found[demo.nodes[node].name] for node in skin.joints]) @ inverse
    placed = {}
    for primitive in demo.meshes[0].primitives:
        points, joints, weights = (
            array_of(demo, getattr(primitive.attributes, name)) for name in ("POSITION", "JOINTS_0", "WEIGHTS_0")
        )
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
        matrices = np.einsum("pw,pwij->pij", weights, moves[joints])
        moved = np.einsum("pij,pj->pi", matrices[:, :3, :3], points) + matrices[:, :3, 3]
        x, y, z = moved.T
        placed[demo.materials[primitive.material].name] = np.stack([x, -z, y], axis=1)
    positions = request_of_demo.dancers[0].positions[frame]
    everything = np.concatenate(list(placed.values()))
    assert everything[:, 2].max() == pytest.approx(positions[:, 2].max(), abs=0.06)
    for label in ("LKNE", "RELB", "LHEL", "ARIEL"):
        marker = positions[MARIEL_53.index(label)]
        assert np.linalg.norm(everything - marker, axis=1).min() < 0.05
    for side, label in (("left", "LIHAND"), ("right", "RIHAND")):
        assert np.linalg.norm(placed[side] - positions[MARIEL_53.index(label)], axis=1).min() < 0.06


def test_trimesh_opens_it_and_triangles_face_outwards(request_of_demo):
    scene = trimesh.load(io.BytesIO(EXPORTERS["glb"].export(request_of_demo)), file_type="glb")
    mesh = trimesh.util.concatenate(list(scene.geometry.values()))
    assert 1.4 < mesh.extents[1] < 1.9
    assert mesh.volume > 0.02  # cubic metres: of triangles that face inwards it would be negative


def test_dancers_have_a_skeleton_each_where_the_stage_shows_them():
    gltf = gltf_of(request_of(joint_positions(), joint_positions(20) + np.array([2.0, 0, 0]), marker_set=JOINTS))
    assert [gltf.nodes[node].name for node in gltf.scenes[0].nodes] == ["Ann", "Ann body", "Ben", "Ben body"]
    lengths = [len(array_of(gltf, sampler.input)) for sampler in gltf.animations[0].samplers]
    assert set(lengths) == {20, 30}
    starts = [array_of(gltf, sampler.output)[0, 0] for sampler in gltf.animations[0].samplers[:: len(JOINTS) + 1]]
    assert starts == pytest.approx([0, 2], abs=1e-6)


def test_markers_without_a_body_are_dots_that_move():
    bare = MarkerSet.from_edges("bare", HANDS.labels, ())
    positions = hands_positions()
    gltf = gltf_of(request_of(positions, marker_set=bare))
    found = posed_joints(gltf, 3)
    x, y, z = positions[3, 1]
    np.testing.assert_allclose(found["RHAND"][:3, 3], [x, z, -y], atol=1e-6)
