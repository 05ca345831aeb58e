"""Browse and Preprocessing opened as the app opens them: with recordings, without, and with damaged ones."""

import numpy as np
import pytest

from mariel.app.shell.query_params import SECTION
from tests.support.bodies import to_raw_layout, walking_positions, write_raw_take
from tests.support.opening import open_page, page_text

PAGES = ("browse", "preprocessing")


@pytest.fixture
def folder(tmp_path):
    """Three takes of somebody walking, 300 useful frames each."""
    for name in ("chunli", "honey", "penelope"):
        write_raw_take(tmp_path, name, walking_positions(1300) + (0 if name == "honey" else 0.5))
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_the_demo_dancer_and_calls_it_synthetic(page):
    app = open_page(page)
    assert "synthetic demo dancer" in page_text(app).lower()
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_folder_of_recordings(page, folder):
    app = open_page(page, data=str(folder))
    assert app.sidebar.selectbox(key="take").options == ["chunli", "honey", "penelope"]
    assert "synthetic" not in page_text(app).lower()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "looked for mariel_*.npy"),
        (
            lambda folder: np.save(folder / "mariel_bad.npy", np.zeros(3)),
            "found an array of shape (3,)",
        ),
    ],
    ids=["empty", "broken"],
)
def test_a_page_without_recordings_says_what_is_missing_and_offers_the_demo(tmp_path, page, make, message):
    make(tmp_path)
    app = open_page(page, data=str(tmp_path))
    assert message in app.error[0].value.replace("`", "")
    (offer,) = [button for button in app.button if "demo dancer" in button.label]
    offer.click().run()
    assert not app.error
    assert "synthetic demo dancer" in page_text(app).lower()


def test_a_damaged_take_is_named_beside_the_good_ones(folder):
    np.save(folder / "mariel_zero.npy", np.zeros((55, 0, 3)))
    app = open_page("browse", data=str(folder))
    assert "mariel_zero.npy" in app.error[0].value
    assert app.sidebar.selectbox(key="take").options == ["chunli", "honey", "penelope"]


def test_a_take_with_a_long_gap_is_flagged(folder):
    stored = to_raw_layout(walking_positions(1300))
    stored[16, 520:600] = np.nan
    np.save(folder / "mariel_gappy.npy", stored)
    app = open_page("browse", data=str(folder), take="gappy", start="0")
    assert "1 long gap of missing markers" in page_text(app)
    assert "% of positions missing" in page_text(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_stale_link_falls_back_to_what_there_is(page, folder):
    app = open_page(page, data=str(folder), take="sold", start="99999", markers="17", step="Nowhere")
    assert app.sidebar.selectbox(key="take").value == "chunli"


def test_choices_stay_from_page_to_page(folder):
    app = open_page("browse", data=str(folder), take="honey", markers="18", start="42", length="64")
    assert app.slider(key="start").value == 42
    app.switch_page("pages/preprocessing.py").run()
    assert app.sidebar.selectbox(key="take").value == "honey"
    app.switch_page("pages/browse.py").run()
    assert (app.slider(key="start").value, app.slider(key="length").value) == (42, 64)


def test_a_shorter_take_clamps_the_phrase_to_its_range(folder):
    write_raw_take(folder, "brief", walking_positions(1200))
    app = open_page("browse", data=str(folder), take="honey", start="172")
    app.sidebar.selectbox(key="take").set_value("brief").run()
    assert not app.exception
    assert app.slider(key="start").value <= 200 - app.slider(key="length").value


def test_phrases_in_a_row_list_each_with_its_flags(folder):
    app = open_page("browse", data=str(folder), take="honey", row="4", length="64", start="0")
    table = app.dataframe[0].value
    assert table["from frame"].tolist() == [0, 64, 128, 192]
    assert set(table["flags"]) == {"good"}


@pytest.mark.parametrize("step", SECTION.choices)
def test_every_preprocessing_step_opens(step, folder):
    app = open_page("preprocessing", data=str(folder), step=step)
    assert not app.error


@pytest.mark.parametrize("step", SECTION.choices)
def test_every_preprocessing_step_opens_on_one_reduced_take(step, tmp_path):
    write_raw_take(tmp_path, "alone", walking_positions(1100))
    app = open_page("preprocessing", data=str(tmp_path), step=step, markers="18")
    assert not app.error


@pytest.mark.parametrize("step", SECTION.choices)
def test_every_preprocessing_step_opens_on_other_layouts(step, mocap):
    app = open_page("preprocessing", data=str(mocap), step=step)
    assert not app.exception


def test_what_the_reference_prints_is_shown(folder):
    app = open_page("preprocessing", data=str(folder), step="Numbers")
    assert "Original numpy dataset contains 900 timesteps of 53 joints with 3 dimensions each." in app.code[0].value


def test_the_data_object_is_printed_as_torch_geometric_prints_it(folder):
    app = open_page("preprocessing", data=str(folder), step="Graph")
    assert "Data(x=[53, 768], edge_index=[2, 2756], edge_attr=[2756, 128], y=[53, 774])" in app.code[0].value
