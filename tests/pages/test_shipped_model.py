"""The model that comes with the program: every page that needs a model opens on it at first launch."""

import re
import sys

import pytest

from mariel.data.dataset import PhraseDataset
from mariel.evaluation.real_motion import load_real_motion
from mariel.files import runs_folder
from mariel.generation.latent_map.stored_map import load_pca_map, load_umap_map
from mariel.generation.phrase_windows import run_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.runs import Run
from tests.support.opening import open_page, page_text

pytestmark = pytest.mark.slow

NAME = "demo-dancer"


@pytest.fixture(autouse=True)
def first_launch(monkeypatch):
    """Runs are in the default folder."""
    monkeypatch.delenv("MARIEL_CHECKPOINTS", raising=False)


@pytest.mark.parametrize("page", ["training", "reconstructions", "sampling", "latent_map"])
def test_a_page_opens_on_it(page):
    choice = "run" if page == "training" else "model"
    app = open_page(page, **{choice: NAME})
    assert not app.error
    assert not app.warning
    assert app.get("bidi_component")
    assert "No model" not in page_text(app)


def test_it_is_small_enough_to_be_shipped_and_learned_from_the_demo_dancer():
    folder = runs_folder() / NAME
    shipped = [path for path in folder.iterdir() if path.name not in ("last.safetensors", "lock")]
    assert sum(path.stat().st_size for path in shipped) <= 26e6
    assert Run.open(folder).settings.data.data == "demo"


@pytest.mark.parametrize("load", [load_pca_map, load_real_motion])
def test_what_its_pages_show_is_shipped_with_it(load, monkeypatch):
    """`mariel analyse demo-dancer` makes the file again after the model, the takes or a computation has changed."""
    run = Run.open(runs_folder() / NAME)
    monkeypatch.setattr(PhraseDataset, "__init__", lambda *_, **__: pytest.fail("it is computed again"))
    checkpoint = load_checkpoint(run.folder)
    load(run, checkpoint, run_recordings(checkpoint))


def test_its_umap_map_is_shipped_and_keeps_more_neighbours_than_its_pca_map(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    run = Run.open(runs_folder() / NAME)
    recordings = run_recordings(checkpoint := load_checkpoint(run.folder))
    _, pca_map = load_pca_map(run, checkpoint, recordings)
    umap_map = load_umap_map(run, recordings, pca_map)
    assert umap_map.neighbours_kept > 2.5 * pca_map.neighbours_kept > 0.3


def test_its_card_names_the_command_that_makes_it():
    card = (runs_folder() / NAME / "README.md").read_text("utf-8")
    train = load_checkpoint(runs_folder() / NAME).settings.train
    flags = dict(re.findall(r"--(epochs|phrases-per-epoch|threads|patience) (\d+)", card))
    expected = {"epochs": train.epochs, "phrases-per-epoch": train.phrases_per_epoch, "patience": train.patience}
    assert {name: int(value) for name, value in flags.items()} == expected
    assert train.threads is None
    assert f"--precision {train.precision}" in card
