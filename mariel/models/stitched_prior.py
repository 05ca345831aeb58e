"""The prior that phrases are sampled from by default: pieces of training motion, joined where they match.

A kernel density over latents (`mariel.models.latent_prior`) blurs each phrase as a whole. Here each piece of a phrase
is recorded motion, and only the order of pieces is new, as in Li et al., *Example-based Motion Synthesis via Generative
Motion Matching*, ACM Transactions on Graphics 42 (2023), arXiv:2306.00378, which composes motion of patches of
examples. A piece is followed by one whose first frames are like those with which it would have gone on, in pose and
velocity, and fades into it, as in Kovar, Gleicher and Pighin, *Motion Graphs*, SIGGRAPH 2002. The phrase is then
encoded as if it had been recorded: its latent is the mean of its posterior.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mariel.kinematics.canonical_frame import from_root_steps, to_root_steps
from mariel.kinematics.crossfade import smootherstep

MIN_LENGTH = 32
"""Frames of the shortest phrases that are made of pieces."""

FRAME_COUNT = 24_576
"""Frames of training motion that are kept: with `COMPONENTS`, 3.3 MB."""

COMPONENTS = 64
"""Principal components of the poses of these frames: the error per marker is some millimetres."""

CHUNK_LENGTHS = 4
"""Phrase lengths of consecutive frames that are kept together, where not all training motion can be kept."""

PIECES = 3
"""Pieces of a phrase."""

CROSSFADE = 0.094
"""Share of a phrase in which one piece fades into the next: 12 of 128 frames."""

JITTER = 0.09
"""Share of a phrase by which a crossfade may be earlier or later than where all pieces are of one length."""

MATCHES = 4
"""How many of the best matches a piece may be followed by."""

DISTINCT = 0.06
"""Share of a phrase within which only the best match counts: 8 of 128 frames."""

MATCHED_COMPONENTS = 16
"""Principal components of poses that are compared."""

PATH_WEIGHT, HEADING_WEIGHT = 7.0, 1.5
"""Metres of all markers of a body, root of the sum of squares, per metre of its path and per radian of its heading."""

QUANTISATION = 255
"""Largest of the integers that are compared: sums of their products are exact in float32, whatever their order."""


class Motion(NamedTuple):
    """Motion as the body sees it.

    Args:
        body: markers of each frame, centred and facing +x (…, frames, values), metres.
        path: on the floor (…, frames, 2), metres.
        heading: (…, frames), radians.
    """

    body: Tensor
    path: Tensor
    heading: Tensor


class Chunk(NamedTuple):
    """Consecutive frames of a take.

    Args:
        start: the first frame.
        stop: the frame after the last.
        mirrored: whether left and right are exchanged.
    """

    start: int
    stop: int
    mirrored: bool


class StitchedPrior(nn.Module):
    """Maps standard normal noise to phrases of pieces of training motion.

    Args:
        length: frames per phrase, at least `MIN_LENGTH`.
        body_size: values per frame of a body.
    """

    body_mean: Tensor
    components: Tensor
    frames: Tensor
    span_stops: Tensor

    def __init__(self, length: int, body_size: int) -> None:
        super().__init__()
        self.length = length
        self.overlap = max(2, round(CROSSFADE * length))
        count = min(COMPONENTS, body_size)
        self.register_buffer("body_mean", torch.zeros(body_size))
        self.register_buffer("components", torch.zeros(body_size, count))
        # Of each frame: components of the pose, and the root's step to the next frame.
        self.register_buffer("frames", torch.zeros(FRAME_COUNT, count + 3, dtype=torch.float16))
        # The frame after the last of the span that each frame is in; 0 of rows that are not used.
        self.register_buffer("span_stops", torch.zeros(FRAME_COUNT, dtype=torch.int32))

    @torch.no_grad()
    def fit(self, chunks: Sequence[Motion]) -> None:
        """Keep training motion: `FRAME_COUNT` frames at most.

        Args:
            chunks: consecutive frames of takes, see `choose_chunks`.
        """
        bodies = torch.cat([chunk.body for chunk in chunks])[:FRAME_COUNT]
        self.body_mean.copy_(bodies.mean(dim=0))
        centred = bodies - self.body_mean
        vectors = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)
        self.components.copy_(vectors[:, : self.components.shape[1]])
        steps = torch.cat([to_root_steps(chunk.path, chunk.heading) for chunk in chunks])[:FRAME_COUNT]
        self.frames.zero_()
        self.frames[: len(bodies)] = torch.cat([centred @ self.components, steps], dim=1).to(self.frames)
        lengths = torch.tensor([len(chunk.heading) for chunk in chunks], device=bodies.device)
        stops = lengths.cumsum(0).clamp_max(FRAME_COUNT).repeat_interleave(lengths)[:FRAME_COUNT]
        self.span_stops.zero_()
        self.span_stops[: len(stops)] = stops.to(self.span_stops)

    @torch.no_grad()
    def forward(self, noise: Tensor) -> Motion:
        """Phrases of standard normal noise (phrases, latent): body (phrases, length, body size), path and heading.

        The last components of the noise, which change a phrase of the kernel prior least, decide: the last one where
        the first piece begins, those before it where pieces end and which match follows. The same noise gives the same
        phrase, whatever the others are.
        """
        joints, sources = self.choose_pieces(noise)
        time = torch.arange(self.length, device=noise.device)
        since = time - joints[..., None]  # (phrases, pieces, length)
        weights = smootherstep((since[:, 1:] + 1) / (self.overlap + 1)).float()
        weights = nn.functional.pad(weights, (0, 0, 1, 0), value=1.0) - nn.functional.pad(weights, (0, 0, 0, 1))
        rows = (sources[..., None] + since).clamp(0, FRAME_COUNT - 1)
        frames = torch.zeros(len(noise), self.length, self.frames.shape[1], device=noise.device)
        for piece in range(PIECES):
            frames += weights[:, piece, :, None] * self.frames[rows[:, piece]].float()
        body = frames[..., :-3] @ self.components.T + self.body_mean
        return Motion(body, *from_root_steps(frames[..., -3:]))

    def choose_pieces(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Where pieces begin in the phrase, and with which rows of `frames`: (phrases, pieces) int64 each."""
        # In double precision: a choice must not depend on the last digit, which depends on the size of a batch.
        columns = -1 - torch.arange(2 * PIECES - 1, device=noise.device) % noise.shape[-1]
        uniform = torch.special.ndtr(noise[:, columns].double())
        begins = [torch.zeros(len(noise), dtype=torch.long, device=noise.device)]
        for piece in range(1, PIECES):
            middle = self.length * piece / PIECES - self.overlap / 2
            begins.append((middle + JITTER * self.length * (2 * uniform[:, piece] - 1)).round().long())
        ends = [*(begin + self.overlap for begin in begins[1:]), torch.full_like(begins[0], self.length)]
        count = int((self.span_stops > 0).sum())
        room = self.span_stops[:count] - torch.arange(count, device=noise.device)
        # Every first piece has room, however long it is: so that all frames are as likely.
        possible = (room >= self.length / PIECES + JITTER * self.length + self.overlap).nonzero()[:, 0]
        if not len(possible):
            return torch.stack(begins, dim=1), torch.zeros(len(noise), PIECES, dtype=torch.long, device=noise.device)
        sources = [possible[(uniform[:, 0] * len(possible)).long().clamp_max(len(possible) - 1)]]
        descriptors = self._descriptors(count)
        for piece in range(1, PIECES):
            goes_on = sources[-1] + begins[piece] - begins[piece - 1]
            needed = ends[piece] - begins[piece]
            rank = uniform[:, PIECES - 1 + piece]
            parts = zip(goes_on.split(64), needed.split(64), rank.split(64), strict=True)
            sources.append(torch.cat([self._match(descriptors, room, *part) for part in parts]))
        return torch.stack(begins, dim=1), torch.stack(sources, dim=1)

    def _descriptors(self, count: int) -> Tensor:
        """Integers by which frames are compared (frames, values): pose at three times of a crossfade, and steps."""
        frames = self.frames[:count].float()
        poses, steps = frames[:, : min(MATCHED_COMPONENTS, frames.shape[1] - 3)], frames[:, -3:]
        shifts = (0, -(self.overlap // 2), 1 - self.overlap)
        weights = steps.new_tensor([PATH_WEIGHT, PATH_WEIGHT, HEADING_WEIGHT]) * self.overlap
        mean_step = sum(torch.roll(steps, shift, dims=0) for shift in shifts) / len(shifts) * weights
        values = torch.cat([*(torch.roll(poses, shift, dims=0) for shift in shifts), mean_step], dim=1)
        return (values * (QUANTISATION / values.abs().max().clamp_min(1e-9))).round()

    def _match(self, descriptors: Tensor, room: Tensor, goes_on: Tensor, needed: Tensor, rank: Tensor) -> Tensor:
        """The rows (phrases,) with which phrases go on.

        Args:
            descriptors: of all frames (frames, values).
            room: frames from each frame to the end of its span (frames,).
            goes_on: the row with which each phrase would go on as it was recorded (phrases,).
            needed: frames that the next piece has (phrases,).
            rank: uniform number that chooses among the best matches (phrases,).
        """
        queries = descriptors[goes_on]
        distance = (
            descriptors.square().sum(dim=1) - 2 * queries @ descriptors.T + queries.square().sum(1, keepdim=True)
        )
        rows = torch.arange(len(room), device=room.device)
        same = (rows - goes_on[:, None]).abs() < self.length
        same &= self.span_stops[: len(room)] == self.span_stops[goes_on][:, None]
        distance[same] += 2.0**24  # only where there is nothing else
        distance[room < needed[:, None]] = torch.inf
        reach = max(1, round(DISTINCT * self.length))
        lowest = -nn.functional.max_pool1d(-distance[:, None], 2 * reach + 1, stride=1, padding=reach)[:, 0]
        distance = torch.where(distance > lowest, torch.inf, distance)
        best = torch.topk(distance, min(MATCHES, len(room)), dim=1, largest=False)
        usable = (best.values < 2.0**24).sum(dim=1).clamp_min(1)
        return best.indices.gather(1, (rank * usable).long().clamp_max(usable - 1)[:, None])[:, 0]


def choose_chunks(spans: Sequence[tuple[int, int]], length: int) -> list[Chunk]:
    """The training motion to keep, about `FRAME_COUNT` frames: evenly spaced, every other chunk mirrored.

    Where there is room for it, chunks and their mirror images are kept both.

    Args:
        spans: first frame of each, and the frame after its last.
        length: frames per phrase.
    """
    chunks = []
    for start, stop in spans:
        count = -(-(stop - start) // (CHUNK_LENGTHS * length))
        edges = [start + (stop - start) * edge // count for edge in range(count + 1)]
        chunks += list(pairwise(edges))
    total, number = sum(stop - start for start, stop in chunks), len(chunks)
    fitting = max(1, number * FRAME_COUNT // total)
    once = [index * number // min(fitting, number) for index in range(min(fitting, number))]
    twice = min(max(0, fitting - number), number)
    again = [index * number // twice for index in range(twice)]
    kept = [Chunk(*chunks[row], index % 2 == 1) for index, row in enumerate(once)]
    return kept + [Chunk(*chunks[row], row % 2 == 0) for row in again]
