"""Say what a file that no format recognises seems to be, and what would open it."""

import re
from pathlib import Path

from mariel.motion.io.npy_layout import explain_npy
from mariel.motion.text_files import decode_text

_SAVE = "save positions and names as .npz"
_CONVERT = f"Export or convert it to BVH, or {_SAVE}"

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        rb"version https://git-lfs\.github\.com",
        "a Git LFS pointer, not the file itself",
        "Run git lfs pull in its repository",
    ),
    (
        rb"\x80[\x02-\x05]",
        "a Python pickle, which is never loaded, since it may run any program",
        "Load it where you trust it, and save positions and names as .npz",
    ),
    (
        rb"\s*<(!doctype\s+html|html|head|body)\b",
        "a web page saved in place of the file",
        "Download it again, with the page's Download or Raw button",
    ),
    (rb"\s*<\?xml|\s*<\w+[\s>]", "an XML file", _CONVERT),
    (rb"Kaydara FBX|; FBX ", "an FBX file", "Export it to BVH from Blender, Maya or MotionBuilder"),
    (rb"glTF", "a glTF scene", "Export it to BVH, for example from Blender"),
    (rb"PXR-USDC|#usda", "a USD scene", "Export it to BVH, for example from Blender"),
    (rb"BLENDER", "a Blender file", "Export its armature to BVH from Blender"),
    (
        rb"#!OML:ASF|#!Preliminary|:version\b|:FULLY-SPECIFIED|# AST/ASF",
        "an ASF or AMC file",
        "Convert both to one BVH, for example with Blender",
    ),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file, as MATLAB 7.3 writes too", f"Load it with h5py, and {_SAVE}"),
    (
        rb"PK\x03\x04[\x00-\xff]{26,90}/data\.pkl",
        "a PyTorch checkpoint, no motion",
        "Its motion is made by the program that trained it",
    ),
    (rb"PK\x03\x04|PK\x05\x06", "a zip archive without arrays", "Unpack it, and open the recordings in it"),
    (rb"\x1f\x8b|7z\xbc\xaf|\xfd7zXZ|BZh|Rar!|\x28\xb5\x2f\xfd", "a packed archive", "Unpack it first"),
    (
        rb"[\x00-\xff]{4}ftyp|\x1aE\xdf\xa3|RIFF[\x00-\xff]{4}AVI |\x00\x00\x01\xba",
        "a video",
        "Joint positions must be estimated from it first, by another program",
    ),
    (rb"RIFF[\x00-\xff]{4}WAVE|ID3|OggS|fLaC", "a sound recording", "That is no motion"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM[\x00-\xff]{4}\x00\x00|%PDF", "a picture or document", "That is no motion"),
)
"""(pattern of the first bytes, what the file is, what to do), tried in order."""


def explain_file(path: Path, head: bytes, known: str) -> str:
    """Why a file is not opened.

    Args:
        path: the file.
        head: its first bytes.
        known: the endings of files that can be opened, as words.
    """
    if head.startswith(b"\x93NUMPY"):
        return explain_npy(path, head)
    for pattern, what, advice in _SIGNATURES:
        if re.match(pattern, head, re.IGNORECASE):
            return f"expected a {known} file, found {what}. {advice}"
    text = _as_text(head)
    if text is None:
        return f"expected a {known} file, found a file of another format. {_CONVERT}"
    return f"expected a {known} file, found {_explain_text(path, text)}"


def _as_text(head: bytes) -> str | None:
    """The beginning of a text file; None if it is no text."""
    text = decode_text(head)[:4096]
    readable = sum(character.isprintable() or character.isspace() for character in text)
    return text if text and readable >= 0.95 * len(text) and "\ufffd" not in text[:200] else None


def _explain_text(path: Path, text: str) -> str:
    """What a text file seems to be, and what would open it."""
    start = text.lstrip("\ufeff \t\r\n")
    first_line = " ".join(start.split("\n", 1)[0].split())[:60]
    if start[:1] in "{[" and start:
        array = path.with_suffix(".npy").name
        return (
            f"JSON text. A .json describes a .npy of the same name: open {array}. Joints that a program estimated "
            "from a video must be saved as positions and names, .npz"
        )
    if re.search(r"\b(ROOT|JOINT|MOTION|CHANNELS)\b", text) or path.suffix.lower() == ".bvh":
        return f"text that begins with {first_line!r}: a BVH file begins with HIERARCHY"
    numbers = re.fullmatch(r"[-+.\deE,;\s]+", start[:2000])
    if (
        numbers
        or path.suffix.lower() in (".csv", ".tsv", ".txt")
        or re.match(r"[\w. ]+([,;\t][\w. ]*)+$", first_line)
    ):
        return (
            f"a table as text that begins with {first_line!r}, without columns of a marker. Name them after markers "
            "and axes in the first row: LHEL_x, LHEL_y, LHEL_z, …"
        )
    return f"text that begins with {first_line!r}. {_CONVERT}"
