import errno
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from mariel import files
from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, RunError
from mariel.files import append_line, cut_torn_line, write_atomically
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.training.previews import Preview, write_preview
from mariel.training.results import EpochResult, Means
from mariel.training.runs import Run, RunStatus, broken_runs, list_runs, runs_root
from mariel.training.settings import RunSettings
from tests.support.small_runs import MODEL, new_run, takes

SETTINGS = RunSettings(MODEL, DataSettings("demo"))

HOLD_LOCK = """
import sys
from mariel.training.runs import Run
with Run.open(sys.argv[1]).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def result(epoch: int, loss: float = 1.0) -> EpochResult:
    return EpochResult(epoch, Means(loss, 1, 0, 5), None, False, 1.0, 0.001, 100.0, 60.0 * epoch, 0.0)


def line(epoch: int, loss: float = 1.0) -> bytes:
    return json.dumps(result(epoch, loss).to_dict()).encode() + b"\n"


def files_of(run: Run) -> set[str]:
    return {path.name for path in run.folder.iterdir()}


@pytest.fixture
def run(tmp_path) -> Run:
    return Run.create(tmp_path, "spring", SETTINGS)


@pytest.fixture
def other_writer(run):
    """Another process that writes the run."""
    command = [sys.executable, "-c", HOLD_LOCK, str(run.folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


class TestMakingAndOpening:
    def test_a_run_is_read_back_as_it_was_made(self, tmp_path):
        made = Run.create(tmp_path, "second spring", SETTINGS, parent="spring")
        opened = Run.open(tmp_path / "second spring")
        assert (opened.name, opened.settings, opened.parent) == ("second spring", SETTINGS, "spring")
        assert opened.created == made.created
        assert opened.status().state == "queued"
        assert (opened.metrics(), opened.preview(), opened.marker_set, opened.fps) == ([], None, None, None)
        assert opened.fingerprint() is None

    def test_recordings_are_found_from_any_working_directory(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        run = Run.create(tmp_path, "here", RunSettings(MODEL, DataSettings("dances")))
        assert run.settings.data.data == str(tmp_path / "dances")
        assert Run.open(run.folder).settings == run.settings

    def test_the_demo_dancer_is_no_path(self, run):
        assert run.settings.data.data == "demo"

    @pytest.mark.parametrize("name", ["", "  ", ".hidden", "../up", "a/b", "ends.", "nul\0l", "new\nline", "x" * 81])
    def test_names_that_are_no_folders_are_refused(self, tmp_path, name):
        with pytest.raises(RunError, match="name"):
            Run.create(tmp_path, name, SETTINGS)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["été 2.1", "quick_look-3", "日本"])
    def test_names_may_have_letters_of_any_script(self, tmp_path, name):
        assert Run.open(Run.create(tmp_path, name, SETTINGS).folder).name == name

    def test_a_taken_name_is_refused_and_the_run_kept(self, run):
        with pytest.raises(RunError, match="there is a run 'spring' already"):
            Run.create(run.folder.parent, "spring", RunSettings(MODEL))
        assert Run.open(run.folder).settings == SETTINGS

    def test_nothing_is_left_of_a_run_that_cannot_be_made(self, tmp_path, monkeypatch):
        fail(monkeypatch, errno.ENOSPC)
        with pytest.raises(RunError, match=r"run\.json': the disk is full"):
            Run.create(tmp_path, "late", SETTINGS)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(RunError, match=r"cannot write '.*file"):
            Run.create(tmp_path / "file", "late", SETTINGS)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, r"run\.json' is missing"),
            ("{", r"run\.json' is damaged"),
            ("[]", "does not describe a run"),
            ('{"format": "mariel run", "version": 99}', "expected version 1, found 99"),
            ('{"format": "mariel run", "version": 1, "created": 3}', "expected words in 'created'"),
            (
                '{"format": "mariel run", "version": 1, "created": "", "settings": {"model": {"kind": "x"}, '
                '"data": {}, "train": {}}}',
                "--model must be one of",
            ),
            (
                '{"format": "mariel run", "version": 1, "created": "", "settings": {"model": {"kind": "notebook"}, '
                '"data": {"length": "long"}, "train": {}}}',
                r"run\.json': --length must be a whole number",
            ),
        ],
    )
    def test_a_damaged_description_is_named_by_file_and_field(self, run, content, message):
        path = run.folder / "run.json"
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(CheckpointError, match=message):
            Run.open(run.folder)

    def test_runs_are_listed_newest_first_and_broken_ones_apart(self, tmp_path):
        for name in ("first", "second", "broken"):
            Run.create(tmp_path, name, SETTINGS)
        (tmp_path / "broken" / "run.json").write_text("torn")
        (tmp_path / "not a run").mkdir()
        (tmp_path / ".new-half").mkdir()
        (tmp_path / "notes.txt").write_text("")
        assert [run.name for run in list_runs(tmp_path)] == ["second", "first"]
        ((folder, reason),) = broken_runs(tmp_path)
        assert folder.name == "broken"
        assert "damaged" in reason

    def test_a_folder_of_runs_need_not_be_there(self, tmp_path):
        assert list_runs(tmp_path / "nowhere") == []

    def test_the_environment_says_where_runs_are_kept(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path))
        assert runs_root() == tmp_path
        monkeypatch.delenv("MARIEL_CHECKPOINTS")
        assert runs_root().name == "checkpoints"
        assert (runs_root().parent / "mariel").is_dir()


class TestStatus:
    def test_a_status_says_who_wrote_it(self, run):
        run.write_status(RunStatus("failed", "too hot", epoch=3, progress=0.25, seconds=9.5))
        status = run.status()
        assert (status.state, status.reason, status.epoch, status.progress) == ("failed", "too hot", 3, 0.25)
        assert status.pid > 0
        assert status.updated > 1.6e9
        assert RunStatus.from_dict(status.to_dict()) == status

    @pytest.mark.parametrize("state", ["running", "paused"])
    def test_a_run_that_nobody_runs_is_interrupted(self, run, state):
        run.write_status(RunStatus(state, epoch=3))
        assert (run.status().state, run.status().epoch) == ("interrupted", 3)
        with run.writing():
            assert run.status().state == state

    def test_a_run_queued_by_a_process_that_has_ended_is_interrupted(self, run):
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        (run.folder / "status.json").write_text(json.dumps({"state": "queued", "pid": ended.pid}))
        assert run.status().state == "interrupted"

    @pytest.mark.parametrize("content", ["", "{", '{"state": "asleep"}', '{"state": "failed", "epoch": "three"}'])
    def test_a_damaged_status_does_not_hide_the_run(self, run, content):
        (run.folder / "status.json").write_text(content)
        assert run.status().state == "interrupted"
        assert [each.name for each in list_runs(run.folder.parent)] == ["spring"]


class TestOneWriter:
    def test_a_second_process_is_told_who_writes(self, run, other_writer):
        with (
            pytest.raises(RunError, match=rf"another process \(pid {other_writer.pid}\) writes the run 'spring'"),
            run.writing(),
        ):
            pass

    def test_two_threads_of_one_process_do_not_both_write(self, run):
        with run.writing(), pytest.raises(RunError, match="another process"), run.writing():
            pass

    def test_the_lock_goes_with_a_killed_process(self, run, other_writer):
        assert run.is_written()
        other_writer.kill()
        other_writer.wait()
        assert not run.is_written()
        with run.writing():
            pass

    @pytest.mark.parametrize("change", [lambda run: run.rename("summer"), Run.delete, Run.zip_bytes])
    def test_a_run_that_is_written_stays_as_it_is(self, run, other_writer, change):
        before = files_of(run)
        with pytest.raises(RunError, match="writ"):
            change(run)
        assert files_of(run) == before


class TestRenamingDeletingSending:
    def test_a_renamed_run_keeps_its_children(self, run):
        Run.create(run.folder.parent, "child", SETTINGS, parent="spring")
        renamed = run.rename("summer")
        assert not run.folder.exists()
        assert Run.open(renamed.folder).name == "summer"
        assert Run.open(run.folder.parent / "child").parent == "summer"

    def test_a_taken_name_stays_the_others(self, run):
        other = Run.create(run.folder.parent, "summer", RunSettings(MODEL))
        with pytest.raises(RunError, match="there is a run 'summer' already"):
            run.rename("summer")
        assert Run.open(other.folder).settings == other.settings
        assert Run.open(run.folder).settings == SETTINGS

    def test_deleting_leaves_nothing(self, run):
        run.delete()
        assert list(run.folder.parent.iterdir()) == []

    def test_a_zip_holds_the_run_and_not_its_lock(self, run, tmp_path):
        with run.writing():
            pass
        run.write_zip(tmp_path / "spring.zip")
        with zipfile.ZipFile(tmp_path / "spring.zip") as archive:
            assert set(archive.namelist()) == {"spring/run.json", "spring/status.json"}
            archive.extractall(tmp_path / "elsewhere")
        assert Run.open(tmp_path / "elsewhere" / "spring").settings == SETTINGS


class TestMetrics:
    def test_a_torn_last_line_does_not_count(self, run):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + line(2) + line(3)[:40])
        assert [each.epoch for each in run.metrics()] == [1, 2]

    def test_a_torn_line_is_cut_before_the_next_is_added(self, run):
        path = run.folder / "metrics.jsonl"
        path.write_bytes(line(1) + line(2)[:40])
        cut_torn_line(path)
        append_line(path, line(2).strip())
        assert run.metrics() == [result(1), result(2)]

    def test_a_log_of_a_torn_line_alone_is_emptied(self, run):
        path = run.folder / "metrics.jsonl"
        path.write_bytes(line(1)[:40])
        cut_torn_line(path)
        assert path.read_bytes() == b""

    def test_the_later_line_of_an_epoch_wins(self, run):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + line(2, 7.0) + line(2, 8.0))
        assert [each.train.loss for each in run.metrics()] == [1.0, 8.0]

    @pytest.mark.parametrize("damage", [b"\xff\xfe\n", b"{}\n", b"[1]\n", b'{"epoch": 1}\n'])
    def test_a_damaged_line_is_named(self, run, damage):
        (run.folder / "metrics.jsonl").write_bytes(line(1) + damage + line(2))
        with pytest.raises(CheckpointError, match=r"metrics\.jsonl', line 2 is damaged"):
            run.metrics()


class TestWhatIsKnownOfItsData:
    def test_markers_frame_rate_and_preprocessing_are_kept(self, run):
        preprocessing = Preprocessing.fit(takes())
        run.write_data({"takes": []}, MARIEL_53, 35.0, preprocessing)
        opened = Run.open(run.folder)
        assert (opened.marker_set, opened.fps) == (MARIEL_53, 35.0)
        assert opened.preprocessing() == preprocessing

    def test_damage_is_named(self, run):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(takes()))
        (run.folder / "preprocessing.json").write_text("{}")
        with pytest.raises(CheckpointError, match=r"preprocessing\.json"):
            run.preprocessing()
        (run.folder / "data.json").write_text('{"takes": [], "marker_set": {"name": 1}, "fps": 35}')
        with pytest.raises(CheckpointError, match=r"data\.json': marker_set"):
            _ = Run.open(run.folder).marker_set

    def test_a_preview_is_read_back(self, run):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(takes()))
        original = np.random.default_rng(0).normal(size=(16, 53, 3)).astype(np.float32)
        path = run.folder / "preview.npz"
        write_preview(path, Preview(original, original + 1, 35.0, MARIEL_53, "honey", 7, 3))
        preview = run.preview()
        np.testing.assert_array_equal(preview.original, original)
        np.testing.assert_array_equal(preview.reconstruction, original + 1)
        assert (preview.take, preview.frame, preview.epoch, preview.fps) == ("honey", 7, 3, 35.0)

    @pytest.mark.parametrize("content", [b"", b"PK torn", "other markers", "objects"])
    def test_a_damaged_preview_is_named(self, run, content):
        run.write_data({"takes": []}, MARIEL_53, 35.0, Preprocessing.fit(takes()))
        path = run.folder / "preview.npz"
        if content == "other markers":
            write_preview(path, Preview(np.zeros((16, 18, 3)), np.zeros((16, 18, 3)), 35.0, MARIEL_18, "x", 0, 1))
        elif content == "objects":
            buffer = io.BytesIO()
            np.savez(buffer, original=np.array([{}], dtype=object))
            path.write_bytes(buffer.getvalue())
        else:
            path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"preview\.npz'"):
            run.preview()


def fail(monkeypatch, number: int) -> None:
    """Let every write to disk fail, as on a disk that is full or not one's own."""

    def failing(*_):
        raise OSError(number, "as it says")

    monkeypatch.setattr(files.os, "fsync", failing)


class TestFiles:
    @pytest.mark.parametrize(
        ("number", "reason"),
        [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission denied"), (errno.EROFS, "read-only")],
    )
    def test_a_file_that_cannot_be_written_stays_as_it_was(self, tmp_path, monkeypatch, number, reason):
        path = tmp_path / "weights"
        write_atomically(path, b"old")
        fail(monkeypatch, number)
        with pytest.raises(RunError, match=rf"cannot write '.*weights': .*{reason}"):
            write_atomically(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_line_that_cannot_be_written_whole_is_taken_away(self, tmp_path, monkeypatch):
        path = tmp_path / "log"
        append_line(path, b"first")
        fail(monkeypatch, errno.ENOSPC)
        with pytest.raises(RunError, match=r"cannot write '.*log': the disk is full"):
            append_line(path, b"second")
        assert path.read_bytes() == b"first\n"

    def test_a_folder_that_is_gone_is_said_to_be(self, tmp_path):
        with pytest.raises(RunError, match="its folder is gone"):
            write_atomically(tmp_path / "gone" / "weights", b"new")


def test_a_run_needs_nothing_but_its_folder(tmp_path):
    run = new_run(tmp_path)
    moved = run.folder.rename(tmp_path / "moved")
    assert Run.open(moved).settings == run.settings
