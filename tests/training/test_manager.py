import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mariel.errors import CheckpointError, RunError
from mariel.training.manager import NICENESS, RunManager
from mariel.training.runs import Run
from tests.support.small_runs import run_settings, written_takes

ROOT = Path(__file__).resolve().parents[2]
LONG = 100_000
"""Epochs that no test waits for."""


@pytest.fixture
def data(tmp_path):
    return written_takes(tmp_path / "data")


@pytest.fixture
def manager(tmp_path):
    made = RunManager(tmp_path / "runs", threads=1)
    yield made
    made.close()


@pytest.fixture
def other(tmp_path):
    """A second manager of the same folder, as a second server would have."""
    made = RunManager(tmp_path / "runs", threads=1)
    yield made
    made.close()


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until, "waited for a minute"
        time.sleep(0.01)


def learns(manager: RunManager, name: str) -> bool:
    return manager.live(name) is not None


def test_a_run_is_trained_in_the_background_until_it_is_finished(manager, data):
    run = manager.start(run_settings(data), "one")
    assert manager.state("one").state in ("queued", "running")
    eventually(lambda: manager.state("one").state == "finished")
    eventually(lambda: manager.active() is None)
    assert manager.state("one").reason == "3 epochs are over"
    assert manager.live("one") is None
    assert [result.epoch for result in run.metrics()] == [1, 2, 3]
    assert [each.name for each in manager.runs()] == ["one"]


def test_what_a_run_is_doing_is_known_while_it_learns(manager, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    eventually(lambda: learns(manager, "one") and manager.live("one").report.epoch > 1)
    live, status = manager.live("one"), manager.state("one")
    assert manager.active() == "one"
    assert live.report.batches == 4
    assert live.device == "processor, 1 thread"
    assert live.memory > 0
    assert (status.state, status.device) == ("running", live.device)
    assert status.epoch >= live.report.epoch - 1 >= 1
    assert 0 < status.progress < 1


def test_one_run_learns_at_a_time_and_the_others_wait_in_order(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    manager.start(run_settings(data), "second", parent="first")
    manager.start(run_settings(data), "third")
    eventually(lambda: learns(manager, "first"))
    assert manager.queue() == ["second", "third"]
    assert manager.state("second").state == "queued"
    manager.stop("first")
    eventually(lambda: manager.state("third").state == "finished")
    assert manager.state("first").state == "stopped"
    second, third = Run.open(manager.root / "second"), Run.open(manager.root / "third")
    assert second.parent == "first"
    assert second.status().updated <= third.status().updated


def test_a_paused_run_waits_and_goes_on_where_it_was(manager, data):
    run = manager.start(run_settings(data, epochs=LONG), "one")
    eventually(lambda: learns(manager, "one"))
    manager.pause("one")
    eventually(lambda: run.status().state == "paused")
    assert manager.state("one").state == "paused"
    assert manager.active() == "one"
    epoch = run.status().epoch
    assert (run.folder / "last.safetensors").exists()
    manager.resume("one")
    eventually(lambda: manager.state("one").epoch > epoch + 1)
    assert manager.state("one").state == "running"


def test_a_paused_run_can_be_stopped(manager, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    eventually(lambda: learns(manager, "one"))
    manager.pause("one")
    manager.stop("one")
    eventually(lambda: manager.active() is None)
    assert manager.state("one").state == "stopped"


def test_a_stopped_run_is_saved_and_goes_on(manager, data):
    run = manager.start(run_settings(data, epochs=40), "one")
    eventually(lambda: learns(manager, "one"))
    manager.stop("one")
    eventually(lambda: manager.active() is None)
    assert manager.state("one").state == "stopped"
    before = len(run.metrics())
    assert before < 40
    manager.stop("one")  # a second person's click changes nothing
    manager.resume("one")
    eventually(lambda: manager.state("one").state == "finished")
    assert [result.epoch for result in run.metrics()] == list(range(1, 41))


def test_a_run_taken_off_the_queue_can_be_put_back(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    manager.start(run_settings(data), "second")
    manager.stop("second")
    assert manager.queue() == []
    assert (manager.state("second").state, manager.state("second").reason) == ("stopped", "taken off the queue")
    manager.resume("second")
    assert manager.queue() == ["second"]
    assert manager.state("second").state == "queued"
    manager.resume("second")
    assert manager.queue() == ["second"]  # once


def test_a_run_that_fails_ends_with_its_reason_and_the_next_one_begins(manager, data, tmp_path):
    manager.start(run_settings(tmp_path / "nowhere"), "lost")
    manager.start(run_settings(data), "fine")
    eventually(lambda: manager.state("fine").state == "finished")
    status = manager.state("lost")
    assert status.state == "failed"
    assert status.reason == f"no such folder or file: '{tmp_path / 'nowhere'}'"
    written_takes(tmp_path / "nowhere")
    manager.resume("lost")
    eventually(lambda: manager.state("lost").state == "finished")


def test_a_failure_that_cannot_be_written_is_known_all_the_same(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    lost = manager.start(run_settings(data), "lost")
    with lost.writing():
        manager.stop("first")
        eventually(lambda: manager.state("lost").state == "failed")
        with pytest.raises(RunError, match="another process writes the run 'lost'"):
            manager.resume("lost")
    assert f"another process (pid {os.getpid()}) writes the run 'lost'" in manager.state("lost").reason
    manager.resume("lost")
    eventually(lambda: manager.state("lost").state == "finished")


def test_a_run_that_is_deleted_while_it_waits_stops_nobody(manager, data):
    manager.start(run_settings(data, epochs=LONG), "first")
    manager.start(run_settings(data), "gone").delete()
    manager.start(run_settings(data), "last")
    manager.stop("first")
    eventually(lambda: manager.state("last").state == "finished")
    with pytest.raises(CheckpointError, match="is missing"):
        manager.resume("gone")


def test_a_run_of_another_manager_is_left_to_it(manager, other, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    manager.start(run_settings(data), "waiting")
    eventually(lambda: learns(manager, "one"))
    assert other.state("one").state == "running"
    assert {run.name for run in other.runs()} == {"one", "waiting"}
    assert (other.active(), other.queue(), other.live("one")) == (None, [], None)
    for name, state in (("one", "running"), ("waiting", "queued")):
        for what in (other.resume, other.stop):
            with pytest.raises(RunError, match=rf"'{name}' is {state} in another process \(pid {os.getpid()}\)"):
                what(name)
    with pytest.raises(RunError, match="not being trained here"):
        other.pause("one")
    with pytest.raises(RunError, match="there is a run 'one' already"):
        other.start(run_settings(data), "one")


def test_two_managers_of_a_folder_train_different_runs_at_once(manager, other, data):
    manager.start(run_settings(data, epochs=LONG), "one")
    other.start(run_settings(data, epochs=LONG), "two")
    eventually(lambda: learns(manager, "one") and learns(other, "two"))
    assert manager.state("two").state == other.state("one").state == "running"


def test_after_a_server_was_killed_its_runs_are_found_interrupted_and_go_on(manager, data):
    code = f"""
import sys, time
from pathlib import Path
from mariel.training.manager import RunManager
from tests.support.small_runs import run_settings
manager = RunManager(Path({str(manager.root)!r}), threads=1)
data = Path({str(data)!r})
manager.start(run_settings(data, epochs=30), "learning")
manager.start(run_settings(data), "waiting")
while manager.live("learning") is None:
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
    assert manager.state("learning").state == "paused"
    assert manager.state("waiting").state == "queued"
    server.kill()
    server.communicate()
    for name in ("learning", "waiting"):
        assert manager.state(name).state == "interrupted"
        manager.resume(name)
    for name in ("learning", "waiting"):
        eventually(lambda name=name: manager.state(name).state == "finished")
    assert [result.epoch for result in Run.open(manager.root / "learning").metrics()] == list(range(1, 31))


def test_closing_saves_the_run_and_lets_go_of_those_that_wait(manager, other, data):
    run = manager.start(run_settings(data, epochs=LONG), "one")
    manager.start(run_settings(data), "two")
    eventually(lambda: learns(manager, "one"))
    manager.close()
    assert run.status().state == "stopped"
    assert not run.is_written()
    assert manager.queue() == []
    with pytest.raises(RunError, match="closing"):
        manager.start(run_settings(data), "three")
    assert not (manager.root / "three").exists()
    other.resume("two")
    eventually(lambda: other.state("two").state == "finished")


def test_a_finished_run_is_not_trained_again(manager, data):
    manager.start(run_settings(data, epochs=1), "one")
    eventually(lambda: manager.state("one").state == "finished" and manager.active() is None)
    with pytest.raises(RunError, match="'one' is finished: 1 epoch is over"):
        manager.resume("one")


def test_a_run_that_does_not_exist_is_named(manager):
    for what in (manager.resume, manager.stop, manager.state):
        with pytest.raises(CheckpointError, match="nobody"):
            what("nobody")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_the_training_thread_stands_back_and_no_other(manager, data):
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    manager.start(run_settings(data, epochs=LONG), "one")
    eventually(lambda: learns(manager, "one"))
    (thread,) = [each for each in threading.enumerate() if each.name == "training" and each.is_alive()]
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(before + NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
