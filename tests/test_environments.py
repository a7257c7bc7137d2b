"""One set of pins serves pip and conda."""

import itertools
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["gpu"]}


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda p: p.name)
def test_conda_environments_repeat_the_pins(path):
    environment = yaml.safe_load(path.read_text())
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][:2] == ["python=3.11", "pip"]
    assert set(environment["dependencies"][2]["pip"]) <= PINS


def test_everything_is_pinned():
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *itertools.chain(*extras)]
    assert all("==" in line for line in lines)


def test_every_rule_has_an_environment_with_what_its_verb_imports():
    """The packages a stage imports are in the environment its rules name."""
    needs = {
        "cupy": {"numpy", "numba", "pillow", "safetensors", "scikit-learn"},
        "torch": {"numpy", "torch", "safetensors", "numba", "pytorch-fid", "tqdm"},
        "plot": {"numpy", "pandas", "matplotlib", "safetensors", "scipy", "pyyaml"},
    }
    for name, packages in needs.items():
        lines = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"][2]["pip"]
        assert packages <= {line.split("==")[0] for line in lines}
