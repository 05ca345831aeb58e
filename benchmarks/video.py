"""How long films take: seconds for ten seconds of dance, drawing and encoding, for each shape, style and cast.

    python -m benchmarks.video [--seconds 10] [--repeat 1]

Each number is the shortest of the repeats. Processor time is that of all threads: half of it is what two cores
that do nothing else need. Peak memory is that of the whole process.
"""

import argparse
import resource
import sys
import time
from dataclasses import replace

from mariel.export.picture_options import PictureOptions
from mariel.export.pictures.composition import Film
from mariel.export.registry import EXPORTERS, ExportRequest
from mariel.motion.io.loading import load_recordings
from mariel.motion.recording import Recording
from mariel.stage.scene import Dancer, Scene

SIDE = 1080


def scene_of(take: Recording, dancers: int, seconds: float) -> Scene:
    """So many dancers: one alone, two on one floor, four in tiles."""
    frames = round(seconds * take.fps)
    phrases = [take.frames(700 + 300 * i, 700 + 300 * i + frames) for i in range(dancers)]
    shown = [Dancer(phrase.positions, phrase.marker_set, label=f"{i + 1}") for i, phrase in enumerate(phrases)]
    if dancers == 4:
        return Scene(shown, fps=take.fps, tiles=[0, 1, 2, 3])
    return Scene.gallery(shown, fps=take.fps) if dancers > 1 else Scene(shown, fps=take.fps)


def measure(request: ExportRequest, repeat: int) -> tuple[float, float, float, int]:
    """Seconds for the film, its processor time, that of its pictures alone, and the film's bytes."""
    films, busy, pictures, size = [], [], [], 0
    for _ in range(repeat):
        start, begun = time.perf_counter(), time.process_time()
        size = len(EXPORTERS["mp4"].export(request))
        films.append(time.perf_counter() - start)
        busy.append(time.process_time() - begun)
        begun = time.process_time()
        for _ in Film(request).pictures():
            pass
        pictures.append(time.process_time() - begun)
    return min(films), min(busy), min(pictures), size


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    take = load_recordings("demo")["waltz_for_one"]
    print(f"{options.seconds:g} s of dance, {take.fps:g} frames per second, shorter side {SIDE} pixels\n")
    print("| shape | style | dancers | film, s | processor time, s | of its pictures, s | estimate / size |")
    print("|---|---|---|---|---|---|---|")
    picture = PictureOptions(side=SIDE)
    for dancers in (1, 2, 4):
        scene = scene_of(take, dancers, options.seconds)
        for shape in ("landscape", "square", "portrait"):
            for style in ("figure", "markers"):
                request = ExportRequest(
                    scene, title="A dance", credit="Measured.", picture=replace(picture, shape=shape, style=style)
                )
                film, busy, pictures, size = measure(request, options.repeat)
                told = EXPORTERS["mp4"].estimate(request) / size
                print(
                    f"| {shape} | {style} | {dancers} | {film:.1f} | {busy:.1f} | {pictures:.1f} | {told:.1f} |",
                    flush=True,
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(f"\npeak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
