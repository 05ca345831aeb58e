import io
import json
import pickle

import numpy as np
import pytest

from mariel.errors import CheckpointError, RunError
from mariel.generation.favourites import (
    favourites_folder,
    find_favourite,
    list_favourites,
    owner_of,
    save_favourite,
)
from mariel.motion.mariel_markers import MARIEL_53
from mariel.training.run_folder.names import validate_name
from mariel.training.runs import list_runs
from tests.support.small_runs import new_run, swaying

RECIPE = {"checkpoint": "waltz", "mode": "New", "seed": 7, "temperature": 0.5}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def saved(root, name="slow turn", frames=20):
    return save_favourite(name, swaying(frames), MARIEL_53, 35.0, RECIPE, root=root)


def test_a_favourite_is_read_back_with_its_recipe(root):
    saved(root)
    (found,), broken = list_favourites(root)
    assert (found.name, found.fps, found.marker_set, found.recipe, broken) == (
        "slow turn", 35.0, MARIEL_53, RECIPE, [],
    )  # fmt: skip
    np.testing.assert_array_equal(found.positions, swaying(20).astype(np.float32))


def test_the_newest_comes_first(root):
    for name in ("b", "a", "c"):
        saved(root, name)
    assert [each.name for each in list_favourites(root)[0]] == ["c", "a", "b"]


def test_a_favourite_that_is_replaced_is_read_again_and_none_keeps_the_positions_of_another_reading(root):
    saved(root)
    (first,), _ = list_favourites(root)
    (same,), _ = list_favourites(root)
    assert first.positions is not same.positions
    first.path.unlink()
    save_favourite("slow turn", swaying(30), MARIEL_53, 35.0, {**RECIPE, "seed": 8}, root=root)
    (second,), _ = list_favourites(root)
    assert (second.recipe["seed"], len(second.positions)) == (8, 30)


def test_an_empty_folder_has_no_favourites(root):
    assert list_favourites(root) == ([], [])


def test_favourites_can_be_renamed_and_deleted(root):
    first = saved(root)
    renamed = first.rename("quick turn")
    assert [each.name for each in list_favourites(root)[0]] == ["quick turn"]
    assert len(renamed.positions) == 20
    renamed.delete()
    renamed.delete()
    assert list_favourites(root)[0] == []


def test_a_name_in_use_is_refused_and_its_favourite_is_unchanged(root):
    saved(root, frames=20)
    other = saved(root, "other")
    for attempt in (lambda: saved(root, frames=30), lambda: other.rename("slow turn")):
        with pytest.raises(RunError, match="already a favourite 'slow turn'"):
            attempt()
    assert sorted((each.name, len(each.positions)) for each in list_favourites(root)[0]) == [
        ("other", 20), ("slow turn", 20),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "../out", "a/b", ".hidden", "x" * 81])
def test_names_that_are_not_valid_as_file_names_are_refused(root, name):
    with pytest.raises(RunError, match="favourite"):
        saved(root, name)
    assert not root.exists() or not list(root.rglob("*.npz"))


def test_the_folder_is_not_listed_as_a_run_and_no_run_can_have_its_name(tmp_path, root):
    saved(root)
    assert list_runs(root) == []
    new_run(tmp_path)
    assert [run.name for run in list_runs(root)] == ["run"]
    with pytest.raises(RunError, match="favourites are stored"):
        validate_name("Favourites")


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
    ("content", "message"),
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
        (npz(about=about(fps=0)), "fps: input should be greater"),
        (npz(about=about(marker_set={"name": "x"})), "damaged"),
        (npz(about=about(recipe=[])), "recipe"),
    ],
)
def test_damaged_and_malicious_files_are_named_and_others_are_listed(root, content, message):
    saved(root)
    path = favourites_folder(root) / "odd.npz"
    path.write_bytes(content)
    found, broken = list_favourites(root)
    assert [each.name for each in found] == ["slow turn"]
    ((where, reason),) = broken
    assert where == path
    assert message in reason
    assert "odd.npz" in reason


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "damaged"),
        ({"positions": np.zeros((2, 9, 3), np.float32)}, r"\(frames, 53, 3\), found \(2, 9, 3\)"),
        ({"positions": np.zeros((0, 53, 3), np.float32)}, r"\(0, 53, 3\)"),
        ({"positions": np.zeros((2, 53, 3), "U4")}, "metres"),
    ],
)
def test_invalid_positions_are_refused_when_they_are_read(root, arrays, message):
    favourites_folder(root).mkdir(parents=True)
    (favourites_folder(root) / "odd.npz").write_bytes(npz(about=about(), **arrays))
    (found,), _ = list_favourites(root)
    with pytest.raises(CheckpointError, match=message):
        _ = found.positions


def test_a_file_that_claims_to_be_huge_is_not_read(root, monkeypatch):
    monkeypatch.setattr("mariel.generation.favourites.MAX_ABOUT_BYTES", 10_000)
    favourites_folder(root).mkdir(parents=True)
    (favourites_folder(root) / "odd.npz").write_bytes(npz(about=np.array("x" * 20_000)))
    assert "more than the" in list_favourites(root)[1][0][1]


def test_each_visitor_has_a_folder_and_what_lies_beside_the_folders_is_everybodys(root):
    saved(root, "old")
    owners = [owner_of(visitor) for visitor in ("hers", "his")]
    for owner, name in zip(owners, ("turn", "leap"), strict=True):
        save_favourite(name, swaying(20), MARIEL_53, 35.0, RECIPE, root=root, owner=owner)
    assert [[each.name for each in list_favourites(root, owner)[0]] for owner in (*owners, "")] == [
        ["turn", "old"], ["leap", "old"], ["old"],
    ]  # fmt: skip
    for favourite in list_favourites(root, owners[0])[0]:
        assert find_favourite(favourite.id, root).path == favourite.path


@pytest.mark.parametrize("favourite_id", ["turn", "../turn", "..", "0123456789abcdef/../../runs", "/etc/turn", ""])
def test_a_favourite_that_is_not_there_is_a_clear_error(root, favourite_id):
    with pytest.raises(CheckpointError):
        find_favourite(favourite_id, root)


def test_the_name_of_a_visitors_folder_does_not_tell_the_visitors_secret():
    assert owner_of("secret") == owner_of("secret") != owner_of("other")
    assert "secret" not in owner_of("secret")
