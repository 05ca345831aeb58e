"""The registry of formats, and the one function that opens files: nothing but RecordingError leaves it."""

import os
import socket

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.cli import main
from mariel.errors import MarkerError, RecordingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.io.registry import (
    FORMATS,
    ReadOptions,
    describe_suffixes,
    format_table,
    open_recording_file,
    register_format,
    suffixes,
)
from mariel.motion.recording import Recording
from tests.support.bodies import walking_recording
from tests.support.recording_files import write_every_format


@pytest.fixture
def toy_format():
    """A format of a test: a file that begins with TOY holds as many frames of a body as its second word says."""

    @register_format(
        "toy",
        files="`*.toy`",
        expects="a number of frames",
        suffixes=(".toy",),
        sniff=lambda path, head: head.startswith(b"TOY"),
    )
    def read_toy(path, options: ReadOptions) -> list[Recording]:
        take = walking_recording(path.stem, int(path.read_text().split()[1]))
        return [take.trim(options.trim or 0)]

    yield FORMATS["toy"]
    FORMATS.remove("toy")


def test_a_registered_format_is_found_in_folders_and_opened(tmp_path, toy_format):
    (tmp_path / "walk.toy").write_text("TOY 200")
    (take,) = load_recordings(tmp_path, trim=10).values()
    assert (take.name, len(take)) == ("walk", 180)
    assert suffixes() == (".bvh", ".c3d", ".csv", ".mat", ".npy", ".npz", ".toy", ".trc", ".tsv", ".zip")
    assert describe_suffixes() == ".bvh, .c3d, .csv, .mat, .npy, .npz, .toy, .trc, .tsv or .zip"
    assert "| `*.toy` | a number of frames |" in format_table().splitlines()


def test_files_of_a_registered_format_open_on_the_command_line(tmp_path, toy_format, capsys):
    (tmp_path / "walk.toy").write_text("TOY 200")
    assert main(["info", str(tmp_path)]) == 0
    assert "200 frames" in capsys.readouterr().out
    (tmp_path / "walk.toy").write_text("BOY 200")
    assert main(["info", str(tmp_path)]) == 1
    assert ".npz, .toy, .trc, .tsv or .zip file" in capsys.readouterr().err


def test_files_of_a_registered_format_open_in_the_app(tmp_path, toy_format):
    def page():
        import streamlit as st  # noqa: PLC0415

        from mariel.app.widgets.recordings import pick_recordings  # noqa: PLC0415

        for name, take in pick_recordings().items():
            st.write(f"{name}: {len(take)} frames")

    (tmp_path / "walk.toy").write_text("TOY 200")
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["data"] = str(tmp_path)
    app.run()
    assert not app.exception
    assert [text.value for text in app.markdown] == ["walk: 200 frames"]


def test_a_format_whose_name_is_taken_is_refused(toy_format):
    with pytest.raises(ValueError, match="there is a file format 'toy' already"):
        register_format("toy", files="", expects="", suffixes=(), sniff=lambda path, head: False)(lambda *_: [])


def test_files_of_a_removed_format_are_not_looked_for(tmp_path, toy_format):
    FORMATS.remove("toy")
    try:
        (tmp_path / "walk.toy").write_text("TOY 200")
        with pytest.raises(RecordingError, match=r"none of its 1 files match \(they are \.toy\)"):
            load_recordings(tmp_path)
    finally:
        FORMATS.add("toy", toy_format)


def test_each_file_is_recognised_by_exactly_one_format(tmp_path):
    recognised = {}
    for path in write_every_format(tmp_path):
        head = path.read_bytes()[: 2**16]
        (recognised[path.name],) = [name for name, each in FORMATS.items() if each.sniff(path, head)]
    assert recognised == {
        "mariel_raw.npy": "mariel", "excerpt.npy": "excerpt", "coordinates.npy": "coordinates", "array.npy": "array",
        "described.npy": "described", "named.npz": "npz", "skeleton.bvh": "bvh", "points.c3d": "c3d",
        "rows.trc": "trc", "qualisys.tsv": "qualisys", "motive.csv": "motive", "nexus.csv": "nexus",
        "table.csv": "table", "amass.npz": "smpl", "posed.npz": "posed joints", "toolbox.mat": "mocap toolbox",
        "packed.zip": "zip", "rotations.npy": "smpl rotations",
    }  # fmt: skip


def test_files_are_recognised_by_content_whatever_their_suffix(tmp_path):
    for path in write_every_format(tmp_path):
        if path.name != "described.npy":
            renamed = path.rename(path.with_suffix(".dat"))
            assert len(open_recording_file(renamed, ReadOptions(trim=0))) == 1


RAISED = {
    "damage": (ValueError("bad"), r"variety that this program cannot read \(ValueError: bad\)"),
    "recursion": (RecursionError("too deep"), "RecursionError"),
    "overflow": (OverflowError("too large"), "OverflowError"),
    "memory": (MemoryError(), "needs more memory than there is"),
    "a marker": (MarkerError("no marker 'X'"), "no marker 'X'"),
    "the disk": (OSError(5, "Input/output error"), "the file cannot be read: Input/output error"),
    "a refusal": (RecordingError("not today"), "^not today$"),
}


@pytest.mark.parametrize(("raised", "message"), RAISED.values(), ids=RAISED)
def test_whatever_a_reader_raises_is_a_recording_error(tmp_path, toy_format, raised, message):
    def read(path, options):
        raise raised

    FORMATS.remove("toy")
    register_format("toy", files="", expects="", suffixes=(".toy",), sniff=toy_format.sniff)(read)
    (tmp_path / "a.toy").write_text("TOY")
    with pytest.raises(RecordingError, match=message):
        open_recording_file(tmp_path / "a.toy")


def test_what_is_no_file_is_named_and_never_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "link.npy").symlink_to(tmp_path / "gone.npy")
    (tmp_path / "loop.npy").symlink_to(tmp_path / "loop.npy")
    (tmp_path / "folder.npy").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        server.bind("s.npy")
    for name, message in {
        "pipe.npy": "expected a file, found a pipe",
        "s.npy": "expected a file, found a socket",
        "link.npy": "a link to '.*gone.npy', which does not exist",
        "loop.npy": "the file cannot be read: .*symbolic links",
        "folder.npy": "expected a file, found a folder",
        "nothing.npy": "no such file",
        "\0.npy": "the file cannot be read: embedded null byte",
        "n" * 300: "the file cannot be read: File name too long",
        "/dev/zero": "expected a file, found a device",
    }.items():
        with pytest.raises(RecordingError, match=message):
            open_recording_file(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_named(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"x")
    (tmp_path / "a.npy").chmod(0)
    with pytest.raises(RecordingError, match="the file cannot be read: permission denied"):
        open_recording_file(tmp_path / "a.npy")


def test_positions_beyond_the_range_of_float32_count_as_missing(tmp_path):
    positions = walking_recording(frames=40).positions.astype(np.float64)
    positions[5:8, 3] = 1e300
    np.save(tmp_path / "a.npy", positions)
    (take,) = open_recording_file(tmp_path / "a.npy")
    np.testing.assert_allclose(take.positions[:, 3], walking_recording(frames=40).positions[:, 3], atol=1e-5)
