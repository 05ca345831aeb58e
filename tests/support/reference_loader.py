"""The published loader (the reference) step by step in plain numpy: the expected values for tests of reference mode.

Written from a description of `functions/load_data.py` of github.com/mariel-pettee/choreo-graph: slow, literal and
independent of the package.
"""

from pathlib import Path

import numpy as np


def run_reference_loader(folder: Path) -> dict:
    """The six arrays and the printed lines for the raw files of a folder."""
    keep = [column for column in range(55) if column not in (26, 53)]
    takes = {}
    for file in sorted(folder.glob("mariel_*.npy")):
        raw = np.load(file)
        take = raw.transpose(1, 0, 2)[500 : raw.shape[1] - 500][:, keep]
        take[..., 2] = -take[..., 2]
        takes[file.stem.removeprefix("mariel_")] = take
    concatenated = np.concatenate(list(takes.values()))
    lines = [
        f"Original numpy dataset contains {len(concatenated):,} timesteps of {concatenated.shape[1]} joints "
        f"with {concatenated.shape[2]} dimensions each."
    ]

    # Called with a list, np.quantile gives float64 quantiles of float32 positions, so all that follows is float64.
    low, high = np.quantile(concatenated, [0.01, 0.99], axis=(0, 1))
    xy_min = min(low[0], low[1])
    xy_range = max(high[0], high[1]) - xy_min

    def scale_to_stage(positions: np.ndarray) -> np.ndarray:
        positions = positions.copy()
        positions[:, :, :2] -= xy_min
        positions *= 2 / xy_range
        positions[:, :, :2] -= 1
        return positions

    def centre(positions: np.ndarray) -> np.ndarray:
        positions = positions.copy()
        positions[:, :, :2] -= positions[:, :, :2].mean(axis=1, keepdims=True)
        return positions

    concatenated = scale_to_stage(concatenated)
    centred = centre(concatenated)
    takes = {name: scale_to_stage(take) for name, take in takes.items()}
    takes_centred = {name: centre(take) for name, take in takes.items()}

    velocities = np.zeros(concatenated.shape, np.float64)
    for frame in range(1, len(concatenated)):
        velocities[frame] = 35 * (concatenated[frame] - concatenated[frame - 1])

    normalised = []
    for positions in (concatenated, centred):
        channels = np.concatenate([positions.astype(np.float64), velocities], axis=2)
        for name, part in (("loc", slice(0, 3)), ("vel", slice(3, 6))):
            low_value, high_value = np.min(channels[..., part]), np.max(channels[..., part])
            lines.append(f"{name}_min: {low_value} {name}_max: {high_value}")
            channels[..., part] = (channels[..., part] - low_value) * 2 / (high_value - low_value) - 1
        normalised.append(channels)

    frame_counts = np.array([len(take) for take in takes.values()])
    return {
        "concatenated": normalised[0],
        "concatenated_centred": normalised[1],
        "takes": takes,
        "takes_centred": takes_centred,
        "counts": frame_counts,
        "offsets": np.array([sum(frame_counts[:i]) for i in range(len(frame_counts))]),
        "printed": "\n".join(lines),
    }
