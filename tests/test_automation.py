"""What the workflow, pre-commit and CI run exists, and in the versions that are pinned."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOWS = "\n".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml"))
CI_RUN = (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w+)", WORKFLOWS + CI_RUN))))
def test_the_targets_that_are_run_exist(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_the_workflow_has_a_job_for_style_one_for_quick_tests_and_one_with_a_browser():
    assert {"lint", "types", "quick", "test"} <= set(re.findall(r"make (\w+)", WORKFLOWS))


def test_python_in_the_workflow_is_what_the_package_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    classified = {text.rpartition(" ")[2] for text in project["classifiers"] if ":: Python :: 3." in text}
    used = set(re.findall(r'"(3\.\d+)"', WORKFLOWS))
    assert used
    assert used <= classified


def test_every_target_is_declared_phony():
    targets = set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))
    (declared,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(declared.split()) == targets


def test_pre_commit_runs_the_pinned_ruff():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    pinned = re.search(r"^ruff==(\S+)$", (ROOT / "requirements-test.txt").read_text(), re.MULTILINE)
    found = re.search(r"ruff-pre-commit\n\s+rev: v(\S+)", hooks)
    assert pinned and found and pinned[1] == found[1]  # noqa: PT018


def test_npm_installs_what_is_locked():
    assert "npm ci" in WORKFLOWS
    assert (ROOT / "package-lock.json").exists()
