"""The documentation says what is there: links lead to files, blocks of code are of this package."""

import argparse
import ast
import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from beyond_blur.cli import parser
from beyond_blur.config import load_experiment, plan

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"),
                *ROOT.glob("benchmarks/results/*.md")])  # fmt: skip
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def named(pages):
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page, language):
    """The blocks of code of a language on a page."""
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def having(language, word=""):
    return [page for page in PAGES if any(word in text for text in blocks(page, language))]


@named(PAGES)
def test_every_link_leads_to_a_file_of_the_clone(page):
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8"))]
    inside = [link for link in links if link and "://" not in link]
    lost = [link for link in inside if not (page.parent / link).exists()]
    assert lost == []


def test_every_page_is_in_the_contents_of_the_site():
    contents = (ROOT / "docs/index.md").read_text("utf-8")
    listed = set(re.findall(r"^\S*?(\w+)$", contents, re.MULTILINE))
    assert {page.stem for page in ROOT.glob("docs/*.md")} - {"index"} <= listed


@named(sorted(ROOT.glob("docs/studies/*.yaml")))
def test_configurations_of_the_studies_can_be_run(page):
    made = load_experiment(yaml.safe_load(page.read_text("utf-8")))
    assert plan.study_rows(made) and plan.delta_points(made)


@named(having("yaml", "preset:"))
def test_configurations_on_a_page_are_accepted(page):
    for text in blocks(page, "yaml"):
        if "preset:" in text:
            load_experiment(yaml.safe_load(text))


@named([page for page in having("python") if page.stem != "CONTRIBUTING"])  # which adds names
def test_python_on_a_page_can_be_parsed_and_names_what_is_there(page):
    for text in blocks(page, "python"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("beyond_blur"):
                module = importlib.import_module(node.module)
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


def calls(page):
    """Calls of verbs on a page, as words behind the program's name."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for line in re.findall(r"python -m beyond_blur ([a-z_]+[^`\n]*)", text):
        yield shlex.split(line.partition("  #")[0], comments=True)


@named([page for page in PAGES if any(calls(page))])
def test_verbs_on_a_page_have_the_options_that_it_gives_them(page):
    (verbs,) = (action.choices for action in parser()._actions
                if isinstance(action, argparse._SubParsersAction))  # fmt: skip
    for verb, *words in calls(page):
        options = verbs[verb]._option_string_actions
        assert {word for word in words if word.startswith("--")} <= set(options), (verb, words)


def workflow_calls(path):
    """Calls of Snakemake in a file, as its own parser reads them."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    for line in re.findall(r"\bsnakemake ((?:-|results/|study\b)[^`\n;]*)", text):
        yield get_argument_parser().parse_args(shlex.split(line, comments=True))


CALLING = [path for path in (*PAGES, *ROOT.glob("docs/studies/*.yaml"))
           if "snakemake " in path.read_text("utf-8")]  # fmt: skip


@named(CALLING)
def test_no_option_of_a_workflow_call_swallows_what_is_to_be_made(page):
    # --configfile and --config take every word up to the next option: targets stand before them.
    for said in workflow_calls(page):
        assert all(file.suffix == ".yaml" for file in said.configfile), said.configfile
        assert all("=" in entry for entry in said.config or ()), said.config


@named(CALLING)
def test_workflow_calls_that_make_something_say_how_many_cores(page):
    # Snakemake refuses them otherwise, unless a profile or a cluster says it.
    for said in workflow_calls(page):
        told = said.cores or said.report or said.workflow_profile or said.dryrun
        assert told or not said.targets, said.targets


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("sphinx"), pytest.importorskip("furo"), pytest.importorskip("myst_parser")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", "docs", ".", tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert "Trajectory" in (tmp_path / "docs/api.html").read_text("utf-8")
