"""The only module that uses parts of Streamlit outside its public API (checked with 1.67), each with a fallback."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime import exists, get_instance
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

__all__ = [
    "StreamlitPage", "allow_rerun", "download_button", "is_active_session", "is_history_navigation",
    "leave_pages_directory", "main_script_folder", "publish_file", "replace_in_address", "session_id",
]  # fmt: skip

log = logging.getLogger("mariel")

KEEP_SECONDS = 60.0
"""How long a file can still be fetched after its page has been run again and no longer shows it."""

_KEEPER = "mariel files"
"""A session ID that no browser has; what is registered under it is not removed when a script run ends."""

_unused_since: WeakKeyDictionary[MediaFileManager, dict[str, float]] = WeakKeyDictionary()


def download_button(
    label: str, make: Callable[[], bytes], *, key: str, file_name: str, media_type: str, **options: Any
) -> None:
    """Show a download button whose file is made when it is pressed, however often the page is run meanwhile.

    `st.download_button` alone fails now and then with "Failed to generate file for download" in the browser and
    "Deferred file … not found" in the terminal. Every run of a page registers the function under a new ID, and at the
    end of any session's run Streamlit removes all IDs that no session refers to. The browser has the old ID until the
    new run has reached the button, so a click in that time asks for an ID that is gone. The same happens to the file
    that was made, if two runs end before the browser fetches it. Both are kept for `KEEP_SECONDS` here.

    Args:
        label: on the button.
        make: returns the file's content; called in another thread, so without Streamlit's commands.
        key: unique on the page.
        file_name: name of the file that the browser saves.
        media_type: its media (MIME) type.
        **options: of `st.download_button`.
    """

    def make_and_keep() -> bytes:
        content = make()
        _keep(lambda manager: _store(manager, content, media_type, file_name))
        return content

    st.download_button(label, make_and_keep, file_name, media_type, key=key, on_click="ignore", **options)
    _keep(lambda manager: _deferred_id(manager, make_and_keep))


def _keep(find_id: Callable[[MediaFileManager], str | None]) -> None:
    """Keep a file or function in Streamlit's file manager until it has not been on a page for `KEEP_SECONDS`."""
    if not exists():
        return
    manager = get_instance().media_file_mgr
    try:
        with manager._lock:
            _refer(manager, find_id(manager))
    except AttributeError:  # another version of Streamlit: downloads work as they do there
        log.warning(
            "this version of Streamlit is not known: a download may fail while its page is run", exc_info=True
        )


def _refer(manager: MediaFileManager, file_id: str | None) -> None:
    """Register an ID under `_KEEPER`, and remove those that no page has used for a while."""
    sessions, now = manager._files_by_session_and_coord, time.monotonic()
    kept, unused_since = sessions[_KEEPER], _unused_since.setdefault(manager, {})
    if file_id is not None:
        kept[file_id] = file_id
    used = {each for session, files in sessions.items() if session != _KEEPER for each in files.values()}
    for each in list(kept):
        if each in used:
            unused_since.pop(each, None)
        elif now - unused_since.setdefault(each, now) > KEEP_SECONDS:
            del kept[each], unused_since[each]


def _deferred_id(manager: MediaFileManager, make: Callable[[], bytes]) -> str | None:
    """The ID under which the function of a download button has been registered."""
    return next(
        (file_id for file_id, entry in manager._deferred_callables.items() if entry["callable"] is make), None
    )


def _store(manager: MediaFileManager, content: bytes, media_type: str, file_name: str) -> str:
    """Store a file as the file manager itself is about to do: IDs are digests, so it is stored once."""
    return manager._storage.load_and_get_id(content, media_type, MediaFileKind.DOWNLOADABLE, file_name)


def is_history_navigation() -> bool:
    """Whether this run was started by the browser's Back or Forward.

    Without it a page still follows the values in the address, but does not notice that one has been removed.
    """
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def replace_in_address(name: str, texts: Sequence[str] | None) -> None:
    """Change a query parameter before the widget that is bound to it reads it; None removes it.

    `st.query_params` refuses to change what is bound to a widget. Streamlit itself drops a value that its widget
    cannot take, so without these attributes only a value in another spelling, such as "1" for true, would be lost.
    """
    try:
        with _run_context().session_state.query_params() as params:
            params._initial_query_params.pop(name, None)
            if texts is not None:
                params._initial_query_params[name] = list(texts)
            params.remove_param(name)
            if texts is not None:
                params.set_with_no_forward_msg(name, texts[0] if len(texts) == 1 else list(texts))
    except AttributeError:
        log.warning("this version of Streamlit is not known: a link's value may be read differently", exc_info=True)


def leave_pages_directory() -> bool:
    """Whether Streamlit runs the scripts in the folder `pages` by its older rule; from now on it does not."""
    if not getattr(PagesManager, "uses_pages_directory", False):
        return False
    PagesManager.uses_pages_directory = False
    return True


def publish_file(content: bytes, media_type: str, owner: str) -> str:
    """Let the browser fetch some bytes while this page shows them, and `KEEP_SECONDS` longer; gives the address.

    An interrupted run that has not come to the bytes would let Streamlit remove what a browser is about to fetch.

    Args:
        content: of the file; the same content has the same address.
        media_type: its media (MIME) type.
        owner: names the place on the page that shows it; the next file for it replaces this one.

    Returns:
        The address, relative to the app.
    """
    address = get_instance().media_file_mgr.add(content, media_type, owner)
    _keep(lambda manager: Path(address).stem)
    return address.lstrip("/")


def allow_rerun() -> None:
    """End this run here if the page is to be run again; otherwise Streamlit looks at its next command only."""
    context = get_script_run_ctx()
    check = getattr(context, "yield_callback", None)
    if callable(check):
        check()


def session_id() -> str:
    """A name of this visitor's session that no other has."""
    return getattr(get_script_run_ctx(), "session_id", "")


def is_active_session(name: str) -> bool:
    """Whether a session that `session_id` has named still goes on; true where that cannot be known."""
    if not exists():
        return True
    known = getattr(get_instance(), "_session_mgr", None)
    find = getattr(known, "get_session_info", None)  # also for a moment without a connection, such as a reload
    return find(name) is not None if callable(find) else get_instance().is_active_session(name)


def main_script_folder() -> Path:
    """The folder of the script that the app was started with; Streamlit serves the folder `static` in it."""
    return Path(_run_context().main_script_path).parent


def _run_context() -> ScriptRunContext:
    """The context of the page's run under way."""
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("no page is running in this thread: start the app with streamlit run, or mariel app")
    return context
