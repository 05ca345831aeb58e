"""The GPU benchmark runs on a processor from end to end, with models and takes small enough for a second."""

import pytest
import torch

from benchmarks import gpu
from mariel.data.settings import DataSettings
from mariel.models.settings import PhraseVaeSettings
from mariel.training.settings import RunSettings
from tests.support.small_runs import LENGTH, MODEL, make_takes, training_settings, write_takes

MARKERS = PhraseVaeSettings(latent=6, encoder_hidden=8, decoder_hidden=8, curves=8, decoder="markers")
SMALL = tuple(
    RunSettings(model=model, data=DataSettings(length=LENGTH), train=training_settings())
    for model in (MODEL, MARKERS)
)
SIZE = gpu.Size(400, 12, warm_up=1, batch_sizes=(4, 8), curve_steps=3, curve_batch=4)
CPU = torch.device("cpu")


@pytest.mark.parametrize("count", [50, 130, 240, 500])
def test_takes_are_cut_or_repeated_to_the_requested_frames(count):
    taken = gpu.take_frames(make_takes("one", "two", frames=120), count)
    assert sum(map(len, taken.values())) == count
    assert all(take.name == name for name, take in taken.items())


def test_an_epoch_that_was_timed_in_part_is_projected_by_its_phrases():
    assert gpu.EpochTiming(gpu.PHRASES, 2.5, None).epoch_seconds == 2.5
    assert gpu.EpochTiming(100, 1.0, None).epoch_seconds == pytest.approx(429.53)


@pytest.mark.parametrize(("limit", "phrases"), [(60.0, 12), (0.0, 4)])
def test_an_epoch_ends_with_its_phrases_or_with_its_time(limit, phrases):
    dataset, size = gpu.make_dataset(make_takes(frames=200), SMALL[0].data, CPU)
    settings = gpu.unlimited_settings(SMALL[0].train, batch_size=4, phrases_per_epoch=12, precision="float32")
    timing = gpu.time_epoch(gpu.new_model(SMALL[0], dataset), dataset, settings, 1, limit)
    assert (timing.phrases, timing.peak_bytes) == (phrases, None)
    assert size == 400 * 53 * 3 * 4


def test_a_loss_curve_does_not_change_the_model_and_depends_on_its_weights():
    dataset, _ = gpu.make_dataset(make_takes(frames=200), SMALL[0].data, CPU)
    model = gpu.new_model(SMALL[0], dataset)
    settings = gpu.unlimited_settings(SMALL[0].train, batch_size=4, noise_share=0.0)
    first, again = (gpu.loss_curve(model, dataset, settings, 3, 60.0) for _ in range(2))
    other = gpu.new_model(SMALL[0].replace(model=MODEL.replace(hidden=7)), dataset)
    assert first == again
    assert first != gpu.loss_curve(other, dataset, settings, 3, 60.0)


def test_curves_are_judged_by_their_largest_relative_difference():
    assert "| agrees |" in gpu.curve_row("notebook", "GPU", [1.0, 2.0], [1.0, 2.0001], strict=True)
    assert "differs" in gpu.curve_row("notebook", "GPU", [1.0, 2.0], [1.0, 2.1], strict=True)


def test_the_whole_script_prints_both_models_and_what_was_not_measured(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gpu, "RECIPES", SMALL)
    monkeypatch.setitem(gpu.SIZES, "tiny", SIZE)
    data = write_takes(tmp_path / "data", frames=1300)
    gpu.main(["--size", "tiny", "--device", "cpu", "--data", str(data), "--minutes", "1"])
    printed = capsys.readouterr().out
    for kind in ("notebook", "phrase-vae"):
        assert (
            sum(line.startswith(f"| {kind} | ") for line in printed.splitlines()) == 5
        )  # 2 batch sizes × 2, a curve
        assert f"- {kind}: data of 400 frames takes 0.3 MB" in printed
    assert printed.count("| agrees |") == 2
    assert "Not measured, because there is no CUDA device" in printed
