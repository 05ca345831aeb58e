"""Film strips of recordings: a row of poses from the front and one from the side, to judge motion in a picture.

python -m benchmarks.film_strips walk plie --out strips        # movements of the demo dancer
python -m benchmarks.film_strips FILE.npy --start 10 --seconds 6 --out strips
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mariel.motion.demo import MOVEMENTS, perform_movement
from mariel.motion.mariel_markers import MARIEL_53, RAW_LABELS
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import FPS, Recording

LEFT, RIGHT, MIDDLE, FLOOR, DOT = "#e0653a", "#1f85bd", "#3d3d45", "#d9d9e0", "#9a9aa6"  # as in the player
VIEWS = {"front": 0.0, "side": 90.0, "three-quarter": 40.0}


def film_strip(
    recording: Recording, *, poses: int = 12, height: int = 210, views: tuple[str, ...] = ("front", "side")
) -> Image.Image:
    """A picture with one row per view: poses at evenly spaced times, seen relative to the dancer's first direction.

    Left limbs have a warm colour, right ones a cool one, as in the player. Poses are placed side by side without
    regard to where the dancer moves; a line marks the floor, and the number below a pose is its time in seconds.
    """
    positions, marker_set = recording.positions.astype(float), recording.marker_set
    selected = np.linspace(0, len(positions) - 1, poses).round().astype(int)
    facing = _facing_angle(positions[0], marker_set)
    ends = np.einsum("bem,fmx->fbex", marker_set.bone_weights("body"), positions[selected])
    colours = [_bone_colour(bone) for bone in marker_set.bones("body")]
    scale, width = height / 2.25, int(height * 0.86)
    picture = Image.new("RGB", (width * poses + 20, (height + 26) * len(views)), "white")
    draw = ImageDraw.Draw(picture)
    for row, view in enumerate(views):
        angle = facing + np.deg2rad(VIEWS[view])
        right = np.array([-np.sin(angle), np.cos(angle), 0.0])  # seen from the front, the dancer's left is right
        towards = np.array([np.cos(angle), np.sin(angle), 0.0])
        floor = (height + 26) * (row + 1) - 24
        draw.line([(0, floor), (picture.width, floor)], fill=FLOOR)
        for column, frame in enumerate(selected):
            centre = positions[frame].mean(axis=0)
            middle = 10 + width * (column + 0.5)

            def project(point, centre=centre, middle=middle, right=right, floor=floor):
                return middle + scale * float((point - centre) @ right), floor - scale * float(point[2])

            for index in np.argsort(ends[column].mean(axis=1) @ towards):
                start, stop = (project(end) for end in ends[column, index])
                draw.line([start, stop], fill=colours[index], width=3)
            for point in positions[frame]:
                x, y = project(point)
                draw.ellipse([x - 1.5, y - 1.5, x + 1.5, y + 1.5], fill=DOT)
            if row == len(views) - 1:
                draw.text((middle - 10, floor + 6), f"{frame / recording.fps:.2f}", fill=MIDDLE)
    draw.text((6, 4), recording.name, fill="black")
    return picture


def _facing_angle(frame: np.ndarray, marker_set: MarkerSet) -> float:
    """The direction of the toes from the heels, radians from the x axis."""
    heels, toes = (frame[marker_set.indices([f"L{part}", f"R{part}"])].mean(axis=0) for part in ("HEL", "TOE"))
    direction = toes - heels
    return float(np.arctan2(direction[1], direction[0]))


def _bone_colour(bone) -> str:
    initials = {label[0] for end in bone for label in end if label[0] in "LR"}
    return LEFT if initials == {"L"} else RIGHT if initials == {"R"} else MIDDLE


def load_excerpt(path: Path, start: float, seconds: float) -> Recording:
    """An excerpt of a raw file; times count from the end of the padding."""
    raw = np.load(path, mmap_mode="r", allow_pickle=False)
    columns = tuple(RAW_LABELS.index(label) for label in MARIEL_53.labels)
    take = Recording(path.stem, raw.transpose(1, 0, 2), MARIEL_53, columns=columns, signs=(1.0, -1.0, -1.0))
    first = 500 + round(start * FPS)
    return take.frames(first, min(first + round(seconds * FPS), len(take)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help="movement names (all of them by default) or raw .npy files")
    parser.add_argument("--out", type=Path, default=Path("strips"))
    parser.add_argument("--start", type=float, default=0.0, help="seconds into a file")
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of a file")
    parser.add_argument("--poses", type=int, default=12, help="poses in a row")
    parser.add_argument("--views", nargs="+", default=["front", "side"], choices=list(VIEWS))
    parser.add_argument("--side", choices=["L", "R"], default="R", help="working side of a movement")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for what in options.what or list(MOVEMENTS):
        path = Path(what)
        if path.suffix == ".npy":
            recording = load_excerpt(path, options.start, options.seconds)
        else:
            recording = perform_movement(what, side=options.side).markers(MARIEL_53)
        strip = film_strip(recording, poses=options.poses, views=tuple(options.views))
        strip.save(options.out / f"{path.stem}.png")


if __name__ == "__main__":
    main()
