"""Files made in the background: one after another, with progress, cancelling and limits."""

import threading

import pytest

from mariel.errors import MarielError
from mariel.export import jobs as jobs_module
from mariel.export.jobs import MAX_JOBS, ExportJobs
from mariel.export.registry import Exporter, ExportRequest
from mariel.motion.mariel_markers import MARIEL_53
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import walking_positions

REQUEST = ExportRequest(Scene([Dancer(walking_positions(2), MARIEL_53)]))


def exporter(make) -> Exporter:
    return Exporter("toy", "Toy", (".toy",), "text/plain", ".", make, lambda request: "")


def test_files_are_made_in_order_one_at_a_time():
    running, most, made = 0, 0, []
    lock, jobs = threading.Lock(), ExportJobs()

    def make(request: ExportRequest) -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        made.append(request.title)
        with lock:
            running -= 1
        return b"x" * 3

    for number in range(5):
        last = jobs.submit("me", exporter(make), ExportRequest(REQUEST.scenes, title=f"{number}"), "a.toy")
    assert jobs.wait(last).state == "done"
    assert (made, most) == (["0", "1", "2", "3", "4"], 1)
    assert (last.size, last.path.read_bytes(), last.share) == (3, b"xxx", 1)
    assert [job.number for job in jobs.of("me")] == [5, 4, 3, 2, 1]
    assert jobs.of("you") == []


def test_a_cancelled_job_ends_at_its_next_report_and_one_that_waits_never_begins():
    jobs, begun, go_on, made = ExportJobs(), threading.Event(), threading.Event(), []

    def make(request: ExportRequest) -> bytes:
        begun.set()
        go_on.wait(10)
        request.report(0.5)
        made.append(request)
        return b""

    first, second = (jobs.submit("me", exporter(make), REQUEST, "a.toy") for _ in range(2))
    begun.wait(10)
    jobs.remove(second)
    jobs.remove(first)
    go_on.set()
    assert jobs.wait(first).state == "cancelled"
    assert (second.state, made, jobs.of("me")) == ("cancelled", [], [])


@pytest.mark.parametrize(
    ("error", "words"),
    [(MarielError("it is too long"), "it is too long"), (OSError(28, "No space left on device"), "No space left"),
     (ZeroDivisionError(), "inside Mariel")],
)  # fmt: skip
def test_errors_are_told_in_words_and_the_next_job_is_made(error, words):
    jobs = ExportJobs()

    def fail(request: ExportRequest) -> bytes:
        raise error

    failed = jobs.submit("me", exporter(fail), REQUEST, "a.toy")
    assert jobs.wait(failed).state == "failed"
    assert words in failed.error
    assert jobs.wait(jobs.submit("me", exporter(lambda request: b"1"), REQUEST, "b.toy")).state == "done"


def test_files_go_with_their_owner_with_age_and_where_they_are_too_many(monkeypatch):
    present = {"me", "you"}
    jobs = ExportJobs(lambda owner: owner in present)
    quick = exporter(lambda request: b"1234")
    mine = jobs.wait(jobs.submit("me", quick, REQUEST, "a.toy"))
    yours = jobs.wait(jobs.submit("you", quick, REQUEST, "a.toy"))
    present.remove("me")
    assert jobs.of("you") == [yours]
    assert not mine.path.exists()
    monkeypatch.setattr(jobs_module, "MAX_BYTES", 7)
    newer = jobs.wait(jobs.submit("you", quick, REQUEST, "b.toy"))
    assert jobs.of("you") == [newer]
    assert not yours.path.exists()
    monkeypatch.setattr(jobs_module, "KEEP_SECONDS", -1.0)
    assert jobs.of("you") == []
    assert not newer.path.exists()


def test_one_owner_lines_up_few_jobs_and_old_files_make_room():
    jobs, go_on = ExportJobs(), threading.Event()
    quick, waits = exporter(lambda request: b"1"), exporter(lambda request: bytes(go_on.wait(10)))
    ready = [jobs.wait(jobs.submit("me", quick, REQUEST, "a.toy")) for _ in range(MAX_JOBS)]
    jobs.submit("me", waits, REQUEST, "b.toy")
    assert len(jobs.of("me")) == MAX_JOBS
    assert ready[0] not in jobs.of("me")
    for _ in range(MAX_JOBS - 1):
        last = jobs.submit("me", waits, REQUEST, "b.toy")
    with pytest.raises(MarielError, match="too many files are being made"):
        jobs.submit("me", waits, REQUEST, "b.toy")
    jobs.submit("you", quick, REQUEST, "a.toy")
    go_on.set()
    assert jobs.wait(last).state == "done"
