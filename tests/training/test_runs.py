import errno
import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from mariel import files
from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, RunError
from mariel.files import append_line, truncate_partial_line
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.training import runs
from mariel.training.manager import RunManager
from mariel.training.run_folder.results import EpochResult, MeanLosses
from mariel.training.run_folder.status import RunStatus
from mariel.training.run_folder.validation_example import ValidationExample, write_validation_example
from mariel.training.run_training import run_training
from mariel.training.runs import Run, broken_runs, find_run, list_runs
from mariel.training.settings import RunSettings
from tests.support.small_runs import MODEL, make_takes, new_run, run_settings, write_takes

SETTINGS = RunSettings(model=MODEL, data=DataSettings(data="demo"))

HOLD_LOCK = """
import sys
from mariel.training.runs import Run
with Run.open(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def result(epoch: int, loss: float = 1.0) -> EpochResult:
    return EpochResult(
        epoch=epoch, train=MeanLosses(loss=loss, reconstruction=1, kl=0, error_cm=5), validation=None, best=False,
        gradient_norm=1.0, learning_rate=0.001, phrases_per_second=100.0, seconds=60.0 * epoch, eta_seconds=0.0,
    )  # fmt: skip


def line(epoch: int, loss: float = 1.0) -> bytes:
    return json.dumps(result(epoch, loss).to_dict()).encode() + b"\n"


def files_of(run: Run) -> set[str]:
    return {path.name for path in run.folder.iterdir()}


@pytest.fixture
def run(tmp_path) -> Run:
    return Run.create(tmp_path, "spring", SETTINGS)


@pytest.fixture
def other_writer(run):
    """Another process that holds the run's lock."""
    command = [sys.executable, "-c", HOLD_LOCK, str(run.folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


class TestCreateAndOpen:
    def test_a_run_is_read_back_as_it_was_created(self, tmp_path):
        made = Run.create(tmp_path, "second spring", SETTINGS, parent="spring")
        opened = Run.open(tmp_path / "second spring")
        assert (opened.name, opened.settings, opened.parent) == ("second spring", SETTINGS, "spring")
        assert opened.created == made.created
        assert (opened.status().state, opened.status().reason) == ("stopped", "not started yet")
        assert (opened.metrics(), opened.validation_example(), opened.marker_set, opened.fps) == (
            [],
            None,
            None,
            None,
        )
        assert opened.fingerprint() is None

    def test_recordings_are_found_from_any_working_directory(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        run = Run.create(tmp_path, "here", RunSettings(model=MODEL, data=DataSettings(data="recordings")))
        assert run.settings.data.data == str(tmp_path / "recordings")
        assert Run.open(run.folder).settings == run.settings

    def test_the_demo_dancer_is_not_turned_into_a_path(self, run):
        assert run.settings.data.data == "demo"

    @pytest.mark.parametrize("name", ["", "  ", ".hidden", "../up", "a/b", "ends.", "nul\0l", "new\nline", "x" * 81])
    def test_names_that_are_not_valid_folders_are_refused(self, tmp_path, name):
        with pytest.raises(RunError, match="name"):
            Run.create(tmp_path, name, SETTINGS)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["été 2.1", "quick_look-3", "日本"])
    def test_names_may_have_letters_of_any_script(self, tmp_path, name):
        assert Run.open(Run.create(tmp_path, name, SETTINGS).folder).name == name

    def test_a_taken_name_is_refused_and_the_run_kept(self, run):
        with pytest.raises(RunError, match="a run 'spring' already exists"):
            Run.create(run.folder.parent, "spring", RunSettings(model=MODEL))
        assert Run.open(run.folder).settings == SETTINGS

    def test_nothing_is_left_of_a_run_that_cannot_be_created(self, tmp_path, monkeypatch):
        def failing(*_):
            raise OSError(errno.ENOSPC, "as it says")

        monkeypatch.setattr(files.os, "fsync", failing)
        with pytest.raises(RunError, match=r"run\.json': the disk is full"):
            Run.create(tmp_path, "late", SETTINGS)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_created_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(RunError, match=r"cannot write '.*file"):
            Run.create(tmp_path / "file", "late", SETTINGS)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, r"run\.json' is missing"),
            ("{", r"run\.json' is damaged"),
            ("[]", "damaged: input should be an object"),
            ('{"format": "other"}', "does not describe a run"),
            ('{"format": "mariel run", "version": 99}', "expected version 2, found 99"),
            (
                '{"format": "mariel run", "version": 1, "created": 3}',
                "damaged: created: input should be a valid string",
            ),
            (
                '{"format": "mariel run", "version": 1, "created": "2026-11-26", "settings": '
                '{"model": {"kind": "x"}, "data": {}, "train": {}}}',
                "--model must be one of",
            ),
            (
                '{"format": "mariel run", "version": 1, "created": "2026-11-26", "settings": '
                '{"model": {"kind": "notebook"}, "data": {"length": "long"}, "train": {}}}',
                r"run\.json': --length must be a whole number",
            ),
        ],
    )
    def test_a_damaged_description_is_named_by_file_and_field(self, run, content, message):
        path = run.folder / "run.json"
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(CheckpointError, match=message):
            Run.open(run.folder)

    def test_runs_are_listed_newest_first_and_broken_ones_separately(self, tmp_path):
        for name in ("first", "second", "broken"):
            Run.create(tmp_path, name, SETTINGS)
        (tmp_path / "broken" / "run.json").write_text("damaged")
        (tmp_path / "not a run").mkdir()
        (tmp_path / ".new-half").mkdir()
        (tmp_path / "notes.txt").write_text("")
        assert [run.name for run in list_runs(tmp_path)] == ["second", "first"]
        ((folder, reason),) = broken_runs(tmp_path)
        assert folder.name == "broken"
        assert "damaged" in reason

    def test_a_missing_folder_of_runs_has_no_runs(self, tmp_path):
        assert list_runs(tmp_path / "nowhere") == []


class TestShippedRuns:
    """Runs that come with the program lie in a folder of their own where it is installed."""

    @pytest.fixture
    def shipped(self, tmp_path, monkeypatch) -> Run:
        monkeypatch.delenv("MARIEL_CHECKPOINTS", raising=False)
        monkeypatch.setenv("MARIEL_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(files, "shipped_runs_folder", lambda: tmp_path / "package")
        monkeypatch.setattr(runs, "shipped_runs_folder", lambda: tmp_path / "package")
        return Run.create(tmp_path / "package", "shipped", SETTINGS)

    def test_they_are_listed_beside_the_users(self, shipped):
        Run.create(None, "own", SETTINGS)
        assert [(run.name, run.is_shipped) for run in list_runs()] == [("own", False), ("shipped", True)]
        assert find_run("shipped").folder == shipped.folder
        assert RunManager().status("shipped").state == "stopped"

    def test_a_run_of_the_users_with_the_same_name_is_shown_instead(self, shipped, tmp_path):
        Run.create(None, "shipped", SETTINGS)
        (only,) = list_runs()
        assert only.folder == find_run("shipped").folder == tmp_path / "home" / "checkpoints" / "shipped"

    def test_they_cannot_be_changed(self, shipped):
        before = files_of(shipped)
        for change in (lambda: shipped.rename("mine"), shipped.delete, lambda: RunManager().resume("shipped")):
            with pytest.raises(RunError, match="'shipped' comes with the program and cannot be changed"):
                change()
        assert files_of(shipped) == before

    def test_a_folder_that_the_user_names_stands_alone(self, shipped, tmp_path, monkeypatch):
        assert list_runs(tmp_path / "elsewhere") == []
        monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "elsewhere"))
        assert list_runs() == []

    def test_in_the_repository_the_shipped_run_is_one_of_the_users(self, monkeypatch):
        monkeypatch.delenv("MARIEL_CHECKPOINTS", raising=False)
        monkeypatch.delenv("MARIEL_HOME", raising=False)
        assert [run.is_shipped for run in list_runs() if run.name == "demo-dancer"] == [False]


class TestStatus:
    def test_a_status_has_the_process_that_wrote_it(self, run):
        run.write_status(RunStatus(state="failed", reason="too hot", epoch=3, progress=0.25, seconds=9.5))
        status = run.status()
        assert (status.state, status.reason, status.epoch, status.progress) == ("failed", "too hot", 3, 0.25)
        assert status.pid > 0
        assert status.updated > 1.6e9
        assert RunStatus.from_json(json.dumps(status.to_dict()), "the status") == status

    @pytest.mark.parametrize("state", ["running", "paused"])
    def test_a_run_without_a_process_is_interrupted(self, run, state):
        run.write_status(RunStatus(state=state, epoch=3))
        assert (run.status().state, run.status().epoch) == ("interrupted", 3)
        with run.lock():
            assert run.status().state == state

    def test_a_run_queued_by_a_process_that_has_ended_is_interrupted(self, run):
        # In a container its process ID, such as 1, lives again after a restart.
        (run.folder / "status.json").write_text(json.dumps({"state": "queued", "pid": os.getpid()}))
        assert (run.status().state, run.status().reason) == ("interrupted", "the process that queued it has ended")
        with run.lock():
            assert run.status().state == "queued"

    @pytest.mark.parametrize("content", ["", "{", '{"state": "asleep"}', '{"state": "failed", "epoch": "three"}'])
    def test_a_damaged_status_does_not_hide_the_run(self, run, content):
        (run.folder / "status.json").write_text(content)
        assert run.status().state == "interrupted"
        assert [each.name for each in list_runs(run.folder.parent)] == ["spring"]


class TestLock:
    def test_a_second_process_is_refused_with_the_first_ones_pid(self, run, other_writer):
        with (
            pytest.raises(RunError, match=rf"another process \(pid {other_writer.pid}\) writes the run 'spring'"),
            run.lock(),
        ):
            pass

    def test_two_threads_of_one_process_do_not_both_write(self, run):
        with run.lock(), pytest.raises(RunError, match="another process"), run.lock():
            pass

    def test_a_killed_process_releases_the_lock(self, run, other_writer):
        assert run.is_locked()
        other_writer.kill()
        other_writer.wait()
        assert not run.is_locked()
        with run.lock():
            pass

    @pytest.mark.parametrize("change", [lambda run: run.rename("summer"), Run.delete, Run.zip_bytes])
    def test_a_locked_run_cannot_be_changed(self, run, other_writer, change):
        before = files_of(run)
        with pytest.raises(RunError, match="writ"):
            change(run)
        assert files_of(run) == before


class TestRenameDeleteZip:
    def test_children_of_a_renamed_run_name_it_as_their_parent(self, run):
        Run.create(run.folder.parent, "child", SETTINGS, parent="spring")
        renamed = run.rename("summer")
        assert not run.folder.exists()
        assert Run.open(renamed.folder).name == "summer"
        assert Run.open(run.folder.parent / "child").parent == "summer"

    def test_a_run_cannot_take_another_ones_name(self, run):
        other = Run.create(run.folder.parent, "summer", RunSettings(model=MODEL))
        with pytest.raises(RunError, match="a run 'summer' already exists"):
            run.rename("summer")
        assert Run.open(other.folder).settings == other.settings
        assert Run.open(run.folder).settings == SETTINGS

    def test_deleting_removes_the_folder(self, run):
        run.delete()
        assert list(run.folder.parent.iterdir()) == []

    def test_a_zip_contains_the_run_without_its_lock(self, run, tmp_path):
        with run.lock():
            pass
        with zipfile.ZipFile(io.BytesIO(run.zip_bytes())) as archive:
            assert set(archive.namelist()) == {"spring/run.json", "spring/status.json"}
            archive.extractall(tmp_path / "elsewhere")
        assert Run.open(tmp_path / "elsewhere" / "spring").settings == SETTINGS


class TestMetrics:
    def test_logs_of_older_versions_are_read(self, run):
        assert set(result(1).to_dict()) == {
            "epoch", "train", "validation", "best", "gradient_norm", "learning_rate", "phrases_per_second", "seconds",
            "eta_seconds",
        }  # fmt: skip
        for content in (line(1), line(1).replace(b"phrases_per_second", b"phrases_a_second")):
            assert EpochResult.from_json(content, "the log") == result(1)

    def test_an_incomplete_last_line_is_ignored(self, run):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + line(2) + line(3)[:40])
        assert [each.epoch for each in run.metrics()] == [1, 2]

    def test_an_incomplete_line_is_removed_before_the_next_is_appended(self, run):
        path = run.folder / "metrics.jsonl"
        path.write_bytes(line(1) + line(2)[:40])
        truncate_partial_line(path)
        append_line(path, line(2).strip())
        assert run.metrics() == [result(1), result(2)]

    def test_a_log_with_only_an_incomplete_line_is_emptied(self, run):
        path = run.folder / "metrics.jsonl"
        path.write_bytes(line(1)[:40])
        truncate_partial_line(path)
        assert path.read_bytes() == b""

    def test_the_later_line_of_an_epoch_wins(self, run):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + line(2, 7.0) + line(2, 8.0))
        assert [each.train.loss for each in run.metrics()] == [1.0, 8.0]

    @pytest.mark.parametrize("damage", [b"\xff\xfe\n", b"{}\n", b"[1]\n", b'{"epoch": 1}\n'])
    def test_a_damaged_line_is_named(self, run, damage):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + damage + line(2))
        with pytest.raises(CheckpointError, match=r"metrics\.jsonl', line 2 is damaged"):
            run.metrics()


class TestData:
    def test_markers_frame_rate_and_preprocessing_are_stored(self, run):
        preprocessing = Preprocessing.fit(make_takes())
        run.write_data({"takes": []}, MARIEL_53, 35.0, preprocessing)
        opened = Run.open(run.folder)
        assert (opened.marker_set, opened.fps) == (MARIEL_53, 35.0)
        assert opened.preprocessing() == preprocessing

    def test_damaged_data_files_are_named(self, run):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(make_takes()))
        (run.folder / "preprocessing.json").write_text("{}")
        with pytest.raises(CheckpointError, match=r"preprocessing\.json"):
            run.preprocessing()
        (run.folder / "data.json").write_text('{"takes": [], "marker_set": {"name": 1}, "fps": 35}')
        with pytest.raises(CheckpointError, match=r"data\.json' is damaged: marker_set"):
            _ = Run.open(run.folder).marker_set

    def test_a_validation_example_is_read_back(self, run):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(make_takes()))
        original = np.random.default_rng(0).normal(size=(16, 53, 3)).astype(np.float32)
        path = run.folder / "preview.npz"
        write_validation_example(path, ValidationExample(original, original + 1, 35.0, MARIEL_53, "honey", 7, 3))
        example = run.validation_example()
        np.testing.assert_array_equal(example.original, original)
        np.testing.assert_array_equal(example.reconstruction, original + 1)
        assert (example.take, example.frame, example.epoch, example.fps) == ("honey", 7, 3, 35.0)

    @pytest.mark.parametrize("content", [b"", b"PK damaged", "other markers", "objects"])
    def test_a_damaged_validation_example_is_named(self, run, content):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(make_takes()))
        path = run.folder / "preview.npz"
        if content == "other markers":
            write_validation_example(
                path, ValidationExample(np.zeros((16, 18, 3)), np.zeros((16, 18, 3)), 35.0, MARIEL_18, "x", 0, 1)
            )
        elif content == "objects":
            buffer = io.BytesIO()
            np.savez(buffer, original=np.array([{}], dtype=object))
            path.write_bytes(buffer.getvalue())
        else:
            path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"preview\.npz'"):
            run.validation_example()


def test_a_run_needs_only_its_folder(tmp_path):
    run = new_run(tmp_path)
    moved = run.folder.rename(tmp_path / "moved")
    assert Run.open(moved).settings == run.settings


def test_a_run_opened_before_its_training_starts_sees_what_the_training_writes(tmp_path):
    run = Run.create(tmp_path / "runs", "watched", run_settings(write_takes(tmp_path / "data")))
    watched = Run.open(run.folder)
    assert (watched.problems(), watched.marker_set, watched.validation_example()) == ([], None, None)
    run_training(run)
    assert watched.marker_set == run.marker_set
    assert watched.validation_example() is not None
