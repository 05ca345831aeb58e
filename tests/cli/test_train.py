import io
import json
import signal
import subprocess
import sys
from dataclasses import fields

import pytest

from mariel.cli import main, make_parser
from mariel.cli.progress import BAR, Progress, bar_line, clock, epoch_line
from mariel.cli.setting_flags import changed, given_settings
from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS
from mariel.settings import flag
from mariel.training.results import BatchReport, EpochResult, Means
from mariel.training.runs import Run
from mariel.training.settings import PRESETS, RunSettings, TrainSettings
from tests.support.small_runs import written_takes

TINY = (
    "--model notebook --layers 1 --hidden 8 --latent 4 --length 16 --trim 0 --threads 1 --phrases-an-epoch 16".split()
)


@pytest.fixture
def data(tmp_path):
    return written_takes(tmp_path / "data", "honey", "salt")


def settings_of(*words: str) -> RunSettings:
    """The settings that words on the command line stand for."""
    options = make_parser().parse_args(["train", "demo", "--out", "run", *words])
    preset = PRESETS[(options.preset or "full").replace("-", " ")]
    return changed(preset, given_settings(options), options.model)


def test_training_leaves_a_run_and_says_how_it_ended(data, tmp_path, capsys):
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


def test_json_is_one_object_an_epoch_and_nothing_else(data, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["train", str(data), "--out", str(out), *TINY, "--epochs", "3", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [EpochResult.from_dict(line) for line in lines] == Run.open(out).metrics()
    assert [line["epoch"] for line in lines] == [1, 2, 3]


def test_ctrl_c_saves_and_exits_130_and_resume_goes_on(data, tmp_path, capsys):
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
    assert errors.endswith("saved, go on with --resume\n")
    assert "Traceback" not in errors
    stopped = Run.open(out)
    epochs = len(stopped.metrics())
    assert stopped.status().state == "stopped"
    assert 1 <= epochs < 40
    assert main([*train, "--resume", "--json"]) == 0
    went_on = [json.loads(line)["epoch"] for line in capsys.readouterr().out.splitlines()]
    assert went_on == list(range(epochs + 1, 41))
    assert Run.open(out).status().state == "finished"


def test_a_reader_that_has_seen_enough_stops_the_training(data, tmp_path):
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


def test_every_setting_has_one_flag_with_its_meaning(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for settings in (DataSettings, TrainSettings, *MODELS.values()):
        for known in fields(settings):
            if known.name != "data":
                assert f" {flag(known.name)}" in shown
                assert known.metadata["about"] in shown
    assert "[notebook, phrase-vae] Dimensions of the latent space. (1 to 4,096; default 256)" in shown
    assert "[notebook] Weight of the KL term. (0 to 1,000; default 0.0001) [phrase-vae] Weight of the KL" in shown
    assert "--batch-size N Phrases a step, over all processes together. (1 to 65,536; default 64)" in shown


def test_without_flags_it_is_the_full_preset():
    assert settings_of() == PRESETS["full"]


def test_flags_change_a_preset():
    settings = settings_of("--preset", "quick-look", "--epochs", "7", "--no-mirror", "--minutes", "none")
    assert settings.train.epochs == 7
    assert settings.train.mirror is False
    assert settings.train.minutes is None
    assert settings.train.phrases_an_epoch == PRESETS["quick look"].train.phrases_an_epoch


def test_a_model_of_another_kind_begins_with_its_own_defaults():
    settings = settings_of("--preset", "full", "--model", "notebook", "--latent", "8")
    assert settings.model == MODELS["notebook"](latent=8)
    assert settings_of("--preset", "notebook").model == MODELS["notebook"]()


def test_holding_out_takes_divides_by_takes():
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
def test_bad_settings_are_told_by_their_flag_before_any_work(words, message, tmp_path, capsys):
    assert main(["train", "demo", "--out", str(tmp_path / "run"), *words.split()]) == 1
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", f"mariel train: {message}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--epochs many", "argument --epochs: expected a whole number, found 'many'"),
        ("--epochs 2.5", "argument --epochs: expected a whole number, found '2.5'"),
        ("--minutes inf", "argument --minutes: expected a number, found 'inf'"),
        ("--epochs none", "argument --epochs: expected a whole number, found 'none'"),
        ("--model gpt", "argument --model: invalid choice: 'gpt'"),
        ("--epoch 5", "unrecognized arguments: --epoch 5"),
    ],
)
def test_flags_that_make_no_sense_have_status_2(words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "demo", "--out", "run", *words.split()])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_of_several_processes_on_a_machine_one_tells_what_all_find_wrong(capsys, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert main(["train", "demo", "--out", "run", "--epochs", "0"]) == 1
    with pytest.raises(SystemExit):
        main(["train", "demo", "--out", "run", "--epochs", "many"])
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_no_run_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["train", "demo", "--out", str(tmp_path)]) == 1
    assert "is there already and is no run; name a new folder" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_that_is_there_needs_resume(tmp_path, capsys):
    Run.create(tmp_path, "run", RunSettings())
    assert main(["train", "demo", "--out", str(tmp_path / "run")]) == 1
    assert "there is a run already; add --resume to go on with it" in capsys.readouterr().err


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
def test_resume_changes_no_settings(data, words, message, tmp_path, capsys):
    Run.create(tmp_path, "run", RunSettings())
    assert main(["train", data, "--out", str(tmp_path / "run"), "--resume", *words.split()]) == 1
    assert capsys.readouterr().err.startswith(f"mariel train: {message}")


def test_a_name_that_no_run_can_have_names_the_flag(tmp_path, capsys):
    assert main(["train", "demo", "--out", str(tmp_path / "a+b")]) == 1
    assert capsys.readouterr().err.startswith("mariel train: --out: a run's name is of letters")


def test_data_that_is_not_there_fails_the_run_with_the_reason(tmp_path, capsys):
    assert main(["train", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run"), *TINY]) == 1
    streams = capsys.readouterr()
    assert streams.err == f"mariel train: no such folder or file: '{tmp_path / 'nowhere'}'\n"
    assert Run.open(tmp_path / "run").status().state == "failed"


def test_files_that_are_left_out_are_told(data, tmp_path, capsys):
    (data / "mariel_bad.npy").write_bytes(b"nothing")
    assert main(["train", str(data), "--out", str(tmp_path / "run"), *TINY, "--epochs", "1"]) == 0
    assert "mariel train: error: mariel_bad.npy: " in capsys.readouterr().err


def test_help_loads_no_torch():
    code = (
        "import sys, mariel.cli\n"
        "try: mariel.cli.main(['train', '--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({'torch', 'streamlit', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED\n")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


REPORT = BatchReport(
    epoch=2, batch=3, batches=10, loss=153.456, phrases_a_second=239.4, seconds=60, eta_seconds=754, progress=0.25
)
RESULT = EpochResult(
    epoch=5, train=Means(150, 149, 10, 12.345), validation=Means(200, 199, 10, 20.5), best=True, gradient_norm=1.0,
    learning_rate=1e-3, phrases_a_second=240.0, seconds=100.0, eta_seconds=3700.0,
)  # fmt: skip


def test_the_bar_says_how_far_it_is():
    line = bar_line(REPORT, 20, "12.3 cm")
    bar = "#" * (BAR // 4) + "-" * (BAR - BAR // 4)
    assert line == f"epoch 2/20  [{bar}]  25%  loss 153.5  12.3 cm  239 phrases/s  12:34 left"


def test_an_epochs_line_says_both_sides():
    assert epoch_line(RESULT, 20) == (
        "epoch 5/20  loss 150  12.35 cm  held out: loss 200, 20.50 cm (best)  240 phrases/s  1:01:40 left"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3600, "1:00:00"), (float("inf"), "?")])
def test_times_are_written_as_on_a_clock(seconds, text):
    assert clock(seconds) == text


def test_on_a_terminal_one_line_is_drawn_over_again_and_validations_stay():
    stream = Terminal()
    progress = Progress(stream, 20)
    progress.batch(REPORT)
    progress.batch(REPORT)  # at once, so it is not drawn
    progress.epoch(RESULT)
    progress.clear()
    shown = stream.getvalue()
    assert shown.count("[####") == 1
    assert shown.count("\n") == 1
    assert epoch_line(RESULT, 20) + "\n" in shown
    drawn = shown.split("\x1b[K")[0].lstrip("\r")
    assert len(drawn) <= 79


def test_without_a_terminal_nothing_is_drawn_between_epochs():
    stream = io.StringIO()
    progress = Progress(stream, 20)
    progress.batch(REPORT)
    progress.epoch(RESULT)
    assert stream.getvalue() == epoch_line(RESULT, 20) + "\n"
