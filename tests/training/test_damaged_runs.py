"""Whatever a run's folder contains, opening and reading it raises nothing but a CheckpointError."""

import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mariel.errors import CheckpointError
from mariel.models.registry import make_model
from mariel.training import checkpoints
from mariel.training.checkpoints import load_checkpoint, load_training_checkpoint
from mariel.training.run_training import run_training
from mariel.training.runs import Run, broken_runs, find_run, list_runs
from tests.support.small_runs import new_run

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT.parent / "shared" / "cases" / "security"
NAMES = sorted(path.name for path in CASES.glob("run-*") if (path / "hostile").is_dir())

HOSTILE = [
    None, True, -1, 0, 1.5, 10**12, 10**30, 10**400, float("nan"), float("inf"), "", "word", "\0", "../../etc",
    [], {}, [[]], {"a": 1}, [1, "2"], "x" * 10_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """The folder of a trained run, with every file that a run can have."""
    run = new_run(tmp_path_factory.mktemp("sound"), epochs=1)
    reduced = run.settings.replace(data=run.settings.data.replace(marker_set="18"))
    run = Run.create(run.folder.parent, "reduced", reduced)
    run_training(run, threads=1)
    assert {path.name for path in run.folder.iterdir()} == {
        "run.json", "data.json", "preprocessing.json", "metrics.jsonl", "status.json", "best.safetensors",
        "last.safetensors", "preview.npz", "lock",
    }  # fmt: skip
    return run.folder


@pytest.fixture
def root(tmp_path, sound) -> Path:
    """A folder of runs with a sound one and a copy to be damaged."""
    for name in ("good", "bad"):
        shutil.copytree(sound, tmp_path / "runs" / name)
    return tmp_path / "runs"


def read_everything(folder: Path) -> list[str]:
    """Read all of a run's folder; the messages of what is damaged. Anything but a CheckpointError fails the test."""
    messages = [reason for _, reason in broken_runs(folder.parent)]
    for run in list_runs(folder.parent):
        status = run.status()
        assert status.state
        assert run.metrics(skip_damaged=True) is not None
        messages += run.problems()
        parts = (
            run.preprocessing,
            lambda run=run: (run.marker_set, run.fps),
            lambda run=run: load_checkpoint(run.folder, "best"),
            lambda run=run: load_checkpoint(run.folder, "last"),
            lambda run=run: load_training_checkpoint(run.folder / "last.safetensors", run.settings),
        )
        for part in parts:
            try:
                part()
            except CheckpointError as error:
                messages.append(str(error))
    return messages


def test_a_sound_run_has_no_problems(root):
    assert Run.open(root / "good").zip_bytes()
    assert read_everything(root / "good") == []
    assert Run.open(root / "good").problems() == []


@pytest.mark.skipif(not NAMES, reason="no cases at ../shared/cases")
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_run_is_listed_and_leaves_the_others_usable(name, tmp_path):
    for kind in ("good", "hostile"):
        shutil.copytree(CASES / name / kind, tmp_path / kind)
    read_everything(tmp_path / "hostile")
    good = find_run("good", tmp_path)
    assert (good.status().state, len(good.metrics()), good.problems()) == ("finished", 3, [])
    names = {run.name for run in list_runs(tmp_path)} | {folder.name for folder, _ in broken_runs(tmp_path)}
    assert names == {"good", "hostile"}


def fields_of(value: object, path: tuple = ()) -> list[tuple]:
    """The paths of all values in a JSON document; of a long list only the first."""
    children = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    return [path, *(each for key, child in children for each in fields_of(child, (*path, key)))]


def replaced(document: object, path: tuple, value: object) -> object:
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = replaced(document[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("file", ["run.json", "status.json", "data.json", "preprocessing.json", "metrics.jsonl"])
def test_every_field_of_every_file_may_hold_anything(root, file):
    path = root / "bad" / file
    document = json.loads(path.read_text().splitlines()[0] if file.endswith("l") else path.read_text())
    unit = None if file.endswith("l") else 1
    for field in fields_of(document):
        for value in HOSTILE:
            text = json.dumps(replaced(document, field, value), indent=unit)
            path.write_text(text + "\n")
            read_json_parts(root / "bad")


def read_json_parts(folder: Path) -> None:
    """Read what a folder's JSON files say; only a CheckpointError may come of it."""
    try:
        run = Run.open(folder)
    except CheckpointError:
        return
    run.status()
    run.metrics(skip_damaged=True)
    for message in run.problems():
        assert str(folder) in message


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damages(draw) -> tuple[str, str, float, float, bytes]:
    """Which file is damaged, how, from where, how much of it, and with what."""
    file = draw(st.sampled_from([
        "run.json", "status.json", "data.json", "preprocessing.json", "metrics.jsonl", "preview.npz",
        "best.safetensors", "last.safetensors",
    ]))  # fmt: skip
    how = draw(st.sampled_from(["overwrite", "insert", "cut", "truncate", "repeat", "document"]))
    start, share = draw(st.floats(0, 1)), draw(st.floats(0, 0.1))
    content = draw(st.binary(max_size=16)) if how != "document" else json.dumps(draw(DOCUMENTS)).encode()
    return file, how, start, share, content


def damaged(content: bytes, how: str, start: float, share: float, new: bytes) -> bytes:
    first = int(start * len(content))
    stop = first + int(share * len(content)) + 1
    return {
        "overwrite": content[:first] + new + content[first + len(new) :],
        "insert": content[:first] + new + content[first:],
        "cut": content[:first] + content[stop:],
        "truncate": content[:first],
        "repeat": content[:stop] + content[first:],
        "document": new,
    }[how]


@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(damages())
@pytest.mark.slow
def test_damaged_files_raise_checkpoint_errors_only(sound, damage):
    file, *how = damage
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "bad"
        copy.mkdir()
        for path in sound.iterdir():
            os.link(path, copy / path.name)
        content = (copy / file).read_bytes()
        (copy / file).unlink()
        (copy / file).write_bytes(damaged(content, *how))
        read_everything(copy)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("metrics.jsonl", b"[" * 100_000 + b"\n"),
        ("metrics.jsonl", b'{"epoch":' * 100_000 + b"\n"),
        ("status.json", b"[" * 100_000),
        ("run.json", b'{"a":' * 100_000),
        ("data.json", b"[" * 100_000),
        ("preprocessing.json", b"{" * 100_000),
        ("preview.npz", b"PK\x03\x04" + b"\0" * 1000),
        ("best.safetensors", (2**62).to_bytes(8, "little") + b"{}"),
    ],
)
def test_deep_and_huge_contents_are_refused(root, file, content):
    (root / "bad" / file).write_bytes(content)
    messages = read_everything(root / "bad")
    assert file == "status.json" or any(file in message for message in messages)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("file", ["run.json", "status.json", "data.json", "metrics.jsonl", "lock"])
def test_a_named_pipe_is_not_waited_for(root, file):
    (root / "bad" / file).unlink()
    os.mkfifo(root / "bad" / file)
    read_everything(root / "bad")


def test_folders_in_place_of_files_are_damage(root):
    for file in ("status.json", "data.json", "metrics.jsonl", "preview.npz", "best.safetensors", "last.safetensors"):
        (root / "bad" / file).unlink()
        (root / "bad" / file).mkdir()
    assert "interrupted" in Run.open(root / "bad").status().state
    read_everything(root / "bad")


def test_a_damaged_part_leaves_the_rest_usable(root):
    (root / "bad" / "metrics.jsonl").write_text("damaged\n")
    (root / "bad" / "preview.npz").write_text("damaged")
    run = Run.open(root / "bad")
    assert run.metrics(skip_damaged=True) == []
    assert [message.split("/")[-1].split("'")[0] for message in run.problems()] == ["metrics.jsonl", "preview.npz"]
    assert load_checkpoint(run.folder).epoch == 1


def test_weights_of_another_shape_are_refused_by_their_layer(root):
    path = root / "bad" / "run.json"
    description = json.loads(path.read_text())
    description["settings"]["model"]["latent"] = 5
    path.write_text(json.dumps(description))
    with pytest.raises(
        CheckpointError, match=r"layer decoder\.lat_to_hid\.0\.weight: expected shape \(8, 5\), found \(8, 4\)"
    ):
        load_checkpoint(root / "bad")


def test_a_model_of_many_gigabytes_is_refused_before_it_is_made(root, monkeypatch):
    """The settings of the shipped model, with layers as large as settings allow: 10 GB of weights."""
    shutil.copytree(ROOT / "checkpoints" / "demo-dancer", root / "big")
    path = root / "big" / "run.json"
    description = json.loads(path.read_text())
    description["settings"]["model"].update(latent=4096, curves=1024, encoder_hidden=8192, decoder_hidden=8192)
    path.write_text(json.dumps(description))
    devices = []

    def recording(*arguments):
        model = make_model(*arguments)
        devices.append(model.device.type)
        return model

    monkeypatch.setattr(checkpoints, "make_model", recording)
    with pytest.raises(CheckpointError, match=r"best\.safetensors': layer .* expected shape .*, found "):
        load_checkpoint(root / "big")
    assert devices == ["meta"]  # tensors of this device have no memory


class TestZip:
    def test_links_out_of_the_folder_are_not_followed(self, root, tmp_path):
        (tmp_path / "secret").write_text("secret")
        (root / "bad" / "notes.txt").symlink_to(tmp_path / "secret")
        (root / "bad" / "README.md").write_text("a card")
        assert b"secret" not in Run.open(root / "bad").zip_bytes()
        assert b"bad/README.md" in Run.open(root / "bad").zip_bytes()
        assert b"notes.txt" not in Run.open(root / "bad").zip_bytes()


class TestFolders:
    def test_a_folder_with_a_name_that_is_not_utf8_is_listed_as_broken(self, root):
        try:
            os.mkdir(os.fsencode(root) + b"/odd\xff")
            shutil.copy(root / "good" / "run.json", os.fsencode(root) + b"/odd\xff/run.json")
        except (OSError, ValueError):
            pytest.skip("the disk refuses such names")
        ((folder, reason),) = broken_runs(root)
        assert str(folder).encode()
        assert "UTF-8" in reason

    @pytest.mark.parametrize("name", ["", ".", "..", "../runs/good", "nobody", "/etc", "a\0b"])
    def test_a_name_that_is_no_runs_is_refused(self, root, name):
        with pytest.raises(CheckpointError):
            find_run(name, root)

    @pytest.mark.parametrize("path", ["~nobody-of-that-name/run", "a\0b"])
    def test_a_path_that_cannot_exist_is_refused(self, path):
        with pytest.raises(CheckpointError):
            Run.open(path)
        with pytest.raises(CheckpointError):
            load_checkpoint(path)
