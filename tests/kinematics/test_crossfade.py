import pytest
import torch

from mariel.kinematics.crossfade import crossfade


def test_weights_add_up_to_one_everywhere():
    assert torch.allclose(crossfade(torch.ones(4, 10, 2), 3), torch.ones(4 * 7 + 3, 2))


def test_one_phrase_fades_monotonically_into_the_next():
    sequence = crossfade(torch.tensor([0.0, 1.0])[:, None].expand(2, 20), 9)
    assert len(sequence) == 31
    assert (sequence[:11] == 0).all()
    assert (sequence[20:] == 1).all()
    assert (torch.diff(sequence[10:21]) > 0).all()
    assert sequence[15] == pytest.approx(0.5)


def test_without_overlap_phrases_are_concatenated():
    phrases = torch.arange(6.0).reshape(2, 3)
    assert crossfade(phrases, 0).tolist() == [0, 1, 2, 3, 4, 5]


def test_the_overlap_is_at_most_half_a_phrase():
    with pytest.raises(ValueError, match="cannot overlap by 6"):
        crossfade(torch.ones(2, 10), 6)
