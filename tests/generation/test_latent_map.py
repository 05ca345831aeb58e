import numpy as np
import pytest
import torch

from mariel.errors import PhraseError, RecordingError, SettingsError
from mariel.generation import sampling as dances
from mariel.generation.latent_map import KnownPhrases, LatentMap, along, dance_along, latents_along, map_of
from mariel.motion.quality import marker_speeds
from mariel.training.checkpoints import Checkpoint, load_checkpoint
from tests.support.small_runs import LENGTH, swaying, trained_run

FPS = 35


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("map")


@pytest.fixture(scope="module")
def checkpoint(folder) -> Checkpoint:
    return load_checkpoint(trained_run(folder).folder)


@pytest.fixture(scope="module")
def known(checkpoint) -> KnownPhrases:
    return KnownPhrases.of(checkpoint, most=40)


@pytest.fixture(scope="module")
def plane(checkpoint, known) -> LatentMap:
    return map_of(checkpoint.model, known)


def scattered(count: int = 200, seed: int = 0) -> np.ndarray:
    """Latents (count, 4) that differ most along (1, 1, 0, 0), then along the third axis."""
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 4)) @ np.array(
        [[3.0, 3, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0.5], [0.1, -0.1, 0, 0]]
    )


class TestPlane:
    def test_without_what_is_seen_it_is_the_singular_vectors_plane(self):
        latents = scattered()
        plane = LatentMap.fit(latents)
        left, values, right = np.linalg.svd(latents - latents.mean(axis=0), full_matrices=False)
        np.testing.assert_allclose(np.abs(plane.points), np.abs(left * values)[:, :2], atol=1e-4)
        np.testing.assert_allclose(plane.spread, values[:2] / np.sqrt(len(latents)), rtol=1e-6)
        np.testing.assert_allclose(plane.shares, values[:2] ** 2 / (values**2).sum(), rtol=1e-6)
        units = right * (values / np.sqrt(len(latents)))[:, None]
        np.testing.assert_allclose(np.abs(plane.axes), np.abs(units[:2]), atol=1e-6)

    def test_axes_do_not_turn_round_with_the_order_of_the_phrases(self):
        latents = scattered()
        one, other = LatentMap.fit(latents), LatentMap.fit(latents[::-1])
        np.testing.assert_allclose(one.projection, other.projection, atol=1e-8)

    def test_latents_count_as_far_as_they_change_what_is_seen(self):
        latents = np.random.default_rng(0).normal(size=(500, 3))
        seen = np.zeros((500, 6))
        seen[:, 0], seen[:, 5] = 0.02 * latents[:, 2], 0.01 * latents[:, 0]  # metres; two markers
        plane = LatentMap.fit(latents, seen)
        apart = latents - latents.mean(axis=0)
        # Root mean square over two markers of a step of 2 cm of one of them: 2 / √2 cm.
        np.testing.assert_allclose(np.abs(np.corrcoef(plane.points[:, 0], apart[:, 2])[0, 1]), 1, atol=1e-3)
        assert plane.spread[0] == pytest.approx(2 / np.sqrt(2) * latents[:, 2].std(), rel=1e-2)
        assert plane.shares[0] == pytest.approx(0.8, abs=0.05)

    def test_distances_on_the_map_are_those_between_dances_that_lie_in_the_plane(self):
        latents = np.random.default_rng(0).normal(size=(50, 2))
        mix = np.array([[0.03, 0.0, 0.04, 0.01, 0, 0], [0, 0.02, 0, 0, -0.05, 0.01]])
        seen = latents @ mix
        plane = LatentMap.fit(latents, seen)
        apart = 100 * np.linalg.norm((seen[3] - seen[7]).reshape(2, 3), axis=1)
        assert np.linalg.norm(plane.points[3] - plane.points[7]) == pytest.approx(
            np.sqrt((apart**2).mean()), rel=1e-4
        )

    def test_a_lifted_point_lies_where_it_was(self, plane):
        points = np.array([[0.0, 0.0], [3.0, -2.0], [40.0, 10.0]])
        np.testing.assert_allclose(plane.project(plane.lift(points)), points, atol=1e-4)

    def test_a_phrases_point_is_that_phrase_with_all_that_the_map_does_not_show(self, plane):
        np.testing.assert_allclose(plane.lift(plane.points), plane.latents, atol=1e-5)

    def test_a_direction_goes_one_standard_deviation_along_its_axis(self, plane):
        steps = plane.project(plane.mean + plane.axes)
        np.testing.assert_allclose(steps, np.diag(plane.spread), atol=1e-6)

    def test_a_decoder_that_always_does_the_same_has_a_map_too(self):
        plane = LatentMap.fit(scattered(), np.ones((200, 6)))
        np.testing.assert_allclose(plane.project(plane.lift(np.ones(2))), np.ones(2), atol=1e-3)

    def test_phrases_on_one_line_stay_on_it(self):
        plane = LatentMap.fit(np.array([[0.0, 0], [1, 1], [3, 3]]))
        assert not plane.points[:, 1].any()
        np.testing.assert_allclose(plane.project(plane.lift(np.array([0.5, 9.0]))), [0.5, 0], atol=1e-5)

    @pytest.mark.parametrize("latents", [np.zeros((5, 3)), np.eye(2)])
    def test_phrases_that_do_not_differ_have_none(self, latents):
        with pytest.raises(PhraseError, match="three that differ"):
            LatentMap.fit(latents)

    def test_points_far_out_are_brought_back(self, plane):
        low, high = plane.points.min(axis=0), plane.points.max(axis=0)
        np.testing.assert_allclose(plane.within(np.array([1e9, -1e9]))[0], 1.25 * high[0] - 0.25 * low[0])
        np.testing.assert_array_equal(plane.within(plane.points), plane.points)


class TestKnownPhrases:
    def test_they_are_the_training_phrases_of_the_takes(self, known):
        sources = {"one": swaying(seed=0), "two": swaying(seed=1)}
        assert set(known.takes) == set(sources)
        for number in (0, len(known) - 1):
            start = known.starts[number]
            source = sources[known.takes[number]][start : start + LENGTH]
            np.testing.assert_allclose(known.positions([number])[0], source, atol=1e-5)
        assert known.seconds[3] == known.starts[3] / FPS

    def test_each_has_its_speed_and_its_height_above_the_floor(self, known):
        number = int(np.flatnonzero(known.starts > 0)[0])
        start = int(known.starts[number])
        take = swaying(seed=["one", "two"].index(known.takes[number]))
        speeds = marker_speeds(take, FPS)[start : start + LENGTH]
        assert known.speeds[number] == pytest.approx(speeds.mean(), rel=1e-4)
        floor = np.quantile(take[..., 2].min(axis=1), 0.01)
        height = take[start : start + LENGTH, :, 2].max(axis=1).mean() - floor
        assert known.heights[number] == pytest.approx(height, abs=1e-3)

    def test_one_is_found_by_its_take_and_first_frame(self, known):
        for number in (0, 7, len(known) - 1):
            assert known.find(str(known.takes[number]), int(known.starts[number])) == number
        assert known.find("one", 119) is None  # a phrase of 16 of 120 frames begins at 104 at the latest
        assert known.find("three", 0) is None

    def test_recordings_that_are_gone_are_named(self, tmp_path):
        checkpoint = load_checkpoint(trained_run(tmp_path).folder)
        for path in (tmp_path / "data").iterdir():
            path.unlink()
        with pytest.raises(RecordingError, match="data"):
            KnownPhrases.of(checkpoint)


class TestAlong:
    def test_points_are_at_equal_steps_and_the_ends_are_the_ends(self):
        path = np.array([[0.0, 0], [3, 0], [3, 1]])
        np.testing.assert_allclose(along(path, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]])

    def test_a_path_of_one_station_stays_there(self):
        np.testing.assert_allclose(along(np.array([[2.0, 5]]), 3), [[2, 5]] * 3)


class TestDanceAlong:
    def test_it_sets_out_from_one_ends_latent_and_arrives_at_the_others(self, checkpoint, plane):
        path = plane.points[[2, 11, 30]]
        latents = latents_along(checkpoint.model, plane, path, 6, LENGTH // 4)
        np.testing.assert_allclose(latents[[0, -1]], plane.latents[[2, 30]], atol=1e-5)
        np.testing.assert_allclose(plane.project(latents.numpy()), along(path, 6), atol=1e-3)

    def test_it_begins_and_ends_with_the_dances_of_its_ends(self, checkpoint, plane):
        path = plane.points[[2, 30]]
        dance = dance_along(checkpoint.model, plane, path, 4 * LENGTH / FPS)
        ends = dances.decode(checkpoint.model, torch.from_numpy(plane.latents[[2, 30]]))
        np.testing.assert_allclose(dance[:4], ends[0, :4], atol=1e-2)
        last = dances.bodies(checkpoint.model, torch.from_numpy(dance[None, -LENGTH:]))[0, -1]
        expected = dances.bodies(checkpoint.model, torch.from_numpy(ends[1:]))[0, -1]
        np.testing.assert_allclose(last, expected, atol=2e-2)

    @pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0, 7.7])
    def test_it_lasts_as_long_as_asked_for(self, checkpoint, plane, seconds):
        dance = dance_along(checkpoint.model, plane, plane.points[[0, 20]], seconds)
        assert dance.shape == (round(seconds * FPS), 53, 3)

    def test_it_moves_no_faster_from_frame_to_frame_than_its_phrases_do(self, checkpoint, plane):
        dance = dance_along(checkpoint.model, plane, plane.points[[0, 39]], 5.0)
        phrases = dances.decode(checkpoint.model, torch.from_numpy(plane.latents))
        fastest = np.linalg.norm(np.diff(phrases, axis=1), axis=-1).max()
        assert np.linalg.norm(np.diff(dance, axis=0), axis=-1).max() < 1.5 * fastest

    def test_standing_on_one_station_it_takes_neighbours_between(self, checkpoint, plane):
        latents = latents_along(checkpoint.model, plane, plane.points[[4]], 5, 4).numpy()
        np.testing.assert_array_equal(latents[0], latents[-1])
        assert len(np.unique(latents.round(4), axis=0)) == 4

    def test_lengths_out_of_range_are_refused(self, checkpoint, plane):
        with pytest.raises(SettingsError, match="--seconds"):
            dance_along(checkpoint.model, plane, plane.points[:2], 1e6)
