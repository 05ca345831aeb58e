import numpy as np
import pytest

from mariel.kinematics.retargeting.retarget import demo_template
from mariel.kinematics.retargeting.rig_templates import RIGS, rig_template
from mariel.kinematics.skeleton import has_body


@pytest.mark.parametrize("name", RIGS)
def test_left_and_right_markers_of_a_rig_are_mirror_images(name):
    template = rig_template(RIGS[name], demo_template())
    assert has_body(template.marker_set)
    assert np.isfinite(template.offsets).all()
    for left, right in template.marker_set.mirror_pairs:
        one, other = (template.marker_set.index(label) for label in (left, right))
        assert template.parts[other] == template.parts[one].replace("left", "right")
        np.testing.assert_allclose(template.offsets[other], template.offsets[one] * [1, -1, 1], atol=0.012)


def test_joints_of_the_spine_rise_from_the_pelvis_to_the_neck():
    template = rig_template(RIGS["smpl24"], demo_template())
    parts = dict(zip(template.marker_set.labels, template.parts, strict=True))
    assert [parts[f"spine{number}"] for number in (1, 2, 3)] == ["pelvis", "chest", "chest"]
    heights = [template.offsets[template.marker_set.index(label), 2] for label in ("spine2", "spine3", "neck")]
    assert heights == sorted(heights)
