"""Film strips of a model's samples at several temperatures, to judge them in a picture.

python -m benchmarks.sample_strips checkpoints/demo-dancer --out docs/samples.png
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.film_strips import film_strip
from mariel.generation.sampling import SamplingOptions, sample
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint, load_checkpoint

TEMPERATURES = (0.5, 1.0, 1.5, 2.0)
COLUMNS, HEADING = 2, 34


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="a run's folder")
    parser.add_argument("--out", type=Path, default=Path("samples.png"))
    parser.add_argument("--count", type=int, default=12, help="samples at each temperature")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    parts = [sample_page(checkpoint, temperature, options.count, options.seed) for temperature in TEMPERATURES]
    stack_pictures(parts).quantize(48).save(options.out, optimize=True)


def sample_page(checkpoint: Checkpoint, temperature: float, count: int, seed: int) -> Image.Image:
    """The samples of one temperature, seen from the front, row by row; the seed is the same at every temperature."""
    samples = sample(checkpoint.model, count, SamplingOptions(temperature), seed=seed)
    pictures = [
        film_strip(
            Recording.from_positions(f"{number}", positions, checkpoint.marker_set, fps=checkpoint.fps),
            poses=9,
            height=104,
            views=("front",),
        )
        for number, positions in enumerate(samples, 1)
    ]
    width, height = pictures[0].size
    rows = -(-count // COLUMNS)
    page = Image.new("RGB", (COLUMNS * width, HEADING + rows * height), "white")
    ImageDraw.Draw(page).text((8, 10), f"temperature {temperature:g}", fill="black")
    for index, picture in enumerate(pictures):
        page.paste(picture, (index % COLUMNS * width, HEADING + index // COLUMNS * height))
    return page


def stack_pictures(parts: list[Image.Image]) -> Image.Image:
    """Pictures of equal width, one below the other."""
    page = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        page.paste(part, (0, top))
        top += part.height
    return page


if __name__ == "__main__":
    main()
