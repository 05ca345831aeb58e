import pytest
import torch

from mariel.kinematics.canonical_frame import to_channels_first
from mariel.kinematics.feet.foot_contact import CONTACT_LOGIT, FootContact
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walking_positions

STEP = 0.01  # metres per frame


def gliding(frames=11, height=0.0):
    """A phrase of a body that glides along x without moving a limb, its toes `height` above the floor."""
    channels_first = to_channels_first(torch.from_numpy(walking_positions(frames, speed=STEP * 35)).float())[None]
    channels_first[:, :, 2] += height - 0.05  # toes of the standing pose are at 0.05 m
    return channels_first


@pytest.fixture
def foot_contact():
    return FootContact(MARIEL_53)


def contact(phrase, logit=10.0):
    return torch.full((*phrase.shape[:2], 2), logit)


def test_a_gliding_body_with_feet_in_contact_is_held_in_place(foot_contact):
    pinned = foot_contact.pin_feet(gliding(), contact(gliding()), 35.0)
    path = pinned[0, :, 0].mean(dim=1)
    assert abs(path[-1] - path[0]) < 0.1 * 10 * STEP


def test_feet_not_in_contact_do_not_change_the_path(foot_contact):
    phrase = gliding()
    assert (foot_contact.pin_feet(phrase, contact(phrase, -10.0), 35.0) - phrase).abs().max() < 0.02 * STEP


def test_a_low_foot_that_swings_hardly_changes_the_path(foot_contact):
    phrase = gliding()[:, :1].repeat(1, 11, 1, 1)
    right = MARIEL_53.indices(MARIEL_53.segment("right_foot"))
    phrase[:, :, 0, right] -= STEP * torch.arange(11)[:, None]  # at 20 frames per second: 0.2 m/s
    path = foot_contact.pin_feet(phrase, contact(phrase), 20.0)[0, :, 0, MARIEL_53.index("LTOE")]
    # Relative to the still foot, one that moves at 0.2 m/s has a weight of exp(-1) = 0.37.
    assert (path[-1] - path[0]) / 10 == pytest.approx(STEP * 0.37 / 1.37, rel=0.1)


def test_the_path_of_a_body_in_the_air_is_not_changed(foot_contact):
    phrase = gliding(height=0.5)
    assert (foot_contact.pin_feet(phrase, contact(phrase), 35.0) - phrase).abs().max() < 1e-4


def test_a_body_below_the_floor_is_lifted_to_it(foot_contact):
    pinned = foot_contact.pin_feet(gliding(height=-0.2), contact(gliding()), 35.0)
    assert pinned[:, :, 2].amin() == pytest.approx(0.0, abs=1e-5)


def test_recorded_feet_are_in_contact_when_they_are_low_and_slow(foot_contact):
    assert (foot_contact.contact_logits(gliding(), 35.0) == CONTACT_LOGIT).all()  # 0.35 m/s
    assert (foot_contact.contact_logits(gliding(), 70.0) == -CONTACT_LOGIT).all()  # 0.7 m/s
    assert (foot_contact.contact_logits(gliding(height=0.2), 35.0) == -CONTACT_LOGIT).all()


def test_decoded_feet_are_in_contact_by_their_height_and_speed(foot_contact):
    standing = gliding()[:, :1].repeat(1, 11, 1, 1)
    standing[:, :, 2] -= 0.04
    assert foot_contact.contact_probabilities(standing, 35.0).min() > 0.95
    standing[:, :, 2] += 0.14
    assert foot_contact.contact_probabilities(standing, 35.0).max() < 0.05
    moving = gliding(height=-0.1)  # 0.35 m/s
    for max_speed, expected in ((0.35, 0.5), (0.45, 0.73), (0.25, 0.27)):  # 1 / (1 + 1 / e) at one scale from it
        probabilities = foot_contact.contact_probabilities(moving, 35.0, max_speed=max_speed)
        torch.testing.assert_close(probabilities, torch.full((1, 11, 2), expected), atol=0.01, rtol=0)


def test_marker_sets_without_feet_have_none():
    assert FootContact(MarkerSet("two", ("A", "B"))).foot_count == 0


@pytest.mark.parametrize("segments", [(), (("head", ("A", "B")),)])
def test_a_marker_set_without_feet_has_no_contacts_and_stays_as_it_is(segments):
    foot_contact = FootContact(MarkerSet("points", ("A", "B"), segments=segments))
    phrases = torch.randn(3, 7, 3, 2)
    foot_contact.fit_floor(phrases)
    logits = foot_contact.contact_logits(phrases, 35.0)
    assert logits.shape == (3, 7, 0)
    assert foot_contact.contact_probabilities(phrases, 35.0).shape == (3, 7, 0)
    assert foot_contact.pin_feet(phrases, logits, 35.0) is phrases


def test_a_foot_without_markers_is_never_in_contact():
    foot_contact = FootContact(MarkerSet("points", ("A", "B"), segments=(("left_foot", ()),)))
    logits = foot_contact.contact_logits(torch.zeros(1, 4, 3, 2), 35.0)
    assert (logits == -CONTACT_LOGIT).all()
