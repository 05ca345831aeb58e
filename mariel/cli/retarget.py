"""The command `retarget`: gives a dance the markers of another set."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags
from mariel.cli.parameters import Data, Json, OptionalNumber, Trim
from mariel.cli.recordings import check_output_path, load_and_report
from mariel.errors import MarielError

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def retarget(
    data: Data,
    /,
    *,
    to: Annotated[
        str,
        Parameter(
            metavar="MARKERS",
            help="mariel53; plug-in-gait, cmu41, optical28, smpl24, smplh52, smplx55, humanml3d22, choreoai29, "
            "mixamo or rokoko; or a folder, a glob or a file of recordings whose markers are taken",
        ),
    ],
    out: Annotated[Path, Parameter(metavar="FILE.npz", help="where to write it")],
    take: Annotated[str | None, Parameter(metavar="NAME", help="name of the take, where DATA has several")] = None,
    to_fps: Annotated[OptionalNumber, Parameter(help="frames per second of the result; default: DATA's")] = None,
    trim: Trim = None,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """Give a dance the markers of another set, on the dancer's own proportions.

    A body of rigid segments is fitted to the dance and the new markers are put on it, so that a model that was
    trained on other markers can answer it. The distance of the new markers' joints from those recorded is printed.
    """
    from mariel.files import write_atomically
    from mariel.kinematics.retargeting.retarget import retarget as retarget_recording
    from mariel.kinematics.retargeting.targets import find_template
    from mariel.motion.io.formats.npz import write_npz

    check_output_path(out)
    if out.suffix.lower() != ".npz":
        raise MarielError(f"--out {out}: expected a name that ends in .npz")
    recordings = load_and_report("retarget", data, trim=trim, described=described)
    if take is None and len(recordings) > 1:
        raise MarielError(f"--take: {data} has {len(recordings)} takes; choose one of {', '.join(recordings)}")
    recording = recordings[take] if take is not None else next(iter(recordings.values()))
    found = retarget_recording(recording, find_template(to), fps=to_fps)
    write_atomically(out, write_npz([found.recording]))
    if as_json:
        print(
            json.dumps(
                {
                    "out": str(out),
                    "markers": list(found.recording.marker_set.labels),
                    "frames": len(found.recording),
                    "fps": found.recording.fps,
                    "error_cm": found.error_cm,
                    "estimated": list(found.estimated),
                }
            )
        )
    else:
        print(f"{out}: {found.note}")
