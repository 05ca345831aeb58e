"""Find and open all recordings of a folder, a glob or one file, and list what is wrong with them."""

import glob
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mariel.errors import RecordingError
from mariel.files import file_version
from mariel.motion.checks import (
    Problem,
    check_assumptions,
    check_faults,
    check_frozen_markers,
    check_gaps,
    check_notes,
    check_scale,
    leave_out_unseen_markers,
)
from mariel.motion.demo import demo_folder, is_demo_folder
from mariel.motion.io.description import MotionDescription, description_paths
from mariel.motion.io.npy_layout import sidecar_path
from mariel.motion.io.registry import (
    ReadOptions,
    describe_suffixes,
    open_recording_file,
    recording_errors_only,
    suffixes,
)
from mariel.motion.names import DEMO
from mariel.motion.recording import Recording, format_duration, release_pages
from mariel.progress import Progress

RAW_FILE_PATTERN = "mariel_*.npy"
"""File names of Mariel's recordings; if a folder has any, only these are opened."""


MAX_LISTED_FILES = 200
"""Most files of a folder that are listed as not read."""


class Recordings(Mapping[str, Recording]):
    """Takes by name, in the order of their files, with the problems found while opening them.

    >>> recordings = load_recordings("data")
    >>> recordings["honey"]
    Recording('honey', 5309 frames × 53 markers, 35 fps, 2 min 32 s)
    """

    def __init__(
        self,
        takes: list[Recording],
        problems: list[Problem],
        origin: str,
        *,
        not_read: Sequence[Problem] = (),
        trim: int | None = None,
    ) -> None:
        self._takes = {take.name: take for take in takes}
        self.problems = tuple(problems)
        """What is wrong with files and takes, what a person should say about them, and what was changed."""
        self.not_read = tuple(not_read)
        """The other files of the folder, each with why it was not tried."""
        self.trim = trim
        """Frames that were left out at each end; None for what each file's layout needs."""
        self.origin = origin
        """The folder, glob or file that was opened."""

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
        """Whether any take is of the synthetic demo dancer."""
        return any(take.synthetic for take in self.values())


def find_files(data: str | Path) -> list[Path]:
    """The recording files of `data`: a folder, a glob, a file, or "demo" for the demo dancer; sorted by name.

    Broken links and pipes are listed too, so that opening them gives a message.

    Raises:
        RecordingError: there is no such folder or file, or no file in it that could be a recording.
    """
    try:
        path = demo_folder() if str(data) == DEMO else Path(data).expanduser()
        if path.is_dir():
            return _files_of_folder(path)
        if path.exists() or path.is_symlink():
            return [path]
        if glob.has_magic(str(path)):
            files = [Path(match) for match in sorted(glob.glob(str(path))) if not Path(match).is_dir()]
            if not files:
                raise RecordingError(f"no recordings match '{data}'")
            return files
    except RecordingError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        # a folder without permission, a name that is too long or has a zero in it, or ~user without such a user
        raise RecordingError(f"cannot look for recordings in '{str(data)[:200]}': {_reason(error)}") from error
    raise RecordingError(f"no such folder or file: '{data}'")


def _files_of_folder(folder: Path) -> list[Path]:
    """The recording files of a folder. Raises RecordingError, which says what is there, if there are none."""
    raw_files = sorted(folder.glob(RAW_FILE_PATTERN))
    if any(file.is_file() for file in raw_files):
        return raw_files
    entries = sorted(folder.iterdir())
    files = [entry for entry in entries if entry.suffix.lower() in suffixes() and not entry.is_dir()]
    if files:
        return files
    folders = [entry for entry in entries if entry.is_dir()]
    others = f"none of its {len(entries):,} files match" if entries else "the folder is empty"
    if entries and len(folders) == len(entries):
        others = f"it has only folders, such as '{folders[0].name}': open one of them"
    elif kinds := sorted({entry.suffix.lower() for entry in entries if entry not in folders and entry.suffix}):
        others += f" (they are {', '.join(kinds[:6])}{', …' if len(kinds) > 6 else ''})"
    raise RecordingError(
        f"no recordings in '{folder}': looked for {RAW_FILE_PATTERN} and other {describe_suffixes()} files, {others}"
    )


def _files_not_read(folder: Path, files: list[Path]) -> list[Problem]:
    """What is in a folder beside the files that were tried, each with why it was not."""
    tried = {file.name for file in files}
    described = {beside.name for file in files for beside in (sidecar_path(file), *description_paths(file))}
    not_read = []
    for entry in sorted(folder.iterdir()):
        if entry.name in tried | described or entry.name.startswith("."):
            continue
        why = f"not a {describe_suffixes()} file"
        if entry.is_dir():
            why = "a folder: open it by itself"
        elif entry.suffix.lower() in suffixes():
            why = f"a folder that has {RAW_FILE_PATTERN} is taken for Mariel's recordings, and only these are opened"
        not_read.append(Problem(entry.name, why, "note"))
        if len(not_read) == MAX_LISTED_FILES:
            break
    return not_read


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()


def recording_version(path: Path) -> tuple:
    """A value that changes when a recording's file or a description of it changes; a missing file has one too."""
    beside = (path, sidecar_path(path), *description_paths(path))
    return tuple(part for each in beside for part in file_version(each))


def load_recordings(
    data: str | Path,
    *,
    trim: int | None = None,
    reference: bool = False,
    description: MotionDescription | None = None,
    progress: Progress | None = None,
) -> Recordings:
    """Open every recording of a folder, glob or file.

    Mariel's files are memory-mapped: opening reads each once, to find gaps, and keeps nothing in memory. A file
    that cannot be used is left out and listed in `.problems`; the other takes are returned.

    Args:
        data: a folder, a glob such as "data/mariel_*.npy", one file, or "demo" for the synthetic demo dancer, which
            is generated on first use.
        trim: frames to leave out at each end; by default 500 for Mariel's raw layout and none for others.
        reference: make bodies upright as the reference does, by negating z alone, which mirrors them.
        description: what is said about all of the files; what is kept beside a file counts where this says nothing.
        progress: called with each file's name and the share of files done, 0 to 1, and with ("", 1.0) at the end.

    Raises:
        RecordingError: no file can be used; the message says why for each file.
    """
    options = ReadOptions(trim, reference, description or MotionDescription())
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
            checked = _open_and_check(path, options, {take.name for take in takes})
        except RecordingError as error:
            problems.append(Problem(path.name, str(error), "error"))
            continue
        for take, found in checked:
            problems += found
            if not any(problem.severity == "error" for problem in found):
                takes.append(replace(take, synthetic=synthetic))
    if progress:
        progress("", 1.0)
    if not takes:
        raise RecordingError(
            f"no recordings in '{data}' can be used: " + "; ".join(str(problem) for problem in problems)
        )
    takes, unseen = leave_out_unseen_markers(takes)
    problems += unseen
    for take in takes:
        problems += check_gaps(take)
    folder = files[0].parent
    is_folder = str(data) != DEMO and Path(data).expanduser().is_dir()
    not_read = _files_not_read(folder, files) if is_folder else ()
    return Recordings(takes, problems, str(data), not_read=not_read, trim=trim)


def _open_and_check(path: Path, options: ReadOptions, used_names: set[str]) -> list[tuple[Recording, list[Problem]]]:
    """The recordings of a file, each with its problems except for missing markers.

    Raises:
        RecordingError: the file cannot be used.
    """
    checked = []
    with recording_errors_only():
        for number, take in enumerate(open_recording_file(path, options)):
            problems = check_take(take, used_names)
            if not number and not any(problem.severity == "error" for problem in problems):
                problems += [*check_assumptions(take), *check_notes(take)]
            checked.append((take, problems))
            release_pages(take)
    return checked


def check_take(take: Recording, used_names: Collection[str] = ()) -> list[Problem]:
    """The problems of one take, except for missing markers; see `mariel.motion.checks`."""
    if take.name in used_names:
        return [Problem(take.path.name if take.path else take.name, "another take already has this name", "error")]
    scale = check_scale(take)
    if scale and scale.severity == "error":
        return [scale]
    problems = [scale] if scale else []
    return problems + check_frozen_markers(take) + check_faults(take)
