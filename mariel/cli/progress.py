"""How a training shows: on a terminal as one line that is drawn over again, elsewhere as a line an epoch."""

import json
import math
import os
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from mariel.training.results import BatchReport, EpochResult

REDRAW_SECONDS = 0.1
"""The line is drawn no more often, so that a fast model does not wait for the terminal."""

BAR = 24
"""Characters of the bar."""

_TO_END_OF_LINE = "\x1b[K"


class Progress:
    """Shows a training that is told to it batch by batch and epoch by epoch.

    Args:
        errors: where the bar or the lines go, standard error.
        epochs: most epochs of the training.
        json_lines: where each epoch goes as a JSON object, or None; lines for people are left out then.
    """

    def __init__(self, errors: TextIO, epochs: int, json_lines: TextIO | None = None) -> None:
        self._errors, self._epochs, self._json = errors, epochs, json_lines
        self._terminal = errors.isatty()
        self._drawn = -math.inf
        self._centimetres = ""

    def batch(self, report: "BatchReport") -> None:
        """Draw the line again if it is time to."""
        now = time.monotonic()
        if self._terminal and now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            self._write("\r" + bar_line(report, self._epochs, self._centimetres)[: self._width()] + _TO_END_OF_LINE)

    def epoch(self, result: "EpochResult") -> None:
        """Show an epoch's result; on a terminal only where validation phrases were looked at."""
        self._centimetres = f"{(result.validation or result.train).error_cm:.1f} cm"
        if self._json is not None:
            self.clear()
            self._json.write(json.dumps(result.to_dict()) + "\n")
            self._json.flush()
        elif not self._terminal or result.validation:
            self.clear()
            self._write(epoch_line(result, self._epochs) + "\n")

    def clear(self) -> None:
        """Take the line away, for something else to be printed."""
        if self._terminal and self._drawn > -math.inf:
            self._write("\r" + _TO_END_OF_LINE)

    def _width(self) -> int:
        """Columns that can be written without the terminal going on to its next line."""
        try:
            columns = os.get_terminal_size(self._errors.fileno()).columns
        except OSError:
            columns = 0
        return (columns or 80) - 1  # some terminals say that they have none

    def _write(self, text: str) -> None:
        self._errors.write(text)
        self._errors.flush()


def bar_line(report: "BatchReport", epochs: int, centimetres: str = "") -> str:
    """Epoch, bar, loss, centimetres, speed and the time ahead, in that order: a narrow terminal cuts the end."""
    full = round(BAR * report.progress)
    parts = [
        f"epoch {report.epoch}/{epochs}",
        f"[{'#' * full}{'-' * (BAR - full)}] {report.progress:4.0%}",
        f"loss {report.loss:.4g}",
        centimetres,
        f"{report.phrases_a_second:,.0f} phrases/s",
        f"{clock(report.eta_seconds)} left",
    ]
    return "  ".join(part for part in parts if part)


def epoch_line(result: "EpochResult", epochs: int) -> str:
    """An epoch's result for people."""
    parts = [f"epoch {result.epoch}/{epochs}", f"loss {result.train.loss:.4g}", f"{result.train.error_cm:.2f} cm"]
    if held_out := result.validation:
        mark = " (best)" if result.best else ""
        parts.append(f"held out: loss {held_out.loss:.4g}, {held_out.error_cm:.2f} cm{mark}")
    parts += [f"{result.phrases_a_second:,.0f} phrases/s", f"{clock(result.eta_seconds)} left"]
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss; "?" while not known."""
    if not math.isfinite(seconds):
        return "?"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
