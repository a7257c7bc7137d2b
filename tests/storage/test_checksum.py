"""Which definitions a definition reaches, and what of them counts."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from beyond_blur.config import PROCESS_SPECS
from beyond_blur.storage import code
from beyond_blur.storage.import_graph import Package

FILES = {
    "__init__.py": "from toy.sums import total as total\n",
    "sums.py": '''
"""Sums."""
from __future__ import annotations
from typing import TYPE_CHECKING
import toy.weights as w
from toy import shapes
from .rooms import area as size
if TYPE_CHECKING:
    from toy.heavy import Heavy
FACTOR = 2
def total(values, weight):
    return sum(values) * FACTOR * w.of(weight)
def other(unused: Heavy):
    weight = [size for size in range(3)]
    return weight
def passed_on():
    from toy import rooms
    return vars(rooms.floor)
def lazily():
    from toy.heavy import Heavy
    return Heavy()
def sized(x):
    return size(x) + shapes.square.side(x)
''',
    "weights.py": """
TABLE = {}
def of(x):
    return TABLE[x]
TABLE['one'] = 1.0
def never(): ...
""",
    "heavy.py": """
class Heavy:
    def go(self):
        return helper()
def helper():
    return 1
""",
    "rooms/__init__.py": "from toy.rooms import floor\nfrom .floor import area\n",
    "rooms/floor.py": "def area(x):\n    return x\ndef unused(): ...\n",
    "shapes/__init__.py": "",
    "shapes/square.py": "def side(x):\n    return x\n",
    "effects.py": "import toy.weights\ndef plain():\n    return 1\n",
    "registry.py": "KINDS = {'a': 'toy.heavy:Heavy', 'b': Entry('toy.sums:total', note='words')}\n",
    "decorated.py": """
from toy.weights import of
@register(of)
class A: ...
def f():
    return 1
""",
    "gpu/solver.py": "def solve():\n    return 1\n",
    "gpu/kernels/step.cu": "int x; // a comment\n",
}


@pytest.fixture
def toy(tmp_path):
    """A package of a few files, and the checksum of a definition as it stands."""

    def write(name, text):
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def reached(root):
        return {str(one) for one in Package(tmp_path / "toy").reached(root) if one.name}

    def checksum(root):
        return code._checksum(Package(tmp_path / "toy"), frozenset([root]))

    def replace(name, old, new):
        text = (tmp_path / "toy" / name).read_text()
        assert old in text
        write(name, text.replace(old, new))

    for name, text in FILES.items():
        write(name, text)
    return SimpleNamespace(reached=reached, checksum=checksum, replace=replace)


def test_a_definition_reaches_what_it_names_directly_and_through_modules(toy):
    assert toy.reached("toy.sums:total") == {
        "toy.sums:total", "toy.sums:FACTOR", "toy.weights:of", "toy.weights:TABLE",
    }  # fmt: skip


def test_names_are_followed_through_init_files_and_packages(toy):
    assert toy.reached("toy:total") == toy.reached("toy.sums:total")
    assert toy.reached("toy.sums:sized") == {
        "toy.sums:sized", "toy.rooms.floor:area", "toy.shapes.square:side",
    }  # fmt: skip
    assert toy.reached("toy.sums:passed_on") == {
        "toy.sums:passed_on", "toy.rooms.floor:area", "toy.rooms.floor:unused",
    }, "a module that is handed on whole"  # fmt: skip


def test_modules_of_a_package_that_is_left_out_itself_are_followed(toy, tmp_path):
    toy.replace("sums.py", "toy import rooms\n", "toy import rooms, weights as w\n    w.of(1)\n")
    package = Package(tmp_path / "toy", left_out=("", "shapes"))
    found = {str(one) for one in package.reached("toy.sums:passed_on") if one.name}
    assert {"toy.weights:of", "toy.rooms.floor:area"} <= found
    found = {str(one) for one in package.reached("toy.sums:sized") if one.name}
    assert found == {"toy.sums:sized", "toy.rooms.floor:area"}


def test_local_variables_and_imports_for_type_checkers_are_not_followed(toy):
    assert toy.reached("toy.sums:other") == {"toy.sums:other"}


def test_imports_inside_functions_are_followed(toy):
    assert toy.reached("toy.sums:lazily") == {
        "toy.sums:lazily", "toy.heavy:Heavy", "toy.heavy:helper",
    }  # fmt: skip


def test_comments_docstrings_and_layout_do_not_count(toy):
    before = toy.checksum("toy.sums:total")
    toy.replace("sums.py", "    return sum(values) * FACTOR", '''
    """Weighted."""
    # the sum
    return sum(
        values,
    ) * FACTOR''')  # fmt: skip
    toy.replace("sums.py", "FACTOR = 2\n", 'FACTOR = 2\n"""Twice."""\n')
    assert toy.checksum("toy.sums:total") == before


def test_an_edit_counts_for_what_reaches_it_alone(toy):
    roots = ("toy.sums:total", "toy.sums:other", "toy.sums:lazily", "toy.weights:of")
    before = [toy.checksum(root) for root in roots]
    toy.replace("weights.py", "return TABLE[x]", "return TABLE[x] + 0")
    changed = [toy.checksum(root) != old for root, old in zip(roots, before, strict=True)]
    assert changed == [True, False, False, True]
    toy.replace("weights.py", "def never(): ...", "def never(): return 3")
    assert toy.checksum("toy.weights:of") != before[3]
    unchanged = toy.checksum("toy.weights:of")
    toy.replace("weights.py", "def never(): return 3", "")
    assert toy.checksum("toy.weights:of") == unchanged


@pytest.mark.parametrize(
    ("root", "file", "old", "new"),
    [
        ("toy.weights:of", "weights.py", "TABLE['one'] = 1.0", "TABLE['one'] = 2.0"),
        ("toy.effects:plain", "weights.py", "TABLE['one'] = 1.0", "TABLE['one'] = 2.0"),
        ("toy.decorated:f", "decorated.py", "class A: ...", "class A:\n    x = 1"),
        ("toy.decorated:f", "weights.py", "return TABLE[x]", "return 1"),
        ("toy.gpu.solver:solve", "gpu/kernels/step.cu", "int x;", "int y;"),
    ],
)
def test_what_importing_a_module_does_counts(toy, root, file, old, new):
    before = toy.checksum(root)
    toy.replace(file, old, new)
    assert toy.checksum(root) != before


def test_what_a_decorator_may_register_is_reached(toy):
    assert toy.reached("toy.decorated:f") == {
        "toy.decorated:f", "toy.decorated:A", "toy.weights:of", "toy.weights:TABLE",
    }  # fmt: skip


def test_comments_of_kernels_do_not_count(toy):
    before = toy.checksum("toy.gpu.solver:solve")
    toy.replace("gpu/kernels/step.cu", "// a comment", "/* another\n one */")
    assert toy.checksum("toy.gpu.solver:solve") == before


def test_a_registry_is_read_without_importing_it(toy, tmp_path):
    found = dict(code._registered(Package(tmp_path / "toy"), "toy.registry:KINDS"))
    assert found == {"a": ("toy.heavy:Heavy",), "b": ("toy.sums:total",)}


def test_what_is_no_definition_is_refused(toy):
    with pytest.raises(ValueError, match=r"toy\.sums:totl is no definition of toy: write"):
        toy.reached("toy.sums:totl")
    with pytest.raises(ValueError, match="'sampel' is no verb of the command line"):
        code.verb_root("sampel")
    with pytest.raises(ValueError, match=r"storage\.code:PACKAGE is no dict that is written out"):
        code.registered("beyond_blur.storage.code:PACKAGE")


def test_kernels_are_code():
    package = Package(Path(code.__file__).parents[1])
    from beyond_blur.storage.import_graph import _data_of

    files = {path.name for paths in _data_of(package).values() for path in paths}
    assert any(name.endswith(".cu") for name in files)
    assert {folder.name for folder in _data_of(package)} == {"gpu"}


def test_the_code_of_one_process_is_not_that_of_another():
    for verb in ("train", "sample"):
        for kind, other in (("ddpm", "heat_dissipation"), ("heat_dissipation", "ddpm")):
            reached = code.modules_reached(code.verb_root(verb), PROCESS_SPECS[kind].implementation)
            assert f"beyond_blur.processes.{kind}" in reached
            assert f"beyond_blur.processes.{other}" not in reached, (verb, kind)


def test_config_counts_only_where_it_is_given():
    assert not any(
        module.split(".")[1] in ("config", "progress")
        for module in code.modules_reached(code.verb_root("train"))
    )
    given = code.checksum("beyond_blur.config.ddpm_options:DDPMOptions")
    assert given != code.checksum("beyond_blur.config.heat_options:HeatDissipationOptions")
