"""The player's JavaScript: its own tests, run by Node, and its types, checked by the TypeScript compiler."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.packing import pack
from mariel.stage.scene import Dancer, Scene
from mariel.stage.sweep import Sweep, pack_sweep
from tests.support.bodies import upright_pose
from tests.support.serving import ROOT

NODE = shutil.which("node")
TYPESCRIPT = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
TESTS = ROOT / "tests" / "javascript"

pytestmark = pytest.mark.skipif(
    NODE is None, reason="Node.js is not installed: https://nodejs.org, version 20 or newer"
)


def run_node(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [NODE, *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


def packed_scene() -> tuple[bytes, list]:
    """A scene of two dancers, one with a gap and values, one far from the origin; and the positions that it shows.

    Positions are lists (dancers, frames, markers, xyz), metres, None where a marker is missing.
    """
    markers = MarkerSet.from_edges("body", ("HEAD", "FOOT"), [(0, 1)])
    positions = np.random.default_rng(0).normal(0, 0.01, (40, 2, 3)).cumsum(axis=0)
    positions[:, 0, 2] += 1.7
    positions[10:20, 1] = np.nan
    far = positions[:25] + np.array([500, -300, 0])
    dancers = [
        Dancer(positions, markers, marker_values=np.linspace(0, 1, 80).reshape(40, 2)),
        Dancer(far, markers, offset=(1.0, 0.0, 0.0)),
    ]
    shown = [np.where(np.isnan(body), None, body).tolist() for body in (positions, far + np.array([1, 0, 0]))]
    return pack(Scene(dancers)), shown


def test_the_javascript_tests_pass(tmp_path):
    block, positions = packed_scene()
    dance = np.random.default_rng(1).normal(0, 0.05, (5, 20, 2, 3)).cumsum(axis=1)
    (tmp_path / "sweep.bin").write_bytes(pack_sweep(Sweep([0, 1, 2, 3, 4], [dance])))
    (tmp_path / "swept.json").write_text(json.dumps(dance.tolist()))
    (tmp_path / "scene.bin").write_bytes(block)
    (tmp_path / "positions.json").write_text(json.dumps(positions))
    standing = np.repeat(upright_pose()[None], 2, axis=0).astype(np.float32)
    (tmp_path / "figure.bin").write_bytes(pack(Scene([Dancer(standing, MARIEL_53)])))
    done = run_node(
        "--test",
        "--test-reporter=tap",
        *sorted(str(path) for path in TESTS.glob("*.test.js")),
        PACKED_SCENE=str(tmp_path / "scene.bin"),
        PACKED_FIGURE=str(tmp_path / "figure.bin"),
        PACKED_POSITIONS=str(tmp_path / "positions.json"),
        PACKED_SWEEP=str(tmp_path / "sweep.bin"),
        SWEPT_POSITIONS=str(tmp_path / "swept.json"),
    )
    assert "# fail 0" in done.stdout
    assert "ok 1 - holds the positions that Python packed" in done.stdout
    assert "# SKIP" not in done.stdout


@pytest.mark.skipif(not TYPESCRIPT.exists(), reason="the type checker is not installed: run `npm ci`")
@pytest.mark.parametrize("project", [ROOT, TESTS], ids=["player", "tests"])
def test_types_are_right(project):
    run_node(str(TYPESCRIPT), "--project", str(project))
