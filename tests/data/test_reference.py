import numpy as np
import pytest

from mariel.data.preprocessing import Preprocessing
from mariel.data.reference import reference_arrays
from mariel.errors import PreprocessingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from tests.support.bodies import walker, write_take
from tests.support.published_loader import published

PAIR = MarkerSet("pair", ("A", "B"))


def write_dances(folder, dtypes=(np.float32, np.float32, np.float32)):
    """Three takes of 40, 25 and 60 useful frames: a trembling body wanders about the room."""
    rng = np.random.default_rng(7)
    for name, frames, dtype in zip(("one", "two", "three"), (40, 25, 60), dtypes, strict=True):
        wandering = np.cumsum(rng.normal(0, 0.02, (frames + 1000, 1, 3)), axis=0)
        trembling = rng.normal(0, 0.01, (frames + 1000, 53, 3))
        write_take(folder, name, walker(frames + 1000, speed=0.3) + wandering + trembling, dtype)
    return folder


def standing_pair(name: str, a, b, frames: int) -> Recording:
    return Recording.from_positions(name, np.tile(np.array([a, b], np.float64), (frames, 1, 1)), PAIR)


@pytest.mark.parametrize(
    "dtypes",
    [(np.float32,) * 3, (np.float64,) * 3, (np.float64, np.float32, np.float64)],
    ids=["float32", "float64", "mixed"],
)
@pytest.mark.parametrize("opened", ["as the reference", "the right way round"])
def test_six_arrays_and_printed_statistics_are_those_of_the_published_loader(tmp_path, dtypes, opened):
    write_dances(tmp_path, dtypes)
    expected = published(tmp_path)

    found = reference_arrays(load_recordings(tmp_path, reference=opened == "as the reference"))

    for name in ("joined", "joined_centred", "counts", "offsets"):
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=0, atol=1e-6)
    for name in ("takes", "takes_centred"):
        assert list(getattr(found, name)) == list(expected[name]) == ["one", "three", "two"]
        for take in expected[name]:
            np.testing.assert_allclose(getattr(found, name)[take], expected[name][take], rtol=0, atol=1e-6)
            assert getattr(found, name)[take].dtype == expected[name][take].dtype
    assert found.joined.dtype == np.float64
    assert found.preprocessing.report() == expected["printed"]


def test_statistics_of_two_still_pairs_worked_out_by_hand():
    # x is -1 or 3, y is 0: the stage is 4 wide from -1, so x = -1 becomes -1, x = 3 becomes 1, y = 0 becomes -1/2,
    # and heights are halved. Between the takes the two change places: 2 stage units in a 35th of a second.
    recordings = {
        "one": standing_pair("one", (-1, 0, 0), (3, 0, 2), 3),
        "two": standing_pair("two", (3, 0, 0), (-1, 0, 2), 2),
    }

    found = reference_arrays(recordings)

    assert found.preprocessing.report().splitlines() == [
        "Original numpy dataset contains 5 timesteps of 2 joints with 3 dimensions each.",
        "loc_min: -1.0 loc_max: 1.0",
        "vel_min: -70.0 vel_max: 70.0",
        "loc_min: -1.0 loc_max: 1.0",
        "vel_min: -70.0 vel_max: 70.0",
    ]
    assert found.counts.tolist() == [3, 2]
    assert found.offsets.tolist() == [0, 3]
    np.testing.assert_allclose(found.takes["one"][0], [[-1, -0.5, 0], [1, -0.5, 1]], atol=1e-7)
    np.testing.assert_allclose(found.takes_centred["two"][1], [[1, 0, 0], [-1, 0, 1]], atol=1e-7)
    np.testing.assert_allclose(found.joined[0], [[-1, -0.5, 0, 0, 0, 0], [1, -0.5, 1, 0, 0, 0]], atol=1e-7)
    np.testing.assert_allclose(found.joined[3], [[1, -0.5, 0, 1, 0, 0], [-1, -0.5, 1, -1, 0, 0]], atol=1e-7)
    np.testing.assert_allclose(found.joined_centred[4], [[1, 0, 0, 0, 0, 0], [-1, 0, 1, 0, 0, 0]], atol=1e-7)


def test_prepared_takes_are_the_references_arrays_in_float32(tmp_path):
    recordings = load_recordings(write_dances(tmp_path))
    expected = published(tmp_path)
    fit = Preprocessing.fit(recordings, reference=True)

    for centred, name in ((False, "joined"), (True, "joined_centred")):
        prepared = fit.with_centring(centred).prepare(recordings)
        assert prepared.array.dtype == np.float32
        np.testing.assert_allclose(prepared.array, expected[name], rtol=0, atol=1e-6)
    assert list(prepared.offsets.values()) == expected["offsets"].tolist()


def test_reference_turns_the_body_into_its_mirror_image_and_the_default_does_not(tmp_path):
    recordings = load_recordings(write_dances(tmp_path))
    corrected = Preprocessing.fit(recordings, centred=False)
    reference = Preprocessing.fit(recordings, centred=False, reference=True)

    upright = corrected.undo(corrected.apply(recordings["one"]))
    mirrored = reference.undo(reference.apply(recordings["one"]))

    np.testing.assert_allclose(mirrored, upright * [1, -1, 1], atol=1e-5)


def test_reference_mode_refuses_missing_markers_and_training_frames(tmp_path):
    dance = walker(1040)
    dance[510:520, 3] = np.nan
    write_take(tmp_path, "torn", dance)
    recordings = load_recordings(tmp_path)
    with pytest.raises(PreprocessingError, match="missing in torn: use the default mode"):
        reference_arrays(recordings)
    with pytest.raises(PreprocessingError, match="fits its scaling on all frames"):
        Preprocessing.fit(recordings, reference=True, train=[("torn", 0, 20)])


def test_real_recordings_give_the_published_arrays(mocap):
    folder = mocap / "mariel_layout"
    expected = published(folder)
    found = reference_arrays(load_recordings(folder))
    np.testing.assert_allclose(found.joined, expected["joined"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.joined_centred, expected["joined_centred"], rtol=0, atol=1e-6)
    assert found.preprocessing.report() == expected["printed"]
