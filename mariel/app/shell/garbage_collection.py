"""Garbage collection: objects of loaded modules are not searched again after every run of a page."""

import gc
import sys
from functools import cache


def exclude_loaded_modules() -> None:
    """Exclude all living objects from garbage collection, if modules have been imported since the last call.

    Streamlit calls `gc.collect` after every run of a page, while the browser fetches what the page shows. With the
    230,000 objects of torch, Streamlit and plotly that took 60 to 90 ms, in which no file is sent. These objects live
    as long as the process, so there is nothing to find among them; see `gc.freeze`.
    """
    _exclude(len(sys.modules))


@cache
def _exclude(loaded: int) -> None:
    """Exclude all living objects, once for each number of loaded modules."""
    gc.collect()  # or what is garbage now would never be removed
    gc.freeze()
