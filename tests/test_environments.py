"""One set of pins serves pip, conda and containers; environments hold what their verbs import."""

import importlib.util
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from beyond_blur.storage import code

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def module_of(path):
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generate = module_of(ROOT / "envs/generate.py")
ENVIRONMENTS = sorted(generate.ENVIRONMENTS)


def name_of(requirement):
    return re.match(r"[\w.-]+", requirement)[0]


def test_generated_files_are_current():
    wanted = dict(generate.files())
    assert {path for path in wanted if path.suffix == ".yaml"} == set(
        (ROOT / "envs").glob("*.yaml")
    )
    for path, text in wanted.items():
        assert path.read_text() == text, "run: python envs/generate.py"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_environments_repeat_the_pins(name):
    environment = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][:2] == [f"python={generate.PYTHON}", "pip"]
    for line in environment["dependencies"][2]["pip"]:
        package, version = line.split("==")
        assert generate.pins()[name_of(package)] == version


def test_whatever_the_project_asks_for_has_a_pin_inside_its_range():
    from packaging.requirements import Requirement

    extras = PROJECT["optional-dependencies"].values()
    for line in [*PROJECT["dependencies"], *itertools.chain(*extras)]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(generate.pins()[wanted.name]), line


def test_nothing_is_pinned_that_nobody_asks_for():
    extras = PROJECT["optional-dependencies"].values()
    asked = {name_of(line) for line in [*PROJECT["dependencies"], *itertools.chain(*extras)]}
    assert set(generate.pins()) - asked == {"editables"}, "hatchling's, for an editable install"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_is_that_of_a_rule_and_holds_what_its_verbs_import(name):
    assert generate.roots_of(name), "no rule names this environment"
    listed = {name_of(line) for line in generate.packages(name)}
    assert {"numpy", "pydantic", "safetensors"} <= listed
    assert ("torch" in listed) == (name == "torch") and ("snakemake" in listed) is False


def test_an_import_without_a_pin_is_named(monkeypatch):
    monkeypatch.setattr(generate, "pins", lambda: {"numpy": "1"})
    with pytest.raises(KeyError, match=r"'pydantic'.* are imported and have no line in .*pins.txt"):
        generate.packages("plot")


@pytest.mark.slow
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_real_environment_imports_all_that_its_verbs_reach(name, tmp_path):
    """The lists of an environment's file in an environment that holds nothing else."""
    python = tmp_path / "env/bin/python"
    uv = [sys.executable, "-m", "uv"]
    modules = sorted(code.modules_reached(*generate.roots_of(name)))
    lines = "\n".join(f"importlib.import_module({module!r})" for module in modules)
    deploy = ["bash", "-c", f'PATH="$1:$PATH"; {generate.POST_DEPLOY}', "-", python.parent]
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"],
        [*uv, "pip", "install", "--quiet", "--python", python, *generate.packages(name)],
        ["env", f"BEYOND_BLUR_PACKAGE={ROOT / 'src/beyond_blur'}", *deploy],
        ["env", "-u", "PYTHONPATH", python, "-c", f"import importlib\n{lines}"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


RECIPES = ("Dockerfile", "apptainer.def")


@pytest.mark.parametrize("name", RECIPES)
def test_containers_install_the_pins_by_the_same_script(name):
    text = (ROOT / "envs" / name).read_text()
    assert "bash envs/install.sh /opt/environment" in text
    assert f"python:{generate.PYTHON}-slim" in text
    assert "==" not in text, "the versions stand in pins.txt alone"
    assert "Not built" in text


def test_a_container_holds_what_its_install_reads_and_nothing_of_the_clones_runs():
    files = (ROOT / "envs/apptainer.def").read_text().split("%files\n")[1].split("%post")[0]
    copied = {line.split()[0]: line.split()[1] for line in files.splitlines() if line}
    assert set(copied.values()) == {f"/opt/beyond_blur/{name}" for name in copied}
    carried = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    read = {"src", "pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    assert set(copied) == read | set(carried["targets"]["wheel"]["force-include"])
    assert {".venv", ".snakemake", "results"} <= set((ROOT / ".dockerignore").read_text().split())


def test_who_cites_gets_the_packages_version_and_the_paper():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == PROJECT["version"]
    assert cited["preferred-citation"]["title"].startswith("Beyond Blur: A Fluid Perspective")
    assert cited["preferred-citation"]["url"] == PROJECT["urls"]["Paper"]
    assert len(cited["preferred-citation"]["authors"]) == 4


def test_snakemake_is_asked_for_from_the_version_that_the_project_names():
    from packaging.requirements import Requirement

    (wanted,) = [line for line in PROJECT["dependencies"] if line.startswith("snakemake")]
    (least,) = re.findall(r'min_version\("([\d.]+)"\)', (ROOT / "Snakefile").read_text())
    (lowest,) = [one.version for one in Requirement(wanted).specifier if one.operator == ">="]
    assert least.startswith(lowest)
