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

from mariel.data.dataset import PhraseFeed
from mariel.data.settings import DataSettings
from mariel.errors import PhraseError, RecordingError, RunError, SettingsError
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint, load_training
from mariel.training.run_training import Control, execute, liveliest
from mariel.training.runs import Run
from tests.support.small_runs import (
    LENGTH,
    assert_as_if_never_interrupted,
    losses,
    new_run,
    stop_after,
    swaying,
    takes,
)


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
from mariel import files
from mariel.training.run_training import execute
from mariel.training.runs import Run

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
