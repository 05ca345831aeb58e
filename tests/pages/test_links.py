"""Every page by its address: opened again, with Back and Forward, in two tabs, and with values that are not there."""

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from mariel.app.shell.navigation import PAGES
from mariel.app.shell.query_params import PC_OFFSETS, QUERY_PARAMS
from mariel.app.widgets.runs import run_manager
from tests.support.browser_values import BrowserValues, widgets
from tests.support.opening import open_page
from tests.support.small_runs import trained_run

CHOICES: dict[str, dict[str, object]] = {
    "browse": {
        "take": "two",
        "markers": "18",
        "centred": True,
        "strip": "height",
        "row": 4,
        "length": 64,
        "start": 9,
        "compared": "one@",
    },
    "preprocessing": {"take": "two", "step": "Outliers", "skeleton": "paper"},
    "training": {"smooth": "more", "against": "minutes", "log": True, "run": "tango"},
    "reconstructions": {"take": "two", "place": "on top", "painted": False, "travel": True, "start": 5},
    "sampling": {"mode": "Vary a phrase", "sigma": 0.25, "count": 1, "seed": 7},
    "latent_map": {"map_shows": "The sample", "colour": "by speed", "temperature": 0.5, "seed": 7},
    "about": {},
}
"""By page: what is chosen, one after the other, other than it is at first."""

BAD = [
    ("browse", {}, {"take": "sold", "markers": "17", "skeleton": "x", "centred": "maybe", "trails": "NOSE",
                    "camera": "diagonal", "length": "-3", "start": "99999", "strip": "x", "row": "5",
                    "favourite": "lost", "compared": "lost@3", "body": "x"}),
    ("browse", {}, {"compared": "favourite:lost"}),
    ("browse", {}, {"compared": "one@99999"}),
    ("preprocessing", {}, {"take": "sold", "markers": "17", "skeleton": "x", "centred": "x", "trails": "x",
                           "step": "x"}),
    ("training", {}, {"run": "gone", "compare": "lost", "against": "x", "smooth": "x", "log": "x"}),
    ("reconstructions", {"drawn": "true"}, {"model": "gone", "take": "sold", "start": "99999", "source": "x",
                                            "beside": "lost", "place": "x", "painted": "x", "travel": "x",
                                            "draw": "-1", "over": "x", "strip": "x", "camera": "x", "body": "x"}),
    ("reconstructions", {}, {"drawn": "maybe"}),
    ("sampling", {}, {"model": "gone", "mode": "Fly", "count": "5", "seed": "-1", "temperature": "9", "scheme": "x",
                      "seconds": "0", "large": "seed 99", "camera": "x", "push1": "7",
                      "favourite": "lost", "body": "x"}),
    ("sampling", {"mode": "Vary a phrase"}, {"from": "nobody@3", "sigma": "9"}),
    ("sampling", {"mode": "Between two"}, {"from": "nobody@3", "to": "one@99999"}),
    ("sampling", {"mode": "Between two", "count": "1"}, {"share": "9"}),
    ("sampling", {"mode": "Walk"}, {"through": "one@3,nobody@1", "next": "nowhere"}),
    ("sampling", {"mode": "From a pose"}, {"pose": "one@99999"}),
    ("latent_map", {}, {"model": "gone", "map_shows": "x", "look": "x", "colour": "x", "map": "x",
                        "phrase": "nobody:1", "camera": "x", "favourite": "lost"}),
    ("latent_map", {"map_shows": "Dance a path"}, {"hand": "x", "path_seconds": "9 s", "path": "x"}),
    ("latent_map", {"map_shows": "The sample"}, {"temperature": "9", "seed": "x", "scheme": "x", "push1": "-9"}),
]  # fmt: skip
"""A page, what its link asks for, and what it asks for in vain."""


@pytest.fixture(scope="module", autouse=True)
def recordings(tmp_path_factory):
    """A folder of two takes, beside two models of them: "waltz" and "tango"."""
    folder = tmp_path_factory.mktemp("links")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARIEL_CHECKPOINTS", str(folder / "runs"))
        trained_run(folder, "tango")
        trained_run(folder)
        yield str(folder / "data")
        run_manager().close()
        st.cache_resource.clear()
        st.cache_data.clear()


@pytest.fixture(params=PAGES)
def page(request) -> str:
    return request.param


@pytest.fixture
def visit(page, recordings):
    """Opens the page in a new session, by a link with the given parameters."""
    given = {"data": recordings, "trim": "0"} if page in QUERY_PARAMS["data"].pages else {}
    return lambda **link: open_page(page, **{**given, **link})


def shown(app: AppTest) -> dict[str, object]:
    """What the page's controls show, of those that are in links."""
    return {each.key: each.value for each in widgets(app) if each.key in QUERY_PARAMS}


def choose(app: AppTest, choices: dict[str, object]) -> None:
    browser = BrowserValues(app)
    for key, value in choices.items():
        found = {each.key: each for each in widgets(app)}
        assert key in found, f"{key} is not among {list(found)}"
        widget = found[key]
        assert widget.value != value, f"{key} is {value} at first"
        assert browser.choose(widget, value) == {}


def address(app: AppTest) -> dict[str, str | list[str]]:
    """The parameters in the address: those that pages write, and those that Streamlit writes in the browser."""
    link = {name: app.query_params[name] for name in app.query_params}
    for name, value in shown(app).items():
        if QUERY_PARAMS[name].bound and (texts := QUERY_PARAMS[name].texts(value)):
            link[name] = list(texts)
    return link


def follow(app: AppTest, link: dict[str, str | list[str]]) -> AppTest:
    """Change the address as the browser's Back and Forward do."""
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def test_after_a_reload_a_page_shows_the_same(page, visit):
    app = visit()
    choose(app, CHOICES[page])
    again = visit(**address(app))
    assert shown(again) == shown(app)
    assert not again.warning
    assert {key: shown(again)[key] for key in CHOICES[page]} == CHOICES[page]


def test_back_and_forward_show_what_was_seen_before(page, visit, monkeypatch):
    app = visit()
    before, first = shown(app), address(app)
    choose(app, CHOICES[page])
    after, second = shown(app), address(app)
    reset = ScriptRunContext.reset

    def reset_after_history_navigation(context, *arguments, **options):
        reset(context, *arguments, **options)
        context.is_history_navigation = True

    monkeypatch.setattr(ScriptRunContext, "reset", reset_after_history_navigation)
    assert shown(follow(app, first)) == before
    assert shown(follow(app, second)) == after
    assert not app.warning


def test_two_tabs_do_not_change_each_other(page, visit):
    one, other = visit(), visit()
    before = shown(one)
    choose(other, CHOICES[page])
    assert shown(one.run()) == before
    assert {key: shown(other.run())[key] for key in CHOICES[page]} == CHOICES[page]


@pytest.mark.parametrize(
    ("page", "good", "bad"), BAD, ids=[" ".join((page, *good.values())) for page, good, _ in BAD]
)
def test_a_link_names_each_thing_that_it_cannot_find_and_what_is_shown_instead(page, visit, good, bad):
    app = visit(**good, **bad)
    warnings = [each.value for each in app.warning]
    for name, text in bad.items():
        (warning,) = [each for each in warnings if f"asks for the {QUERY_PARAMS[name].what} “" in each] or [""]
        assert warning, f"nothing is said about {name}: {warnings}"
        assert text.split(",")[-1] in warning
        assert " You see " in warning
        assert warning.endswith(" instead.")
    assert len(warnings) == len(bad)
    assert not app.error


def test_every_parameter_of_every_page_is_asked_for_in_vain():
    asked = {(page, name) for page, _, bad in BAD for name in bad}
    elsewhere = {"data", "of", "trim", "published", *(str(param.key) for param in PC_OFFSETS[1:])}
    declared = {(page, name) for name, param in QUERY_PARAMS.items() for page in param.pages}
    missing = {(page, name) for page, name in declared - asked if name not in elsewhere}
    assert missing == set()


@pytest.mark.parametrize("page", QUERY_PARAMS["trim"].pages)
def test_a_link_with_a_trim_that_is_no_number_is_named_also_where_nothing_is_left_of_the_takes(recordings, page):
    app = open_page(page, data=recordings, trim="x")
    assert "asks for the trim “x”, but it must be a whole number. You see automatic instead." in app.warning[0].value


def test_a_page_without_choices_says_that_it_uses_none_of_a_link():
    (warning,) = open_page("about", temperature="1.5").warning
    assert "“temperature”, which this page does not use" in warning.value


def test_every_control_of_a_page_has_a_help_line(page, visit):
    app = visit()
    assert [each.key for each in widgets(app) if not each.help] == []
