"""Preprocessing: from takes in metres to six channels between -1 and 1, and back.

The steps are those of the published loader (`functions/load_data.py` of github.com/mariel-pettee/choreo-graph):
put the takes on a stage two units wide, take away each frame's place on the floor if asked, take velocities, and
bring positions and velocities to -1 … 1. By default the loader's faults are corrected: bodies are turned over rather
than mirrored, velocities stay within a take, and the numbers are fitted on training frames only. With
`reference=True` everything, faults included, is as the loader does it; see `mariel.data.reference`.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np

from mariel.data.prepared import CHANNELS, Prepared
from mariel.data.scaling import Range, Stage, centre_in_place, fit_ranges, fit_stage, floor_centre, stage_chunks
from mariel.data.splits import Block, frame_counts
from mariel.errors import PreprocessingError
from mariel.motion.mariel_markers import RAW_LABELS
from mariel.motion.recording import Recording

REFERENCE_SIGNS = (1.0, 1.0, -1.0)
"""How the reference stands bodies up: z alone is negated, which mirrors them."""

_FILE_VERSION = 1


@dataclass(frozen=True)
class Preprocessing:
    """Everything that preparing data needs, and everything needed to undo it.

    A value made by `Preprocessing.fit`; it prints, compares, and goes to and from JSON.

    >>> preprocessing = Preprocessing.fit(recordings, train=BlockSplit().blocks(recordings).training)
    >>> prepared = preprocessing.prepare(recordings)            # all takes, (frames, 53, 6) float32
    >>> honey = preprocessing.apply(recordings["honey"])        # one take
    >>> preprocessing.undo(honey, preprocessing.path(recordings["honey"]))      # metres, where they were danced

    Args:
        labels: the markers, in order.
        fps: frames a second.
        unit: unit of the recordings' positions, "m" for metres.
        stage: the floor square and its units.
        positions: lowest and highest stage coordinate, all axes together.
        centred_positions: the same after centring.
        velocities: lowest and highest velocity, in stage units a second.
        centred: whether each frame's mean x and y over its markers is taken from the positions (velocities are
            those of the dancer in the room either way, as in the reference).
        reference: whether everything is done as the published loader does it, faults included.
        takes: names and frames of the takes that were there when fitting.
        fitted_on: the frames the numbers were fitted on.
    """

    labels: tuple[str, ...]
    fps: float
    unit: str
    stage: Stage
    positions: Range
    centred_positions: Range
    velocities: Range
    centred: bool
    reference: bool
    takes: tuple[tuple[str, int], ...]
    fitted_on: tuple[Block, ...]

    @classmethod
    def fit(
        cls,
        recordings: Mapping[str, Recording],
        *,
        centred: bool = True,
        train: Iterable[Block] | None = None,
        reference: bool = False,
    ) -> "Preprocessing":
        """Measure takes: the stage they fill and the ranges of their positions and velocities.

        Args:
            recordings: takes by name, all of one marker set, frame rate and unit.
            centred: see the class.
            train: the frames to measure, all if None; missing markers never count.
            reference: do everything as the published loader does, in the files' own dtype.

        Raises:
            PreprocessingError: the takes differ in kind, nothing moves, or a marker is missing in reference mode.
        """
        recordings = _checked(recordings)
        if reference and train is not None:
            raise PreprocessingError("reference mode fits its scaling on all frames: leave out the training frames")
        whole = tuple(Block(name, 0, len(take)) for name, take in recordings.items())
        fitted_on = whole if train is None else tuple(Block(*block) for block in train)
        pieces = [_piece(recordings, block) for block in fitted_on]
        if not pieces:
            raise PreprocessingError("there are no training frames to fit the scaling on")
        how = _how(pieces, reference)
        stage = fit_stage(map(as_reference, pieces) if reference else pieces, raw=reference, dtype=how["dtype"])
        if not np.isfinite([stage.low, stage.high]).all():
            raise PreprocessingError(_missing_message(recordings, reference))
        if not stage.xy_range > 0:
            raise PreprocessingError("cannot scale: all markers stand on one point of the floor")
        positions, centred_positions, velocities = fit_ranges(
            stage_chunks(map(as_reference, pieces) if reference else pieces, stage, **how)
        )
        if not velocities.span > 0:
            raise PreprocessingError("cannot scale velocities: nothing moves in the frames the scaling is fitted on")
        first = next(iter(recordings.values()))
        return cls(
            labels=first.marker_set.labels,
            fps=float(first.fps),
            unit=first.unit,
            stage=stage,
            positions=positions,
            centred_positions=centred_positions,
            velocities=velocities,
            centred=centred,
            reference=reference,
            takes=tuple(frame_counts(recordings).items()),
            fitted_on=fitted_on,
        )

    def with_centring(self, centred: bool) -> "Preprocessing":
        """The same fit, with or without each frame's place on the floor; nothing has to be measured again."""
        return replace(self, centred=centred)

    @property
    def position_range(self) -> Range:
        """The range positions are scaled by: centred or not, as `centred` says."""
        return self.centred_positions if self.centred else self.positions

    @property
    def unit_length(self) -> float:
        """Metres (or `unit`) a prepared position unit is: an error of 0.01 is `0.01 * unit_length` metres."""
        return self.position_range.span / 2 / self.stage.factor

    @property
    def unit_speed(self) -> float:
        """Metres (or `unit`) a second a prepared velocity unit is."""
        return self.velocities.span / 2 / self.stage.factor

    def apply(self, recording: Recording) -> np.ndarray:
        """One take, or a part of one, prepared: (frames, markers, 6) float32, channels as in `CHANNELS`.

        Missing markers stay NaN. In reference mode the take counts as the first one, with velocities from zero.

        Raises:
            PreprocessingError: the take's markers, frame rate or unit are not those of the fit.
        """
        return self.prepare({recording.name: recording}).array

    def prepare(self, recordings: Mapping[str, Recording]) -> Prepared:
        """Takes prepared as one contiguous array; needs memory for that array and one chunk.

        Raises:
            PreprocessingError: a take's markers, frame rate or unit are not those of the fit.
        """
        recordings = _checked(recordings)
        for recording in recordings.values():
            self._check(recording)
        counts = frame_counts(recordings)
        array = np.empty((sum(counts.values()), len(self.labels), len(CHANNELS)), np.float32)
        torn = np.zeros(len(array), bool)
        for first, block in self.chunks(recordings.values()):
            array[first : first + len(block)] = block
            torn[first : first + len(block)] = ~np.isfinite(block.sum(axis=(1, 2)))  # as any NaN makes its sum
        marker_set = next(iter(recordings.values())).marker_set
        return Prepared(array, tuple(counts.items()), torn, marker_set, self)

    def chunks(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, np.ndarray]]:
        """Prepare takes piece by piece: the first frame, counted over all takes, and values (frames, markers, 6).

        Values are float32, and in reference mode float64, as the reference has them.
        """
        pieces = [as_reference(recording) if self.reference else recording for recording in recordings]
        for chunk in stage_chunks(pieces, self.stage, **_how(pieces, self.reference)):
            if self.centred:
                centre_in_place(chunk.positions)
            block = np.empty((*chunk.positions.shape[:2], 6), np.float64 if self.reference else np.float32)
            block[..., :3] = chunk.positions
            block[..., 3:] = chunk.velocities
            block[..., :3] = self.position_range.scale(block[..., :3])
            block[..., 3:] = self.velocities.scale(block[..., 3:])
            yield chunk.first, block

    def path(self, recording: Recording) -> np.ndarray:
        """The dancer's place on the floor, which centring takes away: mean x and y (frames, 2), in metres."""
        if self.reference:
            recording = as_reference(recording)
        return floor_centre(recording.positions)[:, 0]

    def undo(self, prepared: np.ndarray, path: np.ndarray | None = None) -> np.ndarray:
        """Positions in metres (or `unit`), z up, of prepared data or of a model's.

        Args:
            prepared: (…, frames, markers, 3 or 6); velocities are not looked at.
            path: places on the floor (frames, 2), as `path` gives them; without it, centred data stays centred.

        Returns:
            (…, frames, markers, 3) float32. In reference mode the body is mirrored, as it is there.

        Raises:
            PreprocessingError: the data has another number of markers or channels.
        """
        prepared = self._channels(prepared, (3, 6))
        positions = self.position_range.undo(prepared[..., :3].astype(np.float64))
        if not self.centred:
            positions[..., :2] += 1
        positions /= self.stage.factor
        if not self.centred:
            positions[..., :2] += self.stage.xy_min
        elif path is not None:
            positions[..., :2] += np.asarray(path)[..., :, None, :]
        return positions.astype(np.float32)

    def undo_velocities(self, prepared: np.ndarray) -> np.ndarray:
        """Velocities in metres a second, (…, frames, markers, 3) float32, of prepared data (…, 6)."""
        prepared = self._channels(prepared, (6,))
        return (self.velocities.undo(prepared[..., 3:].astype(np.float64)) / self.stage.factor).astype(np.float32)

    def _channels(self, prepared: np.ndarray, channels: tuple[int, ...]) -> np.ndarray:
        prepared = np.asarray(prepared)
        if prepared.ndim < 3 or prepared.shape[-1] not in channels:
            expected = " or ".join(map(str, channels))
            raise PreprocessingError(f"expected (…, frames, markers, {expected}), found shape {prepared.shape}")
        return prepared

    def _check(self, recording: Recording) -> None:
        labels = recording.marker_set.labels
        if labels != self.labels:
            wrong = next((found for found, own in zip(labels, self.labels, strict=False) if found != own), None)
            detail = f", the first that differs is {wrong}" if wrong else ""
            raise PreprocessingError(
                f"recording {recording.name!r}: the preprocessing was fitted on {len(self.labels)} markers, "
                f"found {len(labels)}{detail}"
            )
        if not np.isclose(recording.fps, self.fps):
            raise PreprocessingError(
                f"recording {recording.name!r}: expected {self.fps:g} frames/s as fitted, found {recording.fps:g}"
            )
        if recording.unit != self.unit:
            raise PreprocessingError(
                f"recording {recording.name!r}: expected positions in {self.unit} as fitted, found {recording.unit}"
            )

    def to_dict(self) -> dict:
        """Plain numbers, words and lists, for JSON."""
        return {"format": "mariel preprocessing", "version": _FILE_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping) -> "Preprocessing":
        """The preprocessing that `to_dict` wrote, directly or by way of JSON.

        Raises:
            PreprocessingError: the data is something else, or of a newer version.
        """
        if not isinstance(data, Mapping) or data.get("format") != "mariel preprocessing":
            raise PreprocessingError("this is no saved preprocessing")
        if data.get("version") != _FILE_VERSION:
            raise PreprocessingError(f"preprocessing of version {data.get('version')}, expected {_FILE_VERSION}")
        if missing := [field.name for field in fields(cls) if field.name not in data]:
            raise PreprocessingError(f"saved preprocessing lacks {', '.join(missing)}")
        try:
            return cls(
                labels=tuple(data["labels"]),
                fps=float(data["fps"]),
                unit=str(data["unit"]),
                stage=Stage(tuple(data["stage"]["low"]), tuple(data["stage"]["high"])),
                positions=Range(**data["positions"]),
                centred_positions=Range(**data["centred_positions"]),
                velocities=Range(**data["velocities"]),
                centred=bool(data["centred"]),
                reference=bool(data["reference"]),
                takes=tuple((str(name), int(frames)) for name, frames in data["takes"]),
                fitted_on=tuple(Block(*block) for block in data["fitted_on"]),
            )
        except (TypeError, ValueError, KeyError) as error:
            raise PreprocessingError(f"saved preprocessing is damaged: {error}") from error

    def save(self, path: str | Path) -> None:
        """Write it as JSON; the file is there whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".part")
        partial.write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")
        os.replace(partial, path)

    @classmethod
    def load(cls, path: str | Path) -> "Preprocessing":
        """Read what `save` wrote.

        Raises:
            PreprocessingError: the file is missing or holds something else.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise PreprocessingError(f"cannot read preprocessing '{path}': {error}") from error

    def report(self) -> str:
        """The statistics in the very words the reference prints, in either mode.

        Its last four lines are the ranges of all positions and velocities, then of the centred ones.
        """
        lines = [
            f"Original numpy dataset contains {sum(frames for _, frames in self.takes):,} timesteps of "
            f"{len(self.labels)} joints with 3 dimensions each."
        ]
        for positions in (self.positions, self.centred_positions):
            lines.append(f"loc_min: {positions.low} loc_max: {positions.high}")
            lines.append(f"vel_min: {self.velocities.low} vel_max: {self.velocities.high}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        mode = "reference" if self.reference else "corrected"
        centring = "centred" if self.centred else "not centred"
        frames = sum(block.frames for block in self.fitted_on)
        return f"Preprocessing({mode}, {centring}, {len(self.labels)} markers, fitted on {frames:,} frames)"

    def __str__(self) -> str:
        total, used = sum(frames for _, frames in self.takes), sum(block.frames for block in self.fitted_on)
        rows = [repr(self)]
        rows += [
            f"  {name:<24}{frames:>8,} frames from {first:,}" for name, frames, first in self.counts_and_offsets()
        ]
        rows.append(f"  fitted on {used:,} of {total:,} frames, {used / total:.0%}")
        for axis, low, high in zip("xyz", self.stage.low, self.stage.high, strict=True):
            rows.append(f"  {axis}: 1 % of positions below {low:+.3f} {self.unit}, 1 % above {high:+.3f} {self.unit}")
        rows.append(
            f"  stage: x and y {self.stage.xy_min:+.3f} … {self.stage.xy_max:+.3f} {self.unit} become -1 … 1, "
            f"{self.stage.factor:.4f} stage units a {self.unit}"
        )
        for name, values in (
            ("positions", self.positions),
            ("centred positions", self.centred_positions),
            ("velocities", self.velocities),
        ):
            rows.append(f"  {name}: {values.low:+.4f} … {values.high:+.4f} become -1 … 1")
        return "\n".join(rows)

    def counts_and_offsets(self) -> list[tuple[str, int, int]]:
        """Name, frames and first frame (counted over all takes) of each take that was there when fitting."""
        rows, first = [], 0
        for name, frames in self.takes:
            rows.append((name, frames, first))
            first += frames
        return rows


def _how(pieces: Iterable[Recording], reference: bool) -> dict:
    """How to pass over takes in either mode."""
    dtype = np.result_type(*(piece.source.dtype for piece in pieces)) if reference else np.dtype(np.float32)
    return {"raw": reference, "joined": reference, "dtype": dtype}


def as_reference(recording: Recording) -> Recording:
    """A take of Mariel's files stood up as the reference does, however it was opened; others stay as they are."""
    raw = recording.source.shape[1] == len(RAW_LABELS) or recording.signs == (1.0, -1.0, -1.0)
    return replace(recording, signs=REFERENCE_SIGNS) if raw else recording


def _checked(recordings: Mapping[str, Recording]) -> Mapping[str, Recording]:
    """Takes of one kind. Raises PreprocessingError otherwise."""
    if not recordings:
        raise PreprocessingError("there are no recordings to prepare")
    first_name, first = next(iter(recordings.items()))
    for name, take in recordings.items():
        for what, own, other in (
            ("marker set", take.marker_set.labels, first.marker_set.labels),
            ("frame rate", take.fps, first.fps),
            ("unit", take.unit, first.unit),
        ):
            if own != other:
                found = f"{len(own)} markers" if what == "marker set" else own
                expected = f"{len(other)} markers" if what == "marker set" else other
                raise PreprocessingError(
                    f"recordings must be of one kind to be prepared together: {what} of {name!r} is {found}, "
                    f"of {first_name!r} {expected}"
                )
    return recordings


def _piece(recordings: Mapping[str, Recording], block: Block) -> Recording:
    if block.recording not in recordings:
        raise PreprocessingError(f"training frames of {block.recording!r} asked for, there is no such recording")
    return recordings[block.recording].frames(block.start, block.stop)


def _missing_message(recordings: Mapping[str, Recording], reference: bool) -> str:
    torn = [name for name, take in recordings.items() if take.gaps]
    where = f" in {', '.join(torn)}" if torn else ""
    if reference:
        return f"reference mode cannot work with missing markers, and some are missing{where}: use the default mode"
    return f"no marker positions are there in the frames the scaling is fitted on{where}"
