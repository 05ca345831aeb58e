"""Film strips of one phrase on several bodies, to judge them in a picture.

python -m benchmarks.body_strips demo adagio 4022 --out strips/bodies.png
python -m benchmarks.body_strips FOLDER cmu_sword 880 --dancer take:gesture_actor --out strips/bodies.png
"""

import argparse
from pathlib import Path

from PIL import Image

from benchmarks.film_strips import film_strip
from benchmarks.sample_strips import stack_pictures
from mariel.kinematics.shapes.choices import body_change, on_body
from mariel.kinematics.shapes.proportions import PROPORTIONS
from mariel.kinematics.shapes.shapes import body_of
from mariel.motion.io.loading import Recordings, load_recordings
from mariel.motion.recording import Recording


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="recordings")
    parser.add_argument("take", help="name of one of them")
    parser.add_argument("start", type=int, help="first frame of the phrase")
    parser.add_argument("--frames", type=int, default=128)
    parser.add_argument("--dancer", help="another dancer's body: take:NAME, or other recordings")
    parser.add_argument("--out", type=Path, default=Path("bodies.png"))
    options = parser.parse_args()
    recordings = load_recordings(options.data)
    take = recordings[options.take]
    phrase = take.frames(options.start, options.start + options.frames)
    bodies = ["", *PROPORTIONS, *([options.dancer] if options.dancer else [])]
    stack_pictures([body_strip(phrase, take, body, recordings) for body in bodies]).save(options.out)


def body_strip(phrase: Recording, take: Recording, body: str, recordings: Recordings) -> Image.Image:
    """The phrase on a body, from the front and from the side; what its feet do is printed."""
    change = body_change(body, body_of([take]), take.marker_set, recordings)
    (positions,), warnings = on_body([phrase.positions], phrase.fps, change)
    name = body or "as recorded"
    print(f"{name}: {' '.join(warnings) or 'feet as recorded'}")
    recording = Recording.from_positions(f"{take.name}, {name}", positions, take.marker_set, fps=take.fps)
    return film_strip(recording, poses=9, height=170)


if __name__ == "__main__":
    main()
