"""What the widgets of a page show in the browser, which AppTest itself does not know.

AppTest asks the program for a widget's value. A browser keeps the value that its widget has shown, unless the page
says `set_value`; only a widget that is new to it begins with its default. Where both differ, the control says one
thing while the page shows another, and the next click sends the browser's value.
"""

from streamlit.testing.v1 import AppTest

KINDS = (
    "slider", "select_slider", "number_input", "selectbox", "toggle", "checkbox", "button_group", "multiselect",
    "text_input", "text_area", "radio",
)  # fmt: skip


def widgets(app: AppTest) -> list:
    """All widgets of a page that hold a value."""
    return [each for kind in KINDS for each in app.get(kind) if hasattr(each, "_widget_state")]


class BrowserValues:
    """The values that a browser's widgets show, by widget ID; call `look` after every run.

    Args:
        app: that has been run once.
    """

    def __init__(self, app: AppTest) -> None:
        self.app = app
        self.shown: dict[str, object] = {}
        self.look()

    def look(self) -> dict[str, tuple]:
        """The widgets that show another value than the page was made with: (shown, used) by key."""
        before, self.shown, different = self.shown, {}, {}
        for widget in widgets(self.app):
            proto, sent = widget.proto, _sent(widget)
            if proto.set_value:
                value = _value(proto, "raw_values", "value", "raw_value")
            elif proto.id in before:
                value = before[proto.id]
            else:
                value = _default(proto)
            self.shown[proto.id] = value
            if not _same(value, sent):
                different[widget.key or proto.id] = (value, sent)
        return different

    def choose(self, widget, value: object) -> dict[str, tuple]:
        """Choose a widget's value as a person does, run the page, and give what `look` finds."""
        widget.set_value(value)
        self.shown[widget.proto.id] = _sent(widget)
        self.app.run()
        return self.look()


def _sent(widget) -> object:
    """What AppTest sends for a widget with the next run."""
    state = widget._widget_state
    name = state.WhichOneof("value")
    value = getattr(state, name) if name else None
    return list(value.data) if hasattr(value, "data") else value


def _value(proto, *names: str) -> object:
    fields = proto.DESCRIPTOR.fields_by_name
    name = next(name for name in names if name in fields)
    if fields[name].has_presence and not proto.HasField(name):
        return None
    value = getattr(proto, name)
    return value if isinstance(value, str | float | int | bool) else list(value)


def _default(proto) -> object:
    default = _value(proto, "default")
    options = getattr(proto, "options", None)
    if options is None or default is None or proto.DESCRIPTOR.name == "Slider":
        return default
    texts = [getattr(option, "content", option) for option in options]
    return [texts[number] for number in default] if isinstance(default, list) else texts[default] if texts else None


def _same(shown: object, sent: object) -> bool:
    if isinstance(shown, list) and len(shown) == 1 and not isinstance(sent, list):
        shown = shown[0]
    return shown == sent or (shown in (None, "") and sent in (None, ""))
