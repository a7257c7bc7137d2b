"""Python on the pages for users of the library runs as it stands."""

from pathlib import Path

import pytest
import torch

from test_docs import blocks

DOCS = Path(__file__).parents[1] / "docs"


def test_the_library_page_shows_the_example_file():
    assert blocks(DOCS / "library.md", "python")[0] == (DOCS / "in_25_lines.py").read_text("utf-8")


@pytest.mark.thorough
def test_the_library_page_runs_and_makes_the_pairs_of_a_flow():
    made = {}
    for block in blocks(DOCS / "library.md", "python"):
        exec(compile(block, "library.md", "exec"), made)
    assert made["pairs"]["x_k"].shape == (64, 1, 8, 8)
    assert made["pairs"]["k"].min() >= 1
    assert made["drawn"].shape == (8, 1, 8, 8) and torch.isfinite(made["drawn"]).all()


def test_the_page_of_an_own_process_goes_back_to_the_image(monkeypatch):
    monkeypatch.chdir(DOCS.parent)
    (block,) = blocks(DOCS / "own_process.md", "python")
    exec(compile(block, "own_process.md", "exec"), {})  # it compares by itself
