import json

import numpy as np
import pytest
import torch

from mariel.errors import MarielError, PhraseError, SettingsError
from mariel.generation import sampling, sequences
from mariel.generation.from_pose import sample_from_pose
from mariel.generation.interpolation import slerp
from mariel.generation.sampling_requests import SamplingRequest, generate_sample, generate_samples, sample_recipe
from mariel.generation.take_positions import TakePosition, run_takes
from mariel.training.checkpoints import Checkpoint, load_checkpoint
from tests.support.small_runs import LENGTH, trained_run

ONE, TWO = "one@3", "two@40"

EVERY_MODE = [
    SamplingRequest(seed=5, temperature=0.7),
    SamplingRequest(seed=5, seconds=1, scheme="random-spread", pc_offsets=(1.0,)),
    SamplingRequest(mode="perturb", seed=5, sigma=0.3, take_positions=(ONE,)),
    SamplingRequest(mode="perturb", seed=5, seconds=1, take_positions=(ONE,)),
    SamplingRequest(mode="interpolate", count=1, share=0.25, take_positions=(ONE, TWO)),
    SamplingRequest(mode="interpolate", seconds=1, take_positions=(ONE, TWO)),
    SamplingRequest(mode="chain", seconds=1, take_positions=(ONE, TWO, "one@50")),
    SamplingRequest(mode="from-pose", seed=5, take_positions=(ONE,)),
]


@pytest.fixture(scope="module")
def shipped_model() -> Checkpoint:
    return load_checkpoint("checkpoints/demo-dancer")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Checkpoint:
    return load_checkpoint(trained_run(tmp_path_factory.mktemp("requests")).folder)


@pytest.fixture(scope="module")
def phrases(checkpoint) -> np.ndarray:
    """The phrases at ONE and TWO, (2, frames, markers, 3)."""
    takes = run_takes(checkpoint)
    return np.stack([takes.phrase(TakePosition.parse(text)) for text in (ONE, TWO)])


@pytest.mark.parametrize("request_", EVERY_MODE, ids=lambda request: f"{request.mode} {request.seconds}")
def test_every_request_gives_as_many_dances_as_it_has_labels(checkpoint, request_):
    dances = generate_samples(checkpoint, request_)
    frames = LENGTH if request_.seconds is None else round(request_.seconds * checkpoint.fps)
    assert dances.shape[0] == len(request_.labels) == len(request_.single_requests())
    assert abs(dances.shape[1] - frames) <= LENGTH // 2
    assert dances.shape[2:] == (53, 3)
    assert np.isfinite(dances).all()


@pytest.mark.parametrize("request_", EVERY_MODE, ids=lambda request: f"{request.mode} {request.seconds}")
def test_a_dance_requested_alone_is_the_same_dance(checkpoint, request_):
    dances = generate_samples(checkpoint, request_)
    for dance, single in zip(dances, request_.single_requests(), strict=True):
        saved = json.loads(json.dumps(single.to_dict()))
        alone = generate_samples(checkpoint, SamplingRequest.from_dict(saved))[0]
        # Poses are searched together, and a batch is rounded differently.
        np.testing.assert_allclose(alone, dance, rtol=0, atol=1e-3 if request_.mode == "from-pose" else 0)


def test_each_mode_is_the_function_of_its_name(checkpoint, phrases):
    model = checkpoint.model
    options = sampling.SamplingOptions(0.7)
    latents = sampling.encode(model, phrases).mean
    expected = {
        "new": sampling.sample(model, 1, options, seed=5)[0],
        "perturb": sampling.perturb(model, phrases[0], 0.3, 1, seed=5)[0],
        "interpolate": sampling.decode(model, slerp(*latents, [0.25], model.prior_mean()))[0],
        "chain": sequences.interpolate_sequence(model, latents, 12),
        "from-pose": sample_from_pose(model, phrases[0][0], 1, options, seed=5)[0],
    }
    for mode, dance in expected.items():
        request = SamplingRequest(mode=mode, seed=5, temperature=0.7, sigma=0.3, share=0.25, count=1)
        np.testing.assert_array_equal(generate_sample(model, request, phrases), dance)


def test_the_ends_of_an_interpolation_are_the_reconstructions_of_its_phrases(checkpoint, phrases):
    request = SamplingRequest(mode="interpolate", count=4, take_positions=(ONE, TWO))
    dances = generate_samples(checkpoint, request)
    with torch.no_grad():
        ends = sampling.decode(checkpoint.model, sampling.encode(checkpoint.model, phrases).mean)
    np.testing.assert_allclose(dances[[0, -1]], ends, atol=1e-5)
    assert request.labels == ["0% of the way", "33% of the way", "67% of the way", "100% of the way"]


def test_seeds_count_upwards():
    request = SamplingRequest(seed=7, count=3)
    assert request.labels == ["seed 7", "seed 8", "seed 9"]
    assert [each.seed for each in request.single_requests()] == [7, 8, 9]


def test_a_request_without_its_phrases_is_refused(checkpoint):
    with pytest.raises(PhraseError, match="interpolate needs 2 positions"):
        generate_samples(checkpoint, SamplingRequest(mode="interpolate", take_positions=(ONE,)))
    with pytest.raises(PhraseError, match="there is no take “nobody”"):
        generate_samples(checkpoint, SamplingRequest(mode="perturb", take_positions=("nobody@3",)))


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "fly"}, {"mode": 3}, {"scheme": "hope"}, {"seed": -1}, {"seed": "3"}, {"seed": 2**60}, {"count": 0},
        {"seconds": 0}, {"seconds": float("inf")}, {"temperature": "hot"}, {"temperature": float("nan")},
        {"sigma": 99}, {"share": 1.5}, {"pc_offsets": (9.0,)}, {"pc_offsets": ("x",)}, {"take_positions": ("x",)},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_out_of_range_is_refused(change):
    with pytest.raises(SettingsError):
        SamplingRequest(**change)


def test_favourites_keep_the_names_that_they_have_always_had():
    request = SamplingRequest(mode="perturb", seed=3, take_positions=(ONE,), pc_offsets=(1.0,))
    assert json.loads(json.dumps(request.to_dict())) == {
        "mode": "Vary a phrase", "seed": 3, "count": 4, "seconds": None, "temperature": 1.0, "sigma": 0.5,
        "share": 0.5, "scheme": "prior", "pushes": [1.0], "moments": [ONE],
    }  # fmt: skip
    modes = ("New", "Vary a phrase", "Between two", "Walk", "From a pose")
    found = [SamplingRequest.from_dict({"mode": mode, "checkpoint": "waltz"}).mode for mode in modes]
    assert found == ["new", "perturb", "interpolate", "chain", "from-pose"]
    assert SamplingRequest.from_dict({}) == SamplingRequest()


@pytest.mark.parametrize(
    "recipe",
    [
        {"mode": "Fly"},
        {"mode": ["New"]},
        {"pushes": 3},
        {"moments": "one@3,two"},
        {"moments": [3]},
        {"count": 10**400},
    ],
    ids=str,
)
def test_a_damaged_recipe_is_refused_with_a_message(recipe):
    with pytest.raises(MarielError, match="cannot be made again"):
        SamplingRequest.from_dict(recipe)


def test_a_request_for_another_body_gives_the_same_dances_on_it(shipped_model):
    request = SamplingRequest(count=2, seed=3)
    tall, small = (generate_samples(shipped_model, request.replace(body=body)) for body in ("", "child"))
    heights = [np.quantile(each[..., 2].max(axis=2), 0.9) for each in (tall, small)]
    assert heights[1] / heights[0] == pytest.approx(1.15 / 1.65, abs=0.06)
    recipe = sample_recipe(shipped_model, request.replace(body="child"), 1)
    assert (recipe["body"], recipe["seed"]) == ("child", 4)
    assert SamplingRequest.from_dict(recipe) == request.replace(body="child", count=1, seed=4)
    assert "body" not in sample_recipe(shipped_model, request)
