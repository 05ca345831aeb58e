import numpy as np
import pytest

from mariel.data.preprocessing import Preprocessing
from mariel.data.reference import reference_arrays
from mariel.data.scaling import in_reference_orientation, raw_positions
from mariel.errors import PreprocessingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions, write_raw_take
from tests.support.recording_files import joint_positions, write_described
from tests.support.reference_loader import run_reference_loader

PAIR = MarkerSet("pair", ("A", "B"))


def write_takes(folder, dtypes=(np.float32, np.float32, np.float32)):
    """Three takes of 40, 25 and 60 useful frames: a body with noise on its markers that moves about at random."""
    rng = np.random.default_rng(7)
    for name, frames, dtype in zip(("one", "two", "three"), (40, 25, 60), dtypes, strict=True):
        path = np.cumsum(rng.normal(0, 0.02, (frames + 1000, 1, 3)), axis=0)
        noise = rng.normal(0, 0.01, (frames + 1000, 53, 3))
        write_raw_take(folder, name, walking_positions(frames + 1000, speed=0.3) + path + noise, dtype)
    return folder


def standing_pair(name: str, a, b, frames: int) -> Recording:
    return Recording.from_positions(name, np.tile(np.array([a, b], np.float64), (frames, 1, 1)), PAIR)


@pytest.mark.parametrize(
    "dtypes",
    [(np.float32,) * 3, (np.float64,) * 3, (np.float64, np.float32, np.float64)],
    ids=["float32", "float64", "mixed"],
)
@pytest.mark.parametrize("opened", ["as the reference", "upright"])
def test_arrays_and_printed_statistics_are_the_published_loaders(tmp_path, dtypes, opened):
    write_takes(tmp_path, dtypes)
    expected = run_reference_loader(tmp_path)

    found = reference_arrays(load_recordings(tmp_path, reference=opened == "as the reference"))

    for name in ("concatenated", "concatenated_centred", "counts", "offsets"):
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=0, atol=1e-6)
    for name in ("takes", "takes_centred"):
        assert list(getattr(found, name)) == list(expected[name]) == ["one", "three", "two"]
        for take in expected[name]:
            np.testing.assert_allclose(getattr(found, name)[take], expected[name][take], rtol=0, atol=1e-6)
            assert getattr(found, name)[take].dtype == expected[name][take].dtype
    assert found.concatenated.dtype == np.float64
    assert found.preprocessing.report() == expected["printed"]


def test_statistics_of_two_still_pairs_are_as_computed_by_hand():
    # x is -1 or 3, y is 0: the stage is 4 wide from -1, so x = -1 becomes -1, x = 3 becomes 1, y = 0 becomes -1/2,
    # and heights are halved. Between the takes the two exchange positions: 2 scaled units in 1/35 s.
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
    np.testing.assert_allclose(found.concatenated[0], [[-1, -0.5, 0, 0, 0, 0], [1, -0.5, 1, 0, 0, 0]], atol=1e-7)
    np.testing.assert_allclose(found.concatenated[3], [[1, -0.5, 0, 1, 0, 0], [-1, -0.5, 1, -1, 0, 0]], atol=1e-7)
    np.testing.assert_allclose(found.concatenated_centred[4], [[1, 0, 0, 0, 0, 0], [-1, 0, 1, 0, 0, 0]], atol=1e-7)


def test_prepared_takes_are_the_published_loaders_arrays_in_float32(tmp_path):
    recordings = load_recordings(write_takes(tmp_path))
    expected = run_reference_loader(tmp_path)
    fit = Preprocessing.fit(recordings, reference=True)

    for centred, name in ((False, "concatenated"), (True, "concatenated_centred")):
        prepared = fit.with_centring(centred).prepare(recordings)
        assert prepared.array.dtype == np.float32
        np.testing.assert_allclose(prepared.array, expected[name], rtol=0, atol=1e-6)
    assert list(prepared.offsets.values()) == expected["offsets"].tolist()


def test_reference_mode_mirrors_the_body_and_the_default_does_not(tmp_path):
    recordings = load_recordings(write_takes(tmp_path))
    corrected = Preprocessing.fit(recordings, centred=False)
    reference = Preprocessing.fit(recordings, centred=False, reference=True)

    upright = corrected.undo(corrected.apply(recordings["one"]))
    mirrored = reference.undo(reference.apply(recordings["one"]))

    np.testing.assert_allclose(mirrored, upright * [1, -1, 1], atol=1e-5)


def test_reference_mode_refuses_missing_markers_and_training_frames(tmp_path):
    dance = walking_positions(1040)
    dance[510:520, 3] = np.nan
    write_raw_take(tmp_path, "incomplete", dance)
    recordings = load_recordings(tmp_path)
    with pytest.raises(PreprocessingError, match="missing in incomplete: use the default mode"):
        reference_arrays(recordings)
    with pytest.raises(PreprocessingError, match="fits its scaling on all frames"):
        Preprocessing.fit(recordings, reference=True, train=[("incomplete", 0, 20)])


def test_real_recordings_give_the_published_loaders_arrays(mocap):
    folder = mocap / "mariel_layout"
    expected = run_reference_loader(folder)
    found = reference_arrays(load_recordings(folder))
    np.testing.assert_allclose(found.concatenated, expected["concatenated"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.concatenated_centred, expected["concatenated_centred"], rtol=0, atol=1e-6)
    assert found.preprocessing.report() == expected["printed"]


@pytest.mark.parametrize("columns", [53, 55])
def test_only_mariels_raw_layout_is_negated_whatever_the_number_of_columns(tmp_path, columns):
    positions = joint_positions(40, columns)
    names = [f"joint{i}" for i in range(columns)]
    write_described(tmp_path / "other.npy", positions, joints=names, edges=[], fps=35)
    (take,) = load_recordings(tmp_path, reference=True).values()
    np.testing.assert_allclose(raw_positions(in_reference_orientation(take)), positions, atol=1e-6)
