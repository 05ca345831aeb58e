"""Names of the files in a run's folder, and which names of runs and favourites are valid."""

import re
import unicodedata

from mariel.errors import RunError

RUN_FILE, STATUS_FILE = "run.json", "status.json"
"""What a run is: its settings and origin; and how far it is."""

METRICS_FILE = "metrics.jsonl"
"""One line of results per epoch."""

BEST_FILE, LAST_FILE = "best.safetensors", "last.safetensors"
"""Weights of the best epoch; and of the last one, with what is needed to resume."""

DATA_FILE, PREPROCESSING_FILE = "data.json", "preprocessing.json"
"""The recordings that a run was trained on, and their fitted preprocessing."""

VALIDATION_EXAMPLE_FILE = "preview.npz"
"""A validation phrase and its reconstruction."""

ANALYSIS_FILE = "analysis.npz"
"""Results that pages show, computed from the weights and recordings, see `mariel.training.stored_analysis`."""

FAVOURITES_FOLDER = "favourites"
"""The folder beside the runs for favourites, see `mariel.generation.favourites`; no run may have this name."""

_MAX_NAME_BYTES = 80
_NAME_PATTERN = re.compile(r"[\w\-. ]+")


def validate_name(name: str, kind: str = "run") -> str:
    """A normalised name of a run, or of another kind of thing stored in a file or folder, without outer spaces.

    Args:
        name: the name as entered.
        kind: what it names, for the message.

    Raises:
        RunError: the name is invalid.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not _NAME_PATTERN.fullmatch(name) or name.startswith(".") or name.endswith("."):
        raise RunError(
            f"a {kind}'s name consists of letters, digits, spaces, and - _ . between them (got {name!r})"
            if name
            else f"a {kind} needs a name"
        )
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise RunError(
            f"a {kind}'s name has at most {_MAX_NAME_BYTES} letters from A to Z; other letters count as 2 to 4 "
            f"(got {len(name.encode())})"
        )
    if kind == "run" and name.casefold() == FAVOURITES_FOLDER:
        raise RunError(f"no run can be called {name!r}: favourites are stored in a folder of that name")
    return name
