"""The pages of the app: script, title, icon and place in the navigation, in one registry.

To add a page, write its script and add one entry here, see `PAGES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlparse

import streamlit as st

from mariel.app.shell.link_values import QueryParam
from mariel.app.shell.streamlit_adapter import StreamlitPage
from mariel.registry import Registry


@dataclass(frozen=True)
class Page:
    """One page of the app.

    Args:
        script: its file, relative to the folder of the app's main script; or a function.
        title: in the navigation and in the browser's tab.
        icon: of the navigation, as Streamlit names it.
        order: pages are listed by it; the first one opens where an address names none.
        url_path: what an address calls it; the script's name if empty.
    """

    script: str | Path | Callable[[], None]
    title: str
    icon: str
    order: float
    url_path: str = ""

    @property
    def streamlit_target(self) -> Any:
        """What Streamlit's functions take as the page; they take functions too, though their types do not say so."""
        return self.script

    @property
    def path(self) -> str:
        """What an address calls the page; that of the first page may be left out."""
        return self.url_path or (self.script.__name__ if callable(self.script) else Path(self.script).stem)


PAGES = Registry[Page]("page")
"""All pages by name. A page's name is what query parameters call it, see `mariel.app.shell.query_params`."""

PAGES.add("browse", Page("pages/browse.py", "Browse", ":material/accessibility_new:", 10))
PAGES.add("preprocessing", Page("pages/preprocessing.py", "Preprocessing", ":material/tune:", 20))
PAGES.add("training", Page("pages/training.py", "Training", ":material/school:", 30))
PAGES.add("reconstructions", Page("pages/reconstructions.py", "Reconstructions", ":material/compare:", 40))
PAGES.add("sampling", Page("pages/sampling.py", "Sampling", ":material/casino:", 50))
PAGES.add("latent_map", Page("pages/latent_map.py", "Latent map", ":material/scatter_plot:", 60))
PAGES.add("about", Page("pages/about.py", "About", ":material/info:", 70))


ROOT_PATH = "start"
"""Streamlit wants a path of the first page too, and does not use it."""

PAGE_STATUS: dict[str, Callable[[], str]] = {}
"""What goes on at a page meanwhile, such as "epoch 12", by the page's name: shown beside its title on other pages.

Registered by what does the work; it is asked in every run of every page, so it must be quick. Empty: nothing.
"""


def pages_in_order() -> dict[str, Page]:
    """The pages by name, in the order of the navigation."""
    return dict(sorted(PAGES.items(), key=lambda entry: entry[1].order))


def navigate() -> tuple[str, StreamlitPage]:
    """Show the navigation; give the name of the page that the address asks for, and the page, for the main script."""
    first, *_ = in_order = pages_in_order()
    pages = {
        name: st.Page(
            page.script,
            title=_title_with_status(name),
            icon=page.icon,
            url_path=ROOT_PATH if name == first else page.path,
            default=name == first,
        )
        for name, page in in_order.items()
    }
    # Streamlit knows the first page by the root alone; who writes its name into the address finds it too.
    start = PAGES[first]
    by_name = st.Page(start.script, title=start.title, icon=start.icon, url_path=start.path, visibility="hidden")
    current = st.navigation([*pages.values(), by_name], position="top")
    name = first if current == by_name else next(name for name, page in pages.items() if page == current)
    st.set_page_config(page_title=f"{PAGES[name].title} · Mariel")
    return name, current


def _title_with_status(name: str) -> str:
    """A page's title in the navigation; while it is open it says itself what goes on, and more often."""
    page = PAGES[name]
    status = PAGE_STATUS.get(name, str)()
    is_open = urlparse(st.context.url or "").path.rstrip("/").endswith(f"/{page.path}")
    return f"{page.title}: {status}" if status and not is_open else page.title


def page_link(name: str, label: str, values: Mapping[QueryParam, Any] | None = None) -> None:
    """A link to another page, with that page's icon.

    Args:
        name: of the page.
        label: what the link says, as Markdown.
        values: of query parameters that the page opens with.
    """
    page = PAGES[name]
    st.page_link(page.streamlit_target, label=label, icon=page.icon, query_params=_link_texts(values))


def open_other_page(name: str, values: Mapping[QueryParam, Any] | None = None) -> NoReturn:
    """Leave this page for another one, as `page_link` does when it is clicked."""
    st.switch_page(PAGES[name].streamlit_target, query_params=_link_texts(values))


def _link_texts(values: Mapping[QueryParam, Any] | None) -> dict[str, tuple[str, ...]]:
    texts = {str(param.key): param.texts(value) for param, value in (values or {}).items()}
    return {key: text for key, text in texts.items() if text}
