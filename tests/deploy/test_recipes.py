"""The recipes under docs/deploy: manifests that parse and belong together, options that the commands know."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PROJECT


DEPLOY = PROJECT / "docs" / "deploy"
KINDS = {
    "Service": "v1", "Deployment": "apps/v1", "Job": "batch/v1", "NetworkPolicy": "networking.k8s.io/v1",
}  # fmt: skip


def manifests() -> list[dict[str, Any]]:
    text = (DEPLOY / "kubernetes" / "batch.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))


def pods() -> dict[str, dict[str, Any]]:
    """Part → pod template."""
    found = [m["spec"]["template"] for m in manifests() if "template" in m["spec"]]
    return {pod["metadata"]["labels"]["part"]: pod for pod in found}


def dask_options(command: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", f"distributed.cli.dask_{command}", "--help"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return set(re.findall(r"--[a-z-]+", done.stdout))


def test_every_manifest_has_its_kind_name_and_version() -> None:
    for manifest in manifests():
        assert manifest["apiVersion"] == KINDS[manifest["kind"]]
        assert re.fullmatch(r"[a-z0-9-]+", manifest["metadata"]["name"])


def test_selectors_labels_ports_and_volumes_belong_together() -> None:
    by_kind = {(m["kind"], m["metadata"]["name"]): m["spec"] for m in manifests()}
    service = by_kind["Service", "edureport-scheduler"]
    assert service["selector"].items() <= pods()["scheduler"]["metadata"]["labels"].items()
    for (kind, _), spec in by_kind.items():
        if kind == "Deployment":
            assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    for part, pod in pods().items():
        named = {volume["name"] for volume in pod["spec"].get("volumes", [])}
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container.get("volumeMounts", [])} == named, part
            words = " ".join(map(str, container["command"]))
            assert "tcp://" not in words or "tcp://edureport-scheduler:8786" in words
    assert service["ports"][0]["port"] == 8786


def test_the_key_reaches_the_batch_only() -> None:
    for part, pod in pods().items():
        assert ("edureport-key" in str(pod)) == (part == "batch")


@pytest.mark.parametrize("part", ["scheduler", "worker"])
def test_dask_knows_the_options_of_the_manifests_and_scripts(part: str) -> None:
    known = dask_options(part)
    command = pods()[part]["spec"]["containers"][0]["command"]
    script = (
        DEPLOY / "slurm" / ("scheduler.sbatch" if part == "scheduler" else "workers.sbatch")
    ).read_text()
    line = script.partition("exec ")[2]
    used = {word for word in map(str, command) if word.startswith("--")} | set(re.findall(r"--[a-z-]+", line))
    assert used and used <= known


def test_shell_scripts_are_shell() -> None:
    scripts: list[Path] = sorted((DEPLOY / "slurm").iterdir())
    assert len(scripts) == 3
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_edureport_knows_the_options_of_the_job() -> None:
    from pipelines.cli import _parser

    command = pods()["batch"]["spec"]["containers"][0]["command"]
    options = _parser().parse_args(command[1:])
    assert (options.command, options.json) == ("batch", True)
