"""Phrases as graphs: every marker a node, every ordered pair of markers an edge.

A node's features are the six channels of its marker in all frames; an edge's attribute says, for every frame, whether
it is a bone. In reference mode items equal those of the published loader (`functions/load_data.py` of
github.com/mariel-pettee/choreo-graph), which marks bones in one direction only. By default both are marked.
"""

from typing import NamedTuple

import torch
from torch_geometric.data import Data, Dataset

from mariel.data.phrases import Phrases
from mariel.motion.marker_set import MarkerSet


class Edges(NamedTuple):
    """All ordered pairs of different markers.

    Args:
        index: (2, edges) int64: first and second marker, in lexical order.
        bones: (edges,) bool, which of them are bones.
    """

    index: torch.Tensor
    bones: torch.Tensor


def marker_edges(marker_set: MarkerSet, *, style: str | None = None, both_directions: bool = True) -> Edges:
    """The edges between a marker set's markers, and which of them are bones.

    Args:
        marker_set: the nodes, in order.
        style: which skeleton; by default the notebook's if the set has it, else its first one. Where a bone ends at
            the mean of several markers, the edges of each of them are bones.
        both_directions: mark bones in both directions, or only in that of the skeleton's list.
    """
    if style is None and "notebook" in marker_set.styles:
        style = "notebook"
    markers = len(marker_set)
    is_bone = torch.zeros(markers, markers, dtype=torch.bool)
    for start, end in marker_set.bones(style):
        for label in start:
            is_bone[marker_set.index(label), marker_set.indices(end)] = True
    if both_directions:
        is_bone |= is_bone.T.clone()
    index = (~torch.eye(markers, dtype=torch.bool)).nonzero().T.contiguous()
    return Edges(index, is_bone[index[0], index[1]])


class PhraseGraphs(Dataset):
    """A torch-geometric dataset with one graph per phrase, for torch-geometric's `DataLoader`.

    >>> graphs = PhraseGraphs(Phrases(prepared, 128, target_frames=1))
    >>> graphs[0]
    Data(x=[53, 768], edge_index=[2, 2756], edge_attr=[2756, 128], y=[53, 774])

    The edges are made once and shared by all items: do not change them.

    Args:
        phrases: the phrases; `x` is the phrase, `y` its target, each (markers, frames × channels).
        style: which skeleton's bones; see `marker_edges`.
        both_directions: mark bones in both directions; by default in corrected mode, not in reference mode.
        per_frame: repeat an edge's attribute for every frame, (edges, length), as the published loader does;
            otherwise it is (edges, 1), which keeps batches small.
    """

    def __init__(
        self,
        phrases: Phrases,
        *,
        style: str | None = None,
        both_directions: bool | None = None,
        per_frame: bool = True,
    ) -> None:
        super().__init__()
        if both_directions is None:
            both_directions = not phrases.prepared.preprocessing.reference
        self.phrases = phrases
        self.edges = marker_edges(phrases.prepared.marker_set, style=style, both_directions=both_directions)
        # One value per edge, repeated over the frames by a view with stride 0, which needs no memory.
        self.edge_attr = self.edges.bones.float()[:, None].expand(-1, phrases.length if per_frame else 1)

    def len(self) -> int:
        """Number of graphs."""
        return len(self.phrases)

    def get(self, idx: int) -> Data:
        """One phrase's graph, `Data(x, edge_index, edge_attr, y)`."""
        frames = self.phrases.window(idx)
        # From (frames, markers, channels) to one row per marker. x is the beginning of y, so only y is transposed.
        y = frames.transpose(0, 1).clone(memory_format=torch.contiguous_format).flatten(1)
        x = y[:, : self.phrases.length * frames.shape[2]].clone()
        return Data(x=x, edge_index=self.edges.index, edge_attr=self.edge_attr, y=y)
