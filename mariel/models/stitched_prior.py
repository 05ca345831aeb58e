"""The prior that phrases are sampled from by default: pieces of training motion, joined where they match.

A kernel density over latents (`mariel.models.latent_prior`) blurs each phrase as a whole. Here each piece of a phrase
is recorded motion, and only the order of pieces is new, as in Li et al., *Example-based Motion Synthesis via
Generative Motion Matching*, ACM Transactions on Graphics 42 (2023), arXiv:2306.00378, which composes motion of
patches of examples. Two pieces are joined where the one would have gone on as the other begins, in pose and velocity,
and the first fades into the second, as in Kovar, Gleicher and Pighin, *Motion Graphs*, SIGGRAPH 2002. The phrase is
then encoded as if it had been recorded: its latent is the mean of its posterior.
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

PIECES, CHOICES = 3, 5
"""Pieces of a phrase, and uniform numbers that choose them."""

CROSSFADE = 0.094
"""Share of a phrase in which one piece fades into the next: 12 of 128 frames."""

JITTER = 0.09
"""Share of a phrase by which a crossfade may be earlier or later than where all pieces are of one length."""

MATCHES, MATCH_RATIO, MATCH_TOLERANCE = 8, 2.0, 0.05
"""How many matches are chosen from, and how much worse than the best they may be: its squared distance times the
ratio, plus the tolerance relative to the variance."""

DISTINCT = 0.06
"""Share of a phrase within which only the best match counts: 8 of 128 frames."""

MATCHED_COMPONENTS = 16
"""Principal components of poses that are compared."""

PATH_WEIGHT, HEADING_WEIGHT = 7.0, 1.5
"""Metres of all markers of a body, root of the sum of squares, per metre of its path and radian of its heading."""

OTHER_TAKE = 1.5
"""What another take adds to the squared distance of a match, relative to the variance: it may be of another body, and
without it phrases would drift from takes that are like no other to common poses."""

QUANTISATION = 127
"""Largest of the integers that are compared: sums of their products are exact in float32, whatever their order."""

MATCHED_AT_ONCE = 64
"""Phrases whose matches are sought at once: 6 MB per value."""

_FAR = 2.0**23
"""More than any squared distance."""


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

    Where there is too little of it for three pieces from different times, parts of the recordings are repeated.

    Args:
        length: frames per phrase, at least `MIN_LENGTH`.
        body_size: values per frame of a body.
    """

    body_mean: Tensor
    components: Tensor
    frames: Tensor
    span_stops: Tensor
    takes: Tensor
    descriptors: Tensor

    def __init__(self, length: int, body_size: int) -> None:
        super().__init__()
        self.length = length
        self.overlap = max(2, round(CROSSFADE * length))
        count = min(COMPONENTS, body_size)
        self.matched_components = min(MATCHED_COMPONENTS, count)
        self.register_buffer("body_mean", torch.zeros(body_size))
        self.register_buffer("components", torch.zeros(body_size, count))
        # Of each frame: components of the pose, and the root's step to the next frame.
        self.register_buffer("frames", torch.zeros(FRAME_COUNT, count + 3, dtype=torch.float16))
        # The frame after the last of the span that each frame is in; 0 of rows that are not used.
        self.register_buffer("span_stops", torch.zeros(FRAME_COUNT, dtype=torch.int32))
        self.register_buffer("takes", torch.zeros(FRAME_COUNT, dtype=torch.int32))
        size = 3 * self.matched_components + 3
        self.register_buffer("descriptors", torch.zeros(FRAME_COUNT, size, dtype=torch.int8))

    @torch.no_grad()
    def fit(self, chunks: Sequence[Motion], takes: Sequence[str]) -> None:
        """Keep training motion: `FRAME_COUNT` frames at most.

        Args:
            chunks: consecutive frames of takes, see `choose_chunks`.
            takes: the name of each chunk's take.
        """
        bodies = torch.cat([chunk.body for chunk in chunks])[:FRAME_COUNT]
        self.body_mean.copy_(bodies.mean(dim=0))
        centred = bodies - self.body_mean
        vectors = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)
        self.components.copy_(vectors[:, : self.components.shape[1]])
        steps = torch.cat([to_root_steps(chunk.path, chunk.heading) for chunk in chunks])[:FRAME_COUNT]
        self.frames.zero_()
        self.frames[: len(bodies)] = torch.cat([centred @ self.components, steps], dim=1).to(self.frames)
        self.descriptors.zero_()
        self.descriptors[: len(bodies)] = self._describe(self.frames[: len(bodies)].float()).to(self.descriptors)
        lengths = torch.tensor([len(chunk.heading) for chunk in chunks], device=bodies.device)
        numbers = {take: number for number, take in enumerate(dict.fromkeys(takes))}
        of_chunk = {
            "span_stops": lengths.cumsum(0).clamp_max(FRAME_COUNT),
            "takes": torch.tensor([numbers[take] for take in takes], device=bodies.device),
        }
        for name, values in of_chunk.items():
            rows = values.repeat_interleave(lengths)[:FRAME_COUNT]
            buffer = self.get_buffer(name).zero_()
            buffer[: len(rows)] = rows.to(buffer)

    @torch.no_grad()
    def forward(self, noise: Tensor) -> Motion:
        """Phrases of standard normal noise (phrases, latent): body (phrases, length, body size), path and heading.

        The last components of the noise, which change a phrase of the kernel prior least, decide: the last one where
        the middle piece is from, those before it where pieces end and which matches are joined to it. The same noise
        gives the same phrase, whatever the others are.
        """
        begins, rows = self.choose_pieces(noise)
        since = torch.arange(self.length, device=noise.device) - begins[..., None]  # (phrases, pieces, length)
        fades = smootherstep((since[:, 1:] + 1) / (self.overlap + 1))
        weights = nn.functional.pad(fades, (0, 0, 1, 0), value=1.0) - nn.functional.pad(fades, (0, 0, 0, 1))
        rows = (rows[..., None] + since).clamp(0, FRAME_COUNT - 1)
        frames = torch.zeros(len(noise), self.length, self.frames.shape[1], device=noise.device)
        for piece in range(PIECES):
            frames += weights[:, piece, :, None] * self.frames[rows[:, piece]].float()
        body = frames[..., :-3] @ self.components.T + self.body_mean
        return Motion(body, *from_root_steps(frames[..., -3:]))

    @torch.no_grad()
    def choose_pieces(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """At which frame of a phrase its pieces begin, and rows of `frames` from there: (phrases, pieces) int64 each.

        The middle piece is chosen first, from all training motion alike; those before and after it match it.
        """
        columns = -1 - torch.arange(CHOICES) % noise.shape[-1]
        # In double precision: a choice must not depend on the last digit, which depends on the size of a batch.
        uniform = torch.special.ndtr(noise[:, columns.to(noise.device)].cpu().double())
        middles = torch.arange(1, PIECES) * self.length / PIECES + JITTER * self.length * (2 * uniform[:, 1:3] - 1)
        joints = (middles - self.overlap / 2).round().long().to(noise.device)
        begins = nn.functional.pad(joints, (1, 0))
        before, after = self._room()
        possible = (after >= self.length / PIECES + 2 * JITTER * self.length + self.overlap + 1).nonzero()[:, 0]
        if not len(possible):  # not fitted
            return begins, torch.zeros_like(begins)
        middle = possible[(uniform[:, 0] * len(possible)).long().clamp_max(len(possible) - 1).to(noise.device)]
        first, second = joints.unbind(dim=1)
        ranks = uniform[:, 3:].float().to(noise.device).unbind(dim=1)
        may_precede = _Query(middle, first, torch.full_like(first, self.overlap), ranks[0])
        may_follow = _Query(middle + second - first, torch.zeros_like(second), self.length - second, ranks[1])
        earlier, later = (self._match(query, before, after) for query in (may_precede, may_follow))
        return begins, torch.stack([earlier - first, middle, later], dim=1)

    def _room(self) -> tuple[Tensor, Tensor]:
        """Frames before each row in its span, and from it to the span's end: (rows,) int64 each."""
        stops = self.span_stops[: int((self.span_stops > 0).sum())].long()
        rows = torch.arange(len(stops), device=stops.device)
        edges = nn.functional.pad(stops.unique(), (1, 0))
        return rows - edges[torch.searchsorted(edges, rows, right=True) - 1], stops - rows

    def _match(self, query: "_Query", before: Tensor, after: Tensor) -> Tensor:
        """Rows (phrases,) like others, chosen among the best matches; `before` and `after` are of `_room`."""
        descriptors = self.descriptors[: len(after)].float()
        lengths = descriptors.square().sum(dim=1)
        parts = zip(*(part.split(MATCHED_AT_ONCE) for part in query), strict=True)
        return torch.cat([self._match_some(_Query(*part), descriptors, lengths, before, after) for part in parts])

    def _match_some(
        self, query: "_Query", descriptors: Tensor, lengths: Tensor, before: Tensor, after: Tensor
    ) -> Tensor:
        """The same of few phrases, with the descriptors of all rows and the squares of their lengths."""
        own = descriptors[query.row]
        distance = torch.addmm(lengths + lengths[query.row, None], own, descriptors.T, alpha=-2)
        takes, variance = self.takes[: len(lengths)], lengths.mean()
        distance[takes != takes[query.row, None]] += (OTHER_TAKE * variance).round()
        # Motion near the row itself would be a copy of the recording: only where there is nothing else.
        near = query.row[:, None] + torch.arange(1 - self.length, self.length, device=own.device)
        near = near.clamp(
            min=(query.row - before[query.row])[:, None], max=(query.row + after[query.row] - 1)[:, None]
        )
        distance.scatter_add_(1, near, torch.full_like(near, _FAR, dtype=distance.dtype))
        distance[(before < query.before[:, None]) | (after < query.after[:, None])] = torch.inf
        reach = max(1, round(DISTINCT * self.length))
        lowest = -nn.functional.max_pool1d(-distance[:, None], 2 * reach + 1, stride=1, padding=reach)[:, 0]
        distance[distance > lowest] = torch.inf
        best = torch.topk(distance, min(MATCHES, len(after)), dim=1, largest=False)
        good = best.values <= MATCH_RATIO * best.values[:, :1] + (MATCH_TOLERANCE * variance).round()
        usable = (good & (best.values < _FAR)).sum(dim=1).clamp_min(1)
        return best.indices.gather(1, (query.rank * usable).long().clamp_max(usable - 1)[:, None])[:, 0]

    def _describe(self, frames: Tensor) -> Tensor:
        """Integers by which rows are compared (rows, values): poses at three times of a crossfade, and mean steps."""
        poses, steps = frames[:, : self.matched_components], frames[:, -3:]
        shifts = (0, -(self.overlap // 2), 1 - self.overlap)
        weights = steps.new_tensor([PATH_WEIGHT, PATH_WEIGHT, HEADING_WEIGHT]) * self.overlap
        mean_step = torch.stack([torch.roll(steps, shift, dims=0) for shift in shifts]).mean(dim=0) * weights
        values = torch.cat([*(torch.roll(poses, shift, dims=0) for shift in shifts), mean_step], dim=1)
        return (values * (QUANTISATION / values.abs().max().clamp_min(1e-9))).round()


class _Query(NamedTuple):
    """Rows for which matches are sought, (phrases,) each.

    Args:
        row: with which frames are compared.
        before: frames that a match must have before it.
        after: frames that it must have from itself on.
        rank: uniform number that chooses among the best matches.
    """

    row: Tensor
    before: Tensor
    after: Tensor
    rank: Tensor


def choose_chunks(spans: Sequence[tuple[int, int]], length: int) -> list[Chunk]:
    """The training motion to keep, about `FRAME_COUNT` frames: evenly spaced, every other chunk mirrored.

    Where there is room for it, chunks and their mirror images are kept both.

    Args:
        spans: first frame of each, and the frame after its last.
        length: frames per phrase.
    """
    chunks: list[tuple[int, int]] = []
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
