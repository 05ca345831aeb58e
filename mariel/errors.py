"""The exceptions that a user can cause and correct, each with a message written for that user.

Pages and the command line show these messages as they stand, so a message names the file or field, what was
expected and what was found. Anything else that is raised is a fault of the program.
"""


class MarielError(Exception):
    """Base class of all errors that a user of Mariel can correct."""


class MarkerError(MarielError, KeyError):
    """A marker, segment or skeleton is requested that the marker set does not have."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0]) if self.args else ""


class RecordingError(MarielError, ValueError):
    """A recording is missing, unreadable, of the wrong shape, or too damaged to use."""


class PreprocessingError(MarielError, ValueError):
    """Recordings cannot be preprocessed, or data do not fit the fitted preprocessing."""


class PhraseError(MarielError, ValueError):
    """There are no phrases of the requested length, or a split leaves one side empty."""


class StageError(MarielError, ValueError):
    """A dancer cannot be drawn: positions, markers or options do not fit together."""


class SettingsError(MarielError, ValueError):
    """A setting is unknown, of the wrong kind or out of range; the message names its flag."""


class CheckpointError(MarielError, ValueError):
    """A run's folder or a checkpoint is missing, damaged, of another program, or does not fit its use."""


class RunError(MarielError, RuntimeError):
    """A run cannot be started, continued or written, such as when another process writes it or the disk is full."""


class PackageError(MarielError, ImportError):
    """An optional package is needed that is not installed; the message says how to install it."""


class WriteError(RunError):
    """A file or folder cannot be written; the message names it and says why."""
