"""Sweeps of the shipped model: exact at their values, and between them still a body whose feet hold the floor."""

import numpy as np
import pytest

from mariel.evaluation.metrics import foot_skating
from mariel.generation.model_body import request_body_change
from mariel.generation.sampling_requests import SamplingRequest, generate_sample
from mariel.generation.sweeps import SWEEP_VALUES, generate_sweep, has_sweep, request_dial
from mariel.stage.sweep import Sweep, pack_sweep
from mariel.training.checkpoints import Checkpoint, load_checkpoint

SEEDS = range(3)
LONG, POSE = SamplingRequest(count=1, seconds=8), SamplingRequest(mode="from-pose", count=1, take_positions=("a@0",))


@pytest.fixture(scope="module")
def shipped() -> Checkpoint:
    return load_checkpoint("checkpoints/demo-dancer")


@pytest.fixture(scope="module")
def sweeps(shipped) -> list[Sweep]:
    """Sweeps of temperature of some seeds."""
    return [generate_sweep(shipped.model, SamplingRequest(seed=seed, count=1)) for seed in SEEDS]


@pytest.fixture(scope="module")
def pose(shipped) -> np.ndarray:
    """A phrase that begins with the pose of `POSE`: the middle of a generated one, moved and turned."""
    x, y, z = np.moveaxis(generate_sample(shipped.model, SamplingRequest(seed=9, count=1))[64:65], -1, 0)
    return np.stack([3 - y, x - 2, z], axis=-1)


@pytest.fixture(scope="module")
def other_sweeps(shipped, pose) -> dict[SamplingRequest, Sweep]:
    """Sweeps of a long dance and of one that begins with a pose."""
    return {request: generate_sweep(shipped.model, request, [pose]) for request in (LONG, POSE)}


def blend(sweep: Sweep, dance: int, value: float) -> np.ndarray:
    """A dance between two values, by the polynomial through the nearest four: (frames, markers, 3)."""
    values = np.asarray(sweep.values)
    first = int(np.clip(np.searchsorted(values, value) - 2, 0, len(values) - 4))
    near = values[first : first + 4]
    weights = np.linalg.solve(np.vander(near).T, value ** np.arange(3, -1, -1))
    return np.tensordot(weights, sweep.dances[dance][first : first + 4], 1).astype(np.float32)


def half_way(sweep: Sweep) -> list[float]:
    """The values half-way between those of a sweep, where blending is worst."""
    return [(one + other) / 2 for one, other in zip(sweep.values[:-1], sweep.values[1:], strict=True)]


def test_at_its_values_a_dance_is_the_generated_one(shipped, sweeps):
    values = sweeps[0].values
    assert (len(values), values[0], values[10], values[-1]) == (SWEEP_VALUES, 0, 1, 2)
    for number in (0, 7, 20):
        request = SamplingRequest(seed=0, count=1, temperature=values[number])
        dance = generate_sample(shipped.model, request)
        np.testing.assert_allclose(sweeps[0].dances[0][number], dance, atol=1e-3)  # metres


@pytest.mark.parametrize("request_", [LONG, POSE], ids=["long", "from a pose"])
def test_a_long_dance_and_one_from_a_pose_are_the_generated_ones_too(shipped, pose, other_sweeps, request_):
    sweep = other_sweeps[request_]
    for number in (10, 17):
        request = request_.replace(temperature=sweep.values[number])
        dance = generate_sample(shipped.model, request, [pose])
        np.testing.assert_allclose(sweep.dances[0][number], dance, atol=1e-3)  # metres


def test_from_a_pose_all_values_begin_with_it(pose, other_sweeps):
    begins = other_sweeps[POSE].dances[0][:, 0]
    assert np.linalg.norm(begins - pose[0], axis=-1).mean(axis=1).max() < 0.02
    wildness = np.linalg.norm(np.diff(other_sweeps[POSE].dances[0], axis=1), axis=-1).mean(axis=(1, 2))
    assert wildness[0] < 0.8 * wildness[10] < 0.8 * wildness[20]


def test_between_the_values_bones_keep_their_length(shipped, sweeps, other_sweeps):
    """99 % of distances within segments, over all frames, within 1 %."""
    markers = shipped.marker_set
    pairs = [(a, b) for _, labels in markers.segments for a in labels for b in labels if a < b]
    starts, ends = (markers.indices([pair[i] for pair in pairs]) for i in (0, 1))

    def lengths(dance: np.ndarray) -> np.ndarray:
        return np.linalg.norm(dance[:, starts] - dance[:, ends], axis=2)

    true = lengths(sweeps[0].dances[0][0])[0]
    for some in (sweeps, *([sweep] for sweep in other_sweeps.values())):
        changes = [
            np.abs(lengths(blend(sweep, 0, value)) / true - 1).ravel() for sweep in some for value in half_way(sweep)
        ]
        assert np.quantile(np.concatenate(changes), 0.99) < 0.01


def test_between_the_values_feet_slide_no_more_than_in_generated_dances(shipped, sweeps, other_sweeps):
    for some in (sweeps, *([sweep] for sweep in other_sweeps.values())):
        blended = np.stack([blend(sweep, 0, value) for sweep in some for value in half_way(sweep)])
        generated = np.concatenate([sweep.dances[0] for sweep in some])
        one, other = (foot_skating(each, shipped.marker_set, shipped.fps) for each in (blended, generated))
        assert one <= 1.1 * other + 0.001


def test_a_sweep_of_one_phrase_is_small_enough_for_a_phone(sweeps, other_sweeps):
    assert max(len(pack_sweep(sweep)) for sweep in (*sweeps, other_sweeps[POSE])) < 400_000
    phrases = len(other_sweeps[LONG].dances[0][0]) / 128
    assert len(pack_sweep(other_sweeps[LONG])) / phrases < 400_000


@pytest.mark.parametrize(
    ("request_", "name", "swept"),
    [
        (SamplingRequest(), "temperature", True),
        (SamplingRequest(mode="perturb", take_positions=("a@0",)), "sigma", True),
        (SamplingRequest(mode="interpolate", count=1, take_positions=("a@0", "a@9")), "share", True),
        (SamplingRequest(mode="from-pose", take_positions=("a@0",)), "temperature", True),
        (SamplingRequest(seconds=12), "temperature", True),
        (SamplingRequest(seconds=15), "temperature", False),
        (SamplingRequest(seconds=32, count=1), "temperature", True),
        (SamplingRequest(seconds=33, count=1), "temperature", False),
    ],
)
def test_a_dance_has_a_dial_for_the_number_that_makes_it(shipped, request_, name, swept):
    dial = request_dial(shipped.model, request_, sweep="its sweep")
    assert (dial.name, dial.sweep) == (name, "its sweep" if swept else "")
    assert (dial.note == "") == has_sweep(shipped.model, request_) == swept
    assert dial.value == getattr(request_, name)
    assert dial.dancers == tuple(range(request_.count))


@pytest.mark.parametrize(
    "request_",
    [
        SamplingRequest(mode="interpolate", count=4, take_positions=("a@0", "a@9")),
        SamplingRequest(mode="chain", seconds=12, take_positions=("a@0", "a@9")),
    ],
)
def test_dances_that_no_single_number_makes_have_no_dial(shipped, request_):
    assert request_dial(shipped.model, request_) is None


def test_a_sweep_of_another_body_has_the_dances_on_it(shipped):
    request = SamplingRequest(mode="new", count=1, body="long-arms")
    change = request_body_change(shipped, request.body)
    sweep = generate_sweep(shipped.model, request, change=change)
    wild = generate_sample(shipped.model, request.replace(temperature=sweep.values[-1]), change=change)
    np.testing.assert_allclose(sweep.dances[0][-1], wild, atol=1e-3)  # metres
    own = generate_sample(shipped.model, request.replace(temperature=sweep.values[-1]))
    assert np.abs(wild - own).max() > 0.05
