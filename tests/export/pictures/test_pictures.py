"""Films and pictures: opened again by other programs, and looked at."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

from mariel.errors import StageError
from mariel.export.picture_options import PictureOptions
from mariel.export.pictures.composition import Caption, Film, film_rate
from mariel.export.pictures.yuv_picture import BT709, YuvPicture
from mariel.export.registry import EXPORTERS, ExportRequest
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.render.render_options import RenderOptions
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import walking_positions
from tests.support.pictures import FIGURE_LEFT, places_of_hue, share_of_hue

SMALL = PictureOptions(side=120, caption=False)
CREDIT = "Walked by nobody, CC BY 4.0."


def request_of(*dancers: np.ndarray, picture=SMALL, fps=35.0, camera="front", scene=None, **options) -> ExportRequest:
    scene = scene or Scene(
        [Dancer(each, MARIEL_53) for each in dancers or [walking_positions(35, speed=0.2)]], fps=fps
    )
    return ExportRequest(scene, title="A walk", credit=CREDIT, picture=picture, camera=camera, **options)


def pictures_of(content: bytes) -> tuple[av.container.InputContainer, list[np.ndarray]]:
    """A film's container, and its pictures."""
    container = av.open(io.BytesIO(content))
    return container, [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


def test_a_film_has_the_dance_s_length_rate_and_size_and_says_whose_it_is():
    content = EXPORTERS["mp4"].export(request_of())
    container, pictures = pictures_of(content)
    (stream,) = container.streams.video
    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert (stream.width, stream.height, float(stream.average_rate)) == (212, 120, 35)
    assert len(pictures) == 35
    assert abs(container.duration / 1e6 - 1) < 0.05
    assert (container.metadata["title"], container.metadata["comment"]) == ("A walk", CREDIT)
    assert content.index(b"moov") < content.index(b"mdat"), "it can be shown before all of it is there"
    assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
    drawn = next(Film(request_of()).pictures()).astype(int)
    assert np.abs(pictures[0].mean(axis=(0, 1)) - drawn.mean(axis=(0, 1))).max() < 2, "colours are kept"
    assert share_of_hue(FIGURE_LEFT, pictures[0]) > 0.005
    assert np.abs(pictures[0] - pictures[-1]).max() > 100, "it moves"


def test_of_a_film_s_pictures_only_what_changes_is_converted_and_they_are_those_that_are_converted_as_a_whole():
    request = request_of(walking_positions(8, speed=9), picture=replace(SMALL, caption=True))
    film = Film(replace(request, scenes=[request.scenes, request.scenes]))  # beside each other
    picture = YuvPicture(film.still())
    for parts, whole in zip(film.parts(), film.pictures(), strict=True):
        seen = picture.show(parts).to_ndarray().astype(int)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(whole), format="rgb24")
        expected = frame.reformat(format="yuv420p", dst_colorspace=BT709).to_ndarray()
        assert np.abs(seen - expected).max() <= 2
        assert sum(part.pixels.size for part in parts) < whole.size


@pytest.mark.parametrize(("shape", "size"), [("square", (120, 120)), ("portrait", (120, 212))])
def test_films_have_shapes(shape, size):
    _, pictures = pictures_of(EXPORTERS["mp4"].export(request_of(picture=replace(SMALL, shape=shape, stop=0.2))))
    assert pictures[0].shape == (size[1], size[0], 3)
    assert share_of_hue(FIGURE_LEFT, pictures[0]) > 0.002


def test_a_slow_film_lasts_longer_and_a_part_of_a_dance_shorter():
    assert len(Film(request_of(picture=replace(SMALL, speed=0.5)))) == 70
    part = Film(request_of(picture=replace(SMALL, start=0.4, stop=0.8)))
    assert len(part) == 14
    np.testing.assert_allclose(part.seconds[[0, -1]], [0.4, 0.4 + 13 / 35])
    with pytest.raises(StageError, match=r"the dance lasts 1\.00 s"):
        Film(request_of(picture=replace(SMALL, start=1.5)))


def test_films_have_rates_that_films_can_have():
    assert [film_rate(fps) for fps in (24, 35, 60, 12, 10)] == [24, 35, 60, 24, 30]
    assert [film_rate(fps) for fps in (100, 120, 240, 200)] == [50, 60, 60, 50]


def test_several_stages_are_beside_each_other_and_in_a_tall_film_below_each_other():
    request = replace(request_of(), scenes=[request_of().scenes, request_of().scenes])
    wide = next(Film(request).pictures()).astype(int)
    assert all(share_of_hue(FIGURE_LEFT, half) > 0.002 for half in np.split(wide, 2, axis=1))
    tall = next(Film(replace(request, picture=replace(SMALL, shape="portrait"))).pictures()).astype(int)
    assert all(share_of_hue(FIGURE_LEFT, half) > 0.002 for half in np.split(tall, 2, axis=0))


def test_a_caption_is_below_the_dancers_feet():
    plain = next(Film(request_of(picture=replace(SMALL, side=240))).pictures()).astype(int)
    request = request_of(picture=replace(SMALL, side=240, caption=True))
    captioned = next(Film(request).pictures()).astype(int)
    feet = places_of_hue(FIGURE_LEFT, captioned)[:, 1].max()
    assert feet < places_of_hue(FIGURE_LEFT, plain)[:, 1].max()
    assert np.abs(captioned[int(feet) + 8 :, :100] - plain[int(feet) + 8 :, :100]).max() > 100


def test_a_long_credit_is_cut_and_letters_of_any_script_are_written():
    options = RenderOptions(320, 180)
    assert len(Caption("題名", "word " * 400, options).lines) == 1 + 3
    assert Caption("", "", options).height == 0


def test_exporters_say_how_far_they_are_and_stop_when_told():
    told = []
    EXPORTERS["mp4"].export(request_of(picture=replace(SMALL, stop=0.2), report=told.append))
    assert told == sorted(told)
    assert told[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EXPORTERS["mp4"].export(request_of(report=stop))


def test_a_gif_repeats_at_the_dance_s_tempo_and_says_whose_it_is():
    picture = Image.open(io.BytesIO(EXPORTERS["gif"].export(request_of())))
    assert (picture.format, picture.size, picture.info["loop"]) == ("GIF", (212, 120), 0)
    assert (picture.n_frames, picture.info["duration"]) == (20, 50)
    assert CREDIT in picture.info["comment"].decode()
    picture.seek(10)
    assert share_of_hue(FIGURE_LEFT, np.asarray(picture.convert("RGB")).astype(int)) > 0.005


def test_a_film_strip_has_its_poses_in_a_row_and_says_whose_it_is():
    request = request_of(picture=replace(SMALL, poses=4))
    strip = Image.open(io.BytesIO(EXPORTERS["strip"].export(request)))
    assert (strip.format, strip.info["Title"], strip.info["Copyright"]) == ("PNG", "A walk", CREDIT)
    pixels = np.asarray(strip).astype(int)
    assert pixels.shape[0] == 120
    for pose in np.split(pixels, 4, axis=1):
        assert abs(places_of_hue(FIGURE_LEFT, pose)[:, 0].mean() / pose.shape[1] - 0.5) < 0.2


def elements(content: bytes, name: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(content).findall(f".//{{http://www.w3.org/2000/svg}}{name}")


def test_a_drawing_has_a_path_for_each_limb_where_the_limb_is():
    content = EXPORTERS["svg"].export(request_of(picture=replace(SMALL, caption=True)))
    limbs = {path.get("class"): path for path in elements(content, "path") if path.get("class")}
    assert {"thigh L", "thigh R", "head M", "trunk M", "face"} <= set(limbs)

    def middle(name: str) -> np.ndarray:
        numbers = limbs[name].get("d").replace("M", " ").replace("L", " ").replace("Z", " ").split()
        return np.array(numbers, float).reshape(-1, 2).mean(axis=0)

    assert middle("head M")[1] < middle("trunk M")[1] < middle("thigh L")[1] < middle("shank L")[1]
    assert middle("thigh R")[0] < middle("thigh L")[0], "the dancer faces the viewer"
    mirrored = EXPORTERS["svg"].export(request_of(picture=replace(SMALL, mirror=True)))
    limbs = {path.get("class"): path for path in elements(mirrored, "path") if path.get("class")}
    assert middle("thigh R")[0] > middle("thigh L")[0]
    assert [element.text for element in elements(content, "title")] == ["A walk"]
    assert [element.text for element in elements(content, "desc")] == [CREDIT]
    assert "A walk" in [element.text for element in elements(content, "text")]


def test_a_drawing_shows_the_frame_that_the_player_shows_and_texts_are_escaped():
    request = request_of(walking_positions(35), camera={"azimuth": 1.6, "elevation": 0.1})
    assert EXPORTERS["svg"].export(request) != EXPORTERS["svg"].export(replace(request, frame=30))
    content = EXPORTERS["svg"].export(replace(request, title="<b>&\x00", credit="'\"<script>"))
    assert [element.text for element in elements(content, "title")] == ["<b>&"]


def test_markers_are_drawn_as_dots_and_bones():
    content = EXPORTERS["svg"].export(request_of(picture=replace(SMALL, style="markers")))
    assert len(elements(content, "circle")) > 53
    assert any(path.get("class") == "bone" for path in elements(content, "path"))


@pytest.mark.parametrize("name", ["mp4", "gif", "strip", "svg"])
def test_dancers_without_a_body_and_with_gaps_are_drawn(name):
    positions = np.random.default_rng(0).uniform(0, 1.7, (5, 3, 3)).astype(np.float32)
    positions[2:, 0] = np.nan
    points = MarkerSet.from_edges("three", ("a", "b", "c"), [])
    scene = Scene([Dancer(positions, points)], fps=35)
    assert len(EXPORTERS[name].export(request_of(scene=scene))) > 500


@pytest.mark.parametrize(
    ("name", "factor"), [("html", 2), ("npy", 2), ("npz", 2), ("svg", 2), ("strip", 3), ("mp4", 2), ("gif", 2)]
)
def test_sizes_are_told_before(name, factor):
    for dancers in (1, 2):
        request = request_of(
            *(walking_positions(40, speed) for speed in range(1, dancers + 1)),
            picture=PictureOptions(side=360, poses=4),
        )
        size = len(EXPORTERS[name].export(request))
        assert size / factor < EXPORTERS[name].estimate(request) < size * factor


def test_options_that_no_picture_has_are_refused():
    for wrong in ({"shape": "round"}, {"speed": 0.0}, {"side": 121}, {"poses": 1}, {"theme": "pink"}):
        with pytest.raises(StageError, match=f"{next(iter(wrong))}: expected"):
            PictureOptions(**wrong)
