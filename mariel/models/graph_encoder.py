"""A graph neural network as the encoder's input layer: messages pass along the bones in every patch of frames.

It takes the place of one linear layer over all markers, so that the two can be compared.
"""

import torch
from torch import Tensor, nn
from torch_geometric.nn import GraphConv

from mariel.data.graphs import marker_edges
from mariel.motion.marker_set import MarkerSet

NODE_FEATURES = 16
"""Features per marker between the graph convolutions."""


class GraphInputLayer(nn.Module):
    """From patches of the encoder's features, (phrases, steps, patch × (3 markers + 3)), to (phrases, steps, hidden).

    Every marker is a node whose features are its positions in the frames of a patch. Two graph convolutions pass
    messages along the bones (Morris et al., *Weisfeiler and Leman Go Neural*, AAAI 2019, arXiv:1810.02244). One
    linear layer maps the features of all nodes, with path and heading, to the output.

    Args:
        marker_set: the nodes, and the bones of the notebook's skeleton or else of its first one; without bones all
            markers are neighbours.
        patch: frames per step.
        hidden: outputs.
    """

    def __init__(self, marker_set: MarkerSet, patch: int, hidden: int) -> None:
        super().__init__()
        edges = marker_edges(marker_set)
        self.markers, self.patch = len(marker_set), patch
        chosen = edges.bones if edges.bones.any() else torch.ones_like(edges.bones)
        self.register_buffer("edge_index", edges.index[:, chosen], persistent=False)
        self.conv1 = GraphConv(3 * patch, NODE_FEATURES, aggr="mean")
        self.conv2 = GraphConv(NODE_FEATURES, NODE_FEATURES, aggr="mean")
        self.output = nn.Linear(NODE_FEATURES * self.markers + 3 * patch, hidden)

    def forward(self, patches: Tensor) -> Tensor:
        """See the class."""
        frames = patches.unflatten(-1, (self.patch, -1))  # (phrases, steps, patch, 3 markers + 3)
        positions, path_and_heading = frames.split([3 * self.markers, 3], dim=-1)
        # Nodes come last but one: (phrases × steps, markers, patch × xyz).
        nodes = positions.unflatten(-1, (3, self.markers)).flatten(0, 1).permute(0, 3, 1, 2).flatten(2)
        nodes = torch.relu(self.conv1(nodes, self.edge_index))
        nodes = torch.relu(self.conv2(nodes, self.edge_index))
        per_step = nodes.flatten(1).unflatten(0, patches.shape[:2])
        return self.output(torch.cat([per_step, path_and_heading.flatten(2)], dim=-1))
