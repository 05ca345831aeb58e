import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from mariel.data.blocks import Block
from mariel.data.preprocessing import Preprocessing
from mariel.errors import PreprocessingError
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions, walking_recording

PAIR = MarkerSet("pair", ("A", "B"))


def gliding_pair(name: str = "glide", frames: int = 141, start: float = 0.0) -> Recording:
    """Two markers at y = ±1, heights 0 and 2, gliding along x at 1 m/s; 4 s by default."""
    positions = np.zeros((frames, 2, 3))
    positions[:, :, 0] = start + np.arange(frames)[:, None] / 35
    positions[:, 0, 1], positions[:, 1, 1], positions[:, 1, 2] = 1, -1, 2
    return Recording.from_positions(name, positions, PAIR)


def dancing(name: str = "dance", frames: int = 200, seed: int = 0) -> Recording:
    wandering = np.cumsum(np.random.default_rng(seed).normal(0, 0.02, (frames, 53, 3)), axis=0)
    return Recording.from_positions(name, walking_positions(frames) + wandering, MARIEL_53)


def with_missing(recording: Recording, marker: str, start: int, stop: int) -> Recording:
    positions = recording.source.copy()
    positions[start:stop, recording.marker_set.index(marker)] = np.nan
    return Recording.from_positions(recording.name, positions, recording.marker_set)


def by_name(*recordings: Recording) -> dict[str, Recording]:
    return {recording.name: recording for recording in recordings}


def test_the_fit_to_a_gliding_pair_is_as_computed_by_hand():
    # Over all markers and frames x runs evenly from 0 to 10 and y is ±1, so the square goes from -1 (y's lower
    # edge) to 9.9 (x's 99 %). Speed along x is 1 m/s, along y and z nothing.
    fit = Preprocessing.fit(by_name(gliding_pair(frames=351)))
    assert (fit.floor_scaling.xy_min, fit.floor_scaling.xy_max) == (-1, pytest.approx(9.9, abs=0.03))
    assert fit.floor_scaling.factor == pytest.approx(2 / 10.9, rel=0.01)
    assert (fit.velocities.low, fit.velocities.high) == pytest.approx((0, fit.floor_scaling.factor), abs=1e-4)
    assert fit.positions.low == pytest.approx(-1)  # y = -1
    assert fit.positions.high == pytest.approx(11 * fit.floor_scaling.factor - 1)  # x = 10
    assert fit.centred_positions.low == pytest.approx(-fit.floor_scaling.factor)  # y = -1, centred on 0
    assert fit.centred_positions.high == pytest.approx(2 * fit.floor_scaling.factor)  # z = 2


def test_prepared_values_lie_between_minus_one_and_one():
    recordings = by_name(dancing("one", seed=1), dancing("two", seed=2))
    prepared = Preprocessing.fit(recordings).prepare(recordings)
    for channels in (prepared.array[..., :3], prepared.array[..., 3:]):
        assert channels.min() == pytest.approx(-1, abs=1e-6)
        assert channels.max() == pytest.approx(1, abs=1e-6)
    assert prepared.array.dtype == np.float32
    assert prepared.array.flags.c_contiguous


def test_velocity_of_a_steady_walk_is_constant_from_its_first_frame_on():
    recordings = by_name(gliding_pair())
    fit = Preprocessing.fit(recordings)
    velocities = fit.undo_velocities(fit.apply(recordings["glide"]))
    np.testing.assert_allclose(velocities, np.broadcast_to([1, 0, 0], velocities.shape), atol=1e-4)


def test_velocities_cross_takes_only_in_reference_mode():
    recordings = by_name(gliding_pair("here"), gliding_pair("there", start=-2))
    corrected, reference = (Preprocessing.fit(recordings, reference=mode) for mode in (False, True))

    for fit, boundary_speed in ((corrected, 1), (reference, (-2 - 4) * 35)):
        speed = fit.undo_velocities(fit.prepare(recordings).array)[..., 0]
        np.testing.assert_allclose(speed[141], boundary_speed, rtol=1e-4)
        np.testing.assert_allclose(speed[1:141], 1, atol=1e-3)
    assert reference.velocities.span > 100 * corrected.velocities.span


@pytest.mark.parametrize("reference", [False, True])
def test_velocities_are_right_across_chunks(reference):
    # 2500 frames are three chunks.
    recordings = by_name(dancing("long", 2500), dancing("short", 30))
    fit = Preprocessing.fit(recordings, centred=False, reference=reference)
    found = fit.undo_velocities(fit.prepare(recordings)["long"])
    expected = np.diff(recordings["long"].positions, axis=0) * 35
    np.testing.assert_allclose(found[1:], expected, atol=0.002)


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("centred", [False, True])
def test_undo_gives_the_recorded_positions(centred, reference):
    recordings = by_name(dancing("one", seed=1), dancing("two", seed=2))
    fit = Preprocessing.fit(recordings, centred=centred, reference=reference)
    one = recordings["one"]
    np.testing.assert_allclose(fit.undo(fit.apply(one), fit.floor_path(one)), one.positions, atol=1e-5)
    prepared = np.stack([fit.apply(one)] * 2)
    np.testing.assert_allclose(fit.undo(prepared, fit.floor_path(one))[1], one.positions, atol=1e-5)


def test_undo_without_the_path_centres_every_frame():
    recordings = by_name(dancing())
    fit = Preprocessing.fit(recordings)
    found = fit.undo(fit.apply(recordings["dance"])[..., :3])
    expected = recordings["dance"].positions.copy()
    expected[..., :2] -= expected[..., :2].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_centring_does_not_change_velocities():
    recordings = by_name(dancing())
    fit = Preprocessing.fit(recordings)
    centred, uncentred = (fit.with_centring(how).apply(recordings["dance"]) for how in (True, False))
    np.testing.assert_array_equal(centred[..., 3:], uncentred[..., 3:])
    assert np.abs(centred[..., :3] - uncentred[..., :3]).max() > 0.1


def test_unit_length_and_unit_speed_are_metres_per_prepared_unit():
    recordings = by_name(dancing())
    fit = Preprocessing.fit(recordings)
    prepared = fit.apply(recordings["dance"])
    moved = prepared + np.array([0, 0, 0.01, 0, 0, 0.01], np.float32)
    assert (fit.undo(moved) - fit.undo(prepared))[..., 2].mean() == pytest.approx(0.01 * fit.unit_length, rel=1e-3)
    faster = fit.undo_velocities(moved) - fit.undo_velocities(prepared)
    assert faster[..., 2].mean() == pytest.approx(0.01 * fit.unit_speed, rel=1e-3)


def test_the_scaling_is_fitted_on_training_frames_only():
    dance = dancing(frames=300)
    positions = dance.source.copy()
    positions[200:] *= 10
    fit = Preprocessing.fit(by_name(dance), train=[Block("dance", 0, 200)])
    changed = Recording.from_positions("dance", positions, MARIEL_53)
    assert Preprocessing.fit(by_name(changed), train=[Block("dance", 0, 200)]) == fit
    assert Preprocessing.fit(by_name(changed)) != fit


def test_a_long_gap_is_not_filled_and_does_not_change_the_fit():
    complete, gappy = dancing(), with_missing(dancing(), "LKNE", 50, 90)
    before_and_after = [Block("dance", 0, 50), Block("dance", 90, 200)]
    fit = Preprocessing.fit(by_name(gappy))
    assert np.isfinite([fit.floor_scaling.low, fit.floor_scaling.high]).all()
    assert fit.floor_scaling.xy_range == pytest.approx(
        Preprocessing.fit(by_name(complete)).floor_scaling.xy_range, rel=0.05
    )
    assert Preprocessing.fit(by_name(gappy), train=before_and_after) == Preprocessing.fit(
        by_name(complete), train=before_and_after
    )

    prepared = fit.prepare(by_name(gappy))
    knee = MARIEL_53.index("LKNE")
    assert np.flatnonzero(prepared.has_missing).tolist() == list(range(50, 91))  # the frame after has no velocity
    assert np.isnan(prepared.array[50:90, knee]).all()
    assert np.isnan(prepared.array[90, knee, 3:]).all()
    assert np.isfinite(np.delete(prepared.array, knee, axis=1)).all()
    assert np.isfinite(np.delete(prepared.array, slice(50, 91), axis=0)).all()


def test_a_short_gap_is_filled():
    fit = Preprocessing.fit(by_name(with_missing(dancing(), "LKNE", 50, 55)))
    prepared = fit.prepare(by_name(with_missing(dancing(), "LKNE", 50, 55)))
    assert np.isfinite(prepared.array).all()
    assert not prepared.has_missing.any()


def test_a_reduced_marker_set_keeps_scaling_and_order():
    recordings = by_name(with_missing(dancing(), "LELB", 50, 90))
    prepared = Preprocessing.fit(recordings).prepare(recordings)
    reduced = prepared.markers(MARIEL_18)
    assert reduced.array.shape == (200, 18, 6)
    np.testing.assert_array_equal(reduced.array[:, 8], prepared.array[:, MARIEL_53.index("RKNE")])
    assert prepared.has_missing.any()
    assert not reduced.has_missing.any()  # the elbow marker that is missing is none of the 18


def test_prepared_takes_are_views_of_one_array():
    recordings = by_name(dancing("one"), dancing("two", 50))
    prepared = Preprocessing.fit(recordings).prepare(recordings)
    assert dict(prepared.offsets) == {"one": 0, "two": 200}
    assert prepared["two"].shape == (50, 53, 6)
    assert np.shares_memory(prepared["two"], prepared.array)
    assert list(prepared) == ["one", "two"]


@pytest.mark.parametrize("reference", [False, True])
def test_a_fit_can_be_written_and_read(tmp_path, reference):
    recordings = by_name(dancing("one"), dancing("two", seed=5))
    fit = Preprocessing.fit(recordings, reference=reference, centred=False)
    assert Preprocessing.from_dict(json.loads(json.dumps(fit.to_dict()))) == fit
    fit.save(tmp_path / "preprocessing.json")
    assert Preprocessing.load(tmp_path / "preprocessing.json") == fit
    assert [file.name for file in tmp_path.iterdir()] == ["preprocessing.json"]
    assert hash(fit) == hash(Preprocessing.load(tmp_path / "preprocessing.json"))


def test_the_keys_of_the_saved_file_are_those_of_older_versions(tmp_path):
    fit = Preprocessing.fit(by_name(walking_recording()))
    fit.save(tmp_path / "preprocessing.json")
    saved = json.loads((tmp_path / "preprocessing.json").read_text())
    assert list(saved) == [
        *("format", "version", "labels", "fps", "unit", "stage", "positions", "centred_positions", "velocities"),
        *("centred", "reference", "takes", "fitted_on"),
    ]
    assert saved["stage"] == {"low": list(fit.floor_scaling.low), "high": list(fit.floor_scaling.high)}


def test_a_fit_can_be_printed():
    text = str(Preprocessing.fit(by_name(walking_recording("walk", 200)), train=[Block("walk", 0, 100)]))
    assert "corrected, centred, 53 markers" in text
    assert "fitted on 100 of 200 frames, 50%" in text
    assert "200 frames from 0" in text


def test_takes_of_two_kinds_are_refused():
    with pytest.raises(PreprocessingError, match="marker set of 'b' is 2 markers, of 'a' 53 markers"):
        Preprocessing.fit({"a": dancing("a"), "b": gliding_pair("b")})


@pytest.mark.parametrize(
    ("fps", "other", "equal"),
    [
        (30.00003, 30.0003, True),  # frame times 0.0333333 and 0.033333
        (120.0048, 120.00048, True),  # 0.008333 and 0.0083333
        (30, 29.97, True),
        (24, 25, False),
        (120, 119, False),
    ],
)
def test_frame_rates_that_differ_by_rounding_are_equal(fps, other, equal):
    one, two = (replace(walking_recording(name), fps=rate) for name, rate in (("a", fps), ("b", other)))
    if equal:
        fit = Preprocessing.fit(by_name(one, two))
        assert fit.prepare(by_name(one, two)).array.shape == (200, 53, 6)
        assert Preprocessing.fit(by_name(one)).apply(two).shape == (100, 53, 6)
        return
    with pytest.raises(PreprocessingError, match=f"frame rate of 'b' is {other} frames/s, of 'a' {fps} frames/s"):
        Preprocessing.fit(by_name(one, two))
    with pytest.raises(PreprocessingError, match=f"expected {fps} frames/s as fitted, found {other}"):
        Preprocessing.fit(by_name(one)).apply(two)


def test_one_marker_on_the_floor_which_centring_leaves_at_the_origin_is_prepared_and_undone():
    positions = np.zeros((50, 1, 3))
    positions[:, 0, 0] = np.arange(50) / 35
    ball = Recording.from_positions("ball", positions, MarkerSet("ball", ("ball",)))
    fit = Preprocessing.fit(by_name(ball))
    prepared = fit.apply(ball)
    assert np.isfinite(prepared).all()
    np.testing.assert_allclose(fit.undo(prepared, fit.floor_path(ball)), positions, atol=1e-6)
    positions[:, 0, 2] = 0.5  # unlike the fitted frames
    raised = Recording.from_positions("ball", positions, ball.marker_set)
    np.testing.assert_allclose(fit.undo(fit.apply(raised), fit.floor_path(raised)), positions, atol=1e-6)


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (gliding_pair(), "fitted on 53 markers, found 2, the first that differs is A"),
        (Recording("fast", walking_positions(10), MARIEL_53, fps=60), "expected 35 frames/s as fitted, found 60"),
        (
            Recording("big", walking_positions(10), MARIEL_53, unit="mm"),
            "expected positions in m as fitted, found mm",
        ),
    ],
)
def test_a_take_unlike_the_fitted_ones_is_refused(recording, message):
    with pytest.raises(PreprocessingError, match=message):
        Preprocessing.fit(by_name(dancing())).apply(recording)


@pytest.mark.parametrize(
    ("recordings", "train", "message"),
    [
        ({}, None, "no recordings to prepare"),
        (by_name(dancing()), [], "no training frames"),
        (by_name(dancing()), [Block("duet", 0, 9)], "'duet' requested, there is no such recording"),
        (by_name(walking_recording().frames(0, 1)), None, "nothing moves"),
        (by_name(Recording("point", np.ones((9, 2, 3)), PAIR)), None, "on one point of the floor"),
    ],
)
def test_the_error_says_why_nothing_can_be_fitted(recordings, train, message):
    with pytest.raises(PreprocessingError, match=message):
        Preprocessing.fit(recordings, train=train)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "no saved preprocessing"),
        ({"format": "mariel preprocessing", "version": 9}, "version 9, expected 1"),
        ({"format": "mariel preprocessing", "version": 1, "labels": []}, "lacks fps"),
    ],
)
def test_the_error_says_what_is_wrong_with_a_saved_preprocessing(tmp_path, data, message):
    (tmp_path / "bad.json").write_text(json.dumps(data))
    with pytest.raises(PreprocessingError, match=message):
        Preprocessing.load(tmp_path / "bad.json")


def test_wrong_shapes_are_refused():
    fit = Preprocessing.fit(by_name(dancing()))
    with pytest.raises(PreprocessingError, match=r"expected \(…, frames, markers, 3 or 6\), found shape \(4, 4\)"):
        fit.undo(np.zeros((4, 4)))


def test_preprocessing_loads_without_torch():
    code = "import sys, mariel.data.preprocessing, mariel.data.reference; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
