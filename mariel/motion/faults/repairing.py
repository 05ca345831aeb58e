"""Mend what a person has asked to be mended: cut the start, fill spikes and frozen markers, exchange swapped ones."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from mariel.motion.arrays import require_size
from mariel.motion.checks import frozen_spans
from mariel.motion.faults.finding import Fault, find_faults
from mariel.motion.recording import Recording


def repair(take: Recording, repairs: Collection[str]) -> Recording:
    """The take without some faults; the take itself where there is nothing to mend.

    Spikes and frozen markers become gaps, of which short ones are filled like any other; exchanged markers are
    exchanged back; a pose apart from the rest at the start is cut away.

    Args:
        take: that is mended.
        repairs: what is mended, see `mariel.motion.io.description.Repair`.

    Raises:
        RecordingError: the take is too large to be changed in memory.
    """
    if not repairs:
        return take
    faults = [fault for fault in find_faults(take) if fault.kind in repairs]
    if "frozen" in repairs:
        faults += [Fault("frozen", (label,), start, stop) for label, start, stop in frozen_spans(take)]
    if not faults:
        return take
    require_size(take.source.nbytes)
    positions = take.positions.copy()
    for fault in faults:
        columns = take.marker_set.indices(fault.markers)
        frames = slice(fault.start, fault.stop)
        if fault.kind == "swapped":
            positions[frames, columns] = positions[frames, columns[::-1]]
        elif fault.kind != "start":
            positions[frames, columns] = np.nan
    mended = Recording.from_positions(
        take.name,
        positions,
        take.marker_set,
        fps=take.fps,
        unit=take.unit,
        path=take.path,
        synthetic=take.synthetic,
        assumptions=take.assumptions,
        notes=(*take.notes, _describe(faults)),
        credit=take.credit,
        licence=take.licence,
    )
    cut = max((fault.stop for fault in faults if fault.kind == "start"), default=0)
    return replace(mended, start=cut) if 0 < cut < len(mended) else mended


def _describe(faults: list[Fault]) -> str:
    """What was mended, a sentence."""
    words = {
        "start": ("pose cut away at the start", "poses cut away at the start"),
        "spikes": ("spike filled", "spikes filled"),
        "swapped": ("exchange of left and right undone", "exchanges of left and right undone"),
        "frozen": ("frozen marker left empty", "frozen markers left empty"),
    }
    parts = []
    for kind, (one, several) in words.items():
        if count := sum(fault.kind == kind for fault in faults):
            parts.append(f"{count} {one if count == 1 else several}")
    return "mended: " + ", ".join(parts)
