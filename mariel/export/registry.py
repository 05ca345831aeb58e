"""The registry of exporters: kinds of file that a dance can be saved as, by pages and by the command `export`.

An exporter is a function that gives a file's content, registered with its label, suffix and media type:

    @register_exporter("toy", label="Toy (.toy)", suffixes=(".toy",), media_type="text/plain", help="Its length.")
    def export_toy(request: ExportRequest) -> bytes: ...

Its module is imported in `mariel/export/__init__.py`. Every page that shows a dance has it in its Download
control, in its group, and `mariel export --out FILE` chooses one by the file's suffix.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mariel.errors import StageError
from mariel.export.picture_options import PictureOptions
from mariel.registry import Registry
from mariel.stage.scene import Dancer, Scene
from mariel.stage.sweep import Dial


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """A dance to export.

    Args:
        scenes: what is shown, one scene or several side by side.
        title: its name, for a heading; any text.
        credit: what it is and where it comes from, a sentence or two.
        camera: the first view: name of a view, or a camera state as the player gives it.
        positions: what files of coordinates hold, (frames, markers, 3) or (dancers, frames, markers, 3), in the
            dancers' unit; None for the positions of all dancers.
        dial: a number that the viewer can change, for kinds of file that move; None for none.
        sweep: makes the packed sweep of the dial, see `mariel.stage.sweep`.
        recipe: how the dance was made, as a favourite keeps it, for files that it can be made again from.
        remarks: sentences on the file that an exporter adds here, such as the error of a fit.
        frame: the frame that is shown now, for kinds of file with one pose.
        picture: how films and pictures are drawn.
        report: called with the share that is done, 0 to 1, by exporters that take long; what it raises ends them.

    Raises:
        StageError: there is no scene.
    """

    scenes: Scene | Sequence[Scene]
    title: str = field(default="", kw_only=True)
    credit: str = field(default="", kw_only=True)
    camera: str | Mapping[str, Any] | None = field(default=None, kw_only=True)
    positions: np.ndarray | None = field(default=None, kw_only=True)
    dial: Dial | None = field(default=None, kw_only=True)
    sweep: Callable[[], bytes] | None = field(default=None, kw_only=True)
    recipe: Mapping[str, Any] | None = field(default=None, kw_only=True)
    remarks: list[str] = field(default_factory=list, kw_only=True)
    frame: int = field(default=0, kw_only=True)
    picture: PictureOptions = field(default=PictureOptions(), kw_only=True)
    report: Callable[[float], None] = field(default=lambda share: None, kw_only=True)

    def __post_init__(self) -> None:
        if not self.all_scenes:
            raise StageError("there is no dance to export")

    @property
    def all_scenes(self) -> tuple[Scene, ...]:
        """The scenes, also where it is one."""
        return (self.scenes,) if isinstance(self.scenes, Scene) else tuple(self.scenes)

    @property
    def dancers(self) -> list[Dancer]:
        """The dancers of all scenes."""
        return [dancer for scene in self.all_scenes for dancer in scene.dancers]

    @property
    def dancer_positions(self) -> list[np.ndarray]:
        """Positions of each dancer (frames, markers, 3), without offsets on the stage."""
        if self.positions is not None:
            return list(self.positions if self.positions.ndim == 4 else self.positions[None])
        return [np.asarray(dancer.positions) for dancer in self.dancers]


Export = Callable[[ExportRequest], bytes]
"""The content of a file with a dance in it. It may run in another thread than the page."""

Estimate = Callable[[ExportRequest], int]
"""About how many bytes the file will have, told before it is made: within a factor of two, for films of three."""

GROUPS = ("Film", "Picture", "Page", "For Blender and other programs", "Data", "Bundle")
"""Groups of exporters in the order in which they are shown; others come after them."""


def coordinates_bytes(request: ExportRequest) -> int:
    """The bytes of all positions: the estimate for exporters that give none."""
    return 200 + sum(positions.nbytes for positions in request.dancer_positions)


WhyNot = Callable[[ExportRequest], str]
"""Why a dance cannot be exported, a sentence without a full stop; empty if it can."""


@dataclass(frozen=True)
class Exporter:
    """A kind of file that a dance can be exported as.

    Args:
        name: its key in `EXPORTERS`.
        label: on the button.
        suffixes: endings of such files, in lower case with the dot; the first one is given to new files.
        media_type: the media (MIME) type.
        help: one sentence on what the file is good for.
        export: makes the file's content.
        why_not: says why a dance cannot be exported so.
        group: the heading that it is offered under, see `GROUPS`.
        estimate: about how many bytes the file will have.
        slow: whether it takes so long that pages make it in the background.
        drawn: whether `ExportRequest.picture` says how it is made.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    media_type: str
    help: str
    export: Export
    why_not: WhyNot
    group: str = "Data"
    estimate: Estimate = coordinates_bytes
    slow: bool = False
    drawn: bool = False

    @property
    def suffix(self) -> str:
        """The ending of new files."""
        return self.suffixes[0]


EXPORTERS: Registry[Exporter] = Registry("exporter")
"""Every exporter by name, in the order in which each group shows its own."""


def register_exporter(
    name: str,
    *,
    label: str,
    suffixes: tuple[str, ...],
    media_type: str,
    help: str,
    why_not: WhyNot = lambda request: "",
    group: str = "Data",
    estimate: Estimate = coordinates_bytes,
    slow: bool = False,
    drawn: bool = False,
) -> Callable[[Export], Export]:
    """A decorator that registers the function it is put on as an exporter; see `Exporter`."""

    def register(export: Export) -> Export:
        EXPORTERS.add(
            name, Exporter(name, label, suffixes, media_type, help, export, why_not, group, estimate, slow, drawn)
        )
        return export

    return register


def grouped_exporters() -> dict[str, list[Exporter]]:
    """Exporters by group, in the order in which groups are shown."""
    groups: dict[str, list[Exporter]] = {name: [] for name in GROUPS}
    for exporter in EXPORTERS.values():
        groups.setdefault(exporter.group, []).append(exporter)
    return {name: found for name, found in groups.items() if found}


def exporter_for(path: str | Path) -> Exporter:
    """The exporter that makes files with the suffix of a path.

    Raises:
        StageError: there is none; the message lists the suffixes there are.
    """
    name, suffix = Path(path).name.lower(), Path(path).suffix.lower()
    endings = {ending: exporter for exporter in EXPORTERS.values() for ending in exporter.suffixes}
    matching = [ending for ending in endings if suffix and name.endswith(ending)]
    if matching:
        return endings[max(matching, key=len)]  # .bvh.zip before .zip
    raise StageError(f"'{path}': a dance can be saved as {describe_suffixes()}, found {suffix or 'no ending'}")


def describe_suffixes() -> str:
    """The endings of exported files, as words: ".html, .npy or .npz"."""
    *most, last = [exporter.suffix for exporter in EXPORTERS.values()]
    return f"{', '.join(most)} or {last}" if most else last


def exporter_table() -> str:
    """The exporters as a Markdown table, for the documentation."""
    rows = [f"| `{each.suffix}` | {each.help} |" for each in EXPORTERS.values()]
    return "\n".join(["| file | what it is |", "|---|---|", *rows])
