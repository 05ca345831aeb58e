"""The command line: look at recordings, prepare them for training, train, let models dance, take dances home.

Commands import what they need when they run, so that `--help` answers at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from mariel.cli import dances, export, recordings, training
from mariel.cli.late_parser import LateParser
from mariel.errors import MarielError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        Its exit status: 0, 1 after one line on stderr, 2 where the call makes no sense, 130 after ctrl-C.
    """
    options = make_parser().parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (MarielError, OSError) as error:
        message = " ".join(str(error).split())
        print(f"mariel {options.command}: {message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    else:
        return status or 0
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    description = "Look at and prepare motion-captured dance, and train models of it."
    parser = argparse.ArgumentParser(prog="mariel", description=description)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=LateParser)
    recordings.add_commands(commands)
    training.add_commands(commands)
    dances.add_commands(commands)
    export.add_commands(commands)
    return parser
