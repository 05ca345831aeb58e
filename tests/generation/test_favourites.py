import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from mariel.errors import CheckpointError, RunError
from mariel.generation.favourites import favourites, favourites_folder, keep
from mariel.motion.mariel_markers import MARIEL_53
from mariel.training.runs import checked_name, list_runs
from tests.support.small_runs import new_run, swaying

RECIPE = {"checkpoint": "waltz", "mode": "New", "seed": 7, "temperature": 0.5}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def kept(root, name="slow turn", frames=20):
    return keep(name, swaying(frames), MARIEL_53, 35.0, RECIPE, root=root)


def test_a_dance_comes_back_as_it_was_with_how_it_was_made(root):
    kept(root)
    (found,), broken = favourites(root)
    assert (found.name, found.fps, found.marker_set, found.recipe, broken) == (
        "slow turn", 35.0, MARIEL_53, RECIPE, [],
    )  # fmt: skip
    np.testing.assert_array_equal(found.positions, swaying(20).astype(np.float32))


def test_the_newest_comes_first(root):
    for name in ("b", "a", "c"):
        kept(root, name)
    assert [each.name for each in favourites(root)[0]] == ["c", "a", "b"]


def test_without_any_there_are_none(root):
    assert favourites(root) == ([], [])


def test_they_are_renamed_and_deleted(root):
    first = kept(root)
    renamed = first.rename("quick turn")
    assert [each.name for each in favourites(root)[0]] == ["quick turn"]
    assert len(renamed.positions) == 20
    renamed.delete()
    renamed.delete()
    assert favourites(root)[0] == []


def test_a_taken_name_is_refused_and_what_was_kept_stays(root):
    kept(root, frames=20)
    other = kept(root, "other")
    for attempt in (lambda: kept(root, frames=30), lambda: other.rename("slow turn")):
        with pytest.raises(RunError, match="'slow turn' already"):
            attempt()
    assert sorted((each.name, len(each.positions)) for each in favourites(root)[0]) == [
        ("other", 20), ("slow turn", 20),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "../out", "a/b", ".hidden", "x" * 81])
def test_names_that_are_no_file_names_are_refused(root, name):
    with pytest.raises(RunError, match="favourite"):
        kept(root, name)
    assert not root.exists() or not list(root.rglob("*.npz"))


def test_runs_are_not_disturbed_and_no_run_takes_the_folders_name(tmp_path, root):
    kept(root)
    assert list_runs(root) == []
    new_run(tmp_path)
    assert [run.name for run in list_runs(root)] == ["run"]
    with pytest.raises(RunError, match="kept"):
        checked_name("Favourites")


def npz(**arrays) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def about(**changes) -> np.ndarray:
    facts = {"format": "mariel favourite", "version": 1, "kept": "2026-01-01", "fps": 35.0, "recipe": {}}
    return np.array(json.dumps({**facts, "marker_set": MARIEL_53.to_dict(), **changes}))


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 not really", "damaged"),
        (npz(positions=np.zeros((2, 53, 3))), "damaged"),
        (npz(about=np.array("{")), "damaged"),
        (npz(about=np.array(3)), "not a favourite"),
        (npz(about=np.array([Bomb()], object)), "damaged"),
        (pickle.dumps(Bomb()), "damaged"),
        (npz(about=np.array('{"format": "other"}')), "not a favourite"),
        (npz(about=about(version=9)), "version 1, found 9"),
        (npz(about=about(fps=0)), "0.0 frames a second"),
        (npz(about=about(marker_set={"name": "x"})), "damaged"),
        (npz(about=about(recipe=[])), "recipe"),
    ],
)
def test_damaged_and_hostile_files_are_named_and_the_others_stay(root, content, said):
    kept(root)
    path = favourites_folder(root) / "odd.npz"
    path.write_bytes(content)
    found, broken = favourites(root)
    assert [each.name for each in found] == ["slow turn"]
    ((where, reason),) = broken
    assert where == path
    assert said in reason
    assert "odd.npz" in reason


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, "damaged"),
        ({"positions": np.zeros((2, 9, 3), np.float32)}, r"\(frames, 53, 3\), found \(2, 9, 3\)"),
        ({"positions": np.zeros((0, 53, 3), np.float32)}, r"\(0, 53, 3\)"),
        ({"positions": np.zeros((2, 53, 3), "U4")}, "metres"),
    ],
)
def test_positions_that_are_none_are_said_when_they_are_asked_for(root, arrays, said):
    favourites_folder(root).mkdir(parents=True)
    (favourites_folder(root) / "odd.npz").write_bytes(npz(about=about(), **arrays))
    (found,), _ = favourites(root)
    with pytest.raises(CheckpointError, match=said):
        _ = found.positions


def test_a_file_that_says_it_is_enormous_is_not_read(root, monkeypatch):
    monkeypatch.setattr("mariel.generation.favourites.LARGEST", 10_000)
    favourites_folder(root).mkdir(parents=True)
    with zipfile.ZipFile(favourites_folder(root) / "odd.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.npy", b"\0" * 20_000)
    assert "would take" in favourites(root)[1][0][1]
