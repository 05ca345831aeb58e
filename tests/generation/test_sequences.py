"""Sequences longer than a phrase."""

import numpy as np
import pytest
import torch

from mariel.errors import SettingsError
from mariel.generation.sampling import SamplingOptions, decode, encode, sample
from mariel.generation.sequences import OVERLAP, interpolate_sequence, sample_sequence
from mariel.kinematics.canonical_frame import CanonicalFrame, to_channels_first
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_models import LENGTH, small_model


class TestSampleSequence:
    def test_it_has_the_requested_length(self, model):
        assert sample_sequence(model, 2.0).shape == (70, 53, 3)
        assert sample_sequence(model, 0.2).shape == (7, 53, 3)

    def test_it_moves_no_faster_between_frames_than_phrases_do(self, model):
        sequence, phrases = sample_sequence(model, 4.0), sample(model, 64)
        fastest = np.linalg.norm(np.diff(phrases, axis=1), axis=-1).max()
        assert np.linalg.norm(np.diff(sequence, axis=0), axis=-1).max() < 1.5 * fastest

    def test_segment_lengths_are_constant_across_crossfades(self, dataset):
        sequence = sample_sequence(small_model("phrase-vae", dataset), 4.0)
        one, two = MARIEL_53.indices(["LKNE", "LTHI"])
        distances = np.linalg.norm(sequence[:, one] - sequence[:, two], axis=-1)
        assert distances.max() - distances.min() < 1e-3

    def test_it_can_start_from_a_phrase(self, model, phrases):
        sequence = sample_sequence(model, 2.0, start=phrases[1])
        first = decode(model, encode(model, phrases[1:2]).mean)[0]
        unmixed = LENGTH - int(OVERLAP * LENGTH)
        np.testing.assert_allclose(sequence[:unmixed], first[:unmixed], atol=2e-2)

    def test_it_can_start_from_a_latent(self, model, phrases):
        latent = encode(model, phrases[:1]).mean[0]
        from_latent, from_phrase = (sample_sequence(model, 2.0, start=start) for start in (latent, phrases[0]))
        np.testing.assert_allclose(from_latent, from_phrase, atol=1e-5)

    def test_pc_offsets_of_zero_change_nothing_and_others_do(self, model):
        unshifted, shifted = (
            sample_sequence(model, 2.0, SamplingOptions(pc_offsets=offsets)) for offsets in ((0.0,), (2.0,))
        )
        np.testing.assert_allclose(unshifted, sample_sequence(model, 2.0), atol=1e-6)
        assert not np.allclose(unshifted, shifted)

    def test_lengths_out_of_range_are_refused(self, model):
        with pytest.raises(SettingsError, match="--seconds"):
            sample_sequence(model, 0.0)


class TestInterpolateSequence:
    @pytest.fixture
    def waypoints(self, model, phrases):
        return encode(model, phrases).mean

    def test_its_first_and_last_phrases_are_the_first_and_last_waypoint(self, model, waypoints):
        sequence = interpolate_sequence(model, waypoints, 2.0)
        unmixed = LENGTH - LENGTH // 2  # frames outside the crossfades
        first, last = (body_frame(model, part[None]) for part in (sequence[:unmixed], sequence[-unmixed:]))
        expected = body_frame(model, decode(model, waypoints))
        # A sequence has one body, and its standing feet are held over its whole length; the ends are of other takes.
        np.testing.assert_allclose(first[0], expected[0, :unmixed], atol=0.15)
        np.testing.assert_allclose(last[0], expected[-1, -unmixed:], atol=0.15)

    @pytest.mark.parametrize("seconds", [2.0, 4.0, 7.0])
    def test_it_has_about_the_requested_length(self, model, waypoints, seconds):
        assert abs(len(interpolate_sequence(model, waypoints, seconds)) / 35 - seconds) < 0.06 * seconds + 0.1

    def test_phrases_overlap_by_at_most_half(self, model, waypoints):
        assert len(interpolate_sequence(model, waypoints, 0.1)) == LENGTH + 2 * LENGTH // 2

    def test_a_single_waypoint_is_refused(self, model, waypoints):
        with pytest.raises(SettingsError, match="two phrases"):
            interpolate_sequence(model, waypoints[:1], 2.0)


def body_frame(model, phrases: np.ndarray) -> np.ndarray:
    """Poses of phrases relative to the body's own position and heading: (phrases, frames, xyz, markers)."""
    frame = CanonicalFrame(model.marker_set)
    canonical, _ = frame.to_canonical(to_channels_first(torch.from_numpy(phrases)))
    return frame.remove_root_motion(canonical)[0].numpy()
