"""What the published loader works out, written out step by step in plain numpy: the oracle of reference mode.

Written from a description of `functions/load_data.py` of github.com/mariel-pettee/choreo-graph: slow, literal and
independent of the package.
"""

from pathlib import Path

import numpy as np


def published(folder: Path) -> dict:
    """The six arrays and the printed lines for the raw files of a folder."""
    keep = [column for column in range(55) if column not in (26, 53)]
    takes = {}
    for file in sorted(folder.glob("mariel_*.npy")):
        raw = np.load(file)
        take = raw.transpose(1, 0, 2)[500 : raw.shape[1] - 500][:, keep]
        take[..., 2] = -take[..., 2]
        takes[file.stem.removeprefix("mariel_")] = take
    joined = np.concatenate(list(takes.values()))
    lines = [
        f"Original numpy dataset contains {len(joined):,} timesteps of {joined.shape[1]} joints "
        f"with {joined.shape[2]} dimensions each."
    ]

    # Asked for in one list, the quantiles of float32 positions are float64, and so is what is worked out from them.
    low, high = np.quantile(joined, [0.01, 0.99], axis=(0, 1))
    bottom = min(low[0], low[1])
    width = max(high[0], high[1]) - bottom

    def stand(positions: np.ndarray) -> np.ndarray:
        positions = positions.copy()
        positions[:, :, :2] -= bottom
        positions *= 2 / width
        positions[:, :, :2] -= 1
        return positions

    def centre(positions: np.ndarray) -> np.ndarray:
        positions = positions.copy()
        positions[:, :, :2] -= positions[:, :, :2].mean(axis=1, keepdims=True)
        return positions

    joined = stand(joined)
    centred = centre(joined)
    takes = {name: stand(take) for name, take in takes.items()}
    takes_centred = {name: centre(take) for name, take in takes.items()}

    velocities = np.zeros(joined.shape, np.float64)
    for frame in range(1, len(joined)):
        velocities[frame] = 35 * (joined[frame] - joined[frame - 1])

    normalised = []
    for positions in (joined, centred):
        channels = np.concatenate([positions.astype(np.float64), velocities], axis=2)
        for name, part in (("loc", slice(0, 3)), ("vel", slice(3, 6))):
            least, most = np.min(channels[..., part]), np.max(channels[..., part])
            lines.append(f"{name}_min: {least} {name}_max: {most}")
            channels[..., part] = (channels[..., part] - least) * 2 / (most - least) - 1
        normalised.append(channels)

    counts = np.array([len(take) for take in takes.values()])
    return {
        "joined": normalised[0],
        "joined_centred": normalised[1],
        "takes": takes,
        "takes_centred": takes_centred,
        "counts": counts,
        "offsets": np.array([sum(counts[:i]) for i in range(len(counts))]),
        "printed": "\n".join(lines),
    }
