import numpy as np
import pytest
import torch

from mariel.errors import PhraseError, RecordingError, SettingsError
from mariel.generation.latent_map.paths import latents_along_path, path_track, resample_path, sample_along_path
from mariel.generation.latent_map.pca_map import PcaMap, fit_pca_map
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.sampling import decode
from mariel.generation.sequences import to_body_frame
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
def map_phrases(checkpoint) -> MapPhrases:
    return MapPhrases.from_checkpoint(checkpoint, max_phrases=40)


@pytest.fixture(scope="module")
def latent_map(checkpoint, map_phrases) -> PcaMap:
    return fit_pca_map(checkpoint.model, map_phrases)


def scattered(count: int = 200, seed: int = 0) -> np.ndarray:
    """Latents (count, 4) that differ most along (1, 1, 0, 0), then along the third axis."""
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 4)) @ np.array(
        [[3.0, 3, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0.5], [0.1, -0.1, 0, 0]]
    )


class TestPcaMap:
    def test_without_outputs_it_is_a_plain_pca(self):
        latents = scattered()
        latent_map = PcaMap.fit(latents)
        left, values, right = np.linalg.svd(latents - latents.mean(axis=0), full_matrices=False)
        np.testing.assert_allclose(np.abs(latent_map.points), np.abs(left * values)[:, :2], atol=1e-4)
        np.testing.assert_allclose(latent_map.standard_deviations, values[:2] / np.sqrt(len(latents)), rtol=1e-6)
        np.testing.assert_allclose(
            latent_map.explained_variance_ratio, values[:2] ** 2 / (values**2).sum(), rtol=1e-6
        )
        units = right * (values / np.sqrt(len(latents)))[:, None]
        np.testing.assert_allclose(np.abs(latent_map.loadings), np.abs(units[:2]), atol=1e-6)

    def test_the_sign_of_an_axis_does_not_depend_on_the_order_of_phrases(self):
        latents = scattered()
        one, other = PcaMap.fit(latents), PcaMap.fit(latents[::-1])
        np.testing.assert_allclose(one.projection, other.projection, atol=1e-8)

    def test_latents_are_weighted_by_their_effect_on_the_outputs(self):
        latents = np.random.default_rng(0).normal(size=(500, 3))
        outputs = np.zeros((500, 6))
        outputs[:, 0], outputs[:, 5] = 0.02 * latents[:, 2], 0.01 * latents[:, 0]  # metres; two markers
        latent_map = PcaMap.fit(latents, outputs)
        centred = latents - latents.mean(axis=0)
        # Root mean square over two markers of a step of 2 cm of one of them: 2 / √2 cm.
        np.testing.assert_allclose(np.abs(np.corrcoef(latent_map.points[:, 0], centred[:, 2])[0, 1]), 1, atol=1e-3)
        assert latent_map.standard_deviations[0] == pytest.approx(2 / np.sqrt(2) * latents[:, 2].std(), rel=1e-2)
        assert latent_map.explained_variance_ratio[0] == pytest.approx(0.8, abs=0.05)

    def test_distances_on_the_map_are_those_between_outputs(self):
        latents = np.random.default_rng(0).normal(size=(50, 2))
        mix = np.array([[0.03, 0.0, 0.04, 0.01, 0, 0], [0, 0.02, 0, 0, -0.05, 0.01]])
        outputs = latents @ mix
        latent_map = PcaMap.fit(latents, outputs)
        distances = 100 * np.linalg.norm((outputs[3] - outputs[7]).reshape(2, 3), axis=1)
        assert np.linalg.norm(latent_map.points[3] - latent_map.points[7]) == pytest.approx(
            np.sqrt((distances**2).mean()), rel=1e-4
        )

    def test_the_latents_of_points_project_to_these_points(self, latent_map):
        points = np.array([[0.0, 0.0], [3.0, -2.0], [40.0, 10.0]])
        np.testing.assert_allclose(latent_map.project(latent_map.to_latents(points)), points, atol=1e-4)

    def test_the_point_of_a_phrase_gives_exactly_its_latent(self, latent_map):
        np.testing.assert_allclose(latent_map.to_latents(latent_map.points), latent_map.latents, atol=1e-5)

    def test_loadings_are_one_standard_deviation_along_their_axes(self, latent_map):
        steps = latent_map.project(latent_map.mean + latent_map.loadings)
        np.testing.assert_allclose(steps, np.diag(latent_map.standard_deviations), atol=1e-6)

    def test_constant_outputs_have_a_map_too(self):
        latent_map = PcaMap.fit(scattered(), np.ones((200, 6)))
        np.testing.assert_allclose(latent_map.project(latent_map.to_latents(np.ones(2))), np.ones(2), atol=1e-3)

    def test_latents_on_one_line_stay_on_it(self):
        latent_map = PcaMap.fit(np.array([[0.0, 0], [1, 1], [3, 3]]))
        assert not latent_map.points[:, 1].any()
        np.testing.assert_allclose(
            latent_map.project(latent_map.to_latents(np.array([0.5, 9.0]))), [0.5, 0], atol=1e-5
        )

    @pytest.mark.parametrize("latents", [np.zeros((5, 3)), np.eye(2)])
    def test_latents_that_do_not_differ_are_refused(self, latents):
        with pytest.raises(PhraseError, match="three that differ"):
            PcaMap.fit(latents)

    def test_points_far_outside_are_clipped(self, latent_map):
        low, high = latent_map.points.min(axis=0), latent_map.points.max(axis=0)
        np.testing.assert_allclose(latent_map.clip_to_map(np.array([1e9, -1e9]))[0], 1.25 * high[0] - 0.25 * low[0])
        np.testing.assert_array_equal(latent_map.clip_to_map(latent_map.points), latent_map.points)


class TestMapPhrases:
    def test_they_are_training_phrases_of_the_takes(self, map_phrases):
        sources = {"one": swaying(seed=0), "two": swaying(seed=1)}
        assert set(map_phrases.takes) == set(sources)
        for number in (0, len(map_phrases) - 1):
            start = map_phrases.starts[number]
            source = sources[map_phrases.takes[number]][start : start + LENGTH]
            np.testing.assert_allclose(map_phrases.positions([number])[0], source, atol=1e-5)
        assert map_phrases.seconds[3] == map_phrases.starts[3] / FPS

    def test_each_has_its_speed_and_its_height_above_the_floor(self, map_phrases):
        number = int(np.flatnonzero(map_phrases.starts > 0)[0])
        start = int(map_phrases.starts[number])
        take = swaying(seed=["one", "two"].index(map_phrases.takes[number]))
        speeds = marker_speeds(take, FPS)[start : start + LENGTH]
        assert map_phrases.speeds[number] == pytest.approx(speeds.mean(), rel=1e-4)
        floor = np.quantile(take[..., 2].min(axis=1), 0.01)
        height = take[start : start + LENGTH, :, 2].max(axis=1).mean() - floor
        assert map_phrases.heights[number] == pytest.approx(height, abs=1e-3)

    def test_one_is_found_by_its_take_and_first_frame(self, map_phrases):
        for number in (0, 7, len(map_phrases) - 1):
            assert map_phrases.find(str(map_phrases.takes[number]), int(map_phrases.starts[number])) == number
        assert map_phrases.find("one", 119) is None  # a phrase of 16 of 120 frames begins at 104 at the latest
        assert map_phrases.find("three", 0) is None

    def test_missing_recordings_are_named(self, tmp_path):
        checkpoint = load_checkpoint(trained_run(tmp_path).folder)
        for path in (tmp_path / "data").iterdir():
            path.unlink()
        with pytest.raises(RecordingError, match="data"):
            MapPhrases.from_checkpoint(checkpoint)


class TestResamplePath:
    def test_points_are_at_equal_distances_and_include_the_ends(self):
        path = np.array([[0.0, 0], [3, 0], [3, 1]])
        np.testing.assert_allclose(resample_path(path, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]])

    def test_a_path_of_one_waypoint_stays_there(self):
        np.testing.assert_allclose(resample_path(np.array([[2.0, 5]]), 3), [[2, 5]] * 3)


class TestSampleAlongPath:
    def test_its_latents_are_on_the_path_from_one_end_to_the_other(self, checkpoint, latent_map):
        path = latent_map.points[[2, 11, 30]]
        latents = latents_along_path(checkpoint.model, latent_map, path, 6, LENGTH // 4)
        np.testing.assert_allclose(latents[[0, -1]], latent_map.latents[[2, 30]], atol=1e-5)
        np.testing.assert_allclose(latent_map.project(latents.numpy()), resample_path(path, 6), atol=1e-3)

    def test_it_begins_and_ends_with_the_phrases_of_its_ends(self, checkpoint, latent_map):
        path = latent_map.points[[2, 30]]
        sequence = sample_along_path(checkpoint.model, latent_map, path, 4 * LENGTH / FPS)
        ends = decode(checkpoint.model, torch.from_numpy(latent_map.latents[[2, 30]]))
        # Metres: markers of these takes are on no body, and a sequence has one body from its beginning to its end.
        np.testing.assert_allclose(sequence[:4], ends[0, :4], atol=0.1)
        last = to_body_frame(checkpoint.model, torch.from_numpy(sequence[None, -LENGTH:]))[0, -1]
        expected = to_body_frame(checkpoint.model, torch.from_numpy(ends[1:]))[0, -1]
        np.testing.assert_allclose(last, expected, atol=0.1)

    @pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0, 7.7])
    def test_it_has_the_requested_length(self, checkpoint, latent_map, seconds):
        sequence = sample_along_path(checkpoint.model, latent_map, latent_map.points[[0, 20]], seconds)
        assert sequence.shape == (round(seconds * FPS), 53, 3)

    def test_it_moves_no_faster_between_frames_than_phrases_do(self, checkpoint, latent_map):
        sequence = sample_along_path(checkpoint.model, latent_map, latent_map.points[[0, 39]], 5.0)
        phrases = decode(checkpoint.model, torch.from_numpy(latent_map.latents))
        fastest = np.linalg.norm(np.diff(phrases, axis=1), axis=-1).max()
        # The feet of these takes slide, and the path of a sequence gives way to them.
        assert np.linalg.norm(np.diff(sequence, axis=0), axis=-1).max() < 2.5 * fastest

    def test_a_path_of_one_waypoint_takes_neighbours_in_between(self, checkpoint, latent_map):
        latents = latents_along_path(checkpoint.model, latent_map, latent_map.points[[4]], 5, 4).numpy()
        np.testing.assert_array_equal(latents[0], latents[-1])
        assert len(np.unique(latents.round(4), axis=0)) == 4

    def test_lengths_out_of_range_are_refused(self, checkpoint, latent_map):
        with pytest.raises(SettingsError, match="--seconds"):
            sample_along_path(checkpoint.model, latent_map, latent_map.points[:2], 1e6)


class TestPathTrack:
    def test_it_goes_from_the_first_phrase_to_the_last_along_the_path(self, checkpoint):
        model, path = checkpoint.model, np.array([[0.0, 0], [3, 0], [3, 1]])
        seconds = 4 * LENGTH / FPS
        track = path_track(model, path, seconds)
        np.testing.assert_allclose(track[[0, -1]], path[[0, -1]])
        shares = np.concatenate([[0], np.linalg.norm(np.diff(track, axis=0), axis=1).cumsum()])
        assert shares[-1] == pytest.approx(4, abs=0.2)  # straight lines cut the corner
        middle = path_track(model, path, seconds)[len(track) // 2]
        assert middle[1] == 0

    def test_half_a_phrase_in_it_leaves_the_first_point(self, checkpoint):
        seconds = 40.0
        track = path_track(checkpoint.model, np.array([[0.0, 0], [1, 0]]), seconds)
        times = np.linspace(0, seconds, len(track))
        moving = times > LENGTH / 2 / FPS + 1e-6
        assert (track[~moving, 0] == 0).all()
        assert (np.diff(track[moving, 0])[:-4] > 0).all()

    def test_a_single_waypoint_stays(self, checkpoint):
        assert np.ptp(path_track(checkpoint.model, np.array([[2.0, 5.0]]), 10), axis=0).tolist() == [0, 0]
