"""The link to share: its QR code, and what is said of it."""

import json
import re
from urllib.parse import unquote

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.components.share_link import POINT_A_CAMERA, THIS_COMPUTER_ALONE, qr_code, share_note
from mariel.app.shell.query_params import SHARE_LINK

LINK = "http://192.168.1.5:8501/sampling?seed=5&temperature=1.6"


def test_a_code_is_dark_on_white_with_four_white_modules_around_it():
    svg = unquote(qr_code(LINK))
    assert svg.startswith("data:image/svg+xml")
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg.replace("'", '"'))[1])
    modules = side - 2 * 4
    assert (modules - 17) % 4 == 0  # a QR code of version n has 17 + 4 n modules
    assert re.search(rf"M0 0h{side}v{side}h-{side}z", svg)  # white, to the edges
    assert re.search(r"M4 4\.5h7", svg)  # the first finder pattern: 7 dark modules
    assert "#fff" in svg
    assert "#000" in svg


def test_a_link_that_no_code_holds_has_none():
    assert qr_code("http://192.168.1.5/?path=" + "1.5,2.5;" * 600) == ""


@pytest.mark.parametrize(
    ("link", "note"),
    [
        (LINK, POINT_A_CAMERA),
        ("http://localhost:8501/?take=waltz", THIS_COMPUTER_ALONE),
        ("http://127.0.0.1:8501/", THIS_COMPUTER_ALONE),
        ("http://[::1]:8501/", THIS_COMPUTER_ALONE),
        ("https://dance.example/?data=localhost", POINT_A_CAMERA),
        ("http://[", POINT_A_CAMERA),
    ],
)
def test_a_link_that_a_phone_cannot_open_says_so(link, note):
    assert share_note(link) == note


def sent(app: AppTest) -> dict:
    """The data that the page sends to the browser."""
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_the_code_is_of_the_link_that_the_browser_gives():
    def page():
        from mariel.app.components.share_link import show_share_link  # noqa: PLC0415

        show_share_link(key="share link")

    app = AppTest.from_function(page).run()
    assert sent(app)["code"] == ""
    app.session_state[SHARE_LINK] = {"link": LINK}
    data = sent(app.run())
    assert (data["link"], data["code"], data["note"]) == (LINK, qr_code(LINK), POINT_A_CAMERA)
