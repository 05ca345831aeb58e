"""Markers in words: the name of the body part that a marker stands for, such as "right hand" for RIHAND."""

from mariel.motion.marker_set import MarkerSet

ENDS = ("hand", "foot", "head")
"""Parts of the body whose paths show a dance, listed first."""

_STANDS_FOR_ITS_PART = ("TOE",)
"""How labels end of markers that stand for their body part although they are not the first on it."""


def marker_words(markers: MarkerSet) -> dict[str, str]:
    """What to call each marker, in the order in which to offer them.

    One marker of each body segment has the segment's name, and comes first: hands, feet and head, then the other
    segments. Any other marker keeps its label, with its segment's name if it has one. In a set without segments, and
    in a skeleton, whose joints have names of their own, all keep their labels.

    Returns:
        Words by label, unique.
    """
    if markers.is_skeleton:
        return {label: label for label in markers.labels}
    spoken, beside = {}, {}
    for segment, labels in filter(lambda pair: pair[1], markers.segments):
        words = segment.replace("_", " ")
        stands = next((label for label in labels if label.endswith(_STANDS_FOR_ITS_PART)), labels[0])
        free = words not in markers and words not in spoken.values() and stands not in spoken
        if free:
            spoken[stands] = words
        beside |= {label: f"{label} ({words})" for label in labels if not (free and label == stands)}
    ends = [label for end in ENDS for label, words in spoken.items() if words.endswith(end)]
    ordered = dict.fromkeys([*ends, *spoken, *markers.labels])
    return {label: spoken.get(label) or beside.get(label, label) for label in ordered}
