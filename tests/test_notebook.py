"""The notebook runs from top to bottom, and what it says of its numbers is so."""

import json
from pathlib import Path

import matplotlib
import numpy as np
import pytest

BOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"


@pytest.fixture(scope="module")
def made():
    """What the cells leave, run one after the other as a kernel would."""
    names = {"__name__": "__main__"}
    with matplotlib.rc_context({"backend": "agg"}):
        import matplotlib.pyplot as plt

        for cell in json.loads(BOOK.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
        plt.close("all")
    return names


def test_grey_stays_and_the_flow_moves_the_picture(made):
    assert max(made["drift"].values()) < 1e-6
    still, moved = made["states"][0.0], made["states"][1.0]
    np.testing.assert_array_equal(still[0], moved[0], "level 0 is the photograph")
    assert np.abs(still[-1] - moved[-1]).max() > 0.05
    assert still[-1].std() < still[0].std()


def test_the_speed_is_nearly_that_of_the_peclet_number(made):
    share = made["field"].std(axis=(1, 2)) / made["speed"]
    assert np.all((share > 0.9) & (share <= 1.001))


def test_the_cells_are_shown_with_what_they_made():
    cells = json.loads(BOOK.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds == {"stream", "display_data"}, "and no error"
