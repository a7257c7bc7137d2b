"""CONTRIBUTING.md is right: its five additions are complete, and they run to the table."""

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workflow.workflow_runs import environment, snakemake

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
PACKAGE = "src/beyond_blur"

TOUCHED = {
    "A forward process": {"processes/fading.py", "config/process_options.py"},
    "A dataset kind": {"data/npy.py", "data/readers.py", "config/options.py"},
    "A metric": {"metrics/mean_gap.py", "metrics/measure.py", "metrics/catalogue.py"},
    "A figure": {
        "rendering/grey_values.py",
        "rendering/figures.py",
        "../../workflow/report/grey_values.rst",
    },
    "A feature extractor": {
        "features/thumbnails.py",
        "features/extractor.py",
        "config/options.py",
    },
}
"""The files of each addition, relative to the package: its own, its options, its registry."""

GENERATED = {"workflow/schemas/config.schema.yaml", "docs/config.md"}
FILE = re.compile(r"^`([^`\n]+)`:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIG = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VERB = re.compile(r"^python -m beyond_blur schema .*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code under the name of a file: the whole file, or an edit of it."""

    path: str
    language: str
    text: str

    def apply(self, repository):
        path = repository / self.path
        if self.language != "diff":
            assert not path.exists(), f"{self.path} is there already: a block of its own is new"
            path.write_text(self.text)
            return
        text = path.read_text()
        for hunk in self.hunks():
            before, after = ("".join(f"{line[1:]}\n" for line in hunk if line[:1] != sign)
                             for sign in "+-")  # fmt: skip
            assert text.count(before) == 1, f"not once in {self.path}:\n{before}"
            text = text.replace(before, after)
        path.write_text(text)

    def hunks(self):
        return [hunk.strip("\n").splitlines() for hunk in self.text.split("@@\n")]


def section(title):
    return re.split(r"^##.*$", PAGE.split(f"### {title}\n")[1], flags=re.MULTILINE)[0]


def blocks(title):
    return [Block(*found) for found in FILE.findall(section(title))]


def files_of(repository):
    """Every file of a repository by its path, but for what running it leaves."""
    return {
        str(path.relative_to(repository)): path.read_bytes()
        for path in repository.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def copy_of_repository(folder):
    """The files that git knows, as they are in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of the repository with all five additions and what is made from the options."""
    repository = copy_of_repository(tmp_path_factory.mktemp("contributing") / "repository")
    before = files_of(repository)
    named = set(GENERATED)
    for title in TOUCHED:
        for block in blocks(title):
            block.apply(repository)
            named.add(block.path)
    _, *verb = shlex.split(VERB.search(PAGE).group())
    subprocess.run([sys.executable, *verb], cwd=repository, env=environment(repository), check=True)
    after = files_of(repository)
    assert {name for name in after if after[name] != before.get(name)} == named
    assert before.keys() <= after.keys()
    return repository


@pytest.mark.parametrize("title", TOUCHED)
def test_an_addition_is_its_file_its_options_and_its_line(title):
    paths = {block.path for block in blocks(title)}
    assert {str((ROOT / path).resolve()) for path in paths} == {
        str((ROOT / PACKAGE / path).resolve()) for path in TOUCHED[title]
    }
    taken_out = [line for block in blocks(title) if block.language == "diff"
                 for hunk in block.hunks() for line in hunk if line.startswith("-")]  # fmt: skip
    assert all(" = Literal[" in line for line in taken_out), "nothing is edited but for a word more"


def test_additions_are_in_what_is_made_from_the_options(repository):
    schema = (repository / "workflow/schemas/config.schema.yaml").read_text()
    page = (repository / "docs/config.md").read_text()
    for name in ("fading", "npy", "thumbnails"):
        assert f"- {name}\n" in schema or f"const: {name}\n" in schema
        assert f"`{name}`" in page


@pytest.mark.workflow
def test_preset_tiny_runs_with_all_five_to_the_table_and_the_figure(repository, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    np.save(tmp_path / "images.npy", pixels)
    config = {}
    for title in TOUCHED:
        for text in CONFIG.findall(section(title)):
            config |= yaml.safe_load(text)
    config["dataset"]["path"] = str(tmp_path / "images.npy")
    config["sampling"] = {"seeds": [0]}
    targets = [f"results/{name}" for name in ("table1.csv", "figures/grey_values.png")]
    done = snakemake(repository, tmp_path / "run", *targets, config=config)
    assert done.returncode == 0, done.stderr + done.stdout
    table = pd.read_csv(tmp_path / "run" / targets[0]).set_index("process")
    row = table.loc["fading"]
    assert np.isfinite(row["mean_gap"]) and row["mean_gap"] > 0
    assert (row["extractor"], row["feature_dim"]) == ("thumbnails", 16)
    assert "gap of the means" in (tmp_path / "run/results/table1.md").read_text()
    assert (tmp_path / "run" / targets[1]).stat().st_size > 1000
