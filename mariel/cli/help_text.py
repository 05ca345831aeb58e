"""The layout of `--help`: names at the left, their descriptions at the right, wrapped to the terminal."""

import textwrap
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import ConsoleOptions

_NAME_WIDTH = 24
"""Columns for names; a longer name has its description on the next line."""

_MAX_WIDTH = 110


class HelpFormatter:
    """Writes the parts of a help text; cyclopts calls its methods.

    Its own plain formatter wraps each line twice where the output is no terminal, and its other one draws boxes.
    """

    def __call__(self, console: Console, options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Write a group of commands or parameters."""
        if not panel.entries:
            return
        width = _width(console)
        lines = [f"{_plain_text(panel.title)}:"]
        if about := _plain_text(panel.description):
            lines += textwrap.wrap(about, width, initial_indent="  ", subsequent_indent="  ")
        for entry in panel.entries:
            names = ", ".join(entry.display_labels_with_metavar or entry.display_labels)
            indent = " " * (_NAME_WIDTH + 2)
            described = textwrap.wrap(
                _description(entry), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
            if described and len(names) < _NAME_WIDTH - 1:
                described[0] = f"  {names:{_NAME_WIDTH}}{described[0].strip()}"
            else:
                lines.append(f"  {names}")
            lines += described
        _write(console, [*lines, ""])

    def render_usage(self, console: Console, options: "ConsoleOptions", usage: Any) -> None:
        """Write the line that shows how a command is written."""
        text = _plain_text(usage)
        text = text if text.startswith("Usage:") else f"Usage: {text}"
        _write(
            console, [*textwrap.wrap(text, _width(console), subsequent_indent=" " * 7, break_on_hyphens=False), ""]
        )

    def render_description(self, console: Console, options: "ConsoleOptions", description: Any) -> None:
        """Write what a command does."""
        paragraphs = _plain_lines(description).split("\n\n")
        lines = [
            textwrap.fill(" ".join(paragraph.split()), _width(console), break_on_hyphens=False)
            for paragraph in paragraphs
        ]
        _write(console, ["\n\n".join(lines), ""])


def _description(entry: "HelpEntry") -> str:
    text = _plain_text(entry.description)
    return f"{text} [required]" if entry.required and entry.positional_label is None else text


def _width(console: Console) -> int:
    return min(console.width, _MAX_WIDTH) - 1


def _plain_text(renderable: Any) -> str:
    """The words of anything that rich can show."""
    return " ".join(_plain_lines(renderable).split())


def _plain_lines(renderable: Any) -> str:
    if renderable is None:
        return ""
    unbounded = Console(file=StringIO(), width=100_000, no_color=True, highlight=False, markup=False, emoji=False)
    with unbounded.capture() as capture:
        unbounded.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).strip()


def _write(console: Console, lines: list[str]) -> None:
    console.print("\n".join(lines), highlight=False, markup=False, emoji=False, soft_wrap=True)
