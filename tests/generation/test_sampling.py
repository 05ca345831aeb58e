import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseFeed
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.generation import sampling as dances
from mariel.generation.sampling import Style
from mariel.kinematics.canonical_frame import Placing, to_planes
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_runs import takes

LENGTH = 16
MODELS = {
    "phrase-vae": PhraseVaeSettings(latent=6, encoder_hidden=8, decoder_hidden=8, curves=8),
    "notebook": NotebookSettings(layers=1, hidden=8, latent=4),
}


@pytest.fixture(scope="module")
def feed():
    return PhraseFeed(takes(), DataSettings(length=LENGTH))


@pytest.fixture(scope="module", params=list(MODELS))
def model(request, feed):
    torch.manual_seed(0)
    model = make_model(MODELS[request.param], feed.marker_set, LENGTH, feed.fps)
    model.fit(feed)
    return model.eval()


@pytest.fixture
def phrases(feed):
    return feed.batch(feed.evenly(feed.training, 3)).numpy()


class TestSample:
    def test_the_same_seed_gives_the_same_dances_and_another_one_others(self, model):
        assert np.array_equal(dances.sample(model, 2, seed=3), dances.sample(model, 2, seed=3))
        assert not np.allclose(dances.sample(model, 2, seed=3), dances.sample(model, 2, seed=4))

    def test_a_dance_does_not_depend_on_how_many_are_asked_for(self, model):
        np.testing.assert_allclose(dances.sample(model, 5, seed=3)[:2], dances.sample(model, 2, seed=3), atol=1e-5)

    def test_at_temperature_zero_all_are_the_mean_dance(self, model):
        one, two = dances.sample(model, 2, Style(temperature=0.0))
        np.testing.assert_allclose(one, two, atol=1e-6)

    def test_a_little_more_temperature_changes_a_dance_a_little(self, model):
        cool, warmer, hot = (dances.sample(model, 3, Style(temperature=warm)) for warm in (1.0, 1.01, 2.0))
        assert np.abs(warmer - cool).mean() < 0.05 * np.abs(hot - cool).mean()

    @pytest.mark.parametrize(
        ("given", "flag"),
        [
            ({"count": 0}, "--count"),
            ({"seed": -1}, "--seed"),
            ({"style": Style(pushes=(9.0,))}, "--push"),
        ],
    )
    def test_what_is_out_of_range_is_named(self, model, given, flag):
        with pytest.raises(SettingsError, match=flag):
            dances.sample(model, **({"count": 1} | given))

    @pytest.mark.parametrize(
        ("given", "flag"),
        [
            ({"temperature": -0.1}, "--temperature"),
            ({"temperature": 99.0}, "--temperature"),
            ({"temperature": float("nan")}, "--temperature"),
            ({"scheme": "wild"}, "--scheme"),
        ],
    )
    def test_a_style_that_there_is_not_is_named(self, given, flag):
        with pytest.raises(SettingsError, match=flag):
            Style(**given)


class TestRandomSpread:
    def test_it_is_another_dance_of_the_same_seed_and_always_the_same_one(self, model):
        one, again = (dances.sample(model, 2, Style(scheme="random-spread"), seed=3) for _ in range(2))
        assert np.array_equal(one, again)
        assert not np.allclose(one, dances.sample(model, 2, seed=3))

    def test_at_temperature_zero_it_is_the_mean_dance_too(self, model):
        cold, mean = (dances.sample(model, 1, Style(0.0, scheme)) for scheme in ("random-spread", "prior"))
        np.testing.assert_allclose(cold, mean, atol=1e-5)

    def test_latents_spread_as_a_normal_around_a_random_mean_with_a_random_log_variance_does(self, model):
        latents = dances.random_spread(model, 4000, seed=0) - dances.centre(model)
        spread = model.wander(torch.eye(model.latent))
        noise = torch.linalg.solve(spread.T.double(), latents.double().T)
        expected = 1 + np.exp(0.5)  # variance of the mean, and the mean of exp of a standard normal
        assert float(noise.square().mean()) == pytest.approx(expected, rel=0.06)


class TestReconstruct:
    def test_it_is_danced_where_the_phrase_was(self, feed, phrases):
        model = make_model(MODELS["phrase-vae"], feed.marker_set, LENGTH, feed.fps)
        model.fit(feed)
        moved = phrases + np.float32([3.0, -2.0, 0.0])
        there, here = (dances.reconstruct(model.eval(), some) for some in (moved, phrases))
        np.testing.assert_allclose(there - here, moved - phrases, atol=1e-3)

    def test_a_seed_draws_from_the_posterior(self, model, phrases):
        mean, drawn, again = (dances.reconstruct(model, phrases, seed=seed) for seed in (None, 1, 1))
        assert np.array_equal(drawn, again)
        assert not np.array_equal(mean, drawn)

    def test_phrases_of_another_length_are_refused(self, model, phrases):
        with pytest.raises(SettingsError, match=r"\(phrases, 16, 53, 3\).*\(3, 9, 53, 3\)"):
            dances.reconstruct(model, phrases[:, :9])

    def test_missing_markers_are_refused(self, model, phrases):
        phrases[0, 0, 0] = np.nan
        with pytest.raises(SettingsError, match="missing markers"):
            dances.reconstruct(model, phrases)


class TestVary:
    def test_without_sigma_it_is_the_phrase_as_the_model_knows_it(self, model, phrases):
        varied = dances.vary(model, phrases[0], 0.0, 2)
        known = dances.decode(model, dances.encode(model, phrases[:1]).mean)
        np.testing.assert_allclose(varied, np.repeat(known, 2, axis=0), atol=1e-5)

    def test_more_sigma_goes_further(self, model, phrases):
        home, near, far = (dances.vary(model, phrases[0], sigma, 4) for sigma in (0.0, 0.3, 1.0))
        assert 0 < np.abs(near - home).mean() < np.abs(far - home).mean()


class TestBetween:
    @pytest.mark.parametrize("centre", [None, torch.tensor([1.0, 1.0, 0.0])])
    def test_the_ends_are_the_two_latents(self, centre):
        one, other = torch.tensor([1.0, 0, 0]), torch.tensor([0, 2.0, 0.5])
        ends = dances.between(one, other, [0.0, 1.0], centre)
        torch.testing.assert_close(ends, torch.stack([one, other]))

    def test_half_way_round_a_right_angle_is_at_45_degrees(self):
        half = dances.between(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]), [0.5])[0]
        torch.testing.assert_close(half, torch.full((2,), 0.5**0.5))

    def test_opposite_and_equal_latents_have_a_straight_way(self):
        one = torch.tensor([1.0, 0])
        torch.testing.assert_close(dances.between(one, -one, [0.25])[0], torch.tensor([0.5, 0]))
        torch.testing.assert_close(dances.between(one, one, [0.25])[0], one)

    def test_a_walk_passes_every_station_once(self):
        stations = torch.tensor([[1.0, 0], [0, 1], [-1, 0]])
        way = dances.walk(stations, 4)
        assert len(way) == 9
        torch.testing.assert_close(way[::4], stations)


class TestLongDance:
    def test_it_has_the_length_asked_for(self, model):
        assert dances.long_dance(model, 2.0).shape == (70, 53, 3)
        assert dances.long_dance(model, 0.2).shape == (7, 53, 3)

    def test_it_moves_no_faster_from_frame_to_frame_than_its_phrases_do(self, model):
        dance, phrases = dances.long_dance(model, 4.0), dances.sample(model, 64)
        fastest = np.linalg.norm(np.diff(phrases, axis=1), axis=-1).max()
        assert np.linalg.norm(np.diff(dance, axis=0), axis=-1).max() < 1.5 * fastest

    def test_limbs_keep_their_length_where_phrases_join(self, feed):
        model = make_model(MODELS["phrase-vae"], feed.marker_set, LENGTH, feed.fps)
        model.fit(feed)
        dance = dances.long_dance(model.eval(), 4.0)
        one, two = MARIEL_53.indices(["LKNE", "LTHI"])
        apart = np.linalg.norm(dance[:, one] - dance[:, two], axis=-1)
        assert apart.max() - apart.min() < 1e-3

    def test_it_can_set_out_from_a_phrase(self, model, phrases):
        dance = dances.long_dance(model, 2.0, begin=phrases[1])
        known = dances.decode(model, dances.encode(model, phrases[1:2]).mean)[0]
        calm = LENGTH - int(dances.OVERLAP * LENGTH)
        np.testing.assert_allclose(dance[:calm], known[:calm], atol=2e-2)

    def test_it_can_set_out_from_a_latent(self, model, phrases):
        latent = dances.encode(model, phrases[:1]).mean[0]
        from_latent, from_phrase = (dances.long_dance(model, 2.0, begin=begin) for begin in (latent, phrases[0]))
        np.testing.assert_allclose(from_latent, from_phrase, atol=1e-5)

    def test_pushed_phrases_are_the_same_noise_elsewhere(self, model):
        plain, pushed = (dances.long_dance(model, 2.0, Style(pushes=pushes)) for pushes in ((0.0,), (2.0,)))
        np.testing.assert_allclose(plain, dances.long_dance(model, 2.0), atol=1e-6)
        assert not np.allclose(plain, pushed)

    def test_lengths_out_of_range_are_refused(self, model):
        with pytest.raises(SettingsError, match="--seconds"):
            dances.long_dance(model, 0.0)


class TestJourney:
    @pytest.fixture
    def stations(self, model, phrases):
        return dances.encode(model, phrases).mean

    def test_its_first_and_last_phrases_are_those_of_the_first_and_last_station(self, model, stations):
        dance = dances.journey(model, stations, 2.0)
        alone = LENGTH - LENGTH // 2  # frames that no neighbour fades into
        first, last = (bodies(model, part[None]) for part in (dance[:alone], dance[-alone:]))
        known = bodies(model, dances.decode(model, stations))
        np.testing.assert_allclose(first[0], known[0, :alone], atol=1e-3)
        np.testing.assert_allclose(last[0], known[-1, -alone:], atol=1e-3)

    @pytest.mark.parametrize("seconds", [2.0, 4.0, 7.0])
    def test_it_takes_about_as_long_as_asked(self, model, stations, seconds):
        assert abs(len(dances.journey(model, stations, seconds)) / 35 - seconds) < 0.06 * seconds + 0.1

    def test_too_short_a_way_takes_as_long_as_phrases_that_overlap_by_half(self, model, stations):
        assert len(dances.journey(model, stations, 0.1)) == LENGTH + 2 * LENGTH // 2

    def test_one_phrase_is_no_journey(self, model, stations):
        with pytest.raises(SettingsError, match="two phrases"):
            dances.journey(model, stations[:1], 2.0)


def bodies(model, some: np.ndarray) -> np.ndarray:
    """Phrases as somebody sees them who walks and turns with the dancer."""
    placing = Placing(model.marker_set)
    return placing.follow(placing.take_out(to_planes(torch.from_numpy(some)))[0])[0].numpy()
