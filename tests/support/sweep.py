"""Use every control of a page in turn, whatever there is: nothing is listed, controls are found on the page."""

from collections.abc import Callable, Mapping

from streamlit.testing.v1 import AppTest

from tests.support.browser_values import BrowserValues

Check = Callable[[AppTest, str], None]

LONG_LIST = 5
"""Options of a list of which all are chosen."""


def options_of(widget, largest: Mapping[str, float]) -> list:
    """The values that a person can choose in a widget; the ends of a range, up to the largest; none for a text.

    Of a long list (that of takes, usually) these are the first and the last.
    """
    kind = widget.proto.DESCRIPTOR.name
    if kind == "Checkbox":
        return [False, True]
    if kind in ("Selectbox", "ButtonGroup", "Radio"):
        return list(widget.options) if len(widget.options) <= LONG_LIST else [widget.options[0], widget.options[-1]]
    if kind == "MultiSelect":
        most = widget.proto.max_selections or len(widget.options)
        return [[], list(widget.options[:1]), list(widget.options[:most])]
    if kind in ("Slider", "NumberInput"):
        ends = [end for end in (widget.min, widget.max) if end is not None]
        return [min(end, largest.get(widget.key, end)) for end in ends]
    return []


class Sweep:
    """A walk over a page's controls: each is set to each of its options, one control at a time, and back.

    A control that appears with an option, such as those of another mode, is used while that option is chosen. Buttons
    are pressed in sessions of their own, after what made them appear has been chosen.

    Args:
        open_app: opens the page in a new session.
        check: called after every run, with the app and what has been chosen.
        avoid: beginnings of the keys of controls that are not used.
        largest: numbers beyond which a control is not set, by its key, because that takes long.
    """

    def __init__(
        self,
        open_app: Callable[[], AppTest],
        check: Check,
        *,
        avoid: tuple[str, ...] = (),
        largest: Mapping[str, float] | None = None,
    ) -> None:
        self.open_app, self.check, self.avoid, self.largest = open_app, check, avoid, largest or {}
        self.app = open_app()
        self.browser = BrowserValues(self.app)
        self.seen: set[str] = set()
        self.path: list[tuple[str, str, object]] = []
        self.buttons: list[tuple[list[tuple[str, str, object]], str]] = []
        self.runs = 1

    def run(self) -> int:
        """Use every control; return how often the page was run."""
        self._visit()
        for path, key in self.buttons:
            self._press(path, key)
        return self.runs

    def _visit(self) -> None:
        """Use the controls that have not been there before."""
        kinds = ("selectbox", "button_group", "toggle", "checkbox", "slider", "number_input", "multiselect", "radio")
        used = [(kind, each.key) for kind in kinds for each in self.app.get(kind) if not each.disabled]
        found = [(kind, key) for kind, key in used if not key.startswith(self.avoid)]
        buttons = [each.key for each in self.app.button if not each.disabled and not each.key.startswith(self.avoid)]
        new = [(kind, key) for kind, key in found if key not in self.seen]
        self.buttons += [(list(self.path), key) for key in buttons if key not in self.seen]
        self.seen |= {key for _, key in found} | set(buttons)
        for kind, key in new:
            self._go_through(kind, key)

    def _widget(self, kind: str, key: str):
        return next((each for each in self.app.get(kind) if each.key == key), None)

    def _go_through(self, kind: str, key: str) -> None:
        widget = self._widget(kind, key)
        before = None if widget is None else widget.value
        for option in [] if widget is None else options_of(widget, self.largest):
            widget = self._widget(kind, key)
            if widget is not None and option != widget.value:
                self.path.append((kind, key, option))
                self._after("", self.browser.choose(widget, option))
                self._visit()
                self.path.pop()
        widget = self._widget(kind, key)
        if widget is not None and widget.value != before:
            self._after(f"{key} = {before!r} again", self.browser.choose(widget, before))

    def _press(self, path: list[tuple[str, str, object]], key: str) -> None:
        self.app = self.open_app()
        self.browser = BrowserValues(self.app)
        self.path = path
        for kind, name, option in path:
            self._after("", self.browser.choose(self._widget(kind, name), option))
        button = self._widget("button", key)
        button.click().run()
        self._after(f"{key} pressed", self.browser.look())

    def _after(self, step: str, different: dict) -> None:
        self.runs += 1
        what = ", ".join([*(f"{key} = {option!r}" for _, key, option in self.path), *[step] * bool(step)])
        self.check(self.app, what)
        assert not different, (
            f"after {what}: controls show another value than the page uses (shown, used): {different}"
        )
