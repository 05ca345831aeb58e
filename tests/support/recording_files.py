"""Small files of every format that recordings come in, made by the tests."""

import io
import json
import zipfile
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


SUBJECT_LABELS = ("LFHD", "RFHD", "C7", "LHEL", "RHEL", "LTOE", "RTOE", "LKNE")
"""Names of the markers of `marker_positions`."""


def marker_positions(frames: int = 20, shift: float = 0.0) -> np.ndarray:
    """(frames, 8, 3), metres, z up: a person 1.7 m tall who walks along x, `shift` metres to the side."""
    pose = np.array(
        [(0.06, 0.07, 1.7), (0.06, -0.07, 1.7), (-0.09, 0, 1.5), (-0.07, 0.1, 0.05), (-0.07, -0.1, 0.05),
         (0.14, 0.1, 0.04), (0.14, -0.1, 0.04), (0.02, 0.12, 0.5)]
    )  # fmt: skip
    positions = pose + np.array([1.0, 0.5 + shift, 0])
    return positions + 0.01 * np.arange(frames)[:, None, None] * [1, 0, 0]


def write_c3d(path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, rate: float = 100.0, **parameters) -> Path:
    """A file of ezc3d: positions (frames, markers, 3) in metres, written as millimetres, not seen where NaN.

    `parameters` are values by name, such as `POINT_Y_SCREEN=["+Z"]`.
    """
    import ezc3d  # noqa: PLC0415 - of the tests that need it

    content = ezc3d.c3d()
    points = np.ones((4, positions.shape[1], len(positions)))
    points[:3] = positions.transpose(2, 1, 0) * 1000
    point = content["parameters"]["POINT"]
    point["RATE"]["value"] = [rate]
    point["UNITS"]["value"] = ["mm"]
    for number, first in enumerate(range(0, len(labels), 255), start=1):
        name = "LABELS" if number == 1 else f"LABELS{number}"
        content.add_parameter("POINT", name, list(labels[first : first + 255]))
    for name, value in parameters.items():
        content.add_parameter(*name.split("_", 1), value)
    content["data"]["points"] = points
    residuals = np.zeros((1, *points.shape[1:]))
    residuals[0][np.isnan(points[0])] = -1
    content["data"]["meta_points"]["residuals"] = residuals
    content.write(str(path))
    return path


def assert_seen_where(take, expected: np.ndarray, atol: float = 1e-4) -> None:
    """Check that a recording's positions are (frames, markers, 3), and that it has gaps where these are NaN."""
    seen = np.isfinite(expected)
    np.testing.assert_allclose(take.positions[seen], expected[seen], atol=atol)
    unseen = np.zeros(expected.shape[:2], bool)
    for gap in take.gaps:
        unseen[gap.start : gap.stop, gap.column] = True
    np.testing.assert_array_equal(unseen, ~seen.all(axis=2))


def write_text(path: Path, lines: list[str], encoding: str = "utf-8", newline: str = "\r\n") -> Path:
    """A text file of some lines, which end as those of Windows do."""
    path.write_bytes((newline.join(lines) + newline).encode(encoding))
    return path


def _cells(row: np.ndarray, mark: str, number: str = "{:.3f}") -> str:
    return mark.join("" if np.isnan(value) else number.format(value) for value in row)


def write_trc(path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, rate: float = 100.0, **options) -> Path:
    """A TRC file as Cortex and OpenSim write it, y up, millimetres, empty cells where NaN."""
    rows = (positions[..., [0, 2, 1]] * [1000, 1000, -1000]).reshape(len(positions), -1)
    names = "\t".join(f"{label}\t\t" for label in labels)
    axes = "\t".join(f"{axis}{number}" for number in range(1, len(labels) + 1) for axis in "XYZ")
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate:g}\t{rate:g}\t{len(rows)}\t{len(labels)}\tmm\t{rate:g}\t1\t{len(rows)}",
        f"Frame#\tTime\t{names}",
        f"\t\t{axes}",
        "",
        *(f"{i + 1}\t{i / rate:.5f}\t{_cells(row, chr(9))}" for i, row in enumerate(rows)),
    ]
    return write_text(path, lines, **options)


def write_qualisys(
    path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, rate: float = 100.0, *, times: bool = True,
    replaced: dict[str, str] | None = None, **options,
) -> Path:  # fmt: skip
    """A table of Qualisys Track Manager, millimetres, with the columns of frame and time, or without."""
    rows = (positions * 1000).reshape(len(positions), -1)
    header = {
        "NO_OF_FRAMES": f"{len(rows)}", "NO_OF_CAMERAS": "8", "NO_OF_MARKERS": f"{len(labels)}",
        "FREQUENCY": f"{rate:g}", "NO_OF_ANALOG": "0", "ANALOG_FREQUENCY": "0", "DESCRIPTION": "--",
        "TIME_STAMP": "2024-05-01, 12:00:00.000\t4242.42", "DATA_INCLUDED": "3D",
        "MARKER_NAMES": "\t".join(labels),
    } | (replaced or {})  # fmt: skip
    lines = [f"{key}\t{value}" for key, value in header.items()]
    for i, row in enumerate(rows):
        lines.append((f"{i + 1}\t{i / rate:.5f}\t" if times else "") + _cells(row, "\t"))
    return write_text(path, lines, **options)


def write_motive(path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, rate: float = 120.0, **settings) -> Path:
    """A table of OptiTrack Motive, y up, metres: a rigid body, then markers; `settings` replace the first row's."""
    positions = positions[..., [0, 2, 1]] * [1, 1, -1]
    about = {
        "Format Version": "1.23", "Take Name": "Take 1", "Capture Frame Rate": f"{rate:.6f}",
        "Export Frame Rate": f"{rate:.6f}", "Total Exported Frames": f"{len(positions)}",
        "Rotation Type": "Quaternion", "Length Units": "Meters", "Coordinate Space": "Global",
    } | {key.replace("_", " "): value for key, value in settings.items()}  # fmt: skip
    body, count = 8, len(labels)
    kinds = ["Rigid Body"] * body + ["Marker"] * 3 * count
    lines = [
        ",".join(f"{key},{value}" for key, value in about.items()),
        "",
        ",Type," + ",".join(kinds),
        ",Name," + ",".join(["Hat"] * body + [label for label in labels for _ in range(3)]),
        ",ID," + ",".join(["1"] * body + [f"{i}" for i in range(count) for _ in range(3)]),
        ",," + ",".join(["Rotation"] * 4 + ["Position"] * 3 + ["Mean Marker Error"] + ["Position"] * 3 * count),
        "Frame,Time (Seconds)," + ",".join([*"XYZWXYZ", "", *"XYZ" * count]),
    ]
    for i, row in enumerate(positions.reshape(len(positions), -1)):
        lines.append(f"{i},{i / rate:.6f},0,0,0,1,9,9,9,0.001," + _cells(row, ",", "{:.6f}"))
    return write_text(path, lines)


def write_nexus(
    path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, rate: float = 100.0, mark: str = ",", **options
) -> Path:
    """A table of Vicon Nexus, millimetres: a part of devices, an empty line, then the trajectories."""
    devices = ["Devices", "1000", "", f"{mark}{mark}Force plate", f"Frame{mark}Sub Frame{mark}Fx", f"{mark}{mark}N"]
    devices += [f"1{mark}{sub}{mark}0.5" for sub in range(10)]
    return write_text(path, [*devices, "", *_trajectories(positions, labels, rate, mark)], **options)


def _trajectories(positions: np.ndarray, labels, rate: float, mark: str) -> list[str]:
    return [
        "Trajectories",
        f"{rate:g}",
        mark * 2 + "".join(f"{label}{mark * 3}" for label in labels),
        mark.join(["Frame", "Sub Frame", *"XYZ" * len(labels)]),
        mark.join(["", "", *["mm"] * 3 * len(labels)]),
        *(
            f"{i + 1}{mark}0{mark}" + _cells(row, mark)
            for i, row in enumerate((positions * 1000).reshape(len(positions), -1))
        ),
    ]


def write_table(
    path: Path, positions: np.ndarray, labels=SUBJECT_LABELS, *, rate: float | None = 50.0,
    name: str = "{label}_{axis}", mark: str = ",", decimal: str = ".", comments: tuple[str, ...] = (), **options,
) -> Path:  # fmt: skip
    """A plain table in metres: a column of times, if there is a rate, then a column per marker and axis."""
    columns = [name.format(label=label, axis=axis) for label in labels for axis in "xyz"]
    lines = [*comments, mark.join(["time", *columns] if rate else columns)]
    for i, row in enumerate(positions.reshape(len(positions), -1)):
        time = f"{i / rate:.3f}{mark}" if rate else ""
        lines.append((time + _cells(row, mark, "{:.4f}")).replace(".", decimal))
    return write_text(path, lines, **options)


def write_smpl(path: Path, joints: int = 52, frames: int = 20, **arrays) -> Path:
    """An archive of AMASS: z up, facing -y, walking; `arrays` replaces entries, and None takes one out."""
    poses = np.zeros((frames, joints, 3))
    poses[:, 0, 0] = np.pi / 2  # the T-pose has y up
    trans = np.array([0, 0, 0.92]) - 0.01 * np.arange(frames)[:, None] * [0, 1, 0]
    known = {
        "poses": poses.reshape(frames, -1), "trans": trans, "betas": np.zeros(16), "gender": np.array("neutral"),
        "mocap_framerate": np.array(120.0),
    } | arrays  # fmt: skip
    np.savez(path, **{name: array for name, array in known.items() if array is not None})
    return path


def write_smpl_rotations(path: Path, frames: int = 90) -> Path:
    """Rotations of SMPL's 24 joints alone, of somebody who swings arms and legs; z up."""
    swing = np.sin(np.linspace(0, 6 * np.pi, frames))
    poses = np.zeros((frames, 24, 3))
    poses[:, 0, 0] = np.pi / 2  # the T-pose has y up
    poses[:, 1, 0], poses[:, 2, 0] = 0.6 * swing, -0.6 * swing
    poses[:, 16, 2], poses[:, 17, 2] = -1.2 + 0.2 * swing, 1.2 + 0.2 * swing
    np.save(path, poses.reshape(frames, -1).astype(np.float32))
    return path


def write_posed_joints(path: Path, frames: int = 20, **arrays) -> Path:
    """An archive of Kimodo: 22 joints of SMPL, y up; `arrays` replaces entries, and None takes one out."""
    from mariel.motion.smpl.skeleton import joint_positions  # noqa: PLC0415 - of the tests that need it

    pelvis = np.array([0, 0.92, 0]) + 0.01 * np.arange(frames)[:, None] * [0, 0, 1]
    joints = joint_positions(np.zeros((frames, 22, 3)), pelvis)
    known = {"posed_joints": joints, "foot_contacts": np.zeros((frames, 4), bool)} | arrays
    np.savez(path, **{name: array for name, array in known.items() if array is not None})
    return path


def write_mocap_toolbox(path: Path, *recordings: np.ndarray, labels=SUBJECT_LABELS, rate: float = 60.0, **fields):
    """A MATLAB file with a struct of the MoCap Toolbox per recording, `d1`, `d2` …; `fields` replace its own."""
    from scipy.io import savemat  # noqa: PLC0415 - of the tests that need it

    structs = {}
    for number, positions in enumerate(recordings, start=1):
        known = {
            "type": "MoCap data", "filename": "dance.tsv", "nFrames": float(len(positions)), "nCameras": 8.0,
            "nMarkers": float(len(labels)), "freq": rate, "nAnalog": 0.0, "anaFreq": 0.0, "timederOrder": 0.0,
            "markerName": np.array(labels, object)[:, None], "data": (positions * 1000).reshape(len(positions), -1),
            "analogdata": np.empty((0, 0)), "other": {"descr": "DESCRIPTION --"},
        }  # fmt: skip
        structs[f"d{number}"] = known | fields
    savemat(path, structs, do_compression=True)
    return path


def write_every_format(folder: Path) -> list[Path]:
    """One small valid file of every format; returns those that are opened, without the description."""
    raw = to_raw_layout(walking_positions(60))
    np.save(folder / "mariel_raw.npy", raw)
    np.save(folder / "excerpt.npy", raw[:15, :40])
    np.save(folder / "coordinates.npy", walking_positions(30).astype(np.float32))
    np.save(folder / "array.npy", joint_positions(60, 22))
    write_described(folder / "described.npy", joint_positions())
    write_npz(folder / "named.npz")
    bvh = BVH.replace("Frames: 2", "Frames: 20").replace("1 2 3 90 0 0 0 0 0\n", "1 2 3 90 0 0 0 0 0\n" * 19)
    (folder / "skeleton.bvh").write_text(bvh)
    markers = marker_positions()
    markers[3:6, 2] = np.nan
    write_c3d(folder / "points.c3d", markers)
    write_trc(folder / "rows.trc", markers)
    write_qualisys(folder / "qualisys.tsv", markers)
    write_motive(folder / "motive.csv", markers)
    write_nexus(folder / "nexus.csv", markers)
    write_table(folder / "table.csv", markers)
    write_smpl(folder / "amass.npz", joints=24)
    write_smpl_rotations(folder / "rotations.npy")
    write_posed_joints(folder / "posed.npz")
    write_mocap_toolbox(folder / "toolbox.mat", markers)
    with zipfile.ZipFile(folder / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dance.bvh", bvh)
    return sorted(path for path in folder.iterdir() if path.suffix != ".json")
