"""The exported HTML page, parsed as a browser parses it."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest

from mariel.errors import StageError
from mariel.export.html import render_html, take_credit
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.stage.packing import STEP, unpack
from mariel.stage.scene import Dancer, Scene
from mariel.stage.web_files import PLOTLY_3D, WEB
from tests.support.bodies import walking_positions, walking_recording

HOSTILE = "</title></script><script>alert('1')</script><!-- \" & {x} $title"
VOID = {"meta", "link"}


@dataclass
class Page(HTMLParser):
    """What is in a page: elements with their attributes, and the text of those that hold text."""

    source: bytes
    elements: list[tuple[str, dict]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source.decode())
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open:
            name = self.elements[-1][1].get("id") or self.open[-1]
            self.texts[name] = self.texts.get(name, "") + data

    @property
    def scripts(self) -> list[str]:
        return [attributes.get("type", "") for tag, attributes in self.elements if tag == "script"]

    @property
    def players(self) -> list[dict]:
        return json.loads(self.texts["players"])


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene.from_recording(walking_recording(frames=20))


@pytest.fixture(scope="module")
def page(scene) -> Page:
    return Page(render_html(scene, title="a walk", credit="Somebody walks."))


def modules(page: Page) -> dict[str, str]:
    """The player's modules by the names they call each other by."""
    source = re.search(rb'<script type="importmap">(.*?)</script>', page.source)[1]
    urls = json.loads(source)["imports"]
    return {name: b64decode(url.removeprefix("data:text/javascript;base64,")).decode() for name, url in urls.items()}


def test_the_page_is_complete_and_has_title_and_credit(page):
    assert page.source.startswith(b"<!doctype html>\n<html")
    assert not page.open
    assert (page.texts["title"], page.texts["h1"]) == ("a walk", "a walk")
    assert "Somebody walks." in page.source.decode()
    assert "Made with Mariel" in page.source.decode()
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [
        each for _, each in page.elements
    ]


def test_the_page_loads_nothing_from_elsewhere(page):
    addresses = [
        value for _, attributes in page.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert all(address.startswith("data:") for address in addresses)
    text = page.source.decode()
    assert not re.search(r"https?:|url\(|@import|//cdn", text)
    assert not re.search(r"https?:", "".join(modules(page).values()))


def test_all_modules_of_the_player_are_included_and_imported_by_name(page):
    sources = modules(page)
    assert set(sources) >= {"mariel/player/component.js", "mariel/assets.js", "mariel/scene/block.js"}
    for source in sources.values():
        assert set(re.findall(r'from "([^"]+)"', source)) <= set(sources)
        assert 'import "' not in source
        assert "import(" not in source
    assert set(re.findall(r'from "([^"]+)"', page.texts["script"])) <= set(sources)
    floor = (WEB / "scene" / "floor.js").read_text()  # it imports nothing
    assert sources["mariel/scene/floor.js"] == floor


def test_a_page_of_a_phrase_of_two_dancers_or_of_twelve_is_at_most_two_megabytes():
    noise = np.random.default_rng(0).normal(0, 0.002, (128, 53, 3))  # of a real recording: it packs badly
    dancers = [Dancer(walking_positions(128, 1 + number / 9) + noise, MARIEL_53) for number in range(12)]
    for scene in (Scene(dancers[:2]), Scene.gallery(dancers)):
        assert len(render_html(scene)) < 2_000_000


def test_plotly_is_in_the_page_at_less_than_half_its_size(page):
    assert zlib.decompress(b64decode(page.texts["plotly"])) == PLOTLY_3D.read_bytes()
    assert len(page.texts["plotly"]) < PLOTLY_3D.stat().st_size / 2


def test_the_motion_can_be_unpacked(page, scene):
    (player,) = page.players
    header, bodies = unpack(b64decode(player["block"].removeprefix("data:application/octet-stream;base64,")))
    assert (header["fps"], header["frames"]) == (35, 20)
    assert np.abs(bodies[0] - scene.dancers[0].positions).max() <= STEP / 2 * 1.001
    assert player["autoplay"] is True


@pytest.mark.parametrize("where", ["title", "credit", "label", "take", "camera"])
def test_malicious_texts_are_escaped(where, page):
    dancer = Dancer(walking_positions(5), MARIEL_53, label=HOSTILE if where == "label" else "")
    scene = Scene([dancer], title=HOSTILE if where == "take" else "walk")
    hostile = Page(
        render_html(
            scene,
            title=HOSTILE if where == "title" else "",
            credit=HOSTILE if where == "credit" else "",
            camera={"preset": HOSTILE} if where == "camera" else None,
        )
    )
    assert hostile.scripts == page.scripts
    assert b"<script>alert" not in hostile.source
    if where in ("title", "take"):
        assert hostile.texts["title"] == hostile.texts["h1"] == HOSTILE
    if where == "camera":
        assert hostile.players[0]["camera"] == {"preset": HOSTILE}


def test_a_name_with_a_lone_surrogate_is_exported(scene):
    assert "caf?" in render_html(scene, title="caf\udce9").decode()


def test_equal_arguments_give_equal_bytes(scene):
    assert (
        render_html(scene, camera="front") == render_html(scene, camera="front") != render_html(scene, camera="side")
    )


def test_scenes_side_by_side_have_a_common_clock_and_camera(scene):
    page = Page(render_html([scene, scene]))
    assert len({player["key"] for player in page.players}) == 2
    assert len({player["linked"] for player in page.players}) == 1
    assert page.players[0]["linked"]
    assert page.texts["h1"] == "walk"


def test_no_scene_and_too_many_are_refused(scene):
    for scenes in ([], [scene] * 5):
        with pytest.raises(StageError, match=f"1 to 4 scenes, found {len(scenes)}"):
            render_html(scenes)


def test_the_credit_of_a_take_has_its_name_and_frames():
    take = walking_recording("slow_walk", 100).frames(10, 90)
    assert take_credit(take) == "All of the take slow walk, 35 frames per second."
    assert take_credit(take, take.frames(5, 25)).startswith("Frames 5 to 24 of the take slow walk")


def test_the_credit_of_a_synthetic_dancer_says_so():
    take = Recording.from_positions("walk", walking_positions(9), MARIEL_53, synthetic=True)
    assert "synthetic" in take_credit(take, take.frames(2, 5))
    assert "synthetic" not in take_credit(walking_recording())
