"""Curves exported to TensorBoard read back as they were, and without TensorBoard the message says what to do."""

import sys

import pytest

from mariel.errors import RunError
from mariel.training.results import EpochResult, Means
from mariel.training.tensorboard import export_tensorboard, scalars


def result(epoch: int, loss: float, validation: float | None = None) -> EpochResult:
    seen = None if validation is None else Means(validation, 2 * validation, 3 * validation, 4 * validation)
    return EpochResult(epoch, Means(loss, loss, loss, loss), seen, False, 0.5, 1e-3, 100.0, 10.0 * epoch, 0.0)


def read_back(folder, name: str) -> list[tuple[int, float, float]]:
    """(epoch, value, clock) of one curve, by TensorBoard's own reader."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder)).Reload()
    return [(each.step, each.value, each.wall_time) for each in events.Scalars(name)]


def test_curves_read_back_by_epoch_and_by_the_clock(tmp_path):
    pytest.importorskip("tensorboard")
    count = export_tensorboard([result(1, 8.0), result(2, 4.0, 5.0)], tmp_path / "events", began=1000.0)
    assert count == 2 * (4 + 3) + 4
    assert read_back(tmp_path / "events", "loss/train") == [(1, 8.0, 1010.0), (2, 4.0, 1020.0)]
    assert read_back(tmp_path / "events", "error_cm/validation") == [(2, 20.0, 1020.0)]


def test_exporting_again_replaces_what_was_there(tmp_path):
    pytest.importorskip("tensorboard")
    for losses in ([8.0], [7.0, 6.0]):
        export_tensorboard([result(i + 1, loss) for i, loss in enumerate(losses)], tmp_path / "events")
    assert [value for _, value, _ in read_back(tmp_path / "events", "loss/train")] == [7.0, 6.0]
    assert [path.name for path in tmp_path.iterdir()] == ["events"]


def test_without_tensorboard_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(RunError, match="TensorBoard is not installed: pip install tensorboard"):
        export_tensorboard([result(1, 1.0)], tmp_path / "events")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write TensorBoard's files to '.*file/events'"):
        export_tensorboard([result(1, 1.0)], tmp_path / "file" / "events")


def test_training_and_validation_of_a_measure_share_a_chart():
    names = [name for name, _ in scalars(result(1, 1.0, 1.0))]
    assert names[:2] == ["loss/train", "reconstruction/train"]
    assert "loss/validation" in names
