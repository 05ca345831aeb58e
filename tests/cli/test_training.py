import io
import json
import signal
import subprocess
import sys
from typing import ClassVar

import pytest
from pydantic import Field

from mariel.cli import main, training
from mariel.cli.progress import BAR_WIDTH, ProgressDisplay, epoch_line, format_clock
from mariel.cli.setting_flags import replace_settings
from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS, ModelSettings, NotebookSettings, register_model
from mariel.settings import Int, flag
from mariel.training.run_folder.results import BatchReport, EpochResult, MeanLosses
from mariel.training.runs import Run
from mariel.training.settings import PRESETS, RunSettings, TrainSettings
from tests.support.small_runs import write_takes

TINY = (
    "--model notebook --layers 1 --hidden 8 --latent 4 --length 16 --trim 0 --threads 1 "
    "--phrases-per-epoch 16".split()
)


@pytest.fixture
def data(tmp_path):
    return write_takes(tmp_path / "data", "honey", "salt")


def settings_of(*words: str) -> RunSettings:
    """The settings that flags on the command line give."""
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "run_command", asked.append)
        assert main(["train", "demo", "--out", "run", *words]) == 0
    (options,) = asked
    preset = PRESETS[(options.preset or "full").replace("-", " ")]
    return replace_settings(preset, options.settings, options.model)


def test_training_makes_a_run_and_prints_how_it_ended(data, tmp_path, capsys):
    out = tmp_path / "runs" / "first"
    assert main(["train", str(data), "--out", str(out), *TINY, "--epochs", "2", "--validate-every", "1"]) == 0
    streams = capsys.readouterr()
    run = Run.open(out)
    assert run.name == "first"
    assert run.settings.data.data == str(data)
    assert run.status().state == "finished"
    assert [result.epoch for result in run.metrics()] == [1, 2]
    assert streams.out.startswith(f"{out}: finished after epoch 2, 2 epochs are over; best after epoch ")
    assert [line.split("  ")[0] for line in streams.err.splitlines()] == ["epoch 1/2", "epoch 2/2"]


def test_json_output_is_one_object_per_epoch(data, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["train", str(data), "--out", str(out), *TINY, "--epochs", "3", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [EpochResult(**line) for line in lines] == Run.open(out).metrics()
    assert [line["epoch"] for line in lines] == [1, 2, 3]


@pytest.mark.slow
def test_ctrl_c_saves_and_exits_130_and_resume_continues(data, tmp_path, capsys):
    out = tmp_path / "run"
    train = ["train", str(data), "--out", str(out), *TINY, "--epochs", "40", "--patience", "0"]
    child = subprocess.Popen(
        [sys.executable, "-m", "mariel", *train, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert json.loads(child.stdout.readline())["epoch"] == 1
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "stopped after epoch" in errors
    assert errors.endswith("saved, continue with --resume\n")
    assert "Traceback" not in errors
    stopped = Run.open(out)
    epochs = len(stopped.metrics())
    assert stopped.status().state == "stopped"
    assert 1 <= epochs < 40
    assert main([*train, "--resume", "--json"]) == 0
    went_on = [json.loads(line)["epoch"] for line in capsys.readouterr().out.splitlines()]
    assert went_on == list(range(epochs + 1, 41))
    assert Run.open(out).status().state == "finished"


@pytest.mark.slow
def test_a_closed_pipe_stops_the_training(data, tmp_path):
    out = tmp_path / "run"
    child = subprocess.Popen(
        [sys.executable, "-m", "mariel", "train", str(data), "--out", str(out), *TINY, "--epochs", "5000",
         "--patience", "0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    child.stdout.readline()
    child.stdout.close()
    errors = child.stderr.read()
    assert child.wait(timeout=60) == 0
    assert "Traceback" not in errors
    assert Run.open(out).status().state == "stopped"


def test_every_setting_has_one_flag_with_its_description(capsys):
    assert main(["train", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for settings in (DataSettings, TrainSettings, *(model.settings_class for model in MODELS.values())):
        for name, field in settings.model_fields.items():
            if name != "data":
                assert f" {flag(name)}" in shown
                assert field.description in shown
    assert "[phrase-vae] Dimensions of the latent space. (1 to 4,096; default 768)" in shown
    assert "[notebook] Weight of the KL term. (0 to 1,000; default 0.0001) [phrase-vae] Weight of the KL" in shown
    assert "--batch-size N Phrases per step, over all processes together. (1 to 65,536; default 64)" in shown


def test_a_newly_registered_model_is_a_choice_with_flags_of_its_own(capsys):
    class ToySettings(ModelSettings):
        kind: ClassVar[str] = "toy"
        wheels: Int = Field(default=4, ge=1, le=8, description="Wheels of the toy.")

    assert main(["train", "--help"]) == 0
    assert "toy" not in capsys.readouterr().out
    register_model("no.such.module:Toy", label="A toy", help="It rolls.")(ToySettings)
    try:
        assert main(["train", "--help"]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        settings = settings_of("--model", "toy", "--wheels", "3")
    finally:
        MODELS.remove("toy")
    assert "--model notebook|phrase-vae|toy" in shown
    assert "--model toy: A toy. It rolls. --wheels N Wheels of the toy. (1 to 8; default 4)" in shown
    assert settings.model == ToySettings(wheels=3)


def test_without_flags_it_is_the_full_preset():
    assert settings_of() == PRESETS["full"]


def test_flags_change_a_preset():
    settings = settings_of("--preset", "quick-look", "--epochs", "7", "--no-mirror", "--minutes", "none")
    assert settings.train.epochs == 7
    assert settings.train.mirror is False
    assert settings.train.minutes is None
    assert settings.train.phrases_per_epoch == PRESETS["quick look"].train.phrases_per_epoch


def test_a_model_of_another_kind_starts_from_its_own_defaults():
    settings = settings_of("--preset", "full", "--model", "notebook", "--latent", "8")
    assert settings.model == NotebookSettings(latent=8)
    assert settings_of("--preset", "notebook").model == NotebookSettings()


def test_hold_out_implies_a_split_by_takes():
    settings = settings_of("--preset", "notebook", "--hold-out", "honey", "salt")
    assert (settings.data.split, settings.data.hold_out) == ("takes", ("honey", "salt"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--epochs 0", "--epochs must be at least 1 (got 0)"),
        ("--batch-size 70000", "--batch-size must be at most 65536 (got 70000)"),
        ("--split sideways", "--split must be one of blocks, takes, random (got 'sideways')"),
        ("--split takes", "--split takes needs the names of takes to hold out, --hold-out NAME"),
        ("--split blocks --hold-out honey", "--hold-out goes with --split takes (got --split blocks)"),
        ("--model phrase-vae --layers 2", "--layers goes with --model notebook (got --model phrase-vae)"),
        ("--learning-rate 2", "--learning-rate must be at most 1 (got 2)"),
    ],
)
def test_invalid_settings_are_refused_by_their_flag_before_any_work(words, message, tmp_path, capsys):
    assert main(["train", "demo", "--out", str(tmp_path / "run"), *words.split()]) == 1
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", f"mariel train: {message}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--epochs many", "--epochs: expected a whole number, found 'many'"),
        ("--epochs 2.5", "--epochs: expected a whole number, found '2.5'"),
        ("--minutes inf", "--minutes: expected a number, found 'inf'"),
        ("--epochs none", "--epochs: expected a whole number, found 'none'"),
        ("--model gpt", 'Invalid value "gpt" for --model. Choose from: "notebook", "phrase-vae"'),
        ("--epoch 5", "Unknown option: --epoch. Did you mean --epochs?"),
    ],
)
def test_invalid_flags_have_status_2(words, message, capsys):
    assert main(["train", "demo", "--out", "run", *words.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith("mariel train: ")
    assert message in error


def test_of_several_processes_on_a_machine_only_one_prints_an_error(capsys, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert main(["train", "demo", "--out", "run", "--epochs", "0"]) == 1
    assert main(["train", "demo", "--out", "run", "--epochs", "many"]) == 2
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_not_a_run_is_not_changed(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["train", "demo", "--out", str(tmp_path)]) == 1
    assert "already exists and is not a run; name a new folder" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_existing_run_needs_resume(tmp_path, capsys):
    Run.create(tmp_path, "run", RunSettings())
    assert main(["train", "demo", "--out", str(tmp_path / "run")]) == 1
    assert "this run already exists; add --resume to continue it" in capsys.readouterr().err


def test_resume_needs_a_run(tmp_path, capsys):
    assert main(["train", "demo", "--out", str(tmp_path / "run"), "--resume"]) == 1
    assert "there is no run" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "words", "message"),
    [
        ("demo", "--epochs 7", "--epochs cannot change with --resume: the run has 100 (got 7)"),
        (
            "demo",
            "--model notebook",
            "--model cannot change with --resume: the run has 'phrase-vae' (got 'notebook')",
        ),
        ("demo", "--preset quick-look", "--epochs cannot change with --resume: the run has 100 (got 40)"),
        ("/elsewhere", "", "DATA cannot change with --resume: the run has 'demo' (got '/elsewhere')"),
    ],
)
def test_resume_cannot_change_settings(data, words, message, tmp_path, capsys):
    Run.create(tmp_path, "run", RunSettings())
    assert main(["train", data, "--out", str(tmp_path / "run"), "--resume", *words.split()]) == 1
    assert capsys.readouterr().err.startswith(f"mariel train: {message}")


def test_an_invalid_run_name_is_refused_by_its_flag(tmp_path, capsys):
    assert main(["train", "demo", "--out", str(tmp_path / "a+b")]) == 1
    assert capsys.readouterr().err.startswith("mariel train: --out: a run's name consists of letters")


def test_missing_data_fails_the_run_with_the_reason(tmp_path, capsys):
    assert main(["train", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run"), *TINY]) == 1
    streams = capsys.readouterr()
    assert streams.err == f"mariel train: no such folder or file: '{tmp_path / 'nowhere'}'\n"
    assert Run.open(tmp_path / "run").status().state == "failed"


def test_skipped_files_are_reported(data, tmp_path, capsys):
    (data / "mariel_bad.npy").write_bytes(b"nothing")
    assert main(["train", str(data), "--out", str(tmp_path / "run"), *TINY, "--epochs", "1"]) == 0
    assert "mariel train: error: mariel_bad.npy: " in capsys.readouterr().err


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


REPORT = BatchReport(
    epoch=2, batch=3, batches=10, loss=153.456, phrases_per_second=239.4, seconds=60, eta_seconds=754, progress=0.25
)
RESULT = EpochResult(
    epoch=5, train=MeanLosses(loss=150, reconstruction=149, kl=10, error_cm=12.345),
    validation=MeanLosses(loss=200, reconstruction=199, kl=10, error_cm=20.5), best=True,
    gradient_norm=1.0, learning_rate=1e-3, phrases_per_second=240.0, seconds=100.0, eta_seconds=3700.0,
)  # fmt: skip


@pytest.fixture
def drawn_at_once(monkeypatch):
    monkeypatch.setattr("mariel.cli.progress.REDRAW_SECONDS", 0)


def test_batches_that_follow_too_soon_are_not_drawn():
    stream = Terminal()
    progress = ProgressDisplay(stream, 20)
    for _ in range(100):
        progress.show_batch(REPORT)
    progress.close()
    assert stream.getvalue().count("[####") <= 1


def test_the_progress_line_shows_epoch_bar_loss_error_speed_and_time(drawn_at_once):
    stream = Terminal()
    progress = ProgressDisplay(stream, 20)
    progress.show_epoch(RESULT.model_copy(update={"validation": None}))
    progress.show_batch(REPORT)
    bar = "#" * (BAR_WIDTH // 4) + "-" * (BAR_WIDTH - BAR_WIDTH // 4)
    line = f"epoch 2/20  [{bar}]  25%  loss 153.5  12.3 cm  239 phrases/s  12:34 left"
    assert stream.getvalue().rpartition("\r")[2].strip() == line


def test_an_epochs_line_shows_training_and_validation():
    assert epoch_line(RESULT, 20) == (
        "epoch 5/20  loss 150  12.35 cm  validation: loss 200, 20.50 cm (best)  240 phrases/s  1:01:40 left"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3600, "1:00:00"), (float("inf"), "?")])
def test_times_are_formatted_like_a_clock(seconds, text):
    assert format_clock(seconds) == text


def test_on_a_terminal_one_line_is_redrawn_and_validations_stay(drawn_at_once):
    stream = Terminal()
    progress = ProgressDisplay(stream, 20)
    progress.show_batch(REPORT)
    progress.show_epoch(RESULT)
    progress.close()
    shown = stream.getvalue()
    assert shown.count("[####") == 1
    assert shown.count("\n") == 1
    assert "\r" + epoch_line(RESULT, 20) + "\n" in shown
    *_, last = shown.splitlines()[-1].rstrip("\r").split("\r")
    assert last.strip() == ""  # the line is gone


def test_without_a_terminal_only_epochs_are_printed():
    stream = io.StringIO()
    progress = ProgressDisplay(stream, 20)
    progress.show_batch(REPORT)
    progress.show_epoch(RESULT)
    assert stream.getvalue() == epoch_line(RESULT, 20) + "\n"
