"""Curves exported to TensorBoard are read back unchanged; without TensorBoard the error says how to install it."""

import sys

import pytest

from mariel.errors import PackageError, RunError
from mariel.training.run_folder.results import EpochResult, MeanLosses
from mariel.training.run_folder.tensorboard import export_tensorboard, named_scalars


def means(loss: float, reconstruction: float, kl: float, error_cm: float) -> MeanLosses:
    return MeanLosses(loss=loss, reconstruction=reconstruction, kl=kl, error_cm=error_cm)


def result(epoch: int, loss: float, validation: float | None = None) -> EpochResult:
    seen = None if validation is None else means(validation, 2 * validation, 3 * validation, 4 * validation)
    return EpochResult(
        epoch=epoch, train=means(loss, loss, loss, loss), validation=seen, best=False, gradient_norm=0.5,
        learning_rate=1e-3, phrases_per_second=100.0, seconds=10.0 * epoch, eta_seconds=0.0,
    )  # fmt: skip


def read_back(folder, name: str) -> list[tuple[int, float, float]]:
    """(epoch, value, time) of one curve, read by TensorBoard itself."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder)).Reload()
    return [(each.step, each.value, each.wall_time) for each in events.Scalars(name)]


def test_curves_are_read_back_with_epochs_and_times(tmp_path):
    pytest.importorskip("tensorboard")
    count = export_tensorboard([result(1, 8.0), result(2, 4.0, 5.0)], tmp_path / "events", started_at=1000.0)
    assert count == 2 * (4 + 3) + 4
    assert read_back(tmp_path / "events", "loss/train") == [(1, 8.0, 1010.0), (2, 4.0, 1020.0)]
    assert read_back(tmp_path / "events", "error_cm/validation") == [(2, 20.0, 1020.0)]


def test_exporting_again_replaces_the_earlier_export(tmp_path):
    pytest.importorskip("tensorboard")
    for losses in ([8.0], [7.0, 6.0]):
        export_tensorboard([result(i + 1, loss) for i, loss in enumerate(losses)], tmp_path / "events")
    assert [value for _, value, _ in read_back(tmp_path / "events", "loss/train")] == [7.0, 6.0]
    assert [path.name for path in tmp_path.iterdir()] == ["events"]


def test_without_tensorboard_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(PackageError, match="TensorBoard is not installed: pip install tensorboard"):
        export_tensorboard([result(1, 1.0)], tmp_path / "events")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write TensorBoard's files to '.*file/events'"):
        export_tensorboard([result(1, 1.0)], tmp_path / "file" / "events")


def test_training_and_validation_of_a_measure_share_a_chart():
    names = [name for name, _ in named_scalars(result(1, 1.0, 1.0))]
    assert names[:2] == ["loss/train", "reconstruction/train"]
    assert "loss/validation" in names
