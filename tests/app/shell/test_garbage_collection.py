import gc
import sys
import types

import pytest

from mariel.app.shell import garbage_collection
from mariel.app.shell.garbage_collection import exclude_loaded_modules
from tests.support.opening import open_page


class Loop:
    """An object that only the garbage collector can remove."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def unfreeze():
    garbage_collection._exclude.cache_clear()
    yield
    gc.unfreeze()


def living_loops() -> int:
    return sum(type(each) is Loop for each in gc.get_objects())


def test_what_lives_is_not_searched_again():
    exclude_loaded_modules()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 1_000


def test_what_is_garbage_already_is_removed_first():
    gc.collect()
    Loop()
    exclude_loaded_modules()
    gc.unfreeze()
    assert living_loops() == 0


def test_garbage_made_later_is_still_collected():
    exclude_loaded_modules()
    Loop()
    assert living_loops() == 1
    gc.collect()
    assert living_loops() == 0


def test_objects_are_excluded_again_only_after_another_import(monkeypatch):
    exclude_loaded_modules()
    made = [Loop()]
    exclude_loaded_modules()
    assert living_loops() == 1, "searched: nothing has been imported"
    monkeypatch.setitem(sys.modules, "another_module", types.ModuleType("another_module"))
    exclude_loaded_modules()
    assert living_loops() == 0
    assert made


def test_a_page_excludes_what_it_has_imported():
    open_page("browse")
    assert gc.get_freeze_count() > 10_000
