import json
from dataclasses import replace

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.demo import choreography, demo_folder, is_demo_folder, read_score, takes

SHORT = {name: replace(choreography.TAKES[name], frames=1500) for name in ("adagio", "undertow")}


@pytest.fixture(autouse=True)
def two_short_takes(monkeypatch):
    monkeypatch.setattr(takes, "TAKES", SHORT)
    monkeypatch.setattr(choreography, "TAKES", SHORT)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_folder_holds_raw_takes_and_a_score(tmp_path):
    folder = demo_folder(tmp_path)
    assert sorted(contents(folder)) == ["demo.json", "mariel_adagio.npy", "mariel_undertow.npy"]
    assert np.load(folder / "mariel_adagio.npy", allow_pickle=False).shape == (55, 1500, 3)
    assert is_demo_folder(folder)
    assert is_demo_folder(folder / "mariel_adagio.npy")
    score = read_score(folder)
    assert score.keys() == SHORT.keys()
    assert score["adagio"][-1].movement == "bow"
    frames = [performed.frame for performed in score["undertow"]]
    assert frames == sorted(frames)
    assert frames[-1] < 500
    assert "synthetic" in json.loads((folder / "demo.json").read_text())["kind"]


def test_a_second_call_generates_nothing(tmp_path):
    calls = []
    folder = demo_folder(tmp_path, progress=lambda take, share: calls.append((take, share)))
    assert calls == [("adagio", 0.0), ("undertow", 0.5), ("", 1.0)]
    stamps = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert demo_folder(tmp_path, progress=lambda *_: pytest.fail("generated again")) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == stamps


@pytest.mark.parametrize("damage", ["truncate", "remove", "score"])
def test_a_damaged_folder_is_generated_again(tmp_path, damage):
    folder = demo_folder(tmp_path)
    before = contents(folder)
    take = folder / "mariel_undertow.npy"
    if damage == "truncate":
        take.write_bytes(take.read_bytes()[:100_000])
    elif damage == "remove":
        take.unlink()
    else:
        (folder / "demo.json").write_text("{")
    assert demo_folder(tmp_path) == folder
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_another_seed_or_version_is_another_folder(tmp_path, monkeypatch):
    first = demo_folder(tmp_path)
    second = demo_folder(tmp_path, seed=1)
    assert contents(first)["mariel_adagio.npy"] != contents(second)["mariel_adagio.npy"]
    monkeypatch.setattr(takes, "VERSION", takes.VERSION + 1)
    assert demo_folder(tmp_path) not in (first, second)


def test_a_folder_finished_by_another_process_is_used(tmp_path):
    folder = demo_folder(tmp_path)
    stamp = folder.stat().st_mtime_ns
    temporary = tmp_path / "late"
    temporary.mkdir()
    assert takes._move_into_place(temporary, folder, 0) == folder
    assert folder.stat().st_mtime_ns == stamp


def test_the_cache_folder_is_that_of_the_program(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CACHE", str(tmp_path / "here"))
    assert demo_folder().parent == tmp_path / "here"


def test_the_temporary_folder_is_used_if_the_cache_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("MARIEL_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(takes.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert demo_folder().parent == tmp_path / "temporary" / "mariel"
    with pytest.raises(RecordingError, match="cannot be saved in"):
        demo_folder(tmp_path / "file" / "below")


@pytest.mark.parametrize("text", [None, "{}", "[]", "not json", '{"kind": "other"}', "[" * 100_000])
def test_other_folders_are_not_demo_folders(tmp_path, text):
    if text is not None:
        (tmp_path / "demo.json").write_text(text)
    assert not is_demo_folder(tmp_path)
    with pytest.raises(RecordingError, match="no demo dancer"):
        read_score(tmp_path)


def test_a_damaged_score_is_named(tmp_path):
    (tmp_path / "demo.json").write_text(json.dumps({"kind": takes.KIND, "takes": [1]}))
    with pytest.raises(RecordingError, match=r"demo.json in .* is damaged"):
        read_score(tmp_path)
