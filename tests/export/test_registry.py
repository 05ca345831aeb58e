"""Exporters: those there are, a toy one, and files of coordinates opened again."""

import io
import re

import numpy as np
import pytest

from mariel.errors import StageError
from mariel.export.registry import EXPORTERS, ExportRequest, describe_suffixes, exporter_for, exporter_table
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import walking_positions
from tests.support.toys import toy_exporter

HANDS = MarkerSet.from_edges("hands", ("LHAND", "RHAND", "chin"), [(0, 2), (1, 2)])


def scene_of(*positions: np.ndarray, marker_set=MARIEL_53, fps=35.0, **options) -> Scene:
    return Scene([Dancer(each, marker_set) for each in positions], fps=fps, **options)


def array_of(request: ExportRequest) -> np.ndarray:
    return np.load(io.BytesIO(EXPORTERS["npy"].export(request)))


def test_a_file_of_coordinates_holds_one_dancer_or_several_without_their_offsets():
    np.testing.assert_array_equal(array_of(ExportRequest(scene_of(walking_positions(20)))), walking_positions(20))
    dancers = [walking_positions(20, speed) for speed in (1, 2, 3)]
    gallery = Scene.gallery([Dancer(each, MARIEL_53) for each in dancers])
    np.testing.assert_array_equal(array_of(ExportRequest(gallery)), np.stack(dancers))
    np.testing.assert_array_equal(array_of(ExportRequest(gallery, positions=dancers[1])), dancers[1])


def test_dancers_of_different_lengths_are_no_array_unless_it_is_given():
    scene = scene_of(walking_positions(20), walking_positions(30))
    for name in ("npy", "npz"):
        assert "differ in length" in EXPORTERS[name].why_not(ExportRequest(scene))
        assert not EXPORTERS[name].why_not(ExportRequest(scene, positions=walking_positions(30)))
    assert not EXPORTERS["html"].why_not(ExportRequest(scene))


def test_scenes_of_other_frame_rates_are_no_archive():
    scenes = [scene_of(walking_positions(20), fps=fps) for fps in (35, 120)]
    assert "frame rate" in EXPORTERS["npz"].why_not(ExportRequest(scenes))


@pytest.mark.parametrize("name", ["npy", "npz"])
@pytest.mark.parametrize("dancers", [1, 3])
def test_exported_coordinates_of_mariels_markers_open_again(tmp_path, name, dancers):
    positions = [walking_positions(40, speed).astype(np.float32) for speed in range(1, dancers + 1)]
    path = tmp_path / f"dance.{name}"
    path.write_bytes(EXPORTERS[name].export(ExportRequest(scene_of(*positions))))
    takes = list(load_recordings(path).values())
    assert len(takes) == dancers
    for take, expected in zip(takes, positions, strict=True):
        assert take.marker_set.labels == MARIEL_53.labels
        np.testing.assert_allclose(take.positions, expected, atol=1e-6)


def test_an_archive_of_any_markers_opens_again_with_names_bones_and_frame_rate(tmp_path):
    positions = np.random.default_rng(0).uniform(0, 1.7, (30, 3, 3)).astype(np.float32)
    scene = scene_of(positions, marker_set=HANDS, fps=120.0)
    path = tmp_path / "hands.npz"
    path.write_bytes(EXPORTERS["npz"].export(ExportRequest(scene)))
    (take,) = load_recordings(path).values()
    assert (take.marker_set.labels, take.fps) == (HANDS.labels, 120.0)
    assert take.marker_set.bones() == HANDS.bones()
    np.testing.assert_allclose(take.positions, positions, atol=1e-6)


def test_an_archive_of_positions_in_an_unknown_unit_opens_again_as_it_was(tmp_path):
    positions = np.random.default_rng(0).uniform(0, 40, (30, 3, 3)).astype(np.float32)  # neither m, cm, mm nor inches
    path = tmp_path / "hands.npz"
    path.write_bytes(EXPORTERS["npz"].export(ExportRequest(scene_of(positions, marker_set=HANDS))))
    (take,) = load_recordings(path).values()
    assert take.unit == "source units"
    np.testing.assert_allclose(take.positions, positions, atol=1e-4)


def test_an_archive_holds_the_dancer_and_not_the_ghost_that_is_drawn_with_other_bones():
    ghost = MarkerSet.from_edges("all", MARIEL_53.labels, [(0, 1)])
    dancers = [Dancer(walking_positions(9), ghost, ghost=True), Dancer(walking_positions(9), MARIEL_53)]
    request = ExportRequest(Scene(dancers), positions=walking_positions(9))
    assert not EXPORTERS["npz"].why_not(request)
    assert "skeletons" in str(np.load(io.BytesIO(EXPORTERS["npz"].export(request)))["marker_set"])


def test_an_exporter_is_found_by_its_suffix_in_any_case():
    assert [exporter_for(f"a/b.{suffix}").name for suffix in ("html", "HTM", "npy", "npz")] == [
        "html", "html", "npy", "npz",
    ]  # fmt: skip
    with pytest.raises(StageError, match=re.escape(f"saved as {describe_suffixes()}, found .txt")):
        exporter_for("dance.txt")
    with pytest.raises(StageError, match="found no ending"):
        exporter_for("dance")


def test_a_new_exporter_is_listed():
    with toy_exporter():
        assert exporter_for("x.toy").name == "toy"
        assert describe_suffixes().endswith(" or .toy")
        assert "| `.toy` | Only its length. |" in exporter_table()
    assert ".toy" not in describe_suffixes()


def test_a_request_without_a_scene_is_refused():
    with pytest.raises(StageError, match="no dance"):
        ExportRequest([])
