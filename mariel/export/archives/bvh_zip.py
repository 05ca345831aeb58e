"""Export as an archive with a BVH file for each dancer, and the credit, for which BVH has no place."""

from mariel.export.archives.zip_file import CREDIT_FILE, credit_text, zip_bytes
from mariel.export.dances import dances_of, frame_rate, why_no_dances
from mariel.export.registry import ExportRequest, register_exporter
from mariel.export.skeletons.bvh import bvh_bytes, write_bvh
from mariel.export.skeletons.skeleton_motion import fit_note, skeleton_motion, why_no_skeleton


@register_exporter(
    "bvh_zip",
    label="BVH with credit (.zip)",
    suffixes=(".bvh.zip",),
    media_type="application/zip",
    help="A BVH file for each dancer, with the credit and the error of the fit beside them.",
    why_not=lambda request: why_no_dances(request) or why_no_skeleton(dances_of(request)),
    group="For Blender and other programs",
    estimate=lambda request: bvh_bytes(request) // 2,
)
def export_bvh_zip(request: ExportRequest) -> bytes:
    """One file per dancer, named after the dancer, all on one floor and one clock."""
    dances = dances_of(request)
    motions = [skeleton_motion(dance) for dance in dances]
    files = {
        f"{dance.name}.bvh": write_bvh(motion, frame_rate(request))
        for dance, motion in zip(dances, motions, strict=True)
    }
    request.remarks.append(fit_note([dance.name for dance in dances], motions))
    files[CREDIT_FILE] = credit_text(request, request.remarks[-1])
    return zip_bytes(files)
