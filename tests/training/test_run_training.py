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

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import PhraseError, RecordingError, RunError, SettingsError
from mariel.generation.phrase_windows import run_recordings
from mariel.generation.take_positions import run_takes
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint, load_training_checkpoint
from mariel.training.control import TrainingControl
from mariel.training.run_folder.validation_example import most_active
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.small_runs import (
    LENGTH,
    assert_same_training,
    loss_curve,
    make_takes,
    new_run,
    run_settings,
    stop_after,
    swaying,
    with_settings,
    write_takes_of_rates,
)


class TestFinishedRun:
    def test_its_folder_contains_all_files(self, whole):
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
        assert loss_curve(whole)[-1, 1] < loss_curve(whole)[0, 1]

    def test_the_same_seed_gives_the_same_run_and_another_seed_a_different_one(self, tmp_path, whole):
        run = new_run(tmp_path)
        assert run_training(run, threads=1).state == "finished"
        np.testing.assert_array_equal(loss_curve(run), loss_curve(whole))
        other = new_run(tmp_path, "other", seed=1, epochs=1)
        run_training(other, threads=1)
        assert loss_curve(other)[0, 1] != loss_curve(whole)[0, 1]

    def test_training_a_finished_run_again_changes_nothing(self, whole):
        before = (whole.folder / "metrics.jsonl").read_bytes()
        assert run_training(whole, threads=1).state == "finished"
        assert (whole.folder / "metrics.jsonl").read_bytes() == before

    def test_callbacks_are_called_for_batches_and_epochs(self, tmp_path, whole):
        batches, results = [], []
        run = new_run(tmp_path)
        run_training(run, threads=1, on_batch=batches.append, on_result=results.append)
        assert [(report.epoch, report.batch) for report in batches] == [
            (e, b) for e in (1, 2, 3) for b in (1, 2, 3, 4)
        ]
        assert results == run.metrics()

    def test_its_validation_example_is_a_validation_phrase_and_the_models_reconstruction(self, whole, tmp_path):
        example = whole.validation_example()
        assert example.original.shape == example.reconstruction.shape == (LENGTH, 53, 3)
        assert (example.epoch, example.fps, example.marker_set) == (3, 35.0, MARIEL_53)
        model = load_checkpoint(whole.folder, "last").model
        original = make_takes()[example.take].positions[example.frame : example.frame + LENGTH]
        with torch.no_grad():
            reconstruction = model.reconstruct(torch.from_numpy(original.copy())[None])[0].numpy()
        np.testing.assert_allclose(example.reconstruction, reconstruction, atol=1e-5)

    def test_the_number_of_threads_is_restored(self, tmp_path):
        before = torch.get_num_threads()
        seen = []
        run = new_run(tmp_path, epochs=1, threads=1)
        run_training(run, threads=2, on_batch=lambda _: seen.append(torch.get_num_threads()))
        assert set(seen) == {1}  # the run's own setting goes first
        assert torch.get_num_threads() == before


def test_the_most_active_phrase_is_where_markers_move_the_longest_distance():
    positions = swaying(200)
    positions[100:] = positions[100] + 0.001 * (positions[100:] - positions[100])  # hardly any motion from here on
    recordings = {"one": Recording.from_positions("one", positions, MARIEL_53)}
    dataset = PhraseDataset(recordings, DataSettings(length=LENGTH, validation=0.4))
    distances = [np.linalg.norm(np.diff(positions[s : s + LENGTH], axis=0), axis=2).sum() for s in dataset.validation]
    assert most_active(dataset) == dataset.validation[int(np.argmax(distances))]


class TestStopAndResume:
    @pytest.mark.parametrize("batches", [1, 4, 6])
    def test_a_run_stopped_anywhere_resumes_with_the_same_results(self, tmp_path, whole, batches):
        """In the first epoch, at the end of it, and in the middle of the second."""
        run, control = new_run(tmp_path), TrainingControl()
        status = run_training(run, control=control, threads=1, on_batch=stop_after(batches, control))
        assert (status.state, status.reason) == ("stopped", "on request")
        assert run.status() == status
        state = load_training_checkpoint(run.folder / "last.safetensors", run.settings).state
        assert 4 * state.epoch + state.batch == batches
        assert run_training(Run.open(run.folder), threads=1).state == "finished"
        assert_same_training(run, whole)

    def test_ctrl_c_saves_after_the_batch_and_is_raised(self, tmp_path, whole):
        run, batches = new_run(tmp_path), []

        def interrupt(report) -> None:
            batches.append(report)
            if len(batches) == 6:
                os.kill(os.getpid(), signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            run_training(run, threads=1, on_batch=interrupt)
        assert len(batches) == 6
        assert (run.status().state, run.status().reason) == ("stopped", "by the keyboard")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        run_training(run, threads=1)
        assert_same_training(run, whole)

    @pytest.mark.parametrize("callback", ["on_batch", "on_result"])
    def test_an_interrupt_raised_in_a_callback_loses_nothing(self, tmp_path, whole, callback):
        run = new_run(tmp_path)

        def interrupt(_) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_training(run, threads=1, **{callback: interrupt})
        assert run.status().state == "stopped"
        run_training(run, threads=1)
        assert_same_training(run, whole)

    def test_saving_often_changes_nothing(self, tmp_path, whole):
        run = new_run(tmp_path)
        run_training(run, threads=1, save_every_seconds=0)
        assert_same_training(run, whole)

    def test_the_log_is_completed_if_the_process_was_killed_between_saving_and_logging(self, tmp_path, whole):
        run, control = new_run(tmp_path), TrainingControl()
        run_training(run, control=control, threads=1, on_batch=stop_after(6, control))
        path = run.folder / "metrics.jsonl"
        path.write_bytes(path.read_bytes()[:-20])  # and the last line is incomplete
        run_training(run, threads=1)
        assert_same_training(run, whole)


class TestPause:
    def test_a_paused_run_is_saved_waits_and_continues(self, tmp_path, whole):
        run, control, outcome = new_run(tmp_path), TrainingControl(), []

        def pause(report) -> None:
            if (report.epoch, report.batch) == (2, 2):
                control.request_pause()

        thread = threading.Thread(
            target=lambda: outcome.append(run_training(run, control=control, threads=1, on_batch=pause))
        )
        thread.start()
        try:
            wait_for(lambda: run.status().state == "paused")
            state = load_training_checkpoint(run.folder / "last.safetensors", run.settings).state
            assert (state.epoch, state.batch) == (1, 2)
            with pytest.raises(RunError, match="another process"):
                run_training(run)
            assert thread.is_alive()
            control.request_resume()
            thread.join(60)
        finally:
            control.request_stop()
            thread.join(60)
        assert outcome[0].state == "finished"
        assert_same_training(run, whole)

    def test_a_paused_run_can_be_stopped(self, tmp_path):
        run, control, outcome = new_run(tmp_path), TrainingControl(), []
        control.request_pause()
        thread = threading.Thread(target=lambda: outcome.append(run_training(run, control=control, threads=1)))
        thread.start()
        wait_for(lambda: run.status().state == "paused")
        control.request_stop()
        thread.join(60)
        assert outcome[0].state == run.status().state == "stopped"


def wait_for(condition, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "timed out"
        time.sleep(0.02)


KILLED = """
import os, signal, sys
from mariel import files
from mariel.training.run_training import run_training
from mariel.training.runs import Run

calls_left = int(sys.argv[2])

def killing(call):
    def counted(*args, **more):
        global calls_left
        calls_left -= 1
        if calls_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    return counted

class Os:
    def __getattr__(self, name):
        return getattr(os, name)

files.os = Os()
files.os.replace, files.os.fsync = killing(os.replace), killing(os.fsync)
run_training(Run.open(sys.argv[1]), threads=1, save_every_seconds=0, on_batch=killing(lambda report: None))
"""


@pytest.mark.slow
def test_a_run_killed_at_random_times_resumes_with_the_same_results(tmp_path, whole):
    """Killed with SIGKILL between batches, or while saving: before a file is on disk, or before it is renamed."""
    run, seed = new_run(tmp_path), random.randrange(10**6)
    print("times drawn with seed", seed)
    rng = random.Random(seed)
    calls_before_checkpoint = 12  # until the first checkpoint exists
    for _ in range(3):
        calls = calls_before_checkpoint + rng.randrange(18)  # three kills come before the end of the run
        done = subprocess.run([sys.executable, "-c", KILLED, str(run.folder), str(calls)], check=False)
        assert done.returncode == -signal.SIGKILL
        assert run.status().state == "interrupted"
        assert load_checkpoint(run.folder, "last").model is not None
        assert all(result.epoch for result in run.metrics())
    run_training(run, threads=1)
    assert_same_training(run, whole)
    assert not [path.name for path in run.folder.iterdir() if path.name.endswith(".part")]


class TestInvalidSettings:
    def test_missing_recordings_fail_the_run(self, tmp_path):
        run = new_run(tmp_path)
        for path in (tmp_path / "data").iterdir():
            path.unlink()
        with pytest.raises(RecordingError, match="no recordings in"):
            run_training(run)
        assert run.status().state == "failed"
        assert "no recordings in" in run.status().reason

    def test_recordings_without_phrases_fail_the_run(self, tmp_path):
        run = new_run(tmp_path)
        settings = run.settings.replace(data=run.settings.data.replace(length=512))
        with pytest.raises(PhraseError, match="512"):
            run_training(replace(run, settings=settings))
        assert not (run.folder / "last.safetensors").exists()

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
    def test_a_device_that_is_not_available_fails_the_run(self, tmp_path):
        run = new_run(tmp_path, device="cuda")
        with pytest.raises(SettingsError, match="--device cuda is not available"):
            run_training(run)
        assert run.status().state == "failed"


def test_recordings_of_several_rates_are_resampled_to_that_of_most_of_the_motion_and_it_is_said(tmp_path):
    data = write_takes_of_rates(tmp_path / "data", one=35, two=35, three=70)
    problems, run = [], Run.create(tmp_path / "runs", "mixed", run_settings(data, epochs=1))
    run_training(run, on_problems=problems.extend, threads=1)
    assert [str(each) for each in problems if each.severity == "note"] == [
        "frame rates: resampled to 35 frames per second: three from 70"
    ]
    run = Run.open(run.folder)
    assert (run.fps, run.resampled) == (35, "resampled to 35 frames per second: three from 70")
    assert json.loads((run.folder / "data.json").read_text())["resampled"] == {"three": 70}
    # Later uses of the run know the same phrases.
    checkpoint = load_checkpoint(run.folder)
    recordings = run_recordings(checkpoint)
    assert {(take.fps, len(take)) for take in recordings.values()} == {(35, 120)}
    assert {name: len(take) for name, take in run_takes(checkpoint).items()} == {"one": 120, "two": 120, "three": 120}
    # Only resuming has other rates to go by: the run's own.
    (data / "four.npz").write_bytes((data / "three.npz").read_bytes())
    (data / "five.npz").write_bytes((data / "three.npz").read_bytes())
    longer = with_settings(run, epochs=2)
    run_training(longer, threads=1, allow_changed_data=True)
    assert Run.open(run.folder).fps == 35
