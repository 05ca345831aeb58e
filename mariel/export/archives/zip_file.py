"""Write zip archives: the same files give the same bytes."""

import io
import zipfile
from collections.abc import Mapping

from mariel.export.registry import ExportRequest

CREDIT_FILE = "credit.txt"

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that the format can express


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """An archive of files by name, in this order."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, data)
    return content.getvalue()


def credit_text(request: ExportRequest, *notes: str) -> bytes:
    """Title, credit and notes of a dance, a line each."""
    lines = [line for line in (request.title, request.credit, *notes) if line]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")
