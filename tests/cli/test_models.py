"""`reconstruct`, `sample` and `evaluate` on a run that was trained for one epoch."""

import json
import re

import numpy as np
import pytest

from mariel.cli import main
from tests.support.small_runs import swaying, trained_run, write_takes, write_takes_of_rates
from tests.support.toys import toy_metric


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained_run(tmp_path_factory.mktemp("dances"))


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Takes with the padding of raw files, 500 frames at each end."""
    return str(write_takes(tmp_path_factory.mktemp("raw"), frames=1120))


def command(capsys, *words) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return status, out, err


class TestSample:
    def test_samples_are_written_with_labels_and_frame_rate(self, run, tmp_path, capsys):
        out = tmp_path / "new.npz"
        status, printed, _ = command(capsys, "sample", run.folder, "--count", 3, "--out", out)
        assert (status, "3 dances" in printed) == (0, True)
        written = np.load(out)
        assert written["positions"].shape == (3, 16, 53, 3)
        assert written["positions"].dtype == np.float32
        assert (len(written["labels"]), float(written["fps"])) == (53, 35.0)

    @pytest.mark.parametrize("more", [(), ("--seconds", 2)])
    def test_the_same_seed_gives_the_same_bytes(self, run, tmp_path, capsys, more):
        for name in ("one.npz", "two.npz"):
            assert command(capsys, "sample", run.folder, "--seed", 7, *more, "--out", tmp_path / name)[0] == 0
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()

    def test_samples_are_on_another_body_if_asked(self, run, tmp_path, capsys):
        assert command(capsys, "sample", run.folder, "--body", "long-legs", "--out", tmp_path / "legs.npz")[0] == 0
        status, printed, err = command(capsys, "sample", run.folder, "--body", "giant", "--out", tmp_path / "x.npz")
        assert (status, printed) == (1, "")
        assert "no body is known by the name 'giant'" in err
        assert "body: long-legs" in str(np.load(tmp_path / "legs.npz")["about"])

    def test_samples_can_be_longer_than_a_phrase(self, run, tmp_path, capsys):
        words = ("sample", run.folder, "--count", 2, "--seconds", 3, "--out", tmp_path / "long.npz", "--json")
        status, printed, _ = command(capsys, *words)
        assert status == 0
        assert json.loads(printed) | {"out": ""} == {"out": "", "dances": 2, "frames": 105, "fps": 35.0}

    def test_samples_depend_on_pose_scheme_and_shift(self, run, raw, tmp_path, capsys):
        written = []
        ways = ((), ("--scheme", "random-spread"), ("--push", 2, -1), ("--pose", raw, "one", 7))
        for number, way in enumerate(ways):
            out = tmp_path / f"{number}.npz"
            assert command(capsys, "sample", run.folder, *way, "--out", out)[0] == 0
            written.append(np.load(out)["positions"])
        assert all(not np.allclose(written[0], other) for other in written[1:])

    def test_a_missing_pose_is_named(self, run, raw, tmp_path, capsys):
        for pose, message in ((("nobody", 7), "it has one, two"), (("one", 900), "has frames 0 to 119 (got 900)")):
            status, _, err = command(capsys, "sample", run.folder, "--pose", raw, *pose, "--out", tmp_path / "no.npz")
            assert (status, message in err) == (1, True)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (("--scheme", "wild"), "--scheme must be one of prior, random-spread (got 'wild')"),
            (("--push", 9), "--push must be from -5 to 5 (got 9)"),
            (("--temperature", 9), "--temperature must be from 0 to 5 (got 9)"),
            (("--count", 0), "--count must be from 1 to"),
            (("--seconds", 0, "--count", 1), "--seconds must be from"),
        ],
    )
    def test_a_value_out_of_range_is_named_and_nothing_is_written(self, run, tmp_path, capsys, flags, message):
        status, _, err = command(capsys, "sample", run.folder, *flags, "--out", tmp_path / "no.npz")
        assert status == 1
        assert message in err
        assert not list(tmp_path.iterdir())

    def test_a_folder_without_a_run_is_named(self, tmp_path, capsys):
        status, _, err = command(capsys, "sample", tmp_path / "nothing", "--out", tmp_path / "no.npz")
        assert status == 1
        assert "nothing" in err


class TestReconstruct:
    def test_originals_are_written_beside_reconstructions(self, run, raw, tmp_path, capsys):
        out = tmp_path / "reconstructions.npz"
        status, printed, _ = command(capsys, "reconstruct", run.folder, raw, "--out", out, "--json")
        assert status == 0
        written = np.load(out)
        assert written["positions"].shape == written["original"].shape == (14, 16, 53, 3)
        assert written["starts"].tolist() == [*range(0, 112, 16)] * 2
        assert set(written["takes"]) == {"one", "two"}
        distance = np.linalg.norm(written["positions"] - written["original"], axis=-1)
        assert json.loads(printed)["error_cm"] < 100 * distance.mean() + 5

    def test_recordings_of_another_rate_are_resampled_and_it_is_said(self, run, tmp_path, capsys):
        data = write_takes_of_rates(tmp_path / "data", one=35, two=70)
        out = tmp_path / "reconstructions.npz"
        status, _, err = command(capsys, "reconstruct", run.folder, data, "--out", out)
        assert status == 0
        assert err == (
            "mariel reconstruct: note: two is shown to the model with 35 instead of 70 frames per second.\n"
        )
        written = np.load(out)
        assert written["starts"].tolist() == [*range(0, 112, 16)] * 2
        np.testing.assert_allclose(written["original"][8], swaying(seed=1)[16:32], atol=2e-4)

    def test_recordings_with_other_markers_are_refused(self, run, tmp_path, capsys):
        np.save(tmp_path / "hop.npy", np.random.default_rng(0).uniform(0, 1.7, (60, 3, 3)).astype(np.float32))
        facts = {"joints": ["a", "b", "c"], "edges": [[0, 1]], "axes": "frame, joint, xyz", "up": "+z", "fps": 35}
        (tmp_path / "hop.json").write_text(json.dumps(facts))
        status, _, err = command(capsys, "reconstruct", run.folder, tmp_path, "--out", tmp_path / "no.npz")
        assert status == 1
        assert "53 markers" in err


class TestEvaluate:
    def test_every_figure_has_the_value_of_real_motion_beside_it(self, run, raw, capsys):
        status, printed, _ = command(capsys, "evaluate", run.folder, raw, "--json")
        assert status == 0
        figures = {figure["name"]: figure for figure in json.loads(printed)}
        assert figures["marker error"]["value"] > 0
        # Both random, since the run's model is one of free markers and heads of its takes are not rigid.
        assert figures["skull variation"]["value"] > 0.01 < figures["skull variation"]["real"]
        assert {"diversity", "nearest training phrase", "foot skating", "speed, sampled"} <= set(figures)
        assert figures["Fréchet distance, kinetic"]["note"] == "too few phrases"

    def test_without_json_a_table_is_printed(self, run, raw, capsys):
        status, printed, _ = command(capsys, "evaluate", run.folder, raw)
        assert status == 0
        heading, group, first, *_, profile, interval, seconds = printed.splitlines()
        assert heading.split() == ["model", "real", "good"]
        assert group == "RECONSTRUCTIONS"
        assert re.fullmatch(r"Error of the pose, cm +[\d.]+ +0\.0 +lower is better", first)
        assert re.fullmatch(r"Error of the pose, cm from start to end:( \d+\.\d){8}", profile)
        assert re.search(r"Fréchet distance, kinetic +[\d,.]+ +–  too few phrases", printed)
        assert re.fullmatch(r"Fréchet distance, kinetic, 95 %: [\d,.]+ to [\d,.]+", interval)
        assert re.fullmatch(r"Seconds to compute: \d+\.\d; [A-Z].+: \d+\.\d", seconds)
        assert max(map(len, printed.splitlines())) <= 80

    def test_a_card_is_a_markdown_table(self, run, raw, capsys):
        status, printed, _ = command(capsys, "evaluate", run.folder, raw, "--card")
        assert status == 0
        assert printed.startswith("| | model | real | good |\n|---|---|---|---|\n| **Reconstructions** |")
        assert re.search(r"\n\| Head deformation, % \| \d+\.\d\d \| \d+\.\d\d \|", printed)

    def test_a_new_metric_is_among_the_figures(self, run, raw, capsys):
        with toy_metric():
            _, table, _ = command(capsys, "evaluate", run.folder, raw)
            _, card, _ = command(capsys, "evaluate", run.folder, raw, "--card")
            _, text, _ = command(capsys, "evaluate", run.folder, raw, "--json")
        assert re.search(r"Toy count, dances +512 +\d+ +higher is better", table)
        assert "| Toy count, dances | 512 |" in card
        assert json.loads(text)[-1] | {"real": 0, "seconds": 0} == {
            "key": "toy", "name": "Toy count", "label": "Toy count", "value": 512.0, "real": 0, "unit": "dances",
            "good": "higher is better", "note": "", "profile": [],
            "interval": None, "real_interval": None, "seconds": 0,
        }  # fmt: skip
