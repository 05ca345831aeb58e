import pytest
import torch

from mariel.kinematics.crossfade import joined


def test_shares_add_up_to_one_everywhere():
    assert torch.allclose(joined(torch.ones(4, 10, 2), 3), torch.ones(4 * 7 + 3, 2))


def test_one_phrase_fades_steadily_into_the_next():
    dance = joined(torch.tensor([0.0, 1.0])[:, None].expand(2, 20), 9)
    assert len(dance) == 31
    assert (dance[:11] == 0).all()
    assert (dance[20:] == 1).all()
    assert (torch.diff(dance[10:21]) > 0).all()
    assert dance[15] == pytest.approx(0.5)


def test_without_overlap_phrases_follow_each_other():
    phrases = torch.arange(6.0).reshape(2, 3)
    assert joined(phrases, 0).tolist() == [0, 1, 2, 3, 4, 5]


def test_phrases_overlap_by_half_at_most():
    with pytest.raises(ValueError, match="cannot overlap by 6"):
        joined(torch.ones(2, 10), 6)
