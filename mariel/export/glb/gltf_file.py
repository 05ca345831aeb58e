"""Write binary glTF: the part of glTF 2.0 that animated bodies need.

Format: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import json
import struct
from typing import Any

import numpy as np

_COMPONENT_TYPES = {"float32": 5126, "uint8": 5121, "uint16": 5123, "uint32": 5125}
_TYPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}

VERTICES, TRIANGLES = 34962, 34963
"""Targets of buffer views: for vertices, and for the indices of triangles."""


class Animation:
    """What moves in a file, with straight lines between frames."""

    def __init__(self) -> None:
        self.channels: list[dict[str, Any]] = []
        self.samplers: list[dict[str, Any]] = []

    def add(self, node: int, path: str, times: int, values: int) -> None:
        """Move a node's translation or rotation: accessors of the times and of the values at them."""
        self.channels.append({"sampler": len(self.samplers), "target": {"node": node, "path": path}})
        self.samplers.append({"input": times, "output": values, "interpolation": "LINEAR"})


class GltfFile:
    """A glTF file that is filled piece by piece; every `add` returns the index of what it adds."""

    def __init__(self) -> None:
        self._json: dict[str, list[dict]] = {}
        self._buffer = bytearray()

    def add(self, kind: str, entry: dict[str, Any]) -> int:
        """Add an entry, such as a node.

        Args:
            kind: the name of its list in the file, such as "nodes".
            entry: its properties.
        """
        entries = self._json.setdefault(kind, [])
        entries.append(entry)
        return len(entries) - 1

    def entry(self, kind: str, index: int) -> dict[str, Any]:
        """An entry that was added, to be completed."""
        return self._json[kind][index]

    def add_array(self, array: np.ndarray, *, target: int | None = None, bounds: bool = False) -> int:
        """Add numbers as an accessor.

        Args:
            array: (elements, …) of float32, uint8, uint16 or uint32.
            target: what its buffer view is for, `VERTICES` or `TRIANGLES`.
            bounds: whether the file has the lowest and the highest of each component, as it must of positions of
                vertices and of times.
        """
        self._buffer += bytes(-len(self._buffer) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._buffer), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        content = np.ascontiguousarray(array)
        self._buffer += content.tobytes()
        accessor: dict[str, Any] = {
            "bufferView": self.add("bufferViews", view),
            "componentType": _COMPONENT_TYPES[array.dtype.name],
            "count": len(array),
            "type": _TYPES[array.shape[1:]],
        }
        if bounds:
            rows = content.reshape(len(content), -1)
            accessor |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        return self.add("accessors", accessor)

    def to_bytes(self, asset: dict[str, Any], scene_nodes: list[int]) -> bytes:
        """The whole file.

        Args:
            asset: who made it and what it is; the version is added.
            scene_nodes: the nodes of its one scene.
        """
        content = {
            "asset": {"version": "2.0", **asset},
            "scene": 0,
            "scenes": [{"nodes": scene_nodes}],
            **self._json,
            "buffers": [{"byteLength": len(self._buffer)}],
        }
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._buffer) + bytes(-len(self._buffer) % 4)
        length = 12 + 8 + len(text) + 8 + len(binary)
        return b"".join([
            struct.pack("<4sII", b"glTF", 2, length),
            struct.pack("<I4s", len(text), b"JSON"), text,
            struct.pack("<I4s", len(binary), b"BIN\x00"), binary,
        ])  # fmt: skip
