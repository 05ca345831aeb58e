import errno
import os

import pytest
import torch

from mariel import files
from mariel.errors import CheckpointError, RunError
from mariel.models.notebook_vae import NotebookVae
from mariel.training import run_training as run_training_module
from mariel.training.checkpoints import load_checkpoint, load_training_checkpoint
from mariel.training.control import TrainingControl
from mariel.training.run_training import run_training
from tests.support.small_runs import assert_same_training, new_run, stop_after


class TestFailures:
    def test_a_loss_that_is_not_finite_is_an_error_and_keeps_the_last_finite_weights(self, tmp_path, monkeypatch):
        run, calls, losses_of = new_run(tmp_path), [], NotebookVae.losses

        def failing(self, *args):
            calls.append(args)
            loss = losses_of(self, *args)
            return loss._replace(total=loss.total * float("nan")) if len(calls) == 8 else loss

        # Four batches per epoch, and one for validation.
        monkeypatch.setattr(NotebookVae, "losses", failing)
        with pytest.raises(RunError, match=r"no longer a number, at epoch 2, batch 3 of 4"):
            run_training(run, threads=1, save_every_seconds=0)
        status = run.status()
        assert status.state == "failed"
        assert "at epoch" in status.reason
        assert load_checkpoint(run.folder, "best").epoch == 1
        state = load_training_checkpoint(run.folder / "last.safetensors", run.settings).state
        assert (state.epoch, state.batch) == (1, 2)
        monkeypatch.undo()
        assert run_training(run, threads=1).state == "finished"

    def test_weights_that_are_not_finite_are_not_saved(self, tmp_path, monkeypatch):
        run, control = new_run(tmp_path), TrainingControl()
        run_training(run, control=control, threads=1, on_batch=stop_after(5, control))
        before = (run.folder / "last.safetensors").read_bytes()

        class Broken(run_training_module.Trainer):
            def __iter__(self):
                with torch.no_grad():
                    self.model.encoder.hid_mean.bias.fill_(float("inf"))
                self.state.batch += 1
                return iter(())

        monkeypatch.setattr(run_training_module, "Trainer", Broken)
        with pytest.raises(RunError, match=r"hid_mean\.bias no longer has finite weights, at epoch 2, batch 2"):
            run_training(run, threads=1)
        assert (run.folder / "last.safetensors").read_bytes() == before

    @pytest.mark.parametrize(
        ("number", "reason"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission denied")]
    )
    def test_a_write_error_loses_nothing(self, tmp_path, whole, monkeypatch, number, reason):
        run, replace_file = new_run(tmp_path), os.replace

        def failing(source, target):
            if str(target).endswith("last.safetensors") and len(run.metrics()) == 1:
                raise OSError(number, "as it says")
            replace_file(source, target)

        monkeypatch.setattr(files.os, "replace", failing)
        with pytest.raises(RunError, match=rf"cannot write '.*last\.safetensors': {reason}"):
            run_training(run, threads=1, save_every_seconds=0)
        assert (run.status().state, reason in run.status().reason) == ("failed", True)
        assert load_checkpoint(run.folder, "last").epoch == 1
        monkeypatch.undo()
        run_training(run, threads=1)
        assert_same_training(run, whole)

    def test_a_full_disk_is_reported_even_if_the_status_cannot_be_written(self, tmp_path, monkeypatch):
        run = new_run(tmp_path)

        def fill(_) -> None:
            def failing(*_):
                raise OSError(errno.ENOSPC, "as it says")

            monkeypatch.setattr(files.os, "replace", failing)

        with pytest.raises(RunError, match="the disk is full"):
            run_training(run, threads=1, on_result=fill, save_every_seconds=0)
        assert run.status().state == "interrupted"

    def test_a_folder_that_is_gone_is_named(self, tmp_path):
        run = new_run(tmp_path)
        run.folder.rename(tmp_path / "elsewhere")
        with pytest.raises(RunError, match=r"cannot write '.*lock': its folder is gone"):
            run_training(run)

    def test_a_second_writer_is_refused_and_does_not_change_the_status(self, tmp_path):
        run = new_run(tmp_path)
        with run.lock():
            before = (run.folder / "status.json").read_bytes()
            with pytest.raises(RunError, match=rf"another process \(pid {os.getpid()}\) writes the run 'run'"):
                run_training(run)
            assert (run.folder / "status.json").read_bytes() == before

    def test_an_error_in_the_program_fails_the_run_with_its_reason(self, tmp_path):
        run = new_run(tmp_path)

        def fail(_) -> None:
            raise ZeroDivisionError("by nought")

        with pytest.raises(RunError, match="an error in the program: ZeroDivisionError: by nought"):
            run_training(run, threads=1, on_batch=fail)
        assert run.status().state == "failed"
        assert "ZeroDivisionError" in run.status().reason

    def test_out_of_memory_suggests_a_smaller_batch_size(self, tmp_path):
        def fail(_) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")

        with pytest.raises(RunError, match=r"out of memory on processor.*--batch-size"):
            run_training(new_run(tmp_path), threads=1, on_batch=fail)

    def test_a_damaged_checkpoint_is_named_and_not_changed(self, tmp_path):
        run, control = new_run(tmp_path), TrainingControl()
        run_training(run, control=control, threads=1, on_batch=stop_after(5, control))
        path = run.folder / "last.safetensors"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(CheckpointError, match=r"last\.safetensors' is damaged"):
            run_training(run, threads=1)
        assert path.stat().st_size == 1000
        assert load_checkpoint(run.folder, "best").epoch == 1
