"""Settings of the data: which recordings, which phrases of them, and which are held out."""

from dataclasses import dataclass

from mariel.errors import SettingsError
from mariel.motion.io.loading import DEMO
from mariel.settings import Settings, setting


@dataclass(frozen=True)
class DataSettings(Settings):
    """Which phrases are learned from, and which are held out."""

    data: str = setting(DEMO, "A folder of recordings, a pattern, one file, or 'demo' for the demo dancer.")
    trim: int | None = setting(None, "Frames left out at each end of a take; empty: as the layout needs.", least=0)
    length: int = setting(128, "Frames of a phrase.", least=8, most=1024)
    split: str = setting(
        "blocks",
        "How validation phrases are held out: a block of each take, whole takes by name, or at random as the "
        "notebook does, which leaks.",
        choices=("blocks", "takes", "random"),
    )
    hold_out: tuple[str, ...] = setting((), "Names of the takes to hold out whole.")
    validation: float = setting(0.125, "Share held out.", least=0.01, most=0.9, expert=True)
    reference: bool = setting(False, "Prepare as the published loader does, known faults included.", expert=True)
    marker_set: str = setting("all", "All markers, or the reduced set of 18.", choices=("all", "18"), expert=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hold_out", tuple(self.hold_out))
        super().__post_init__()
        if self.split == "takes" and not self.hold_out:
            raise SettingsError("--split takes needs the names of takes to hold out, --hold-out NAME")
        if self.hold_out and self.split != "takes":
            raise SettingsError(f"--hold-out goes with --split takes (got --split {self.split})")
