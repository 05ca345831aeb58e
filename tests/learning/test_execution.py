import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from mariel.errors import CheckpointError, PhraseError, RecordingError, RunError, SettingsError
from mariel.learning import execution, files
from mariel.learning.checkpoints import load_checkpoint, load_training
from mariel.learning.execution import Control, execute, liveliest
from mariel.learning.feed import PhraseFeed
from mariel.learning.fingerprints import fingerprint
from mariel.learning.notebook_vae import NotebookVae
from mariel.learning.runs import Run
from mariel.learning.settings import DataSettings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.reading import load_recordings
from mariel.motion.recording import Recording
from tests.learning.small import LENGTH, new_run, swaying, takes
from tests.motion.bodies import write_take


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A run that nothing interrupted."""
    run = new_run(tmp_path_factory.mktemp("whole"))
    execute(run, threads=1)
    return run


def losses(run: Run) -> np.ndarray:
    """(epochs, 4): epoch, training and validation loss, training error."""
    return np.array([(r.epoch, r.train.loss, r.validation.loss, r.train.error_cm) for r in run.metrics()])


def assert_as_if_never_interrupted(run: Run, whole: Run) -> None:
    np.testing.assert_allclose(losses(run), losses(whole), rtol=1e-6)
    for which in ("best", "last"):
        state, expected = (load_checkpoint(each.folder, which).model.state_dict() for each in (run, whole))
        for name, tensor in expected.items():
            torch.testing.assert_close(state[name], tensor, rtol=1e-6, atol=1e-7)


def stop_after(batches: int, control: Control):
    """Told after every batch, asks to stop after so many."""
    seen = []

    def tell(report) -> None:
        seen.append(report)
        if len(seen) == batches:
            control.request_stop()

    return tell


class TestAWholeRun:
    def test_its_folder_holds_all_there_is_to_know(self, whole):
        assert {path.name for path in whole.folder.iterdir()} == {
            "run.json", "data.json", "preprocessing.json", "metrics.jsonl", "status.json", "best.safetensors",
            "last.safetensors", "preview.npz", "lock",
        }  # fmt: skip
        status = Run.open(whole.folder).status()
        assert (status.state, status.reason, status.epoch, status.progress) == (
            "finished",
            "3 epochs are over",
            3,
            1.0,
        )
        assert [result.epoch for result in whole.metrics()] == [1, 2, 3]
        assert whole.marker_set == MARIEL_53
        best = min(whole.metrics(), key=lambda result: result.validation.loss)
        assert load_checkpoint(whole.folder).result == best

    def test_its_model_learns(self, whole):
        assert losses(whole)[-1, 1] < losses(whole)[0, 1]

    def test_the_same_seed_gives_the_same_run_and_another_one_another(self, tmp_path, whole):
        run = new_run(tmp_path)
        assert execute(run, threads=1).state == "finished"
        np.testing.assert_array_equal(losses(run), losses(whole))
        other = new_run(tmp_path, "other", seed=1, epochs=1)
        execute(other, threads=1)
        assert losses(other)[0, 1] != losses(whole)[0, 1]

    def test_executed_again_it_stays_as_it_is(self, whole):
        before = (whole.folder / "metrics.jsonl").read_bytes()
        assert execute(whole, threads=1).state == "finished"
        assert (whole.folder / "metrics.jsonl").read_bytes() == before

    def test_callers_are_told_of_batches_and_epochs(self, tmp_path, whole):
        batches, results = [], []
        run = new_run(tmp_path)
        execute(run, threads=1, on_batch=batches.append, on_result=results.append)
        assert [(report.epoch, report.batch) for report in batches] == [
            (e, b) for e in (1, 2, 3) for b in (1, 2, 3, 4)
        ]
        assert results == run.metrics()

    def test_its_preview_is_a_validation_phrase_and_the_models_rebuilding(self, whole, tmp_path):
        preview = whole.preview()
        assert preview.original.shape == preview.reconstruction.shape == (LENGTH, 53, 3)
        assert (preview.epoch, preview.fps, preview.marker_set) == (3, 35.0, MARIEL_53)
        model = load_checkpoint(whole.folder, "last").model
        danced = takes()[preview.take].positions[preview.frame : preview.frame + LENGTH]
        with torch.no_grad():
            rebuilt = model.reconstruct(torch.from_numpy(danced.copy())[None])[0].numpy()
        np.testing.assert_allclose(preview.reconstruction, rebuilt, atol=1e-5)

    def test_threads_are_given_back(self, tmp_path):
        before = torch.get_num_threads()
        seen = []
        run = new_run(tmp_path, epochs=1, threads=1)
        execute(run, threads=2, on_batch=lambda _: seen.append(torch.get_num_threads()))
        assert set(seen) == {1}  # the run's own setting goes first
        assert torch.get_num_threads() == before


def test_the_liveliest_phrase_is_where_markers_travel_farthest():
    positions = swaying(200)
    positions[100:] = positions[100] + 0.001 * (positions[100:] - positions[100])  # hardly moves from here on
    recordings = {"one": Recording.from_positions("one", positions, MARIEL_53)}
    feed = PhraseFeed(recordings, DataSettings(length=LENGTH, validation=0.4))
    travelled = [np.linalg.norm(np.diff(positions[s : s + LENGTH], axis=0), axis=2).sum() for s in feed.validation]
    assert liveliest(feed) == feed.validation[int(np.argmax(travelled))]


class TestStopAndGoOn:
    @pytest.mark.parametrize("batches", [1, 4, 6])
    def test_a_run_stopped_anywhere_goes_on_as_if_never_interrupted(self, tmp_path, whole, batches):
        """In the first epoch, at the end of it, and in the middle of the second."""
        run, control = new_run(tmp_path), Control()
        status = execute(run, control=control, threads=1, on_batch=stop_after(batches, control))
        assert (status.state, status.reason) == ("stopped", "as asked")
        assert run.status() == status
        state = load_training(run.folder / "last.safetensors", run.settings).state
        assert 4 * state.epoch + state.batch == batches
        assert execute(Run.open(run.folder), threads=1).state == "finished"
        assert_as_if_never_interrupted(run, whole)

    def test_ctrl_c_saves_after_the_batch_and_is_raised(self, tmp_path, whole):
        run, batches = new_run(tmp_path), []

        def interrupt(report) -> None:
            batches.append(report)
            if len(batches) == 6:
                os.kill(os.getpid(), signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            execute(run, threads=1, on_batch=interrupt)
        assert len(batches) == 6
        assert (run.status().state, run.status().reason) == ("stopped", "by the keyboard")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        execute(run, threads=1)
        assert_as_if_never_interrupted(run, whole)

    @pytest.mark.parametrize("told", ["on_batch", "on_result"])
    def test_an_interrupt_raised_while_being_told_loses_nothing(self, tmp_path, whole, told):
        run = new_run(tmp_path)

        def interrupt(_) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            execute(run, threads=1, **{told: interrupt})
        assert run.status().state == "stopped"
        execute(run, threads=1)
        assert_as_if_never_interrupted(run, whole)

    def test_saving_often_changes_nothing(self, tmp_path, whole):
        run = new_run(tmp_path)
        execute(run, threads=1, save_every_seconds=0)
        assert_as_if_never_interrupted(run, whole)

    def test_the_log_is_completed_where_a_kill_came_between_saving_and_log(self, tmp_path, whole):
        run, control = new_run(tmp_path), Control()
        execute(run, control=control, threads=1, on_batch=stop_after(6, control))
        path = run.folder / "metrics.jsonl"
        path.write_bytes(path.read_bytes()[:-20])  # and it was torn
        execute(run, threads=1)
        assert_as_if_never_interrupted(run, whole)


class TestPause:
    def test_a_paused_run_is_saved_waits_and_goes_on(self, tmp_path, whole):
        run, control, outcome = new_run(tmp_path), Control(), []

        def pause(report) -> None:
            if (report.epoch, report.batch) == (2, 2):
                control.request_pause()

        thread = threading.Thread(
            target=lambda: outcome.append(execute(run, control=control, threads=1, on_batch=pause))
        )
        thread.start()
        try:
            wait_for(lambda: run.status().state == "paused")
            state = load_training(run.folder / "last.safetensors", run.settings).state
            assert (state.epoch, state.batch) == (1, 2)
            with pytest.raises(RunError, match="another process"):
                execute(run)
            assert thread.is_alive()
            control.request_resume()
            thread.join(60)
        finally:
            control.request_stop()
            thread.join(60)
        assert outcome[0].state == "finished"
        assert_as_if_never_interrupted(run, whole)

    def test_a_paused_run_can_be_stopped(self, tmp_path):
        run, control, outcome = new_run(tmp_path), Control(), []
        control.request_pause()
        thread = threading.Thread(target=lambda: outcome.append(execute(run, control=control, threads=1)))
        thread.start()
        wait_for(lambda: run.status().state == "paused")
        control.request_stop()
        thread.join(60)
        assert outcome[0].state == run.status().state == "stopped"


def wait_for(condition, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


KILLED = """
import os, signal, sys
from mariel.learning import files
from mariel.learning.execution import execute
from mariel.learning.runs import Run

left = int(sys.argv[2])

def dying(call):
    def counted(*args, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    return counted

class Os:
    def __getattr__(self, name):
        return getattr(os, name)

files.os = Os()
files.os.replace, files.os.fsync = dying(os.replace), dying(os.fsync)
execute(Run.open(sys.argv[1]), threads=1, save_every_seconds=0, on_batch=dying(lambda report: None))
"""


def test_killed_at_random_moments_it_loads_and_goes_on_as_if_never_interrupted(tmp_path, whole):
    """Killed -9 between batches, and within the saving: before a file is on disk, or before it takes its place."""
    run, seed = new_run(tmp_path), random.randrange(10**6)
    print("moments drawn with seed", seed)
    moments = random.Random(seed)
    begun = 12  # calls until the first checkpoint is there
    for _ in range(3):
        moment = begun + moments.randrange(24)
        done = subprocess.run([sys.executable, "-c", KILLED, str(run.folder), str(moment)], check=False)
        assert done.returncode == -signal.SIGKILL
        assert run.status().state == "interrupted"
        assert load_checkpoint(run.folder, "last").model is not None
        assert all(result.epoch for result in run.metrics())
    execute(run, threads=1)
    assert_as_if_never_interrupted(run, whole)
    assert not [path.name for path in run.folder.iterdir() if path.name.endswith(".part")]


class TestFailures:
    def test_a_loss_that_is_no_number_names_its_batch_and_keeps_the_last_good_weights(self, tmp_path, monkeypatch):
        run, calls, losses_of = new_run(tmp_path), [], NotebookVae.losses

        def failing(self, *args):
            calls.append(args)
            loss = losses_of(self, *args)
            return loss._replace(total=loss.total * float("nan")) if len(calls) == 8 else loss

        # Four batches and one for validation an epoch.
        monkeypatch.setattr(NotebookVae, "losses", failing)
        with pytest.raises(RunError, match=r"no longer a number, at epoch 2, batch 3 of 4"):
            execute(run, threads=1, save_every_seconds=0)
        status = run.status()
        assert status.state == "failed"
        assert "at epoch" in status.reason
        assert load_checkpoint(run.folder, "best").epoch == 1
        state = load_training(run.folder / "last.safetensors", run.settings).state
        assert (state.epoch, state.batch) == (1, 2)
        monkeypatch.undo()
        assert execute(run, threads=1).state == "finished"

    def test_weights_that_are_no_numbers_are_not_saved(self, tmp_path, monkeypatch):
        run, control = new_run(tmp_path), Control()
        execute(run, control=control, threads=1, on_batch=stop_after(5, control))
        before = (run.folder / "last.safetensors").read_bytes()

        class Broken(execution.Training):
            def __iter__(self):
                with torch.no_grad():
                    self.model.encoder.hid_mean.bias.fill_(float("inf"))
                self.state.batch += 1
                return iter(())

        monkeypatch.setattr(execution, "Training", Broken)
        with pytest.raises(RunError, match=r"hid_mean\.bias no longer holds numbers, at epoch 2, batch 2"):
            execute(run, threads=1)
        assert (run.folder / "last.safetensors").read_bytes() == before

    @pytest.mark.parametrize(
        ("number", "reason"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission denied")]
    )
    def test_a_disk_that_cannot_be_written_loses_nothing(self, tmp_path, whole, monkeypatch, number, reason):
        run, replace_file = new_run(tmp_path), os.replace

        def failing(source, target):
            if str(target).endswith("last.safetensors") and len(run.metrics()) == 1:
                raise OSError(number, "as it says")
            replace_file(source, target)

        monkeypatch.setattr(files.os, "replace", failing)
        with pytest.raises(RunError, match=rf"cannot write '.*last\.safetensors': {reason}"):
            execute(run, threads=1, save_every_seconds=0)
        assert (run.status().state, reason in run.status().reason) == ("failed", True)
        assert load_checkpoint(run.folder, "last").epoch == 1
        monkeypatch.undo()
        execute(run, threads=1)
        assert_as_if_never_interrupted(run, whole)

    def test_a_disk_so_full_that_not_even_the_failure_can_be_written_is_still_told(self, tmp_path, monkeypatch):
        run = new_run(tmp_path)

        def fill(_) -> None:
            def failing(*_):
                raise OSError(errno.ENOSPC, "as it says")

            monkeypatch.setattr(files.os, "replace", failing)

        with pytest.raises(RunError, match="the disk is full"):
            execute(run, threads=1, on_result=fill, save_every_seconds=0)
        assert run.status().state == "interrupted"

    def test_a_folder_that_is_gone_is_named(self, tmp_path):
        run = new_run(tmp_path)
        run.folder.rename(tmp_path / "elsewhere")
        with pytest.raises(RunError, match=r"cannot write '.*lock': its folder is gone"):
            execute(run)

    def test_a_second_writer_is_refused_and_the_status_stays_the_firsts(self, tmp_path):
        run = new_run(tmp_path)
        with run.writing():
            before = (run.folder / "status.json").read_bytes()
            with pytest.raises(RunError, match=rf"another process \(pid {os.getpid()}\) writes the run 'run'"):
                execute(run)
            assert (run.folder / "status.json").read_bytes() == before

    def test_a_fault_of_the_program_ends_the_run_with_its_reason(self, tmp_path):
        run = new_run(tmp_path)

        def fail(_) -> None:
            raise ZeroDivisionError("by nought")

        with pytest.raises(RunError, match="a fault of the program: ZeroDivisionError: by nought"):
            execute(run, threads=1, on_batch=fail)
        assert run.status().state == "failed"
        assert "ZeroDivisionError" in run.status().reason

    def test_too_little_memory_hints_at_the_batch_size(self, tmp_path):
        def fail(_) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")

        with pytest.raises(RunError, match=r"out of memory on processor.*--batch-size"):
            execute(new_run(tmp_path), threads=1, on_batch=fail)

    def test_a_damaged_checkpoint_is_named_and_left_as_it_is(self, tmp_path):
        run, control = new_run(tmp_path), Control()
        execute(run, control=control, threads=1, on_batch=stop_after(5, control))
        path = run.folder / "last.safetensors"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(CheckpointError, match=r"last\.safetensors' is damaged"):
            execute(run, threads=1)
        assert path.stat().st_size == 1000
        assert load_checkpoint(run.folder, "best").epoch == 1


class TestSettingsThatCannotWork:
    def test_recordings_that_are_not_there(self, tmp_path):
        run = new_run(tmp_path)
        for path in (tmp_path / "data").iterdir():
            path.unlink()
        with pytest.raises(RecordingError, match="no recordings in"):
            execute(run)
        assert run.status().state == "failed"
        assert "no recordings in" in run.status().reason

    def test_no_phrases(self, tmp_path):
        run = new_run(tmp_path)
        settings = replace(run.settings, data=replace(run.settings.data, length=512))
        with pytest.raises(PhraseError, match="512"):
            execute(replace(run, settings=settings))
        assert not (run.folder / "last.safetensors").exists()

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
    def test_a_device_that_is_not_there(self, tmp_path):
        run = new_run(tmp_path, device="cuda")
        with pytest.raises(SettingsError, match="--device cuda is not available"):
            execute(run)
        assert run.status().state == "failed"


class TestChangedData:
    @pytest.fixture
    def stopped(self, tmp_path) -> Run:
        run, control = new_run(tmp_path), Control()
        execute(run, control=control, threads=1, on_batch=stop_after(2, control))
        return run

    def test_the_fingerprint_names_every_take(self, stopped):
        one, two = stopped.fingerprint()["takes"]
        assert (one["name"], one["file"], one["frames"]) == ("one", "mariel_one.npy", 120)
        assert one["bytes"] == (stopped.folder.parents[1] / "data" / "mariel_one.npy").stat().st_size
        assert one["sha256"] != two["sha256"]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda data: write_take(data, "two", swaying(120, 5)),
                r"recording 'two' \(mariel_two\.npy\) has changed since the run began: its content is another",
            ),
            (lambda data: write_take(data, "two", swaying(130, 1)), "expected 120 frames, found 130"),
            (lambda data: (data / "mariel_two.npy").unlink(), "recording 'two' .* is no longer there"),
            (lambda data: write_take(data, "three", swaying(120, 3)), r"recording 'three' .* is new"),
        ],
    )
    def test_other_recordings_are_refused_by_name(self, stopped, change, message):
        data = stopped.folder.parents[1] / "data"
        change(data)
        with pytest.raises(RunError, match=message):
            execute(stopped, threads=1)
        assert load_checkpoint(stopped.folder, "last").model is not None

    def test_other_recordings_may_be_gone_on_with_if_wished(self, stopped):
        write_take(stopped.folder.parents[1] / "data", "two", swaying(120, 5))
        before = stopped.fingerprint()
        assert execute(stopped, threads=1, changed_data=True).state == "finished"
        assert Run.open(stopped.folder).fingerprint() == before

    def test_recordings_that_moved_are_the_same(self, stopped, tmp_path):
        moved = (tmp_path / "data").rename(tmp_path / "moved")
        settings = replace(stopped.settings, data=replace(stopped.settings.data, data=str(moved)))
        assert execute(replace(stopped, settings=settings), threads=1).state == "finished"


def test_a_description_beside_a_recording_is_part_of_it(tmp_path):
    positions = np.random.default_rng(0).uniform(0, 1.7, (60, 3, 3)).astype(np.float32)
    np.save(tmp_path / "hop.npy", positions)
    description = {"joints": ["a", "b", "c"], "edges": [[0, 1], [1, 2]], "axes": "frame, joint, xyz", "up": "+z"}
    prints = []
    for fps in (30, 60):
        (tmp_path / "hop.json").write_text(json.dumps({**description, "fps": fps}))
        prints.append(fingerprint(load_recordings(tmp_path)))
    assert prints[0]["takes"][0]["sha256"] != prints[1]["takes"][0]["sha256"]
