"""Which value of a network headstart takes for the embedding."""

import json
import subprocess
from pathlib import Path

import onnxruntime


def rows(networks: list, sources: list) -> list:
    """For each network: name, what the headstart of each source takes, the classifier's
    output by ONNX Runtime, and what became of it."""
    programs = []
    for source in sources:
        programs.append(source / "bin" / "inspecting-headstart")
        subprocess.run(["go", "build", "-tags", "nodynamic", "-o", programs[-1], "./cmd/headstart"], cwd=source, check=True)
    table = []
    for network in networks:
        output = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"]).get_outputs()[0]
        scores = output.shape[-1]
        dims = [taken(program, network) for program in programs]
        became = "OFF" if dims[-1] == scores else "right" if dims[0] != scores else "mended: was wrong"
        table.append((network.name, *(f"takes {dim} values" for dim in dims), f"{scores} class scores", became))
    for program in programs:
        program.unlink()
    return table


def taken(program: Path, network: Path) -> int:
    said = subprocess.run([program, "backbones", "inspect", "--json", network], stdout=subprocess.PIPE, check=True)
    return next(candidate["dim"] for candidate in json.loads(said.stdout)["candidates"] if candidate["chosen"])
