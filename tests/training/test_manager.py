import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mariel.errors import CheckpointError, RunError, WriteError
from mariel.training.manager import NICENESS, RunManager
from mariel.training.run_folder.status import RunStatus
from mariel.training.runs import Run
from tests.support.small_runs import run_settings, write_takes

ROOT = Path(__file__).resolve().parents[2]
LONG = 100_000
"""More epochs than any test waits for."""


@pytest.fixture
def data(tmp_path):
    return write_takes(tmp_path / "data")


@pytest.fixture
def manager(tmp_path):
    manager = RunManager(tmp_path / "runs", threads=1)
    yield manager
    manager.close()


@pytest.fixture
def other(tmp_path):
    """A second manager of the same folder, like that of a second server."""
    manager = RunManager(tmp_path / "runs", threads=1)
    yield manager
    manager.close()


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.01)


def is_training(manager: RunManager, name: str) -> bool:
    return manager.activity(name) is not None


def test_a_run_is_trained_in_the_background_until_it_is_finished(manager, data):
    run = manager.start(run_settings(data), "one")
    assert manager.status("one").state in ("queued", "running")
    wait_until(lambda: manager.status("one").state == "finished")
    wait_until(lambda: manager.active_run() is None)
    assert manager.status("one").reason == "3 epochs are over"
    assert manager.activity("one") is None
    assert [result.epoch for result in run.metrics()] == [1, 2, 3]
    assert [each.name for each in manager.runs()] == ["one"]


def test_the_activity_of_a_run_is_known_while_it_trains(manager, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    wait_until(lambda: is_training(manager, "one") and manager.activity("one").report.epoch > 1)
    activity, status = manager.activity("one"), manager.status("one")
    assert manager.active_run() == "one"
    assert activity.report.batches == 4
    assert activity.device == "processor, 1 thread"
    assert activity.memory > 0
    assert (status.state, status.device) == ("running", activity.device)
    assert status.epoch >= activity.report.epoch - 1 >= 1
    assert 0 < status.progress < 1


def test_one_run_trains_at_a_time_and_the_others_wait_in_order(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    manager.start(run_settings(data), "second", parent="first")
    manager.start(run_settings(data), "third")
    wait_until(lambda: is_training(manager, "first"))
    assert manager.queued_runs() == ["second", "third"]
    assert manager.status("second").state == "queued"
    manager.stop("first")
    wait_until(lambda: manager.status("third").state == "finished")
    assert manager.status("first").state == "stopped"
    second, third = Run.open(manager.root / "second"), Run.open(manager.root / "third")
    assert second.parent == "first"
    assert second.status().updated <= third.status().updated


def test_a_paused_run_resumes_where_it_was(manager, data):
    run = manager.start(run_settings(data, epochs=LONG), "one")
    wait_until(lambda: is_training(manager, "one"))
    manager.pause("one")
    wait_until(lambda: run.status().state == "paused")
    assert manager.status("one").state == "paused"
    assert manager.active_run() == "one"
    epoch = run.status().epoch
    assert (run.folder / "last.safetensors").exists()
    manager.resume("one")
    wait_until(lambda: manager.status("one").epoch > epoch + 1)
    assert manager.status("one").state == "running"


def test_a_paused_run_can_be_stopped(manager, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    wait_until(lambda: is_training(manager, "one"))
    manager.pause("one")
    manager.stop("one")
    wait_until(lambda: manager.active_run() is None)
    assert manager.status("one").state == "stopped"


def test_a_stopped_run_is_saved_and_can_be_resumed(manager, data):
    run = manager.start(run_settings(data, epochs=40), "one")
    wait_until(lambda: is_training(manager, "one"))
    manager.stop("one")
    wait_until(lambda: manager.active_run() is None)
    assert manager.status("one").state == "stopped"
    before = len(run.metrics())
    assert before < 40
    manager.stop("one")  # stopping again changes nothing
    manager.resume("one")
    wait_until(lambda: manager.status("one").state == "finished")
    assert [result.epoch for result in run.metrics()] == list(range(1, 41))


def test_a_run_removed_from_the_queue_can_be_queued_again(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    wait_until(lambda: manager.active_run() == "first")  # it has left the queue
    manager.start(run_settings(data), "second")
    manager.stop("second")
    assert manager.queued_runs() == []
    assert (manager.status("second").state, manager.status("second").reason) == ("stopped", "removed from the queue")
    manager.resume("second")
    assert manager.queued_runs() == ["second"]
    assert manager.status("second").state == "queued"
    manager.resume("second")
    assert manager.queued_runs() == ["second"]  # once


def test_a_failed_run_has_a_reason_and_the_next_one_starts(manager, data, tmp_path):
    manager.start(run_settings(tmp_path / "nowhere"), "lost")
    manager.start(run_settings(data), "fine")
    wait_until(lambda: manager.status("fine").state == "finished")
    status = manager.status("lost")
    assert status.state == "failed"
    assert status.reason == f"no such folder or file: '{tmp_path / 'nowhere'}'"
    write_takes(tmp_path / "nowhere")
    manager.resume("lost")
    wait_until(lambda: manager.status("lost").state == "finished")


def test_a_failure_that_cannot_be_written_is_still_reported(manager, data, monkeypatch):
    write_status = Run.write_status

    def full(run: Run, status: RunStatus) -> RunStatus:
        if run.name == "lost" and status.state != "queued":
            raise WriteError("the disk is full")
        return write_status(run, status)

    manager.start(run_settings(data, epochs=LONG), "first")
    manager.start(run_settings(data), "lost")
    with monkeypatch.context() as patch:
        patch.setattr(Run, "write_status", full)
        manager.stop("first")
        wait_until(lambda: manager.status("lost").state == "failed")
    assert manager.status("lost").reason == "the disk is full"
    wait_until(lambda: manager.active_run() is None)
    manager.resume("lost")
    wait_until(lambda: manager.status("lost").state == "finished")


def test_a_run_that_another_process_writes_is_not_queued(manager, data):
    run = Run.create(manager.root, "one", run_settings(data))
    with run.lock(), pytest.raises(RunError, match="another process writes the run 'one'"):
        manager.resume("one")
    assert run.status().state == "stopped"


def test_a_queued_run_is_locked_until_it_is_removed_from_the_queue(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    waiting = manager.start(run_settings(data), "waiting")
    with pytest.raises(RunError, match="another process"):
        waiting.delete()
    manager.stop("waiting")
    assert (waiting.status().state, waiting.is_locked()) == ("stopped", False)
    waiting.delete()


def test_a_queued_run_whose_program_was_killed_is_interrupted_also_if_its_process_id_is_alive(manager, data):
    run = Run.create(manager.root, "one", run_settings(data))
    run.write_status(RunStatus(state="queued"))  # with the ID of this process, which is alive
    assert manager.status("one").state == "interrupted"
    manager.resume("one")
    wait_until(lambda: manager.status("one").state == "finished")


def test_a_run_deleted_from_the_queue_does_not_stop_the_others(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    shutil.rmtree(manager.start(run_settings(data), "gone").folder)
    manager.start(run_settings(data), "last")
    manager.stop("first")
    wait_until(lambda: manager.status("last").state == "finished")
    with pytest.raises(CheckpointError, match="is missing"):
        manager.resume("gone")


def test_a_run_of_another_manager_is_not_touched(manager, other, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    manager.start(run_settings(data), "waiting")
    wait_until(lambda: is_training(manager, "one"))
    assert other.status("one").state == "running"
    assert {run.name for run in other.runs()} == {"one", "waiting"}
    assert (other.active_run(), other.queued_runs(), other.activity("one")) == (None, [], None)
    for name, state in (("one", "running"), ("waiting", "queued")):
        for what in (other.resume, other.stop):
            with pytest.raises(RunError, match=rf"'{name}' is {state} in another process \(pid {os.getpid()}\)"):
                what(name)
    with pytest.raises(RunError, match="not being trained by this program"):
        other.pause("one")
    with pytest.raises(RunError, match="a run 'one' already exists"):
        other.start(run_settings(data), "one")


def test_two_managers_of_a_folder_train_different_runs_at_once(manager, other, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    other.start(run_settings(data, epochs=LONG), "two")
    wait_until(lambda: is_training(manager, "one") and is_training(other, "two"))
    assert manager.status("two").state == other.status("one").state == "running"


@pytest.mark.slow
def test_runs_of_a_killed_server_are_interrupted_and_can_be_resumed(manager, data):
    code = f"""
import sys, time
from pathlib import Path
from mariel.training.manager import RunManager
from tests.support.small_runs import run_settings
manager = RunManager(Path({str(manager.root)!r}), threads=1)
data = Path({str(data)!r})
manager.start(run_settings(data, epochs=30), "learning")
manager.start(run_settings(data), "waiting")
while manager.activity("learning") is None:
    time.sleep(0.01)
manager.pause("learning")
while manager.runs()[-1].status().state != "paused":
    time.sleep(0.01)
print("now", flush=True)
sys.stdin.read()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    server = subprocess.Popen([sys.executable, "-c", code], **pipes, text=True, cwd=ROOT)
    assert server.stdout.readline() == "now\n"
    assert manager.status("learning").state == "paused"
    assert manager.status("waiting").state == "queued"
    server.kill()
    server.communicate()
    for name in ("learning", "waiting"):
        assert manager.status(name).state == "interrupted"
        manager.resume(name)
    for name in ("learning", "waiting"):
        wait_until(lambda name=name: manager.status(name).state == "finished")
    assert [result.epoch for result in Run.open(manager.root / "learning").metrics()] == list(range(1, 31))


def test_closing_saves_the_run_and_empties_the_queue(manager, other, data):
    run = manager.start(run_settings(data, epochs=LONG), "one")
    manager.start(run_settings(data), "two")
    wait_until(lambda: is_training(manager, "one"))
    manager.close()
    assert run.status().state == "stopped"
    assert not run.is_locked()
    assert manager.queued_runs() == []
    with pytest.raises(RunError, match="closing"):
        manager.start(run_settings(data), "three")
    assert not (manager.root / "three").exists()
    other.resume("two")
    wait_until(lambda: other.status("two").state == "finished")


def test_a_finished_run_is_not_trained_again(manager, data):
    manager.start(run_settings(data, epochs=1), "one")
    wait_until(lambda: manager.status("one").state == "finished" and manager.active_run() is None)
    with pytest.raises(RunError, match="'one' is finished: 1 epoch is over"):
        manager.resume("one")


def test_a_missing_run_is_named(manager):
    for what in (manager.resume, manager.stop, manager.status):
        with pytest.raises(CheckpointError, match="nobody"):
            what("nobody")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_only_the_training_thread_has_a_lower_priority(manager, data):
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    manager.start(run_settings(data, epochs=LONG), "one")
    wait_until(lambda: is_training(manager, "one"))
    (thread,) = [each for each in threading.enumerate() if each.name == "training" and each.is_alive()]
    # Also where the program itself was started with a nice value, as these tests may be.
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(before + NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
