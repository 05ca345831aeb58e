"""Forms made from dataclasses: a widget a setting, values that the dataclass takes back."""

from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.forms import label_of
from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS, NotebookSettings
from mariel.training.settings import PRESETS, TrainSettings


def page():
    import streamlit as st  # noqa: PLC0415 (AppTest runs this function as a script of its own)

    from mariel.app.widgets.forms import ask  # noqa: PLC0415
    from mariel.training.settings import PRESETS  # noqa: PLC0415

    settings = getattr(PRESETS[st.session_state.preset], st.session_state.group)
    values = ask(
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
def test_a_form_left_alone_gives_back_what_it_began_with(preset, group):
    app = form(preset, group)
    before = getattr(PRESETS[preset], group)
    assert answer(app) == before
    assert [type(value) for value in vars(answer(app)).values()] == [
        float if known.name in ("minutes",) and value is not None else type(value)
        for known, value in zip(fields(before), vars(before).values(), strict=True)
    ]


def test_each_kind_of_setting_has_its_widget():
    app = form("full", "train")
    assert app.number_input(key="test epochs").value == 100
    assert app.number_input(key="test minutes").value is None
    assert app.selectbox(key="test schedule").options == ["constant", "cosine"]
    assert app.toggle(key="test rotate").value is True
    assert form("full", "data").text_input(key="test data").value == "demo"


def test_help_and_limits_come_from_the_setting():
    epochs = form().number_input(key="test epochs")
    assert epochs.help == "Most passes over the training phrases."
    assert (epochs.min, epochs.max) == (1, 100_000)


def test_small_fractions_are_written_out():
    rate = form().number_input(key="test learning_rate")
    assert rate.value == 0.001
    assert rate.step == 0.001
    assert rate.proto.format == "%g"


def test_settings_for_experts_are_folded_away():
    app = form()
    (folded,) = app.expander
    assert folded.label == "Finer settings"
    inside = {widget.key for widget in (*folded.number_input, *folded.toggle, *folded.selectbox)}
    assert inside == {f"test {each.name}" for each in fields(TrainSettings) if each.metadata["expert"]}


def test_values_that_are_set_come_back():
    app = form()
    app.number_input(key="test epochs").set_value(7)
    app.number_input(key="test minutes").set_value(1.5)
    app.toggle(key="test mirror").set_value(False)
    app.run()
    assert answer(app) == TrainSettings(epochs=7, minutes=1.5, mirror=False)


def test_a_setting_that_may_be_open_can_be_emptied():
    app = form("quick look")
    assert app.number_input(key="test minutes").value == 3
    app.number_input(key="test minutes").set_value(None).run()
    assert answer(app).minutes is None


def test_a_setting_that_does_not_apply_is_not_asked_and_keeps_its_default():
    app = form("full", "data")
    assert "test hold_out" not in {widget.key for widget in app.multiselect}
    app.selectbox(key="test split").set_value("blocks").run()
    assert answer(app).hold_out == ()


def test_several_words_are_picked_from_what_there_is():
    app = form("full", "data")
    app.session_state["test hold_out"] = ["tango"]
    app.selectbox(key="test split").set_value("takes").run()
    assert app.multiselect(key="test hold_out").options == ["waltz", "tango"]
    assert answer(app) == DataSettings(split="takes", hold_out=("tango",))


def test_skipped_settings_are_left_out():
    app = form("full", "data", skip=("data", "trim"))
    assert not app.text_input
    assert answer(app) == DataSettings()


def test_every_setting_of_every_model_can_be_asked_for():
    assert isinstance(answer(form("notebook", "model")), NotebookSettings)
    for settings in (*MODELS.values(), DataSettings, TrainSettings):
        for known in fields(settings):
            assert known.metadata["about"].endswith(".")


def test_names_are_written_for_people():
    assert label_of("kl_weight") == "KL weight"
    assert label_of("phrases_an_epoch") == "Phrases an epoch"
