"""The form about a file: it asks what the file does not say, shows the answer on the stage, and asks only once."""

import json
from unittest.mock import Mock

import numpy as np
import pytest

from mariel.app.widgets.files import file_form, upload
from mariel.app.widgets.files.upload import store_uploads
from mariel.errors import CheckpointError, RecordingError, RunError
from mariel.motion.io.loading import load_recordings
from tests.support.bodies import walking_positions
from tests.support.opening import open_page, page_text
from tests.support.recording_files import BVH


@pytest.fixture
def file(tmp_path):
    """A file that says neither rate nor unit, of a body that is seven times too tall for metres."""
    path = tmp_path / "walk.npy"
    np.save(path, (7 * walking_positions(150)[:, :40]).astype(np.float32))
    return path


def field(app, widgets, name):
    (found,) = [each for each in getattr(app, widgets) if each.key.startswith(f"answer {name} ")]
    return found


def hint(app):
    """The line above the stage that phones show, where the form is below the stage."""
    return "".join(each.proto.body for each in app.get("html") if "mariel-file-hint" in each.proto.body)


def button(app, label):
    (found,) = [each for each in app.button if each.label == label]
    return found


def test_what_a_file_does_not_say_is_asked_once_and_seen_before_it_is_kept(file):
    app = open_page("browse", data=str(file))
    assert "What `walk.npy` does not say" in page_text(app) or "What walk.npy does not say" in page_text(app)
    assert "30 fps" in page_text(app)
    assert "Not sure: which way is up, unit of length, frame rate." in hint(app)
    assert '<a href="#file-questions">' in hint(app)
    assert "file-questions" in [each.proto.anchor for each in app.header]
    field(app, "number_input", "fps").set_value(60.0).run()
    assert "60 fps" in page_text(app)
    assert not file.with_suffix(".mariel.json").exists()
    button(app, "Keep answers").click().run()
    kept = json.loads(file.with_suffix(".mariel.json").read_text())
    assert kept["fps"] == 60
    assert kept["unit"] == pytest.approx(1 / 7, rel=0.15)  # a dancer of 1.70 m
    again = open_page("browse", data=str(file))
    assert "does not say" not in page_text(again)
    assert not hint(again)
    assert "60 fps" in page_text(again)


def test_a_file_can_be_corrected_and_what_was_said_forgotten(file, monkeypatch):
    app = open_page("browse", data=str(file))
    button(app, "Keep answers").click().run()
    read = Mock(wraps=file_form.read_description)
    with monkeypatch.context() as patch:
        patch.setattr(file_form, "read_description", read)
        button(app, "Correct this file").click().run()
    read.assert_called_once_with(file)  # for all fields together
    field(app, "selectbox", "up").set_value("-z").run()
    field(app, "toggle", "mirrored").set_value(True).run()
    field(app, "multiselect", "repairs").set_value(["spikes"]).run()
    button(app, "Keep answers").click().run()
    kept = json.loads(file.with_suffix(".mariel.json").read_text())
    assert (kept["up"], kept["mirrored"], kept["repairs"]) == ("-z", True, ["spikes"])
    button(app, "Correct this file").click().run()
    button(app, "Forget").click().run()
    assert not file.with_suffix(".mariel.json").exists()
    assert "does not say" in page_text(app)


def test_the_demo_dancer_asks_nothing_and_cannot_be_corrected():
    app = open_page("browse")
    assert not [each for each in app.button if each.label in ("Keep answers", "Correct this file")]


def test_uploaded_files_are_kept_under_plain_names_and_open(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_HOME", str(tmp_path))
    files = {"../../walk<b>.bvh": BVH.encode(), "C:\\dances\\NUL.bvh": BVH.encode()}
    folder = store_uploads(files)
    assert tmp_path in folder.parents
    assert sorted(each.name for each in folder.iterdir()) == ["dance NUL.bvh", "walk-b.bvh"]
    assert store_uploads(files) == folder
    assert len(load_recordings(folder)) == 2
    with pytest.raises(RecordingError, match="expected 1 to 64 files, found 0"):
        store_uploads({})


def test_uploading_opens_the_files_and_says_whether_the_model_of_a_bundle_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_HOME", str(tmp_path))
    monkeypatch.setattr(upload, "install_models", lambda folder: ["waltz"])
    app = open_page("browse")
    app.file_uploader(key="upload").upload("walk.bvh", BVH.encode(), "text/plain").run()
    assert str(tmp_path / "uploads") in app.text_input(key="data").value
    assert "“waltz” is among the models now." in [each.value for each in app.toast]

    def refuse(folder):
        raise RunError("a model called 'waltz' with other weights is here already")

    monkeypatch.setattr(upload, "install_models", refuse)
    app.file_uploader(key="upload").upload("walk2.bvh", BVH.encode(), "text/plain").run()
    assert str(tmp_path / "uploads") in app.text_input(key="data").value
    assert "The dance is open, but not its model: a model called 'waltz' with other weights" in app.error[0].value
    assert "can be renamed" in app.error[0].value

    monkeypatch.setattr(upload, "install_models", Mock(side_effect=CheckpointError("it is damaged")))
    app.file_uploader(key="upload").upload("walk3.bvh", BVH.encode(), "text/plain").run()
    assert app.error[0].value.endswith("it is damaged.")
