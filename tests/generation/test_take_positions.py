import numpy as np
import pytest

from mariel.errors import PhraseError
from mariel.generation.take_positions import RunTakes, TakePosition, run_takes
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint
from tests.support.bodies import standing_pose
from tests.support.small_runs import LENGTH, make_takes, trained_run


@pytest.fixture
def takes() -> RunTakes:
    return RunTakes(make_takes(), LENGTH)


def test_a_position_is_written_take_at_frame():
    position = TakePosition.parse("waltz_for_one@1234")
    assert position == TakePosition("waltz_for_one", 1234)
    assert str(position) == "waltz_for_one@1234"
    assert TakePosition.parse("a@b@3") == TakePosition("a@b", 3)
    assert TakePosition("adagio", 4022).label(35) == "adagio, 1:55"  # 4022 / 35 = 114.9 s


@pytest.mark.parametrize(
    "text", ["", "@3", "adagio", "adagio@", "adagio@-1", "adagio@1.5", "adagio@٣", "a@" + "9" * 5000]
)
def test_other_texts_are_no_positions(text):
    with pytest.raises(PhraseError, match="written take@frame"):
        TakePosition.parse(text)


def test_a_phrase_is_cut_where_the_position_says(takes):
    np.testing.assert_array_equal(
        takes.phrase(TakePosition("two", 33)), takes["two"].frames(33, 33 + LENGTH).positions
    )
    assert takes.last("two") == 120 - LENGTH


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (TakePosition("nobody", 3), "there is no take “nobody”"),
        (TakePosition("one", 105), "“one” has no phrase at frame 105; the last one begins at 104"),
        (TakePosition("one", -1), "“one” has no phrase at frame -1"),
    ],
)
def test_a_position_outside_the_takes_is_refused(takes, position, message):
    with pytest.raises(PhraseError, match=message):
        takes.phrase(position)


def test_a_phrase_with_missing_markers_is_refused():
    positions = np.repeat(standing_pose()[None], 40, axis=0)
    positions[20:, 3] = np.nan
    takes = RunTakes({"gappy": Recording.from_positions("gappy", positions, MARIEL_53)}, LENGTH)
    assert takes.phrase(TakePosition("gappy", 0)).shape == (LENGTH, 53, 3)
    with pytest.raises(PhraseError, match="markers are missing"):
        takes.phrase(TakePosition("gappy", 10))


def test_the_most_active_phrase_of_each_take_and_then_a_later_one_of_the_first():
    positions = np.repeat(standing_pose()[None], 60, axis=0)
    positions[30:40, :, 0] += np.arange(10)[:, None] * 0.02  # the body moves in frames 30 to 40 only
    positions[40:, :, 0] += 0.18
    takes = RunTakes({"still": Recording.from_positions("still", positions, MARIEL_53)}, LENGTH)
    start = takes.most_active().frame
    assert 40 - LENGTH <= start <= 31
    assert takes.most_active(1) == TakePosition("still", (start + LENGTH) % 45)


def test_a_runs_takes_are_opened_as_it_was_trained(tmp_path):
    checkpoint = load_checkpoint(trained_run(tmp_path).folder)
    takes = run_takes(checkpoint)
    assert list(takes) == ["one", "two"]
    assert len(takes["one"]) == 120  # trained with trim=0: the file's layout alone would leave out 1,000 frames
    for path in (tmp_path / "data").iterdir():
        path.unlink()
    with pytest.raises(PhraseError, match="learned from cannot be opened"):
        run_takes(checkpoint)
