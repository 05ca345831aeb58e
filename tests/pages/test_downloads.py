"""Every stage of every page can be downloaded, by every exporter that can save what it shows."""

import re

import pytest

from mariel.app.shell.navigation import PAGES
from mariel.app.shell.query_params import COUNT, MODE, PHRASE_SOURCE, SECTION
from mariel.export.registry import EXPORTERS
from tests.support.opening import open_page
from tests.support.toys import toy_exporter

pytestmark = pytest.mark.slow

PLAYER = "mariel_skeleton_player"
ONE_STAGE = {"strip", "svg"}
"""Exporters that show one stage only."""


def key_of(element) -> str:
    """The key that a page gave an element."""
    return re.fullmatch(r"\$\$ID-[0-9a-f]+-(.*)", element.proto.id)[1]


def stages_of(app) -> set[str]:
    """Keys of the stages on a page; those of one comparison, "upright 0" and "upright 1", are downloaded together."""
    players = [each for each in app.get("bidi_component") if each.proto.component_name == PLAYER]
    return {re.sub(r" \d+$", "", key_of(player)) for player in players}


def downloads_of(app) -> dict[str, set[str]]:
    """The exporters offered for each stage, by the stage's key."""
    offered: dict[str, set[str]] = {}
    for button in [*app.get("download_button"), *app.button]:  # what is quick, and what is made in the background
        word, _, rest = key_of(button).partition(" ")
        stage, _, exporter = rest.rpartition(" ")
        if word == "download" and exporter in EXPORTERS:
            offered.setdefault(stage, set()).add(exporter)
    return offered


CASES = [
    *((page, {}) for page in PAGES),
    ("browse", {"row": "4", "length": "16", "start": "0"}),
    *(("preprocessing", {"step": step}) for step in SECTION.choices),
    *(("reconstructions", {"source": source}) for source in PHRASE_SOURCE.choices),
    *(("sampling", {"mode": mode, "count": str(count)}) for mode in MODE.choices for count in COUNT.choices),
    ("sampling", {"mode": "Between two", "seconds": "3"}),
]


@pytest.mark.parametrize(
    ("page", "choices"), CASES, ids=[" ".join([page, *choices.values()]) for page, choices in CASES]
)
def test_every_stage_can_be_downloaded(run, page, choices):
    app = open_page(page, data=str(run.folder.parents[1] / "data"), trim="0", **choices)
    assert not app.exception
    assert not app.error
    assert stages_of(app) == set(downloads_of(app))
    # Two stages side by side are one film and one page, but no one pose; BVH is of one dancer alone.
    expected = set(EXPORTERS) - (ONE_STAGE if choices.get("step") == "Upright" else set())
    assert all(exporters | {"bvh"} == expected for exporters in downloads_of(app).values())


@pytest.mark.parametrize("page", ["browse", "reconstructions", "sampling", "latent_map", "training"])
def test_pages_that_show_a_dance_have_a_stage(run, page):
    assert stages_of(open_page(page, data=str(run.folder.parents[1] / "data"), trim="0"))


def test_a_new_exporter_has_a_button_below_every_stage(run):
    with toy_exporter():
        app = open_page("reconstructions", data=str(run.folder.parents[1] / "data"), trim="0")
        assert len(stages_of(app)) == 2
        assert all("toy" in exporters for exporters in downloads_of(app).values())
