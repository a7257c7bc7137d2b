"""One set of pins serves pip and conda, and every environment holds what its verbs import."""

import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from beyond_blur.config import PROCESS_SPECS
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.storage import code

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PINS = {*PROJECT["dependencies"], *EXTRAS["gpu"], *EXTRAS["tensorboard"]}
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))

NAMES = {
    "PIL": "pillow", "cupy": "cupy-cuda12x[ctk]", "cupyx": "cupy-cuda12x[ctk]", "llvmlite": "numba",
    "mpl_toolkits": "matplotlib", "pydantic_core": "pydantic", "pytorch_fid": "pytorch-fid",
    "sklearn": "scikit-learn", "yaml": "pyyaml",
}  # fmt: skip
"""What a package is installed as, where that is not the name that it is imported by."""

SPARED = {"cupy": {"torch"}}
"""Imports inside functions that no verb of an environment calls: the solver hands states to torch
only where a network trains on them."""


def packages(path):
    return yaml.safe_load(path.read_text())["dependencies"][2]["pip"]


def registered(*registries):
    return {root for one in registries for entry in code.registered(one).values() for root in entry}


def looked_up(environment):
    """What the functions of wildcards in the rules stand for, whatever the configuration."""
    kinds = {kind.implementation for kind in PROCESS_SPECS.values()}
    solvers = registered("beyond_blur.corruption.backend:MODULES")
    drawn = [figure for figure in FIGURES.values() if figure.computes == (environment == "torch")]
    figures = {root for figure in drawn for root in figure.code}
    return {
        "process_code": kinds,
        "every_process_code": kinds,
        "solver_code": solvers,
        "flow_pairs_code": solvers | registered("beyond_blur.training.flow_pairs:MAKERS"),
        "extractor_code": registered("beyond_blur.features.extractor:EXTRACTORS"),
        "figure_code": figures | (kinds | solvers if environment == "torch" else set()),
    }


def roots_of(environment):
    """What the rules of an environment run, and everything that their verbs look up by name."""
    found, roots = looked_up(environment), set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"(?m)^ *(?=rule |use rule |rule:)", path.read_text()):
            if f"envs/{environment}.yaml" not in rule:
                continue
            for verb, more in re.findall(r'code_of\(\s*"(\w+)"([^)]*)\)', rule):
                roots.add(code.verb_root(verb))
                for name in re.findall(r"\w+_code", more):
                    roots |= found[name]
    return roots


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.name)
def test_conda_environments_repeat_the_pins(path):
    environment = yaml.safe_load(path.read_text())
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][:2] == ["python=3.11", "pip"]
    assert set(packages(path)) <= PINS


def test_everything_is_pinned():
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *itertools.chain(*extras)]
    assert all("==" in line for line in lines)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.name)
def test_every_rule_has_an_environment_with_what_its_verb_imports(path):
    """The packages a stage imports are in the environment its rules name."""
    roots = roots_of(path.stem)
    assert roots, "no rule names this environment"
    imported = code.packages_imported(*roots) - set(sys.stdlib_module_names)
    needed = {NAMES.get(name, name) for name in imported - SPARED.get(path.stem, set())}
    assert needed <= {line.split("==")[0] for line in packages(path)}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.name)
def test_every_environment_gets_the_package_itself(path):
    script = path.with_name(f"{path.stem}.post-deploy.sh").read_text()
    assert 'pip install --quiet --no-deps --editable "$BEYOND_BLUR_CLONE"' in script


@pytest.mark.slow
@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.name)
def test_a_real_environment_imports_all_that_its_verbs_reach(path, tmp_path):
    """The lists of an environment's file in an environment that holds nothing else."""
    python = tmp_path / "env/bin/python"
    uv = [sys.executable, "-m", "uv"]
    modules = sorted(code.modules_reached(*roots_of(path.stem)))
    lines = "\n".join(f"importlib.import_module({name!r})" for name in modules)
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"],
        [*uv, "pip", "install", "--quiet", "--python", python, *packages(path)],
        [*uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "--editable", ROOT],
        [python, "-c", f"import importlib\n{lines}"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
