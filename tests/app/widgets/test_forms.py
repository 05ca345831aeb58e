"""Forms made from settings: one widget per setting, values that the settings accept."""

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.forms import label_of
from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS, NotebookSettings
from mariel.settings import is_advanced
from mariel.training.settings import PRESETS, TrainSettings


def page():
    import streamlit as st  # noqa: PLC0415 (AppTest runs this function as a script of its own)

    from mariel.app.widgets.forms import settings_form  # noqa: PLC0415
    from mariel.training.settings import PRESETS  # noqa: PLC0415

    settings = getattr(PRESETS[st.session_state.preset], st.session_state.group)
    values = settings_form(
        settings,
        "test",
        skip=st.session_state.get("skip", ()),
        shown=lambda name, values: name != "hold_out" or values["split"] == "takes",
        options={"hold_out": ["waltz", "tango"]},
    )
    st.session_state.answer = type(settings)(**values)


def form(preset: str = "full", group: str = "train", **state) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in {"preset": preset, "group": group, **state}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def answer(app: AppTest):
    assert not app.exception
    return app.session_state.answer


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("group", ["model", "data", "train"])
def test_an_unchanged_form_returns_its_initial_values(preset, group):
    app = form(preset, group)
    before = getattr(PRESETS[preset], group)
    assert answer(app) == before
    assert [type(value) for value in vars(answer(app)).values()] == [type(value) for value in vars(before).values()]


def test_each_kind_of_setting_has_its_widget():
    app = form("full", "train")
    assert app.number_input(key="test epochs").value == 100
    assert app.number_input(key="test minutes").value is None
    assert app.selectbox(key="test schedule").options == ["constant", "cosine"]
    assert app.toggle(key="test rotate").value is True
    assert form("full", "data").text_input(key="test data").value == "demo"


def test_help_and_limits_come_from_the_setting():
    epochs = form().number_input(key="test epochs")
    assert epochs.help == "Maximum number of passes over the training phrases."
    assert (epochs.min, epochs.max) == (1, 100_000)


def test_small_fractions_are_written_out():
    rate = form().number_input(key="test learning_rate")
    assert rate.value == 0.001
    assert rate.step == 0.001
    assert rate.proto.format == "%g"


def test_advanced_settings_are_in_an_expander():
    app = form()
    (folded,) = app.expander
    assert folded.label == "Advanced settings"
    inside = {widget.key for widget in (*folded.number_input, *folded.toggle, *folded.selectbox)}
    assert inside == {f"test {name}" for name, field in TrainSettings.model_fields.items() if is_advanced(field)}


def test_changed_values_are_returned():
    app = form()
    app.number_input(key="test epochs").set_value(7)
    app.number_input(key="test minutes").set_value(1.5)
    app.toggle(key="test mirror").set_value(False)
    app.run()
    assert answer(app) == TrainSettings(epochs=7, minutes=1.5, mirror=False)


def test_an_optional_setting_can_be_emptied():
    app = form("quick look")
    assert app.number_input(key="test minutes").value == 3
    app.number_input(key="test minutes").set_value(None).run()
    assert answer(app).minutes is None


def test_a_setting_that_does_not_apply_has_no_widget_and_keeps_its_default():
    app = form("full", "data")
    assert "test hold_out" not in {widget.key for widget in app.multiselect}
    app.selectbox(key="test split").set_value("blocks").run()
    assert answer(app).hold_out == ()


def test_several_words_are_chosen_from_the_options():
    app = form("full", "data")
    app.session_state["test hold_out"] = ["tango"]
    app.selectbox(key="test split").set_value("takes").run()
    assert app.multiselect(key="test hold_out").options == ["waltz", "tango"]
    assert answer(app) == DataSettings(split="takes", hold_out=("tango",))


def test_skipped_settings_are_left_out():
    app = form("full", "data", skip=("data", "trim"))
    assert not app.text_input
    assert answer(app) == DataSettings()


def test_every_setting_of_every_model_has_a_widget():
    assert isinstance(answer(form("notebook", "model")), NotebookSettings)
    for settings in (*(model.settings_class for model in MODELS.values()), DataSettings, TrainSettings):
        assert all(field.description.endswith(".") for field in settings.model_fields.values())


def test_labels_are_written_for_people():
    assert label_of("kl_weight") == "KL weight"
    assert label_of("phrases_per_epoch") == "Phrases per epoch"
    assert label_of("clip") == "Gradient clipping"


def test_settings_of_one_name_have_one_label():
    """Messages name a setting by its flag alone, and the page shows its label instead."""
    classes = [DataSettings, TrainSettings, *(model.settings_class for model in MODELS.values())]
    for settings in classes:
        for name, field in settings.model_fields.items():
            assert field.title in (None, label_of(name))
