"""An encoder's way in that knows which markers are neighbours: message passing over the bones of every patch.

The same place in the model as one linear layer over all markers, so that the two compare on equal terms.
"""

import torch
from torch import Tensor, nn
from torch_geometric.nn import GraphConv

from mariel.data.graphs import marker_edges
from mariel.motion.marker_set import MarkerSet

FEATURES = 16
"""Numbers a marker while messages pass."""


class GraphEntrance(nn.Module):
    """Patches of what is seen, (phrases, steps, patch × (3 markers + 3)), to (phrases, steps, hidden).

    Every marker is a node whose features are its places in the frames of a patch; twice each sends what it knows
    along the bones (Morris et al., *Weisfeiler and Leman Go Neural*, AAAI 2019, arXiv:1810.02244). What all markers
    then know, with path and heading, goes through one linear layer.

    Args:
        marker_set: the nodes and, of the notebook's or its first skeleton, the bones; without bones all are
            neighbours.
        patch: frames a step.
        hidden: outputs.
    """

    def __init__(self, marker_set: MarkerSet, patch: int, hidden: int) -> None:
        super().__init__()
        edges = marker_edges(marker_set)
        self.markers, self.patch = len(marker_set), patch
        kept = edges.bones if edges.bones.any() else torch.ones_like(edges.bones)
        self.register_buffer("edges", edges.index[:, kept], persistent=False)
        self.first = GraphConv(3 * patch, FEATURES, aggr="mean")
        self.second = GraphConv(FEATURES, FEATURES, aggr="mean")
        self.leave = nn.Linear(FEATURES * self.markers + 3 * patch, hidden)

    def forward(self, patches: Tensor) -> Tensor:
        """See the class."""
        frames = patches.unflatten(-1, (self.patch, -1))  # (phrases, steps, patch, 3 markers + 3)
        places, course = frames.split([3 * self.markers, 3], dim=-1)
        # Nodes come last but one: (phrases × steps, markers, patch × xyz).
        nodes = places.unflatten(-1, (3, self.markers)).flatten(0, 1).permute(0, 3, 1, 2).flatten(2)
        known = torch.relu(self.first(nodes, self.edges))
        known = torch.relu(self.second(known, self.edges))
        known = known.flatten(1).unflatten(0, patches.shape[:2])
        return self.leave(torch.cat([known, course.flatten(2)], dim=-1))
