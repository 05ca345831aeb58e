"""Every page opened as the app opens it, with data, without, and with data that is broken."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.preprocessing.preprocessing_view import SECTIONS
from tests.support.bodies import raw, walker, write_take

ROUTER = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")
PAGES = ("pages/browse.py", "pages/preprocessing.py")


def opened(page: str, **choices: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=120)
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    if page != PAGES[0]:
        app.switch_page(page).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(
        str(element.value) for kind in (app.markdown, app.caption, app.error, app.warning) for element in kind
    )


@pytest.fixture
def folder(tmp_path):
    """Three takes of somebody walking, 300 useful frames each."""
    for name in ("chunli", "honey", "penelope"):
        write_take(tmp_path, name, walker(1300) + (0 if name == "honey" else 0.5))
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_the_demo_dancer_and_calls_it_synthetic(page):
    app = opened(page)
    assert "synthetic demo dancer" in words(app).lower()
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_folder_of_recordings(page, folder):
    app = opened(page, data=str(folder))
    assert app.sidebar.selectbox(key="take").options == ["chunli", "honey", "penelope"]
    assert "synthetic" not in words(app).lower()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "looked for mariel_*.npy"),
        (
            lambda folder: np.save(folder / "mariel_bad.npy", np.zeros(3)),
            "expected shape (55, frames, 3), found (3,)",
        ),
    ],
    ids=["empty", "broken"],
)
def test_a_page_without_data_says_what_is_missing_and_offers_the_demo(tmp_path, page, make, message):
    make(tmp_path)
    app = opened(page, data=str(tmp_path))
    assert message in app.error[0].value
    (offer,) = [button for button in app.button if "demo dancer" in button.label]
    offer.click().run()
    assert not app.error
    assert "synthetic demo dancer" in words(app).lower()


def test_a_broken_take_is_told_beside_the_good_ones(folder):
    np.save(folder / "mariel_zero.npy", np.zeros((55, 0, 3)))
    app = opened(PAGES[0], data=str(folder))
    assert "mariel_zero.npy" in app.error[0].value
    assert app.sidebar.selectbox(key="take").options == ["chunli", "honey", "penelope"]


def test_a_take_with_a_long_gap_is_flagged(folder):
    stored = raw(walker(1300))
    stored[16, 520:600] = np.nan
    np.save(folder / "mariel_gappy.npy", stored)
    app = opened(PAGES[0], data=str(folder), take="gappy", start="0")
    assert "1 long gap of missing markers" in words(app)
    assert "% of positions missing" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_stale_link_falls_back_to_what_there_is(page, folder):
    app = opened(page, data=str(folder), take="sold", start="99999", markers="17", step="Nowhere")
    assert app.sidebar.selectbox(key="take").value == "chunli"


def test_choices_travel_from_page_to_page(folder):
    app = opened(PAGES[0], data=str(folder), take="honey", markers="18", start="42", length="64")
    assert app.slider(key="start").value == 42
    app.switch_page(PAGES[1]).run()
    assert app.sidebar.selectbox(key="take").value == "honey"
    app.switch_page(PAGES[0]).run()
    assert (app.slider(key="start").value, app.slider(key="length").value) == (42, 64)


def test_a_shorter_take_brings_the_phrase_back_into_range(folder):
    write_take(folder, "brief", walker(1200))
    app = opened(PAGES[0], data=str(folder), take="honey", start="172")
    app.sidebar.selectbox(key="take").set_value("brief").run()
    assert not app.exception
    assert app.slider(key="start").value <= 200 - app.slider(key="length").value


def test_phrases_in_a_row_list_each_with_its_flags(folder):
    app = opened(PAGES[0], data=str(folder), take="honey", row="4", length="64", start="0")
    table = app.dataframe[0].value
    assert table["from frame"].tolist() == [0, 64, 128, 192]
    assert set(table["flags"]) == {"good"}


@pytest.mark.parametrize("step", SECTIONS)
def test_every_preprocessing_step_opens(step, folder):
    app = opened(PAGES[1], data=str(folder), step=step)
    assert not app.error


@pytest.mark.parametrize("step", SECTIONS)
def test_every_preprocessing_step_opens_on_one_reduced_take(step, tmp_path):
    write_take(tmp_path, "alone", walker(1100))
    app = opened(PAGES[1], data=str(tmp_path), step=step, markers="18")
    assert not app.error


@pytest.mark.parametrize("step", SECTIONS)
def test_every_preprocessing_step_opens_on_other_layouts(step, mocap):
    app = opened(PAGES[1], data=str(mocap), step=step)
    assert not app.exception


@pytest.mark.parametrize(
    ("page", "choices", "count"),
    [
        (PAGES[0], {}, 1),
        (PAGES[0], {"row": "4", "length": "64", "start": "0"}, 2),
        (PAGES[1], {"step": "Upright"}, 1),
        (PAGES[1], {"step": "Outliers"}, 1),
        (PAGES[1], {"step": "Graph"}, 1),
    ],
)
def test_every_dance_can_be_taken_home(folder, page, choices, count):
    app = opened(page, data=str(folder), take="honey", **choices)
    offered = [button.proto.label for button in app.get("download_button")]
    assert offered == ["Take it home", "Numbers (.npy)"] * count


def test_the_references_own_words_are_shown(folder):
    app = opened(PAGES[1], data=str(folder), step="Numbers")
    assert "Original numpy dataset contains 900 timesteps of 53 joints with 3 dimensions each." in app.code[0].value


def test_the_data_object_is_printed_as_torch_geometric_prints_it(folder):
    app = opened(PAGES[1], data=str(folder), step="Graph")
    assert "Data(x=[53, 768], edge_index=[2, 2756], edge_attr=[2756, 128], y=[53, 774])" in app.code[0].value
