"""Links: every parameter's values are checked, warnings say what is shown instead, the address has one writer."""

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.shell import streamlit_adapter
from mariel.app.shell.link_values import BadLinkError, QueryParam, parse
from mariel.app.shell.query_params import (
    CENTRED,
    MODE,
    QUERY_PARAMS,
    SEED,
    START,
    TEMPERATURE,
    TIMELINE_MEASURE,
    TRAILS,
    TRIM,
    declare,
)  # fmt: skip
from mariel.app.shell.session_state import SessionKey
from tests.support.browser_values import BrowserValues
from tests.support.opening import query_param


def page():
    import streamlit as st  # noqa: PLC0415 (AppTest runs this function as a script of its own)

    from mariel.app.shell.layout import page_layout  # noqa: PLC0415
    from mariel.app.shell.query_params import (  # noqa: PLC0415
        CENTRED,
        FROM,
        LENGTH,
        MARKERS,
        MODE,
        SEED,
        START,
        TAKE,
        TEMPERATURE,
        TRAILS,
        TRIM,
        requested,
        write,
    )  # fmt: skip
    from mariel.app.widgets import controls  # noqa: PLC0415
    from mariel.errors import PhraseError  # noqa: PLC0415

    def position(text: str) -> str:
        if "@" not in text:
            raise PhraseError("a position has an @")
        return text

    with page_layout("toy"):
        takes = st.session_state.setdefault("takes", ["adagio", "waltz"])
        values = {
            "take": controls.selectbox(TAKE, "Take", takes),
            "markers": controls.segmented_control(MARKERS, "Markers"),
            "temperature": controls.slider(TEMPERATURE, "Temperature", step=0.05),
            "length": controls.slider(LENGTH, "Length", maximum=300, default=128),
            "start": controls.slider(START, "Start", maximum=st.session_state.setdefault("last", 900), default=77),
            "seed": controls.number_input(SEED, "Seed"),
            "trim": controls.number_input(TRIM, "Trim"),
            "centred": controls.toggle(CENTRED, "Centre"),
            "trails": controls.labelled_multiselect(
                TRAILS, "Trails", {"LTOE": "left foot", "RTOE": "right foot", "ARIEL": "head"}
            ),
            "mode": controls.labelled(MODE, "Mode"),
        }
        wanted = requested(FROM, default="first@0", check=position)
        st.session_state.position = wanted or st.session_state.get("position", "first@0")
        write(FROM, st.session_state.position)
        st.session_state.values = {**values, "from": st.session_state.position}


def open_page(**link: str | list[str]) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def values(app: AppTest) -> dict:
    assert not app.exception
    return app.session_state["values"]


def warnings(app: AppTest) -> list[str]:
    return [each.value for each in app.warning]


DEFAULTS = {
    "take": "adagio", "markers": "53", "temperature": 1.0, "length": 128, "start": 77, "seed": 0, "trim": None,
    "centred": False, "trails": (), "mode": "New", "from": "first@0",
}  # fmt: skip


def test_without_a_link_every_widget_has_its_default_and_nobody_is_warned():
    app = open_page()
    assert values(app) == DEFAULTS
    assert not app.warning
    assert dict(app.query_params) == {"from": "first@0"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("take", "waltz", "waltz"), ("markers", "18", "18"), ("temperature", "1.5", 1.5), ("temperature", "2", 2.0),
        ("length", "64", 64), ("start", "900", 900), ("seed", " 7 ", 7), ("seed", "7.0", 7), ("trim", "300", 300),
        ("centred", "true", True), ("centred", "yes", True), ("centred", "1", True), ("mode", "Walk", "Walk"),
        ("mode", "Chain phrases", "Walk"), ("from", "two@33", "two@33"),
        ("trails", ["RTOE", "LTOE"], ("RTOE", "LTOE")),
    ],
)  # fmt: skip
def test_a_link_sets_what_it_names(name, text, value):
    app = open_page(**{name: text})
    assert values(app) == {**DEFAULTS, name: value}
    assert not app.warning
    assert values(app.run()) == {**DEFAULTS, name: value}


@pytest.mark.parametrize(
    ("name", "text", "warning"),
    [
        ("take", "sold", "the take “sold”, which is not here. You see “adagio” instead."),
        ("markers", "17", "the number of markers “17”, which is not here. You see “53” instead."),
        ("temperature", "99", "the temperature “99”, but it must be from 0 to 2. You see 1 instead."),
        ("temperature", "nan", "the temperature “nan”, but it must be a number. You see 1 instead."),
        ("temperature", "1e400", "but it must be a number. You see 1 instead."),
        ("length", "-3", "the length “-3”, but it must be from 16 to 300. You see 128 instead."),
        ("start", "99999", "the first frame “99999”, but it must be from 0 to 900. You see 77 instead."),
        ("start", "many", "the first frame “many”, but it must be a whole number."),
        ("seed", "9" * 5000, "but it must be a whole number. You see 0 instead."),
        ("seed", "1" + "0" * 400, "but it must be from 0 to 999,999. You see 0 instead."),
        ("seed", "0.5", "the seed “0.5”, but it must be a whole number."),
        ("seed", "", "the seed “”, but it must be a whole number."),
        ("trim", "1e400", "You see automatic instead."),
        ("trim", "-1", "but it must be from 0 to 10,000,000."),
        ("centred", "maybe", "the centring “maybe”, but it must be true or false. You see off instead."),
        ("trails", "NOSE", "the trail “NOSE”, which is not here. You see none instead."),
        ("mode", "Fly", "the way to make a dance “Fly”, which is not here. You see “New dances” instead."),
        ("from", "nowhere", "the phrase “nowhere”, but a position has an @. You see “first@0” instead."),
        ("temperatur", "0.5", "“temperatur”, which means nothing here. Perhaps “temperature” was meant."),
        ("smooth", "more", "This link has a value for the smoothing, “smooth”, which this page does not use."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_gives_one_warning_and_what_is_shown_instead(name, text, warning):
    app = open_page(**{name: text})
    assert values(app) == DEFAULTS
    (shown,) = warnings(app)
    assert warning in shown
    assert query_param(app, name) in (None, "first@0")
    assert BrowserValues(app).look() == {}


def test_a_warning_stays_until_that_value_is_changed():
    app = open_page(temperature="99", seed="x")
    assert len(warnings(app.run())) == 2
    app.number_input(key="seed").set_value(3).run()
    (left,) = warnings(app)
    assert "temperature" in left
    app.slider(key="temperature").set_value(0.5).run()
    assert not app.warning
    app.slider(key="temperature").set_value(1.0).run()
    assert not app.warning


def test_the_good_part_of_several_values_is_kept():
    app = open_page(trails=["LTOE", "NOSE", "RTOE"])
    assert values(app)["trails"] == ("LTOE", "RTOE")
    assert "the trail “NOSE”, which is not here. You see “left foot”, “right foot” instead" in warnings(app)[0]


def test_more_values_than_there_can_be_are_named():
    assert parse(TRAILS, ["a", "", "b"]) == ("a", "b")
    app = open_page(trails=["LTOE", "RTOE", "ARIEL"])
    assert values(app)["trails"] == ("LTOE", "RTOE", "ARIEL")


def test_a_change_in_the_page_is_no_link():
    app = open_page(start="800")
    app.session_state["last"] = 500
    app.run()
    assert values(app)["start"] == app.slider(key="start").value == 500
    assert not app.warning
    app.session_state["takes"] = ["tango"]
    app.run()
    assert values(app)["take"] == "tango"
    assert not app.warning


def test_every_widget_shows_what_the_page_uses_after_its_choices_have_changed():
    app = open_page(start="800", take="waltz")
    browser = BrowserValues(app)
    app.session_state["last"] = 500
    app.session_state["takes"] = ["tango", "adagio"]
    app.run()
    assert browser.look() == {}


def test_a_choice_without_binding_is_written_under_its_own_name_and_its_default_is_left_out():
    app = open_page()
    app.segmented_control(key="mode").set_value("Walk").run()
    assert query_param(app, "mode") == "Walk"
    assert "Chain phrases" in app.segmented_control(key="mode").options
    app.segmented_control(key="mode").set_value("New").run()
    assert query_param(app, "mode") is None


def test_the_page_follows_the_address_after_back_and_forward(monkeypatch):
    app = open_page(mode="Walk")
    app.segmented_control(key="mode").set_value("From a pose").run()
    assert query_param(app, "mode") == "From a pose"
    monkeypatch.setattr(streamlit_adapter, "is_history_navigation", lambda: True)
    app.query_params["mode"] = "Walk"
    assert values(app.run())["mode"] == "Walk"
    del app.query_params["mode"]
    app.query_params["from"] = "two@1"
    app.run()
    assert (values(app)["mode"], values(app)["from"]) == ("New", "two@1")
    del app.query_params["from"]
    assert values(app.run())["from"] == "first@0"


def test_an_address_that_the_browser_has_not_updated_yet_is_no_link():
    app = open_page(mode="Walk")
    app.segmented_control(key="mode").set_value("From a pose")
    app.run()
    app.query_params["mode"] = "Walk"  # as it stood when the next click was made
    assert values(app.run())["mode"] == "From a pose"


def test_names_that_other_programs_add_to_links_give_no_warning():
    assert not open_page(utm_source="letter", fbclid="x").warning


@pytest.mark.slow
def test_text_of_the_address_is_never_markdown():
    for text in (
        "![x](http://127.0.0.1:8799/beacon.png)",
        "[Session expired: sign in here](http://127.0.0.1:8799/phish)",
        "<img src=x>", ":material/home:", ":red[x]", "`a` ``b``", "http://example.com/", "$x$", "**x**", "_x_",
    ):  # fmt: skip
        for name in ("take", "mode", "from", text):
            (shown,) = warnings(open_page(**{name: text}))
            assert shown.count("“`") == 1
    long = warnings(open_page(take="a" * 100_000))[0]
    assert len(long) < 300


def test_labels_and_choices_belong_together():
    for param in QUERY_PARAMS.values():
        assert set(param.labels) <= set(param.choices)
        assert param.default in (None, *param.choices) or not param.choices
        assert param.bound or param.type in (str, int, tuple)


def test_a_parameter_is_declared_once():
    with pytest.raises(ValueError, match="already"):
        declare("take", "take", str)


def test_values_are_written_as_they_are_read():
    for param, value in ((TEMPERATURE, 0.35), (SEED, 7), (CENTRED, True), (TRAILS, ("a", "b")), (START, 12)):
        assert parse(param, param.texts(value)) == value
    assert (TRIM.texts(None), TRAILS.texts(()), TIMELINE_MEASURE.texts("speed"), MODE.texts("Walk")) == (
        None, None, ("speed",), ("Walk",)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "limits", "text", "reason"),
    [
        (int, {"minimum": 0}, "9" * 30, "it must be from 0 to 9,007,199,254,740,992"),
        (int, {}, "9" * 30, "it must be from -9,007,199,254,740,992 to 9,007,199,254,740,992"),
        (float, {"minimum": 0.0}, "-1", "it must be at least 0"),
        (float, {"maximum": 2.0}, "3", "it must be at most 2"),
        (float, {"minimum": 0.5, "maximum": 2.0}, "3", "it must be from 0.5 to 2"),
    ],
)
def test_a_number_out_of_range_is_told_the_limits_that_it_is_checked_against(type_, limits, text, reason):
    with pytest.raises(BadLinkError, match=f"but {reason}$"):
        parse(QueryParam(SessionKey("number"), "number", type_, **limits), [text])
