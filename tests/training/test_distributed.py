"""Several processes started by torchrun train the same model as one process, and end together."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mariel.cli import main
from mariel.training.distributed import Processes
from mariel.training.runs import Run
from tests.support.small_runs import write_takes

ROOT = Path(__file__).resolve().parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
COMMON = "--length 16 --latent 4 --trim 0 --threads 1 --precision float32 --json".split()
NOTEBOOK = "--model notebook --layers 1 --hidden 8 --dropout 0".split()
PHRASE_VAE = "--model phrase-vae --decoder markers --curves 4 --encoder-hidden 8 --decoder-hidden 8".split()
TINY = [*NOTEBOOK, *COMMON]

ONE_FAILS = """
import os, sys
from mariel.cli import main
from mariel.errors import RecordingError
from mariel.training import run_training

def failing(*_, **__):
    raise RecordingError("the disk of this machine is gone")

if os.environ["RANK"] == "1":
    run_training.load_recordings = failing
sys.exit(main(sys.argv[1:]))
"""
"""Like `-m mariel`, but the second process cannot read its recordings."""


@pytest.fixture
def data(tmp_path):
    return write_takes(tmp_path / "data", "honey")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def run_torchrun(*words: str, program: tuple[str, ...] = ("-m", "mariel")) -> subprocess.CompletedProcess:
    command = [*TORCHRUN, *program, "train", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120, check=False)


def clock_free_numbers(line: dict) -> list[float]:
    """All numbers of an epoch that do not depend on time."""
    means = [line["train"], line["validation"] or {}]
    return [
        line["epoch"],
        line["gradient_norm"],
        line["learning_rate"],
        *(v for side in means for v in side.values()),
    ]


@pytest.mark.parametrize(
    ("items", "count", "shares"), [(8, 2, [4, 4]), (5, 2, [2, 3]), (1, 2, [0, 1]), (7, 3, [2, 2, 3])]
)
def test_shards_cover_a_batch_and_differ_by_one_at_most(items, count, shares):
    slices = [Processes(rank, count).shard(items) for rank in range(count)]
    assert [one.stop - one.start for one in slices] == shares
    assert np.concatenate([np.arange(items)[one] for one in slices]).tolist() == list(range(items))


# 16 phrases per epoch, in batches of 5, 5, 5 and 1: two processes cannot share 5 evenly, and one of them gets none of
# the last; the notebook's noise, rotations, mirroring and tempo are all used.
@pytest.mark.parametrize("model", [NOTEBOOK, PHRASE_VAE], ids=["notebook", "phrase-vae"])
@pytest.mark.slow
def test_two_processes_give_the_losses_of_one(model, data, tmp_path, capsys):
    words = [*model, *COMMON, "--batch-size", "5", "--phrases-per-epoch", "16", "--epochs", "3"]
    words += ["--validate-every", "2", "--validation-phrases", "3"]
    assert main(["train", str(data), "--out", str(tmp_path / "one"), *words]) == 0
    one = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    done = run_torchrun(str(data), "--out", str(tmp_path / "two"), *words)
    assert done.returncode == 0, done.stderr
    two = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(one) == len(two) == 3
    for alone, shared in zip(one, two, strict=True):
        np.testing.assert_allclose(clock_free_numbers(shared), clock_free_numbers(alone), rtol=2e-5)
    run = Run.open(tmp_path / "two")
    assert [result.to_dict() for result in run.metrics()] == two  # only one process wrote, each epoch once
    assert run.status().state == "finished"
    assert sorted(file.name for file in run.folder.iterdir()) == sorted(
        file.name for file in (tmp_path / "one").iterdir()
    )


@pytest.mark.slow
def test_ctrl_c_stops_all_processes_and_saves_once(data, tmp_path):
    out = tmp_path / "run"
    command = [*TORCHRUN, "-m", "mariel", "train", str(data), "--out", str(out), *TINY]
    command += ["--phrases-per-epoch", "16", "--epochs", "100000", "--patience", "0"]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )
    child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert errors.count("saved, continue with --resume") == 1
    run = Run.open(out)
    assert run.status().state == "stopped"
    assert [result.epoch for result in run.metrics()] == list(range(1, run.status().epoch + 1))
    assert not run.is_locked()


@pytest.mark.slow
def test_an_error_in_one_process_ends_all_with_its_message(data, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(ONE_FAILS)
    done = run_torchrun(str(data), "--out", str(tmp_path / "run"), *TINY, program=(str(program),))
    assert done.returncode != 0
    assert done.stderr.count("mariel train: ") == 1
    assert "mariel train: the disk of this machine is gone\n" in done.stderr
    status = Run.open(tmp_path / "run").status()
    assert (status.state, status.reason) == ("failed", "the disk of this machine is gone")


@pytest.mark.slow
def test_an_error_in_all_processes_is_printed_once(tmp_path):
    done = run_torchrun(str(tmp_path / "nowhere"), "--out", str(tmp_path / "run"), *TINY)
    assert done.returncode != 0
    assert done.stderr.count("mariel train: ") == 1
    assert f"mariel train: no such folder or file: '{tmp_path / 'nowhere'}'\n" in done.stderr
