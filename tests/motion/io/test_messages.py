"""Messages about files that cannot be opened: what they seem to be, and what would open them; a table of cases."""

import gzip
import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from tests.support.bodies import to_raw_layout, walking_positions
from tests.support.recording_files import BVH, joint_positions, npy_bytes, npy_with_header


def npz_bytes(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zip_bytes(**members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


SMPL = {"poses": np.zeros((60, 156)), "trans": np.zeros((60, 3)), "betas": np.zeros(16), "gender": "neutral"}

MESSAGES = [
    # (file name, content, what the message says)
    ("a.npy", b"", "expected motion, found an empty file"),
    ("a.npy", npy_bytes(np.zeros((9, 6890, 3), np.float32)), "6,890 joints or markers: a body's surface"),
    ("a.npy", npy_bytes(np.zeros((100, 263))), "HumanML3D's features of motion, not positions: its folder"),
    ("a.npy", npy_bytes(np.zeros((100, 251))), "features of KIT-ML's motion, not positions"),
    ("a.npy", npy_bytes(np.zeros((100, 72))), "SMPL's body parameters .* not positions"),
    ("a.npy", npy_bytes(np.zeros((100, 66))), r"100 frames with x, y and z of 22 markers .*reshape\(-1, 22, 3\)"),
    ("a.npy", npy_bytes(np.zeros((100, 17, 2))), "points in a picture, x and y: three coordinates are needed"),
    ("a.npy", npy_bytes(np.zeros(9)), r"expected positions \(frames, markers, 3\) with a a.json .* shape \(9,\)"),
    ("a.npy", npy_bytes(np.zeros(())), r"found an array of shape \(\)"),
    ("a.npy", npy_bytes(np.zeros((55, 9, 2))), r"points in a picture"),
    ("a.npy", npy_bytes(np.zeros((55, 9, 3), int)), r"expected float32 or float64 .* found int64: save array.astype"),
    ("a.npy", npy_bytes(np.zeros((55, 9, 3), np.float16)), "found float16"),
    ("a.npy", npy_bytes(np.zeros((55, 0, 3))), "expected frames, found none"),
    ("a.npy", npy_bytes(np.zeros((55, 9, 3), "f4,f4")), "plain numbers, found an array of records"),
    ("a.npy", npy_bytes(np.array([{"a": 1}, None], object), allow_pickle=True), r"Python objects \(a pickle\)"),
    ("a.npy", npy_bytes(to_raw_layout(walking_positions(60)))[:-500], "cut short or damaged: found .* bytes, fewer"),
    ("a.npy", npy_bytes(walking_positions(60))[:50], "cut short or damaged: its header cannot be read"),
    ("a.npy", pickle.dumps([1, 2]), "a Python pickle, which is never loaded"),
    ("a.pkl", pickle.dumps({"smpl_poses": [1, 2]}), "a Python pickle, .* save positions and names as .npz"),
    ("a.npz", npz_bytes(**SMPL), r"SMPL, as AMASS has them \(joint rotations, not positions\): compute joint"),
    ("a.npz", npz_bytes(posed_joints=joint_positions(60, 22), contact=np.zeros((60, 4))),
     r"found posed_joints \(60, 22, 3\) float32, .* positions of 22 joints in 60 frames: name it data, and add"),
    ("a.npz", npz_bytes(data=joint_positions(60, 22)), "names missing: save numpy.savez"),
    ("a.npz", npz_bytes(x=np.zeros(4)), r"the arrays data and names; found x \(4,\) float64; save numpy.savez"),
    ("a.npz", zip_bytes(), "found an archive without arrays"),
    ("a.npz", npz_bytes(data=joint_positions(60, 22), names=np.arange(22))[:900], "its end is missing; copy"),
    ("a.zip", zip_bytes(a__dance_bvh=BVH), "a zip archive without arrays. Unpack it, and open"),
    ("a.pt", zip_bytes(**{"archive__data.pkl": b"\x80\x02"}), "a PyTorch checkpoint, no motion"),
    ("a.npy.gz", gzip.compress(b"x"), "a packed archive. Unpack it first"),
    ("a.bvh", BVH.replace("HIERARCHY", "Skeleton"), "text that begins with 'Skeleton': a BVH file begins with"),
    ("a.bvh", "MOTION\nFrames: 2\n", "text that begins with 'MOTION': a BVH file begins with HIERARCHY"),
    ("a.bvh", BVH.split("MOTION")[0], "expected a MOTION part after the HIERARCHY, found the end of the file"),
    ("a.npy", "<!DOCTYPE html>\n<html><body>404</body></html>", "a web page saved in place of the file"),
    ("a.bvh", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer, .* git lfs pull"),
    ("a.npy", "x,y,z\n1,2,3\n", "a table as text that begins with 'x,y,z'. Load it with numpy.loadtxt or pandas"),
    ("a.csv", "Format Version,1.23,Take Name,Take 1\n", "a table as text"),
    ("a.txt", "0.1 0.2 0.3\n0.4 0.5 0.6\n", "a table as text that begins with '0.1 0.2 0.3'"),
    ("a.txt", "Dear reader: a letter.\n".encode("utf-16"), "text that begins with 'Dear reader: a letter.'"),
    ("a.json", json.dumps({"joints": ["a"]}), "A .json describes a .npy of the same name: open a.npy"),
    ("a.c3d", b"\x02P\x28\x00" + bytes(508), "a C3D file of optical markers. Save its points and labels as .npz"),
    ("a.trc", "PathFileType\t4\t(X/Y/Z)\ta.trc\n", "a TRC file of markers"),
    ("a.tsv", "NO_OF_FRAMES\t900\n", "a TSV file of Qualisys Track Manager"),
    ("a.fbx", b"Kaydara FBX Binary  \x00\x1a\x00", "an FBX file. Export it to BVH"),
    ("a.fbx", "; FBX 7.3.0 project file\n", "an FBX file"),
    ("a.glb", b"glTF\x02\x00\x00\x00", "a glTF scene. Export it to BVH"),
    ("a.usdc", b"PXR-USDC\x00", "a USD scene"),
    ("a.blend", b"BLENDER-v300", "a Blender file. Export its armature to BVH"),
    ("a.amc", "#!OML:ASF F:\\VICON\n:FULLY-SPECIFIED\n:DEGREES\n", "an ASF or AMC file"),
    ("a.asf", "# AST/ASF file generated using VICON\n:version 1.10\n", "an ASF or AMC file"),
    ("a.mat", b"MATLAB 5.0 MAT-file, Platform" + bytes(99), "a MATLAB file. Load it with scipy.io.loadmat"),
    ("a.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file, as MATLAB 7.3 writes too. Load it with h5py"),
    ("a.mp4", b"\x00\x00\x00\x20ftypisom", "a video. Joint positions must be estimated from it first"),
    ("a.avi", b"RIFF\x00\x00\x00\x00AVI LIST", "a video"),
    ("a.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "a sound recording"),
    ("a.png", b"\x89PNG\r\n\x1a\n", "a picture or document"),
    ("a.xml", "<?xml version='1.0'?><mocap/>", "an XML file"),
    ("a.bin", bytes(range(128, 256)) * 4, "a file of another format. Export or convert it to BVH"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "message"), MESSAGES, ids=[f"{name} {message[:40]}" for name, _, message in MESSAGES]
)
def test_a_refusal_says_what_the_file_seems_to_be_and_what_would_open_it(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RecordingError, match=message):
        open_recording_file(path)


@pytest.mark.parametrize("name", ["a.c3d", "a.bin"])
def test_a_refusal_lists_the_endings_that_open(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x02P" + bytes(range(255, 128, -1)))
    with pytest.raises(RecordingError, match=r"expected a \.bvh, \.npy or \.npz file"):
        open_recording_file(tmp_path / name)


HEADERS = {
    "a nested shape": f"{{'descr': '<f4', 'fortran_order': False, 'shape': {'(' * 2000}{')' * 2000}}}",
    "a nested type": f"{{'descr': {'[' * 3000}{']' * 3000}, 'fortran_order': False, 'shape': (1,)}}",
    "minus signs": f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({'-' * 9000}1,)}}",
    "a huge shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (55, 10000000000000000000000000000000, 3)}",
    "a negative shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (55, -1, 3)}",
    "a shape of floats": "{'descr': '<f4', 'fortran_order': False, 'shape': (55, 2.0, 3)}",
    "40 axes": f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({'1, ' * 40})}}",
    "a list for a shape": "{'descr': '<f4', 'fortran_order': False, 'shape': [55, 1, 3]}",
    "no shape": "{'descr': '<f4', 'fortran_order': False}",
    "a number": "1",
    "a call": "__import__('os').getcwd()",
    "an unknown type": "{'descr': 'velocity', 'fortran_order': False, 'shape': (55, 1, 3)}",
    "a type of 1 GB": "{'descr': '<U999999999', 'fortran_order': False, 'shape': (55, 1, 3)}",
    "nothing": "",
    "zeros": "\0" * 100,
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_hostile_header_is_called_damaged(tmp_path, header):
    (tmp_path / "a.npy").write_bytes(npy_with_header(header, bytes(660)))
    with pytest.raises(RecordingError, match=r"damaged|expected float32 or float64"):
        open_recording_file(tmp_path / "a.npy")


def test_a_header_of_python_2_is_read(tmp_path):
    stored = to_raw_layout(walking_positions(60))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (55L, {stored.shape[1]}L, 3L), }}"
    (tmp_path / "mariel_old.npy").write_bytes(npy_with_header(header, stored.tobytes()))
    with pytest.raises(RecordingError, match="expected more than 1,000 frames"):
        open_recording_file(tmp_path / "mariel_old.npy")
