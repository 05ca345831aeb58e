"""Archives: BVH with its credit, an array with its names, and bundles that open again."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest

from mariel.errors import RecordingError, StageError
from mariel.export.archives.bundle import bundle_bytes
from mariel.export.registry import EXPORTERS, exporter_for
from mariel.motion.io.formats import zip_archive
from mariel.motion.io.loading import load_recordings
from mariel.motion.io.registry import open_recording_file
from tests.export.dances import HANDS, JOINTS, hands_positions, joint_positions, request_of


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(path, **files: bytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_the_longest_ending_chooses_the_exporter():
    found = [exporter_for(f"a/b{suffix}").name for suffix in (".bvh.zip", ".NPY.zip", ".mariel.zip", ".zip", ".bvh")]
    assert found == ["bvh_zip", "npy_zip", "bundle", "bundle", "bvh"]


def test_bvh_files_travel_with_credit_and_error_of_the_fit(tmp_path):
    request = request_of(joint_positions(), joint_positions(20), marker_set=JOINTS)
    content = EXPORTERS["bvh_zip"].export(request)
    assert list(members(content)) == ["Ann.bvh", "Ben.bvh", "credit.txt"]
    credit = members(content)["credit.txt"].decode()
    assert "Danced by Ann." in credit
    assert "Ann 0.00 cm, Ben 0.00 cm" in credit
    (tmp_path / "duet.bvh.zip").write_bytes(content)
    takes = load_recordings(tmp_path / "duet.bvh.zip")
    assert {name: len(take) for name, take in takes.items()} == {"Ann": 30, "Ben": 20}


def test_an_array_and_its_json_open_again_with_names_rate_and_credit(tmp_path):
    positions = hands_positions(30)
    path = tmp_path / "hands.npy.zip"
    path.write_bytes(EXPORTERS["npy_zip"].export(request_of(positions, fps=50.0)))
    about = json.loads(members(path.read_bytes())["dance.json"])
    assert (about["axes"], about["up"], about["unit"], about["fps"]) == (["frame", "marker", "xyz"], "+z", "m", 50)
    assert (about["markers"], about["edges"]) == (list(HANDS.labels), [[0, 2], [1, 2]])
    (take,) = open_recording_file(path)
    assert (take.fps, take.marker_set.labels, take.credit) == (50, HANDS.labels, "Danced by Ann.")
    np.testing.assert_allclose(take.positions, positions, atol=1e-6)


def test_a_bundle_opens_again_as_the_same_dances(tmp_path):
    positions = [joint_positions(), joint_positions(20)]
    recipe = {"checkpoint": "no such model", "seed": 3}
    path = tmp_path / "duet.mariel.zip"
    path.write_bytes(EXPORTERS["bundle"].export(request_of(*positions, marker_set=JOINTS, recipe=recipe)))
    assert list(members(path.read_bytes())) == [
        "bundle.json", "credit.txt", "motion.npz", "motion_2.npz", "dance.html",
    ]  # fmt: skip
    takes = load_recordings(path)
    assert list(takes) == ["a dance 1", "a dance 2"]
    for take, expected in zip(takes.values(), positions, strict=True):
        assert (take.fps, take.unit, take.credit) == (35, "m", "Danced by Ann.")
        assert (take.marker_set.labels, take.marker_set.skeletons) == (JOINTS.labels, JOINTS.skeletons)
        np.testing.assert_allclose(take.positions, expected, atol=1e-6)
    about = zip_archive.read_bundle_about(path)
    assert (about["title"], about["recipe"], about["checkpoint"]) == ("a dance", recipe, None)


def test_a_bundle_names_the_model_by_its_weights_and_holds_them_when_asked(tmp_path, monkeypatch):
    folder = tmp_path / "waltz"
    folder.mkdir()
    (folder / "best.safetensors").write_bytes(b"weights")
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path))
    request = request_of(joint_positions(), marker_set=JOINTS, recipe={"checkpoint": "waltz"})
    about = json.loads(members(bundle_bytes(request))["bundle.json"])
    assert about["checkpoint"] == {"name": "waltz", "fingerprint": hashlib.sha256(b"weights").hexdigest()}
    assert members(bundle_bytes(request, with_model=True))["model/best.safetensors"] == b"weights"
    with pytest.raises(StageError, match="not here"):
        bundle_bytes(request_of(joint_positions(), marker_set=JOINTS), with_model=True)


def test_nothing_of_an_archive_is_written_outside_its_folder(tmp_path):
    content = EXPORTERS["npz"].export(request_of(hands_positions(30)))
    names = ("../../evil.npz", "/tmp/evil2.npz", "..\\evil3.npz", "C:/evil4.npz")
    path = write_zip(tmp_path / "evil.zip", **dict.fromkeys(names, content))
    assert len(open_recording_file(path)) == 2  # names that begin with a dot are left out
    assert [found.name for found in tmp_path.rglob("*evil*")] == ["evil.zip"]
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_archive, "MAX_BYTES", 2**20)
    path = write_zip(tmp_path / "bomb.zip", **{"a.bvh": bytes(2**21)})
    assert path.stat().st_size < 10_000
    with pytest.raises(RecordingError, match="take over 1 MB"):
        open_recording_file(path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.jpg": b"x", "b.txt.exe": b"y"}, r"files of the kinds \.exe, \.jpg"),
        ({"bundle.json": b"[]", "motion.npz": b""}, "expected an object with format"),
        ({"bundle.json": b'{"format": "mariel bundle", "version": 9}', "motion.npz": b"x"}, "version 1, found 9"),
        ({"a.bvh": b"HIERARCHY"}, "BVH|ROOT|MOTION"),
    ],
)
def test_archives_that_cannot_be_used_say_why(tmp_path, files, message):
    with pytest.raises(RecordingError, match=message):
        open_recording_file(write_zip(tmp_path / "a.zip", **files))


def test_an_archive_of_very_many_files_is_refused(tmp_path):
    files = {f"{number}.bvh": b"" for number in range(zip_archive.MAX_MEMBERS + 1)}
    with pytest.raises(RecordingError, match="at most 500 files"):
        open_recording_file(write_zip(tmp_path / "many.zip", **files))
