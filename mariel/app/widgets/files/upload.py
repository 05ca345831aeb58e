"""Upload files of motion in the browser: they are kept in the user's folder and opened like any other."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from mariel.app.shell.messages import quoted, show_error
from mariel.app.shell.query_params import DATA, TRIM, UPLOAD, UPLOAD_ERROR, UPLOAD_OPEN, UPLOADED_MODELS
from mariel.errors import MarielError, RecordingError, RunError
from mariel.export.file_names import file_name
from mariel.files import home_folder, write_atomically
from mariel.motion.io.registry import describe_suffixes, suffixes

MAX_UPLOADED_FILES = 64
"""Most files of one upload."""


def show_upload() -> None:
    """Show a button in the sidebar that opens files of the visitor's own machine."""
    with st.sidebar.popover(
        "Open your own files", key=UPLOAD_OPEN, icon=":material/upload_file:", width="stretch",
        help=f"Motion of other dancers: {describe_suffixes()}.",
    ):  # fmt: skip
        st.file_uploader(
            "Files of motion",
            key=UPLOAD,
            type=[*(suffix.removeprefix(".") for suffix in suffixes()), "json"],
            accept_multiple_files=True,
            on_change=_open_uploaded,
            help="One file or several; a .json may describe a .npy of the same name. They stay on the machine that "
            "runs Mariel.",
        )
        if message := UPLOAD_ERROR.get():
            show_error(message)
    if models := UPLOADED_MODELS.pop():
        st.toast(f"{', '.join(map(quoted, models))} is among the models now.", icon=":material/model_training:")


def _open_uploaded() -> None:
    """Keep what was uploaded, and open it; a callback, since the field of the recordings is made later."""
    UPLOAD_ERROR.pop()
    uploaded = UPLOAD.get() or []
    if not uploaded:
        return
    try:
        folder = store_uploads({file.name: file.getvalue() for file in uploaded})
    except MarielError as error:
        UPLOAD_ERROR.set(str(error))
        return
    DATA.key.set(str(folder))
    TRIM.key.set(None)
    try:
        UPLOADED_MODELS.set(install_models(folder))
    except MarielError as error:
        rename = " A model can be renamed on the Training page; then upload the file again."
        UPLOAD_ERROR.set(
            f"The dance is open, but not its model: {error}.{rename if isinstance(error, RunError) else ''}"
        )


def install_models(folder: Path) -> list[str]:
    """Install the models that the bundles of a folder carry, and return the names of those that are new.

    Raises:
        MarielError: a bundle is damaged, or a model of that name with other weights is here.
    """
    from mariel.export.archives.packed_model import install_model, read_packed_model  # noqa: PLC0415 - for bundles only

    packed = [read_packed_model(path) for path in sorted(folder.glob("*.zip"))]
    return [model.name for model in packed if model is not None and install_model(model)]


def store_uploads(files: Mapping[str, bytes]) -> Path:
    """Keep files in a folder of the user's, named after their content, so that the same upload is kept once.

    Raises:
        RecordingError: there are none, or more than are taken.
        WriteError: they cannot be written.
    """
    if not 1 <= len(files) <= MAX_UPLOADED_FILES:
        raise RecordingError(f"expected 1 to {MAX_UPLOADED_FILES} files, found {len(files)}")
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(content).digest())
    first = Path(next(iter(sorted(files)))).stem
    folder = home_folder() / "uploads" / file_name(f"{first} {digest.hexdigest()[:8]}", "")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        plain = Path(name.replace("\\", "/")).name
        write_atomically(folder / file_name(Path(plain).stem, Path(plain).suffix.lower()[:12]), content)
    return folder
