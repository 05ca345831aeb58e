"""Sweeps of the shipped model: exact at their values, and between them still a body whose feet hold the floor."""

import numpy as np
import pytest

from mariel.evaluation.metrics import foot_skating
from mariel.generation.sampling_requests import SamplingRequest, generate_sample
from mariel.generation.sweeps import SWEEP_VALUES, generate_sweep, has_sweep, request_dial
from mariel.stage.sweep import Sweep, pack_sweep
from mariel.training.checkpoints import Checkpoint, load_checkpoint

SEEDS = range(3)


@pytest.fixture(scope="module")
def shipped() -> Checkpoint:
    return load_checkpoint("checkpoints/demo-dancer")


@pytest.fixture(scope="module")
def sweeps(shipped) -> list[Sweep]:
    """Sweeps of temperature of some seeds."""
    return [generate_sweep(shipped.model, SamplingRequest(seed=seed, count=1)) for seed in SEEDS]


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


def test_at_its_values_a_dance_is_the_generated_one_bit_for_bit(shipped, sweeps):
    values = sweeps[0].values
    assert (len(values), values[0], values[10], values[-1]) == (SWEEP_VALUES, 0, 1, 2)
    for number in (0, 7, 20):
        request = SamplingRequest(seed=0, count=1, temperature=values[number])
        assert np.array_equal(sweeps[0].dances[0][number], generate_sample(shipped.model, request))


def test_between_the_values_bones_keep_their_length(shipped, sweeps):
    """99 % of distances within segments, over all frames, within 1 %."""
    markers = shipped.marker_set
    pairs = [(a, b) for _, labels in markers.segments for a in labels for b in labels if a < b]
    starts, ends = (markers.indices([pair[i] for pair in pairs]) for i in (0, 1))

    def lengths(dance: np.ndarray) -> np.ndarray:
        return np.linalg.norm(dance[:, starts] - dance[:, ends], axis=2)

    true = lengths(sweeps[0].dances[0][0])[0]
    changes = [
        np.abs(lengths(blend(sweep, 0, value)) / true - 1).ravel() for sweep in sweeps for value in half_way(sweep)
    ]
    assert np.quantile(np.concatenate(changes), 0.99) < 0.01


def test_between_the_values_feet_slide_no_more_than_in_generated_dances(shipped, sweeps):
    blended, generated = [], []
    for seed, sweep in zip(SEEDS, sweeps, strict=True):
        for value in half_way(sweep)[::3]:
            blended.append(blend(sweep, 0, value))
            generated.append(generate_sample(shipped.model, SamplingRequest(seed=seed, count=1, temperature=value)))
    one, other = (foot_skating(np.stack(each), shipped.marker_set, shipped.fps) for each in (blended, generated))
    assert one <= 1.1 * other + 0.001


def test_a_sweep_of_one_dance_is_small_enough_for_a_phone(sweeps):
    assert max(len(pack_sweep(sweep)) for sweep in sweeps) < 400_000


@pytest.mark.parametrize(
    ("request_", "name", "swept"),
    [
        (SamplingRequest(), "temperature", True),
        (SamplingRequest(mode="perturb", take_positions=("a@0",)), "sigma", True),
        (SamplingRequest(mode="interpolate", count=1, take_positions=("a@0", "a@9")), "share", True),
        (SamplingRequest(seconds=12), "temperature", False),
        (SamplingRequest(mode="from-pose", take_positions=("a@0",)), "temperature", False),
    ],
)
def test_a_dance_has_a_dial_for_the_number_that_makes_it(request_, name, swept):
    dial = request_dial(request_, sweep="its sweep")
    assert (dial.name, dial.sweep) == (name, "its sweep" if swept else "")
    assert has_sweep(request_) == swept
    assert dial.value == getattr(request_, name)
    assert dial.dancers == tuple(range(request_.count))


@pytest.mark.parametrize(
    "request_",
    [
        SamplingRequest(mode="interpolate", count=4, take_positions=("a@0", "a@9")),
        SamplingRequest(mode="chain", seconds=12, take_positions=("a@0", "a@9")),
    ],
)
def test_dances_that_no_single_number_makes_have_no_dial(request_):
    assert request_dial(request_) is None
