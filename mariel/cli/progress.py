"""Progress of a training: on a terminal one line that is redrawn, elsewhere one line per epoch."""

import json
import math
from typing import TYPE_CHECKING, Any, TextIO

from tqdm import tqdm

if TYPE_CHECKING:
    from mariel.training.run_folder.results import BatchReport, EpochResult

REDRAW_SECONDS = 0.1
"""Minimum seconds between two redraws, so that a fast model does not wait for the terminal."""

BAR_WIDTH = 24
"""Characters of the progress bar."""

_BAR_FORMAT = f"{{desc}}  [{{bar:{BAR_WIDTH}}}] {{percentage:3.0f}}%  {{text}}"
_BAR_CHARACTERS = "-#"


class _ProgressLine(tqdm):
    """A tqdm line that ends with `text`."""

    monitor_interval = 0  # no thread beside the training's
    text = ""

    @property
    def format_dict(self) -> dict[str, Any]:
        """See tqdm."""
        return {**super().format_dict, "text": self.text}


class ProgressDisplay:
    """Displays a training's progress after every batch and epoch.

    Args:
        stream: where the progress line and the epochs' lines are written, standard error.
        epochs: maximum number of epochs.
        json_lines: where each epoch is written as a JSON object; None to write a line of text per epoch instead.
    """

    def __init__(self, stream: TextIO, epochs: int, json_lines: TextIO | None = None) -> None:
        self._stream, self._epochs, self._json = stream, epochs, json_lines
        self._error_text = ""
        self._line = _ProgressLine(
            total=1.0,
            file=stream,
            disable=None,  # only on a terminal
            leave=False,
            position=0,
            mininterval=REDRAW_SECONDS,
            miniters=0,
            dynamic_ncols=True,
            ascii=_BAR_CHARACTERS,
            bar_format=_BAR_FORMAT,
            delay=1e-9,  # nothing before the first batch
        )

    def show_batch(self, report: "BatchReport") -> None:
        """Redraw the progress line if it is due."""
        if not self._line.disable:
            self._line.set_description_str(f"epoch {report.epoch}/{self._epochs}", refresh=False)
            self._line.text = _progress_text(report, self._error_text)
            self._line.update(report.progress - self._line.n)

    def show_epoch(self, result: "EpochResult") -> None:
        """Show an epoch's result; on a terminal only if the epoch had a validation."""
        self._error_text = f"{(result.validation or result.train).error_cm:.1f} cm"
        if self._json is not None:
            self._line.clear()
            self._json.write(json.dumps(result.to_dict()) + "\n")
            self._json.flush()
        elif self._line.disable or result.validation:
            self._line.clear()
            self._stream.write(epoch_line(result, self._epochs) + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Take the progress line away, so that something else can be printed."""
        self._line.close()


def _progress_text(report: "BatchReport", error_text: str) -> str:
    """Loss, error, speed and remaining time, in that order because a narrow terminal cuts the end."""
    parts = [
        f"loss {report.loss:.4g}",
        error_text,
        f"{report.phrases_per_second:,.0f} phrases/s",
        f"{format_clock(report.eta_seconds)} left",
    ]
    return "  ".join(part for part in parts if part)


def epoch_line(result: "EpochResult", epochs: int) -> str:
    """An epoch's result as one line of text."""
    parts = [f"epoch {result.epoch}/{epochs}", f"loss {result.train.loss:.4g}", f"{result.train.error_cm:.2f} cm"]
    if validation := result.validation:
        mark = " (best)" if result.best else ""
        parts.append(f"validation: loss {validation.loss:.4g}, {validation.error_cm:.2f} cm{mark}")
    parts += [f"{result.phrases_per_second:,.0f} phrases/s", f"{format_clock(result.eta_seconds)} left"]
    return "  ".join(parts)


def format_clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss; "?" if infinite."""
    if not math.isfinite(seconds):
        return "?"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
