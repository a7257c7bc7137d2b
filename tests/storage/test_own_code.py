"""The file of a process of one's own is read before any work, and never run for that."""

from pathlib import Path

import pytest

from beyond_blur.config import DDPMOptions, OwnProcessOptions
from beyond_blur.storage.code import own_code, planned_own_code

DOCS = Path(__file__).parents[2] / "docs/own_process.py"


def own(file, class_name):
    return OwnProcessOptions(file=str(file), class_name=class_name)


def test_a_class_that_the_file_does_not_have_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"has no class 'Pixelaton' \(did you mean Pixelation\?\)"):
        planned_own_code(own(DOCS, "Pixelaton"))
    mine = own(DOCS, "Pixelation")
    assert planned_own_code(mine) == own_code(mine) != ""


@pytest.mark.parametrize("text", [
    "class Mine: pass", "from elsewhere import Mine", "from elsewhere import Other as Mine",
    "from elsewhere import *", "Mine = type('Mine', (), {})", "if True:\n    class Mine: pass",
    "try:\n    from elsewhere import Mine\nexcept ImportError:\n    Mine = None",
    "def Mine(): return 1 / 0\nclass Other: pass",
])  # fmt: skip
def test_a_name_may_be_given_in_any_way(tmp_path, text):
    (tmp_path / "mine.py").write_text(text)
    assert planned_own_code(own(tmp_path / "mine.py", "Mine"))


def test_a_file_is_read_and_not_run(tmp_path):
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Mine: pass")
    planned_own_code(own(tmp_path / "mine.py", "Mine"))
    assert not (tmp_path / "ran").exists()


def test_a_process_of_another_kind_has_no_file():
    assert planned_own_code(DDPMOptions()) == ""


def test_a_file_that_is_no_python_is_named_with_the_line(tmp_path):
    (tmp_path / "mine.py").write_text("class Mine:\n  !")
    with pytest.raises(ValueError, match=r"mine\.py' is not Python: line 2: invalid syntax"):
        planned_own_code(own(tmp_path / "mine.py", "Mine"))
