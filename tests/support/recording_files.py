"""Small files of every format that recordings come in, made by the tests."""

import io
import json
from pathlib import Path

import numpy as np

from tests.support.bodies import to_raw_layout, walking_positions

JOINTS = ("Hips", "LeftKnee", "RightKnee", "Head")
EDGES = ((0, 1), (0, 2), (0, 3))

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Knee
  {
    OFFSET 0 1 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 0.5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.025
0 0 0 0 0 0 0 0 0
1 2 3 90 0 0 0 0 0
"""
"""Two frames at 40 per second: a chain 1.5 tall along y, then moved by (1, 2, 3) and turned about z by 90 degrees."""


def joint_positions(frames: int = 20, markers: int = 4) -> np.ndarray:
    """(frames, markers, 3), metres, z up: markers apart from each other, 1.7 m tall, that move along x."""
    positions = np.zeros((frames, markers, 3), np.float32)
    positions[..., 0] = 0.01 * np.arange(frames)[:, None]
    positions[..., 1] = 0.3 * (np.arange(markers) % 3)
    positions[..., 2] = np.linspace(0, 1.7, markers)
    return positions


def write_described(path: Path, positions: np.ndarray, **about) -> Path:
    """An array with its .json; `about` replaces entries of the description, and None takes one out."""
    described = {"joints": list(JOINTS), "edges": EDGES, "axes": "frame, joint, xyz", "up": "+z", "fps": 30} | about
    described = {key: each for key, each in described.items() if each is not None}
    np.save(path, positions)
    path.with_suffix(".json").write_text(json.dumps(described))
    return path


def write_npz(path: Path, **arrays) -> Path:
    """An archive of joints at 60 frames per second; `arrays` replaces entries, and None takes one out."""
    known = {"data": joint_positions(), "names": np.array(JOINTS), "fps": 60, "edges": np.array(EDGES)} | arrays
    np.savez(path, **{name: array for name, array in known.items() if array is not None})
    return path


def npy_bytes(array: np.ndarray, **options) -> bytes:
    """The content of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npy_with_header(text: str, content: bytes = b"") -> bytes:
    """The content of a .npy file with any header, such as a hostile one."""
    header = text.encode("latin-1")
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def write_every_format(folder: Path) -> list[Path]:
    """One small valid file of every format; returns those that are opened, without the description."""
    raw = to_raw_layout(walking_positions(60))
    np.save(folder / "mariel_raw.npy", raw)
    np.save(folder / "excerpt.npy", raw[:15, :40])
    np.save(folder / "coordinates.npy", walking_positions(30).astype(np.float32))
    write_described(folder / "described.npy", joint_positions())
    write_npz(folder / "named.npz")
    bvh = BVH.replace("Frames: 2", "Frames: 20").replace("1 2 3 90 0 0 0 0 0\n", "1 2 3 90 0 0 0 0 0\n" * 19)
    (folder / "skeleton.bvh").write_text(bvh)
    return sorted(path for path in folder.iterdir() if path.suffix != ".json")
