"""The About page says what the files beside the program say."""

from mariel.app.about.about_view import split_notice
from tests.support.opening import open_page, page_text
from tests.support.serving import ROOT


def test_every_section_of_the_notice_and_the_licence_are_on_the_page():
    app = open_page("about")
    titles = [each.label for each in app.expander]
    assert titles[:2] == ["Marker labels and skeletons", "Marker placement"]
    shown = "\n".join(each.value for each in app.code)
    for line in (ROOT / "NOTICE").read_text().split("\n1. ")[1].splitlines():
        assert line in shown or line.split(". ", 1)[-1] in titles
    assert (ROOT / "LICENSE").read_text().strip() in shown
    assert (ROOT / "CITATION.cff").read_text().strip() in shown
    assert "MIT License" in page_text(app)


def test_a_notice_is_split_at_its_numbered_headings():
    notice = "Name\n(c)\n\nSome\nterms.\n\n\n1. One\n\nWhere: a\n\n2. Two\n\nWhere: b\n"
    assert split_notice(notice) == ("Some terms.", [("One", "Where: a"), ("Two", "Where: b")])
