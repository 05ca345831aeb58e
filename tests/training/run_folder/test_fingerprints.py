import json
from dataclasses import replace

import numpy as np
import pytest

from mariel.errors import RunError
from mariel.motion.io.loading import load_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.control import TrainingControl
from mariel.training.run_folder.fingerprints import fingerprint
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.bodies import write_raw_take
from tests.support.small_runs import new_run, stop_after, swaying


class TestChangedData:
    @pytest.fixture
    def stopped(self, tmp_path) -> Run:
        run, control = new_run(tmp_path), TrainingControl()
        run_training(run, control=control, threads=1, on_batch=stop_after(2, control))
        return run

    def test_the_fingerprint_names_every_take(self, stopped):
        one, two = stopped.fingerprint()["takes"]
        assert (one["name"], one["file"], one["frames"]) == ("one", "mariel_one.npy", 120)
        assert one["bytes"] == (stopped.folder.parents[1] / "data" / "mariel_one.npy").stat().st_size
        assert one["sha256"] != two["sha256"]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda data: write_raw_take(data, "two", swaying(120, 5)),
                r"recording 'two' \(mariel_two\.npy\) has changed since the run began: its content is different",
            ),
            (lambda data: write_raw_take(data, "two", swaying(130, 1)), "expected 120 frames, found 130"),
            (lambda data: (data / "mariel_two.npy").unlink(), "recording 'two' .* is no longer there"),
            (lambda data: write_raw_take(data, "three", swaying(120, 3)), r"recording 'three' .* is new"),
        ],
    )
    def test_changed_recordings_are_refused_by_name(self, stopped, change, message):
        data = stopped.folder.parents[1] / "data"
        change(data)
        with pytest.raises(RunError, match=message):
            run_training(stopped, threads=1)
        assert load_checkpoint(stopped.folder, "last").model is not None

    def test_changed_recordings_can_be_allowed(self, stopped):
        write_raw_take(stopped.folder.parents[1] / "data", "two", swaying(120, 5))
        before = stopped.fingerprint()
        assert run_training(stopped, threads=1, allow_changed_data=True).state == "finished"
        assert Run.open(stopped.folder).fingerprint() == before

    def test_moved_recordings_count_as_the_same(self, stopped, tmp_path):
        moved = (tmp_path / "data").rename(tmp_path / "moved")
        settings = stopped.settings.replace(data=stopped.settings.data.replace(data=str(moved)))
        assert run_training(replace(stopped, settings=settings), threads=1).state == "finished"


def test_the_json_file_beside_a_recording_is_part_of_its_fingerprint(tmp_path):
    positions = np.random.default_rng(0).uniform(0, 1.7, (60, 3, 3)).astype(np.float32)
    np.save(tmp_path / "hop.npy", positions)
    description = {"joints": ["a", "b", "c"], "edges": [[0, 1], [1, 2]], "axes": "frame, joint, xyz", "up": "+z"}
    fingerprints = []
    for fps in (30, 60):
        (tmp_path / "hop.json").write_text(json.dumps({**description, "fps": fps}))
        fingerprints.append(fingerprint(load_recordings(tmp_path)))
    assert fingerprints[0]["takes"][0]["sha256"] != fingerprints[1]["takes"][0]["sha256"]
