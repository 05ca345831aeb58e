"""Marker sets: the labels of a recording's columns, skeletons to draw and rigid body segments."""

import reprlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches

import numpy as np

from mariel.errors import MarkerError

MarkerGroup = tuple[str, ...]
"""Markers whose mean position is one end of a bone."""

Bone = tuple[MarkerGroup, MarkerGroup]
"""A drawn line between the means of two groups of markers."""

MIN_ROOT_MARKERS = 2
"""Markers that the root segment of a jointed body needs. Another one may have one marker: its rotation is then the
nearest to that of its parent (see `mariel.kinematics.rotations.swing`)."""


@dataclass(frozen=True)
class MarkerSet:
    """Ordered marker labels with the skeletons drawn between them and the rigid segments they are attached to.

    Immutable, hashable and comparable. Mariel's sets are in `mariel.motion.mariel_markers`; any other layout
    (optical markers, video joints, a BVH skeleton) is another value of this type, see `from_edges`.

    Args:
        name: a short name for people, e.g. "53 markers".
        labels: one label per marker, unique, in the order of the recording's columns.
        skeletons: pairs of (style name, bones); the first is the default.
        segments: pairs of (segment name, labels of the markers on it); may be empty.
        mirror_pairs: pairs of labels that are swapped when left and right are exchanged.
        parents: pairs of (segment, its parent segment), parents first; together the segments are one tree.
        joints: pairs of (segment, labels of the markers in whose middle it begins), where that is known: a joint of
            a skeleton is a marker itself.

    Raises:
        MarkerError: labels repeat, a skeleton, segment, pair or joint names a label the set does not have, or the
            segments with parents are not one tree.
    """

    name: str
    labels: tuple[str, ...]
    skeletons: tuple[tuple[str, tuple[Bone, ...]], ...] = ()
    segments: tuple[tuple[str, tuple[str, ...]], ...] = ()
    mirror_pairs: tuple[tuple[str, str], ...] = ()
    parents: tuple[tuple[str, str], ...] = ()
    joints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    _column_of: Mapping[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_column_of", {label: i for i, label in enumerate(self.labels)})
        if len(self._column_of) != len(self.labels):
            repeated = sorted({label for label in self.labels if self.labels.count(label) > 1})
            raise MarkerError(f"marker set {self.name!r}: labels must be unique, {', '.join(repeated)} repeat")
        for _, bones in self.skeletons:
            for start, end in bones:
                self.indices((*start, *end))
        for _, labels in self.segments:
            self.indices(labels)
        for pair in self.mirror_pairs:
            self.indices(pair)
        for _, labels in self.joints:
            self.indices(labels)
        if self.parents:
            self._check_parents()

    def _check_parents(self) -> None:
        """Check that the segments are one tree. Raises MarkerError if they are not."""
        known = [name for name, _ in self.segments]
        connected = {name for name in known if name not in dict(self.parents)}
        if len(connected) != 1:
            raise MarkerError(
                f"marker set {self.name!r}: one segment must be without a parent, found {len(connected)}"
            )
        for child, parent in self.parents:
            if child not in known or parent not in connected:
                raise MarkerError(
                    f"marker set {self.name!r}: the parent of segment {child!r}, {parent!r}, is not listed before it"
                )
            connected.add(child)

    @classmethod
    def from_edges(
        cls,
        name: str,
        labels: Sequence[str],
        edges: Iterable[Sequence[int]],
        *,
        segments: Mapping[str, Sequence[str]] | None = None,
    ) -> "MarkerSet":
        """A marker set with one skeleton given as pairs of marker indices, as in most other file formats."""
        labels = tuple(labels)
        bones = tuple(((labels[a],), (labels[b],)) for a, b in edges)
        segment_pairs = tuple((segment, tuple(markers)) for segment, markers in (segments or {}).items())
        return cls(name, labels, (("lines", bones),) if bones else (), segment_pairs, guess_mirror_pairs(labels))

    def to_dict(self) -> dict:
        """Fields as strings and tuples of strings, for JSON."""
        return {known.name: getattr(self, known.name) for known in fields(self) if known.init}

    @classmethod
    def from_dict(cls, data: Mapping) -> "MarkerSet":
        """The set that `to_dict` wrote, directly or through JSON.

        Raises:
            MarkerError: the data is no saved marker set or is inconsistent; the message says what is wrong.
        """
        known = {each.name for each in fields(cls) if each.init}
        if not isinstance(data, Mapping) or not {"name", "labels"} <= set(data) <= known:
            raise MarkerError("expected a saved marker set, an object with name and labels")
        try:
            return cls(
                name=_text(data["name"]),
                labels=_texts(data["labels"]),
                skeletons=tuple(
                    (_text(style), tuple((_texts(start), _texts(end)) for start, end in bones))
                    for style, bones in data.get("skeletons", ())
                ),
                segments=tuple((_text(segment), _texts(labels)) for segment, labels in data.get("segments", ())),
                mirror_pairs=tuple((_text(left), _text(right)) for left, right in data.get("mirror_pairs", ())),
                parents=tuple((_text(child), _text(parent)) for child, parent in data.get("parents", ())),
                joints=tuple((_text(segment), _texts(labels)) for segment, labels in data.get("joints", ())),
            )
        except (TypeError, ValueError) as error:
            raise MarkerError(f"saved marker set is damaged: {error}") from error

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, label: str) -> bool:
        return label in self._column_of

    def __repr__(self) -> str:
        styles = ", ".join(style for style, _ in self.skeletons) or "none"
        return f"MarkerSet({self.name!r}, {len(self)} markers, skeletons: {styles})"

    def index(self, label: str) -> int:
        """The column of a marker. Raises MarkerError with the nearest labels if there is none."""
        try:
            return self._column_of[label]
        except KeyError:
            near = get_close_matches(str(label).upper(), self.labels, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise MarkerError(f"no marker {label!r} in the {self.name} set{hint}") from None

    def indices(self, labels: Iterable[str]) -> list[int]:
        """The columns of several markers, in the given order."""
        return [self.index(label) for label in labels]

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the skeletons that can be drawn; the first is the default."""
        return tuple(style for style, _ in self.skeletons)

    def bones(self, style: str | None = None) -> tuple[Bone, ...]:
        """The bones of one skeleton (the default one if no style is named)."""
        if style is None:
            return self.skeletons[0][1] if self.skeletons else ()
        for name, bones in self.skeletons:
            if name == style:
                return bones
        raise MarkerError(f"no skeleton {style!r} in the {self.name} set; it has {', '.join(self.styles) or 'none'}")

    @property
    def edges(self) -> list[tuple[int, int]]:
        """The lines of the default skeleton between two single markers, as pairs of columns."""
        return [
            (self.index(start[0]), self.index(end[0])) for start, end in self.bones() if len(start) == len(end) == 1
        ]

    def bone_weights(self, style: str | None = None) -> np.ndarray:
        """Weights (bones, 2, markers), float32, that turn marker positions into bone ends.

        `np.einsum("bem,fmx->fbex", weights, positions)` is (frames, bones, end, xyz).
        """
        bones = self.bones(style)
        weights = np.zeros((len(bones), 2, len(self)), np.float32)
        for row, bone in enumerate(bones):
            for end, group in enumerate(bone):
                weights[row, end, self.indices(group)] = 1 / len(group)
        return weights

    def segment(self, name: str) -> tuple[str, ...]:
        """Labels of the markers on one segment."""
        for segment, labels in self.segments:
            if segment == name:
                return labels
        known = ", ".join(segment for segment, _ in self.segments) or "none"
        raise MarkerError(f"no segment {name!r} in the {self.name} set; it has {known}")

    def mirror_order(self) -> np.ndarray:
        """Column order (markers,) that exchanges left and right; unpaired markers stay."""
        order = np.arange(len(self))
        for left, right in self.mirror_pairs:
            i, j = self.index(left), self.index(right)
            order[i], order[j] = j, i
        return order

    def subset(self, labels: Sequence[str], name: str) -> "MarkerSet":
        """The set reduced to some labels, in the given order.

        Bones, segments and mirror pairs are kept where markers remain; a group keeps its remaining markers, and a
        bone is dropped when one end is empty or both ends are the same. Segments without markers are taken out of the
        tree: their children go to the next parent; without the root segment there is no tree.
        """
        kept = set(labels)
        self.indices(labels)
        skeletons = []
        for style, bones in self.skeletons:
            kept_bones = []
            for start, end in bones:
                bone = (tuple(m for m in start if m in kept), tuple(m for m in end if m in kept))
                if bone[0] and bone[1] and bone[0] != bone[1]:
                    kept_bones.append(bone)
            skeletons.append((style, tuple(kept_bones)))
        segments = tuple(
            (segment, remaining)
            for segment, markers in self.segments
            if (remaining := tuple(m for m in markers if m in kept))
        )
        pairs = tuple(pair for pair in self.mirror_pairs if kept.issuperset(pair))
        names = {segment for segment, _ in segments}
        joints = tuple(
            (segment, remaining)
            for segment, markers in self.joints
            if segment in names and (remaining := tuple(m for m in markers if m in kept))
        )
        parents = self._remaining_parents(names)
        return MarkerSet(name, tuple(labels), tuple(skeletons), segments, pairs, parents, joints)

    def _remaining_parents(self, segments: Collection[str]) -> tuple[tuple[str, str], ...]:
        """The tree of some of the segments; empty if the root is not among them."""
        parent_of = dict(self.parents)
        if not {segment for segment, _ in self.segments if segment not in parent_of} <= set(segments):
            return ()
        remaining = []
        for segment in filter(segments.__contains__, parent_of):
            parent = parent_of[segment]
            while parent not in segments:
                parent = parent_of[parent]
            remaining.append((segment, parent))
        return tuple(remaining)

    @property
    def has_body(self) -> bool:
        """Whether the segments make one jointed body, with most markers on one segment each."""
        labels = [label for _, on_segment in self.segments for label in on_segment]
        parent_of = dict(self.parents)
        root = [on_segment for name, on_segment in self.segments if name not in parent_of]
        enough = all(on_segment for _, on_segment in self.segments) and all(
            len(on_root) >= MIN_ROOT_MARKERS for on_root in root
        )
        on_one_segment = len(set(labels)) == len(labels) and 2 * len(labels) >= len(self.labels)
        return bool(self.parents) and enough and on_one_segment

    @property
    def is_skeleton(self) -> bool:
        """Whether the markers are joints: every segment begins at one of them."""
        begins = {segment for segment, labels in self.joints if len(labels) == 1}
        return bool(begins) and begins == {segment for segment, _ in self.segments}

    def describe(self) -> str:
        """The set in words, with the number of its markers, such as "24 joints" or "30 walk markers"."""
        return self.name if str(len(self)) in self.name else f"{len(self)} {self.name} markers"

    def feet(self) -> tuple[tuple[str, ...], ...]:
        """The markers of each foot: those of a segment whose name ends in "foot", and of the toes beyond it."""
        on = dict(self.segments)
        return tuple(
            (*labels, *on.get(f"{name.removesuffix('foot')}toes", ()))
            for name, labels in self.segments
            if name.endswith("foot")
        )

    def rigid_groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Pairs of (segment, markers that keep their distances): those on it, and the joint where it begins."""
        joints = {segment: labels for segment, labels in self.joints if len(labels) == 1}
        return tuple((name, tuple(dict.fromkeys((*joints.get(name, ()), *labels)))) for name, labels in self.segments)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a name, found {reprlib.repr(value)}")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"expected a list of names, found {reprlib.repr(values)}")
    return tuple(map(_text, values))


_SIDE_WORDS = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))


def guess_mirror_pairs(labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Left/right pairs by name: LKNE/RKNE, left_hip/right_hip, HipLeft/HipRight, l_wrist/r_wrist, Hand_L/Hand_R.

    A label is paired only if the label of the other side exists: LOWR without ROWR has no pair. No label is in two
    pairs.
    """
    unpaired = set(labels)
    pairs = []
    for label in labels:
        if label not in unpaired:
            continue
        partners = [label.replace(left, right, 1) for left, right in _SIDE_WORDS if left in label]
        partners += [right + label[1:] for left, right in (("L", "R"), ("l", "r")) if label.startswith(left)]
        partners += [
            label[: -len(left)] + right for left, right in (("_L", "_R"), (".L", ".R")) if label.endswith(left)
        ]
        partner = next((name for name in partners if name in unpaired), None)
        if partner:
            pairs.append((label, partner))
            unpaired -= {label, partner}
    return tuple(pairs)
