"""Preprocessing: from takes in metres to six channels between -1 and 1, and back.

The steps are those of the published loader (`functions/load_data.py` of github.com/mariel-pettee/choreo-graph):
scale the takes so that the floor they use is a square two units wide, centre each frame on the floor if asked,
compute velocities, and scale positions and velocities to -1 … 1. By default the loader's faults are corrected: bodies
are rotated upright rather than mirrored, velocities stay within a take, and the scaling is fitted on training frames
only. With `reference=True` everything, faults included, is as the loader does it; see `mariel.data.reference`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np

from mariel.data.blocks import Block, frame_counts
from mariel.data.recording_checks import missing_message, require_match, require_one_kind, select_block
from mariel.data.scaling import (
    FloorScaling,
    Range,
    centre_in_place,
    fit_floor_scaling,
    fit_ranges,
    floor_centre,
    in_reference_orientation,
    scaled_chunks,
    scaling_options,
)
from mariel.errors import PreprocessingError
from mariel.files import write_atomically
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

CHANNELS = ("x", "y", "z", "vx", "vy", "vz")
"""The last axis of prepared data: position, then velocity per second."""

_FILE_VERSION = 1

_JSON_KEYS = {"floor_scaling": "stage"}
"""Keys of the JSON that are not the attribute's name: older files must stay readable."""


@dataclass(frozen=True)
class Preprocessing:
    """A fitted preprocessing: all that is needed to prepare takes and to undo it.

    `Preprocessing.fit` makes it; it can be printed, compared, and written to and read from JSON.

    >>> preprocessing = Preprocessing.fit(recordings, train=BlockSplit().blocks(recordings).training)
    >>> prepared = preprocessing.prepare(recordings)            # all takes, (frames, 53, 6) float32
    >>> honey = preprocessing.apply(recordings["honey"])        # one take
    >>> preprocessing.undo(honey, preprocessing.floor_path(recordings["honey"]))   # metres, in the room

    Args:
        labels: the markers, in order.
        fps: frames per second.
        unit: unit of the recordings' positions, "m" for metres.
        floor_scaling: the square on the floor, which is scaled to -1 … 1.
        positions: lowest and highest scaled coordinate, all axes together.
        centred_positions: the same after centring.
        velocities: lowest and highest velocity, in scaled units per second.
        centred: whether each frame's mean x and y over its markers is subtracted from the positions (velocities are
            always those in the room, as in the published loader).
        reference: whether everything is done as the published loader does it, faults included.
        takes: names and frame counts of the takes that were given to `fit`.
        fitted_on: the frames that the scaling was fitted on.
    """

    labels: tuple[str, ...]
    fps: float
    unit: str
    floor_scaling: FloorScaling
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
        """Fit to takes: the square on the floor that they fill, and the ranges of their positions and velocities.

        Args:
            recordings: takes by name, all of one marker set, frame rate and unit.
            centred: see the class.
            train: the frames to fit on, all if None; missing markers are ignored.
            reference: do everything as the published loader does, in the files' own dtype.

        Raises:
            PreprocessingError: the takes differ in kind, nothing moves, or a marker is missing in reference mode.
        """
        require_one_kind(recordings)
        if reference and train is not None:
            raise PreprocessingError("reference mode fits its scaling on all frames: leave out the training frames")
        all_blocks = tuple(Block(name, 0, len(take)) for name, take in recordings.items())
        fitted_on = all_blocks if train is None else tuple(Block(*block) for block in train)
        pieces = [select_block(recordings, block) for block in fitted_on]
        if not pieces:
            raise PreprocessingError("there are no training frames to fit the scaling on")
        if reference:
            pieces = list(map(in_reference_orientation, pieces))
        options = scaling_options(pieces, reference)
        floor_scaling = fit_floor_scaling(pieces, raw=reference, dtype=options["dtype"])
        if not np.isfinite([floor_scaling.low, floor_scaling.high]).all():
            raise PreprocessingError(missing_message(recordings, reference))
        if not floor_scaling.xy_range > 0:
            raise PreprocessingError("cannot scale: all markers are on one point of the floor")
        positions, centred_positions, velocities = fit_ranges(scaled_chunks(pieces, floor_scaling, **options))
        if not velocities.high > velocities.low:
            raise PreprocessingError("cannot scale velocities: nothing moves in the frames the scaling is fitted on")
        first = next(iter(recordings.values()))
        return cls(
            labels=first.marker_set.labels,
            fps=float(first.fps),
            unit=first.unit,
            floor_scaling=floor_scaling,
            positions=positions,
            centred_positions=centred_positions,
            velocities=velocities,
            centred=centred,
            reference=reference,
            takes=tuple(frame_counts(recordings).items()),
            fitted_on=fitted_on,
        )

    def with_centring(self, centred: bool) -> "Preprocessing":
        """The same fit, centred or not; nothing is fitted again."""
        return replace(self, centred=centred)

    @property
    def position_range(self) -> Range:
        """The range that positions are scaled by: of centred positions if `centred`."""
        return self.centred_positions if self.centred else self.positions

    @property
    def unit_length(self) -> float:
        """Metres (or `unit`) per unit of a prepared position: an error of 0.01 is `0.01 * unit_length` metres."""
        return self.position_range.span / 2 / self.floor_scaling.factor

    @property
    def unit_speed(self) -> float:
        """Metres (or `unit`) per second, per unit of a prepared velocity."""
        return self.velocities.span / 2 / self.floor_scaling.factor

    def apply(self, recording: Recording) -> np.ndarray:
        """One take, or a part of one, prepared: (frames, markers, 6) float32, channels as in `CHANNELS`.

        Missing markers stay NaN. In reference mode the take counts as the first one, with velocities from zero.

        Raises:
            PreprocessingError: the take's markers, frame rate or unit are not those of the fit.
        """
        return self.prepare({recording.name: recording}).array

    def prepare(self, recordings: Mapping[str, Recording]) -> "PreparedTakes":
        """Takes prepared as one contiguous array; uses memory for that array and one chunk.

        Raises:
            PreprocessingError: a take's markers, frame rate or unit are not those of the fit.
        """
        require_one_kind(recordings)
        for recording in recordings.values():
            require_match(recording, labels=self.labels, fps=self.fps, unit=self.unit)
        counts = frame_counts(recordings)
        array = np.empty((sum(counts.values()), len(self.labels), len(CHANNELS)), np.float32)
        has_missing = np.zeros(len(array), bool)
        for first, chunk in self.chunks(recordings.values()):
            array[first : first + len(chunk)] = chunk
            has_missing[first : first + len(chunk)] = ~np.isfinite(chunk.sum(axis=(1, 2)))  # a NaN makes the sum NaN
        marker_set = next(iter(recordings.values())).marker_set
        return PreparedTakes(array, tuple(counts.items()), has_missing, marker_set, self)

    def chunks(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, np.ndarray]]:
        """Prepare takes chunk by chunk: the chunk's first frame, counted over all takes, and (frames, markers, 6).

        Values are float32; in reference mode float64, as the published loader's.
        """
        pieces = [in_reference_orientation(recording) if self.reference else recording for recording in recordings]
        for chunk in scaled_chunks(pieces, self.floor_scaling, **scaling_options(pieces, self.reference)):
            if self.centred:
                centre_in_place(chunk.positions)
            shape = (*chunk.positions.shape[:2], len(CHANNELS))
            prepared = np.empty(shape, np.float64 if self.reference else np.float32)
            prepared[..., :3] = chunk.positions
            prepared[..., 3:] = chunk.velocities
            prepared[..., :3] = self.position_range.scale(prepared[..., :3])
            prepared[..., 3:] = self.velocities.scale(prepared[..., 3:])
            yield chunk.first, prepared

    def floor_path(self, recording: Recording) -> np.ndarray:
        """The path on the floor that centring subtracts: mean x and y of each frame (frames, 2), in metres."""
        if self.reference:
            recording = in_reference_orientation(recording)
        return floor_centre(recording.positions)[:, 0]

    def undo(self, prepared: np.ndarray, path: np.ndarray | None = None) -> np.ndarray:
        """Positions in metres (or `unit`), z up, of prepared data or of a model's output.

        Args:
            prepared: (…, frames, markers, 3 or 6); velocities are ignored.
            path: on the floor (frames, 2), as `floor_path` gives it; without it, centred data stays centred.

        Returns:
            (…, frames, markers, 3) float32. In reference mode the body is mirrored, as it is there.

        Raises:
            PreprocessingError: the data has another number of markers or channels.
        """
        prepared = self._check_channels(prepared, (3, 6))
        positions = self.position_range.undo(prepared[..., :3].astype(np.float64))
        if not self.centred:
            positions[..., :2] += 1
        positions /= self.floor_scaling.factor
        if not self.centred:
            positions[..., :2] += self.floor_scaling.xy_min
        elif path is not None:
            positions[..., :2] += np.asarray(path)[..., :, None, :]
        return positions.astype(np.float32)

    def undo_velocities(self, prepared: np.ndarray) -> np.ndarray:
        """Velocities in metres per second, (…, frames, markers, 3) float32, of prepared data (…, 6)."""
        prepared = self._check_channels(prepared, (6,))
        velocities = self.velocities.undo(prepared[..., 3:].astype(np.float64)) / self.floor_scaling.factor
        return velocities.astype(np.float32)

    def _check_channels(self, prepared: np.ndarray, channels: tuple[int, ...]) -> np.ndarray:
        """The data as an array. Raises PreprocessingError if it has another number of axes or channels."""
        prepared = np.asarray(prepared)
        if prepared.ndim < 3 or prepared.shape[-1] not in channels:
            expected = " or ".join(map(str, channels))
            raise PreprocessingError(f"expected (…, frames, markers, {expected}), found shape {prepared.shape}")
        return prepared

    def to_dict(self) -> dict:
        """Numbers, strings and lists, for JSON."""
        values = {_JSON_KEYS.get(name, name): value for name, value in asdict(self).items()}
        return {"format": "mariel preprocessing", "version": _FILE_VERSION, **values}

    @classmethod
    def from_dict(cls, data: Mapping) -> "Preprocessing":
        """The preprocessing that `to_dict` wrote, with or without JSON in between.

        Raises:
            PreprocessingError: the data is something else, or of a newer version.
        """
        if not isinstance(data, Mapping) or data.get("format") != "mariel preprocessing":
            raise PreprocessingError("this is no saved preprocessing")
        if data.get("version") != _FILE_VERSION:
            raise PreprocessingError(f"preprocessing of version {data.get('version')}, expected {_FILE_VERSION}")
        floor_key = _JSON_KEYS["floor_scaling"]
        keys = [_JSON_KEYS.get(field.name, field.name) for field in fields(cls)]
        if missing := [key for key in keys if key not in data]:
            raise PreprocessingError(f"saved preprocessing lacks {', '.join(missing)}")
        try:
            return cls(
                labels=tuple(data["labels"]),
                fps=float(data["fps"]),
                unit=str(data["unit"]),
                floor_scaling=FloorScaling(tuple(data[floor_key]["low"]), tuple(data[floor_key]["high"])),
                positions=Range(**data["positions"]),
                centred_positions=Range(**data["centred_positions"]),
                velocities=Range(**data["velocities"]),
                centred=bool(data["centred"]),
                reference=bool(data["reference"]),
                takes=tuple((str(name), int(frames)) for name, frames in data["takes"]),
                fitted_on=tuple(Block(*block) for block in data["fitted_on"]),
            )
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise PreprocessingError(f"saved preprocessing is damaged: {error}") from error

    def save(self, path: str | Path) -> None:
        """Write it as JSON, atomically.

        Raises:
            WriteError: the file cannot be written.
        """
        write_atomically(path, json.dumps(self.to_dict(), indent=1).encode())

    @classmethod
    def load(cls, path: str | Path) -> "Preprocessing":
        """Read what `save` wrote.

        Raises:
            PreprocessingError: the file is missing or holds something else.
        """
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError) as error:
            raise PreprocessingError(f"cannot read preprocessing '{path}': {error}") from error

    def report(self) -> str:
        """The statistics in the format in which the published loader prints them, in either mode.

        Its last four lines are the ranges of positions and velocities, not centred and then centred.
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
        lines = [repr(self)]
        for name, frames, first in self.counts_and_offsets():
            lines.append(f"  {name:<24}{frames:>8,} frames from {first:,}")
        lines.append(f"  fitted on {used:,} of {total:,} frames, {used / total:.0%}")
        square = self.floor_scaling
        for axis, low, high in zip("xyz", square.low, square.high, strict=True):
            lines.append(f"  {axis}: 1 % of positions below {low:+.3f}, 1 % above {high:+.3f} {self.unit}")
        lines.append(
            f"  square: x and y {square.xy_min:+.3f} … {square.xy_max:+.3f} {self.unit} become -1 … 1, "
            f"{square.factor:.4f} scaled units per {self.unit}"
        )
        for name, values in (
            ("positions", self.positions),
            ("centred positions", self.centred_positions),
            ("velocities", self.velocities),
        ):
            lines.append(f"  {name}: {values.low:+.4f} … {values.high:+.4f} become -1 … 1")
        return "\n".join(lines)

    def counts_and_offsets(self) -> list[tuple[str, int, int]]:
        """Name, frame count and first frame (counted over all takes) of each take that was given to `fit`."""
        rows, first = [], 0
        for name, frames in self.takes:
            rows.append((name, frames, first))
            first += frames
        return rows


@dataclass(frozen=True, eq=False)
class PreparedTakes(Mapping[str, np.ndarray]):
    """Prepared takes: one contiguous array, and a view of it for each take, by name.

    >>> prepared["honey"].shape       # (5309, 53, 6), a view

    Args:
        array: (frames of all takes, markers, 6) float32, channels as in `CHANNELS`.
        takes: names and frame counts, in order.
        has_missing: (frames,) bool, frames in which a marker or its velocity is missing; NaN in `array`.
        marker_set: the markers.
        preprocessing: how it was made, and how to undo it.
    """

    array: np.ndarray
    takes: tuple[tuple[str, int], ...]
    has_missing: np.ndarray
    marker_set: MarkerSet
    preprocessing: Preprocessing

    @property
    def offsets(self) -> dict[str, int]:
        """First frame of each take in `array`."""
        counts = [frames for _, frames in self.takes]
        firsts = np.cumsum([0, *counts[:-1]]).tolist()
        return {name: first for (name, _), first in zip(self.takes, firsts, strict=True)}

    def __getitem__(self, name: str) -> np.ndarray:
        first = self.offsets[name]
        return self.array[first : first + dict(self.takes)[name]]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.takes)

    def __len__(self) -> int:
        return len(self.takes)

    def __repr__(self) -> str:
        shape = " × ".join(f"{size:,}" for size in self.array.shape)
        return f"PreparedTakes({len(self)} takes, {shape} (frames, markers, channels), {self.preprocessing!r})"

    def markers(self, marker_set: MarkerSet) -> "PreparedTakes":
        """The data of fewer markers, still scaled and centred by all of them, as the published loader does it."""
        array = self.array[:, self.marker_set.indices(marker_set.labels)]
        has_missing = self.has_missing
        if has_missing.any():
            has_missing = has_missing & np.isnan(array).any(axis=(1, 2))
        return replace(self, array=np.ascontiguousarray(array), has_missing=has_missing, marker_set=marker_set)
