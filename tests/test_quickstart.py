"""The quickstart notebook runs, cell by cell, on small takes and with a small model."""

import json
from pathlib import Path

import numpy as np
import pytest

import mariel
from mariel.training.settings import RunSettings
from tests.support.bodies import write_raw_take
from tests.support.small_models import MODEL_SETTINGS
from tests.support.small_runs import swaying, trained_run

pytestmark = pytest.mark.slow

NOTEBOOK = json.loads((Path(__file__).resolve().parents[1] / "docs" / "quickstart.ipynb").read_text())
CELLS = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> dict:
    """Everything that the notebook's cells define, and what the last line of each is in `shown`."""
    folder = tmp_path_factory.mktemp("quickstart")
    for seed, name in enumerate(("honey", "salt")):
        write_raw_take(folder, name, swaying(3400, seed))
    small = {
        "DATA": str(folder),
        "CHECKPOINT": str(trained_run(tmp_path_factory.mktemp("runs")).folder),
        "EPOCHS": 1,
        "PHRASES_PER_EPOCH": 64,
    }
    first, *others = CELLS
    namespace: dict = {}
    exec(first, namespace)
    assert set(small) <= set(namespace)
    namespace |= small
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mariel, "RunSettings", lambda: RunSettings(model=MODEL_SETTINGS["phrase-vae"]))
        for cell in others:
            *lines, last = cell.splitlines()
            try:
                compile(last, "cell", "eval")
            except SyntaxError:
                exec(cell, namespace)
            else:
                exec("\n".join(lines), namespace)
                shown.append(eval(last, namespace))
    return namespace | {"shown": shown}


def test_the_notebook_trains_reconstructs_and_samples(names):
    assert names["knee"].shape == (140, 3)
    assert list(names["recordings"]) == ["honey", "salt"]
    assert names["reconstructions"].shape == names["originals"].shape == (8, 128, 53, 3)
    assert names["dances"].shape == (4, 16, 53, 3)
    assert np.isfinite(names["dances"]).all()
    assert names["result"].epoch == 1


def test_cells_show_recordings_figures_and_a_graph(names):
    recordings, figure, graph, distance, dance = names["shown"]
    assert "honey" in repr(recordings)
    assert type(figure).__name__ == type(dance).__name__ == "Figure"
    assert graph.x.shape == (53, 768)
    assert 0 < distance < 1


def test_the_notebook_is_saved_without_outputs():
    cells = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
