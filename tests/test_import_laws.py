"""Imports go down the order of the rooms only: no circle, no climb, no verb in another's file."""

import subprocess
import sys

from beyond_blur.rendering.architecture import ROOMS, room_graph
from beyond_blur.storage import code

ORDER = list(ROOMS)
SHARED = {"beyond_blur.cli.verbs", "beyond_blur.cli.option_names"}
HEAVY = ("torch", "numpy", "pandas", "matplotlib", "scipy", "sklearn", "numba", "cupy", "PIL")


def _one_in_the_other(a, b):
    return f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.")


def test_the_rooms_are_those_of_the_package():
    folders = {path.parent.name for path in code.PACKAGE.folder.glob("*/*.py")}
    assert folders == set(ORDER)


def test_imports_go_down_the_order_of_the_rooms():
    """The two services may use each other in no circle of modules: see the next test."""
    climbs = [
        f"{room} -> {one}"
        for room, imported in room_graph(code.graph()).items()
        for one in imported
        if ORDER.index(one) > ORDER.index(room)
    ]
    assert climbs == []


def test_modules_import_each_other_in_no_circle():
    """But for a package and its modules, which are imported with it."""
    left = {
        name: {one for one in to if not _one_in_the_other(name, one)}
        for name, to in code.graph().items()
    }
    while free := {name for name, to in left.items() if not to & left.keys()}:
        left = {name: to for name, to in left.items() if name not in free}
    assert sorted(left) == []


def test_sampling_imports_nothing_of_training():
    assert "training" not in room_graph(code.graph())["sampling"]


def test_files_of_verbs_import_no_other_stages():
    cli = set(code.PACKAGE.module_names_of("cli"))
    for name in sorted(cli):
        others = (code.graph()[name] & cli) - SHARED
        assert not others, f"{name} imports {sorted(others)}"


def test_the_command_line_starts_without_what_computes():
    heavy = f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nimport beyond_blur.cli\n{heavy}"],
        capture_output=True, text=True, env={"PYTHONPATH": str(code.PACKAGE.folder.parent)},
    )  # fmt: skip
    assert done.stdout == "[]\n", done.stdout + done.stderr
