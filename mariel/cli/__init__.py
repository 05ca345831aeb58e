"""The command line: open the app, inspect and prepare recordings, train and evaluate models, sample, export.

A command is a function with typed parameters and a docstring, from which its flags and help text are made. Its module
is imported when the command runs or shows its help, and heavy packages inside the command, so that `--help` is fast.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from mariel import __version__
from mariel.cli.help_text import HelpFormatter
from mariel.errors import MarielError

COMMANDS = {
    "app": ("app:app", "open the app in a browser"),
    "info": ("recordings:info", "list recordings and their problems"),
    "stats": ("recordings:stats", "statistics that preprocessing uses, as the reference prints them"),
    "prepare": ("recordings:prepare", "write positions and velocities, scaled, to a file"),
    "retarget": ("retarget:retarget", "give a dance the markers of another set, on the dancer's own proportions"),
    "train": ("training:train", "train a model on recordings"),
    "sample": ("models:sample", "write new dances sampled from a model"),
    "reconstruct": ("models:reconstruct", "write a model's reconstructions of recordings"),
    "evaluate": ("models:evaluate", "a model's figures beside those of real motion"),
    "analyse": ("models:analyse", "compute what pages show of a model, and store it in its folder"),
    "export": ("export:export", "write a dance as a file for other programs, such as a page for a browser"),
    "favourites": (
        "favourites:favourites",
        "list kept dances, or open a bundle: keep its dances and install its model",
    ),
}
"""Each command: its function, as "module:function" in this package, and one line of help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `mariel`; by default those of this process.

    Returns:
        Its exit status: 0, 1 after one line on stderr, 2 for wrong usage, 130 after ctrl-C.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = f"mariel {words[0]}" if words and words[0] in COMMANDS else "mariel"
    try:
        if not words:
            print(f"mariel: expected a command: {', '.join(COMMANDS)}; see mariel --help", file=sys.stderr)
            return 2
        status = make_app(words[0])(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        if os.environ.get("LOCAL_RANK", "0") == "0":  # of several processes on a machine only one prints
            message = " ".join(str(error).split())
            print(f"{command}: {message}\nSee {command} --help", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (MarielError, OSError) as error:
        print(f"{command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    else:
        return status or 0
    return 0


def make_app(command: str = "") -> App:
    """All commands, each imported when it is used.

    Args:
        command: the one that is run: its help text is its docstring. The others have one line of help.
    """
    app = App(
        name="mariel",
        help="Inspect and prepare motion-captured dance, and train models on it.",
        help_format="plaintext",
        help_formatter=HelpFormatter(),
        version=__version__,
        version_flags=("--version",),
        result_action="return_value",
    )
    for number, (name, (function, summary)) in enumerate(COMMANDS.items()):
        app.command(f"mariel.cli.{function}", name=name, help=None if name == command else summary, sort_key=number)
    return app
