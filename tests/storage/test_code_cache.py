"""Checksums that were found before are those that would be found now, or are found again."""

import pytest

from beyond_blur.storage import code
from beyond_blur.storage.code_cache import CodeCache
from beyond_blur.storage.import_graph import Package


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "sums.py").write_text(
        "def total(x):\n    return sum(x)\ndef other():\n    return 1\n"
    )
    return folder


@pytest.fixture
def answers(folder, tmp_path):
    """What a new process answers, and how many checksums it found itself."""

    def ask(*roots):
        found = []
        package = Package(folder)
        reached, package.reached = package.reached, lambda r: found.append(r) or reached(r)
        cache = CodeCache(tmp_path / "run/code.txt", package)
        answers = [cache.checksum(root) for root in roots]
        assert answers == [code.checksum(root, package=Package(folder)) for root in roots]
        return len(found)

    return ask


def test_a_second_process_finds_nothing_itself(answers):
    assert answers("toy.sums:total", "toy.sums:other") == 2
    assert answers("toy.sums:other", "toy.sums:total", "toy.sums:total") == 0
    assert answers("toy.sums") == 1


def test_after_an_edit_of_any_source_all_is_found_again(answers, folder, tmp_path):
    answers("toy.sums:total", "toy.sums:other")
    text = (folder / "sums.py").read_text()
    for edited in (text.replace("sum(x)", "max(x)"), text, text + "# a comment\n"):
        (folder / "sums.py").write_text(edited)
        assert answers("toy.sums:total", "toy.sums:other") == 2
    assert len((tmp_path / "run/code.txt").read_text().splitlines()) == 2, "old lines are gone"
    (folder / "kernel.cu").write_text("int x;")
    assert answers("toy.sums:total") == 1


@pytest.mark.parametrize("spoilt", ["", "a b c\n", "\xff\0", "{line}", "{short}\n"])
def test_a_spoilt_file_is_found_again(answers, tmp_path, spoilt):
    answers("toy.sums:total")
    path = tmp_path / "run/code.txt"
    line = path.read_text().rstrip("\n")
    path.write_bytes(spoilt.format(line=f"{line} {line}", short=line[:-1]).encode("latin-1"))
    assert answers("toy.sums:total") == 1
    assert answers("toy.sums:total") == 0


def test_where_nothing_can_be_written_all_is_found(answers, tmp_path):
    (tmp_path / "run").write_text("a file in the folder's place")
    assert answers("toy.sums:total") == 1
    assert answers("toy.sums:total") == 1


def test_what_is_no_definition_is_not_kept(answers):
    for _ in range(2):
        with pytest.raises(ValueError, match=r"toy\.sums:totl is no definition of toy"):
            answers("toy.sums:totl")
