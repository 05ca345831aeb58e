"""Find and open recordings: a folder, a glob or one file in; good takes, and what was wrong with the rest, out."""

import glob
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mariel.errors import MarielError, RecordingError
from mariel.motion.checks import Problem, check_frozen, check_gaps, check_scale
from mariel.motion.demo import demo_folder, is_demo_folder
from mariel.motion.io.formats import open_file
from mariel.motion.recording import Recording, format_duration, release_pages

PATTERN = "mariel_*.npy"
"""How the published recordings are called; in a folder these come first and, if there are any, alone."""

ENDINGS = (".npy", ".npz", ".bvh")

DEMO = "demo"
"""What stands for the synthetic demo dancer wherever a folder is asked for."""


class Recordings(Mapping[str, Recording]):
    """Takes by name, in the order of their files, with what was found wrong while opening them.

    >>> recordings = load_recordings("data")
    >>> recordings["honey"]
    Recording('honey', 5309 frames × 53 markers, 35 fps, 2 min 32 s)
    """

    def __init__(self, takes: list[Recording], problems: list[Problem], origin: str) -> None:
        self._takes = {take.name: take for take in takes}
        self.problems = tuple(problems)
        """Files left out ("error") and takes to look at with care ("warning")."""
        self.origin = origin
        """The folder, glob or file they came from."""

    def __getitem__(self, name: str) -> Recording:
        try:
            return self._takes[name]
        except KeyError:
            known = ", ".join(self._takes)
            raise RecordingError(f"no recording {name!r} in {self.origin!r}; there are {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._takes

    def __iter__(self) -> Iterator[str]:
        return iter(self._takes)

    def __len__(self) -> int:
        return len(self._takes)

    def __repr__(self) -> str:
        length = format_duration(sum(take.duration for take in self.values()))
        return f"Recordings({len(self)} takes, {self.frames:,} frames, {length}: {', '.join(self)})"

    @property
    def frames(self) -> int:
        """Frames of all takes together."""
        return sum(len(take) for take in self.values())

    @property
    def synthetic(self) -> bool:
        """Whether these are takes of the demo dancer."""
        return any(take.synthetic for take in self.values())


def find_files(data: str | Path) -> list[Path]:
    """The files that `data`, a folder, a glob, a file, or "demo" for the demo dancer, stands for, sorted by name.

    Raises:
        RecordingError: there is no such folder or file, or nothing in it that could be a recording.
    """
    path = demo_folder() if str(data) == DEMO else Path(data).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        files = sorted(path.glob(PATTERN))
        if not files:
            files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS and file.is_file())
        if not files:
            there = sum(1 for _ in path.iterdir())
            others = f"none of the {there:,} files there match" if there else "the folder is empty"
            raise RecordingError(
                f"no recordings in '{data}': looked for {PATTERN} and other .npy, .npz or .bvh files, {others}"
            )
        return files
    if glob.has_magic(str(path)):
        files = [Path(match) for match in sorted(glob.glob(str(path))) if Path(match).is_file()]
        if not files:
            raise RecordingError(f"no recordings match '{data}'")
        return files
    raise RecordingError(f"no such folder or file: '{data}'")


def load_recordings(
    data: str | Path,
    *,
    trim: int | None = None,
    reference: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> Recordings:
    """Open every recording of a folder, glob or file.

    Mariel's files are memory-mapped: opening reads each once, to find gaps, and keeps none of it. A file that
    cannot be used is left out and told in `.problems`; the good takes stay usable.

    Args:
        data: a folder, a glob such as "data/mariel_*.npy", one file, or "demo" for the synthetic demo dancer, which
            is choreographed on first use.
        trim: frames to leave out at each end; by default 500 for Mariel's raw layout and none for others.
        reference: stand bodies up as the published loader does, by negating z alone, which mirrors them.
        progress: called with each file's name and the share done, 0 to 1, and at the end.

    Raises:
        RecordingError: nothing there can be used; the message says why, file by file.
    """
    if trim is not None and trim < 0:
        raise RecordingError(f"trim must be 0 or more frames, found {trim}")
    files = find_files(data)
    takes: list[Recording] = []
    problems: list[Problem] = []
    synthetic = is_demo_folder(files[0].parent)
    for number, path in enumerate(files):
        if progress:
            progress(path.name, number / len(files))
        try:
            opened = open_file(path, trim=trim, reference=reference)
        except (MarielError, OSError) as error:
            problems.append(Problem(path.name, str(error), "error"))
            continue
        for take in opened:
            found = check_take(take, {other.name for other in takes})
            release_pages(take)
            problems.extend(found)
            if not any(problem.severity == "error" for problem in found):
                takes.append(replace(take, synthetic=synthetic))
    if progress:
        progress("", 1.0)
    if not takes:
        raise RecordingError(
            f"no recordings in '{data}' can be used: " + "; ".join(str(problem) for problem in problems)
        )
    return Recordings(takes, problems, str(data))


def check_take(take: Recording, taken: set[str] = frozenset()) -> list[Problem]:
    """Everything wrong with one take; see `mariel.motion.checks`."""
    if take.name in taken:
        return [Problem(take.path.name if take.path else take.name, "another take has this name already", "error")]
    if take.unit == "m" and (problem := check_scale(take)):
        return [problem]
    problems = check_gaps(take) + check_frozen(take)
    if take.unit != "m":
        problems.append(Problem(take.name, f"the unit is not known, sizes are in {take.unit}"))
    return problems
