"""The builds of plotly.js that come with the package."""

import re

import pytest
from plotly.offline import get_plotlyjs_version

from mariel.stage.web_files import PLOTLY_2D, PLOTLY_3D


@pytest.mark.parametrize(("path", "build"), [(PLOTLY_3D, "gl3d"), (PLOTLY_2D, "cartesian")])
def test_builds_of_plotly_js_have_the_version_that_the_python_package_makes_figures_for(path, build):
    header = path.read_text("utf-8")[:200]
    name, version = re.search(r"plotly\.js \((\w+) - minified\) v([\d.]+)", header).groups()
    assert (name, version) == (build, get_plotlyjs_version())
    assert path.name == f"plotly-{build}-{version}.min.js"
