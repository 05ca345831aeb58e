import numpy as np
import pytest
import torch

from mariel.kinematics.feet import stances
from mariel.kinematics.feet.stances import stance_corrections, stance_weights

FPS = 35.0


def weights_of(probabilities):
    return stance_weights(torch.tensor(probabilities)[None, :, None], FPS)[0, :, 0].tolist()


@pytest.mark.parametrize(
    ("probabilities", "stands"),
    [
        ([0.1, 0.3, 0.6, 0.3, 0.1], [0, 1, 1, 1, 0]),
        ([0.1, 0.3, 0.4, 0.3, 0.1], [0, 0, 0, 0, 0]),  # never above the threshold at which a stance begins
        ([0.1, 0.9, 0.9, 0.1, 0.1], [0, 0, 0, 0, 0]),  # two frames are 57 milliseconds: too short
        ([0.9, 0.1, 0.1, 0.1, 0.9], [1, 0, 0, 0, 1]),  # at the ends a stance may have been longer
    ],
)
def test_stances_are_spans_of_contact(probabilities, stands):
    assert weights_of(probabilities) == pytest.approx(np.multiply(probabilities, stands).tolist())


def test_stances_end_with_their_phrase():
    contact = torch.tensor([[0.1, 0.1, 0.9], [0.3, 0.1, 0.1]])[..., None]
    assert (stance_weights(contact, FPS)[1] == 0).all()


def test_no_stance_needs_no_correction():
    for part in stance_corrections(torch.randn(2, 30, 2, 2), torch.zeros(2, 30, 2), FPS):
        assert (part == 0).all()


def test_corrections_are_those_of_least_squares():
    rng = np.random.default_rng(0)
    frames, feet = 12, 2
    steps, weights = rng.normal(size=(frames - 1, feet)), rng.random((frames - 1, feet))
    difference, third = np.diff(np.eye(frames), axis=0), np.diff(np.eye(frames), 3, axis=0)
    root, *legs = np.split(np.eye(3 * frames), 3)  # each takes its unknowns from all of them
    smooth = (stances.SMOOTHING_SECONDS * FPS) ** 3
    leg_weight, root_weight = np.sqrt(stances.LEG_WEIGHT), np.sqrt(stances.ROOT_WEIGHT)
    rows, right = [root_weight * root, root_weight * np.sqrt(stances.ROOT_SMOOTHNESS) * smooth * third @ root], []
    rows += [leg_weight * leg for leg in legs]
    rows += [leg_weight * np.sqrt(stances.LEG_SMOOTHNESS) * smooth * third @ leg for leg in legs]
    rows += [np.sqrt(stances.FIRST_WEIGHT) * part[:1] for part in (root, *legs)]
    right = [np.zeros(sum(map(len, rows)))]
    for foot, leg in enumerate(legs):
        size = np.sqrt(stances.STANCE_WEIGHT * weights[:, foot])
        rows.append(size[:, None] * (difference @ (root + leg)))
        right.append(-size * steps[:, foot])
    expected = np.linalg.lstsq(np.concatenate(rows), np.concatenate(right))[0].reshape(3, frames)

    both = torch.from_numpy(np.stack([steps, -steps], axis=-1))[None]  # x and y
    moved_root, moved_feet = stance_corrections(both, torch.from_numpy(weights)[None], FPS)
    np.testing.assert_allclose(moved_root[0, :, 0], expected[0], atol=1e-8)
    np.testing.assert_allclose(moved_feet[0, :, :, 1].T, -expected[1:], atol=1e-8)


def test_phrases_do_not_depend_on_each_other():
    steps, weights = torch.randn(3, 20, 2, 2, dtype=torch.float64), torch.rand(3, 20, 2, dtype=torch.float64)
    together = stance_corrections(steps, weights, FPS)
    alone = [stance_corrections(steps[row : row + 1], weights[row : row + 1], FPS) for row in range(3)]
    for part, parts in zip(together, zip(*alone, strict=True), strict=True):
        torch.testing.assert_close(part, torch.cat(parts))
