"""What can go wrong with a person's input, each with a message written for that person.

Pages and the command line show these messages as they stand, so a message names the file or field, what was
expected and what was found. Anything else that is raised is a fault of the program.
"""


class MarielError(Exception):
    """Base of every error that a user of Mariel can meet and put right."""


class MarkerError(MarielError, KeyError):
    """A marker, segment or skeleton is asked for that the marker set does not have."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0]) if self.args else ""


class RecordingError(MarielError, ValueError):
    """A recording is missing, unreadable, of the wrong shape, or too damaged to use."""


class PreprocessingError(MarielError, ValueError):
    """Recordings cannot be prepared, or data does not fit the preprocessing it is given to."""


class PhraseError(MarielError, ValueError):
    """No phrases can be cut as asked, or a split leaves one side empty."""


class StageError(MarielError, ValueError):
    """A dancer cannot be drawn: positions, markers or options do not fit together."""


class SettingsError(MarielError, ValueError):
    """A setting is unknown, of the wrong kind or out of range; the message names its flag."""


class CheckpointError(MarielError, ValueError):
    """A run's folder or a checkpoint is missing, damaged, foreign, or does not fit what it is used for."""


class RunError(MarielError, RuntimeError):
    """A run cannot be started, continued or written, such as when another process writes it or the disk is full."""


class WriteError(RunError):
    """A file or folder cannot be written; the message names it and says why."""
