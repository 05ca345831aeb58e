"""Targets of retargeting by name: Mariel's markers, a known rig, or the markers of somebody's recordings."""

from mariel.errors import RecordingError
from mariel.kinematics.retargeting.retarget import demo_template, template_of
from mariel.kinematics.retargeting.rig_templates import RIGS, rig_template
from mariel.kinematics.retargeting.template import Template
from mariel.motion.io.loading import find_files, load_recordings

MARIEL_53_NAME = "mariel53"

TARGETS = (MARIEL_53_NAME, *RIGS)
"""The names of known targets."""


def find_template(target: str) -> Template:
    """Where the markers of a target are on the body.

    Args:
        target: one of `TARGETS`, or a folder, a glob or a file of recordings whose markers are taken.

    Raises:
        RecordingError: it is neither, or the recordings' markers tell no body.
    """
    if target == MARIEL_53_NAME:
        return demo_template()
    if target in RIGS:
        return rig_template(RIGS[target], demo_template())
    try:
        find_files(target)
    except RecordingError as error:
        raise RecordingError(
            f"no markers are known by the name {target!r}, and {error}; known are {', '.join(TARGETS)}"
        ) from error
    return template_of(*load_recordings(target).values())
