"""States that a run cannot use are kept under other names, and only so many of them."""

import os

import pytest

from beyond_blur.training.kept_aside import keep_aside, kept_aside, steps_of


def write(path, content, age=0):
    path.write_text(content)
    os.utime(path, (1e9 - age, 1e9 - age))


def names(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_state_is_kept_under_a_name_that_says_what_it_is(tmp_path):
    for content, step in (("a", 6), ("b", 6), ("c", None)):
        write(tmp_path / "state.pt", content)
        assert keep_aside(tmp_path / "state.pt", step)[0].startswith("kept as state.")
    assert names(tmp_path) == {
        "state.at-6.pt": "a", "state.at-6-2.pt": "b", "state.damaged.pt": "c",
    }  # fmt: skip


def test_the_one_of_the_fewest_steps_goes_first_and_by_name(tmp_path):
    for step in (200, None, 30):
        write(tmp_path / "state.pt", str(step))
        keep_aside(tmp_path / "state.pt", step)
    for step, gone in ((7, "state.damaged.pt"), (300, "state.at-7.pt"), (5, "state.at-30.pt")):
        write(tmp_path / "state.pt", str(step))
        done = keep_aside(tmp_path / "state.pt", step)
        assert done == [f"kept as state.at-{step}.pt", f"{gone} deleted, as more than 3 were kept"]
    assert set(names(tmp_path)) == {"state.at-200.pt", "state.at-300.pt", "state.at-5.pt"}


def test_one_that_a_run_goes_on_from_is_neither_deleted_nor_counted(tmp_path):
    for step in (10, 20, 30, 40):
        write(tmp_path / f"state.at-{step}.pt", str(step))
    write(tmp_path / "state.pt", "5")
    done = keep_aside(tmp_path / "state.pt", 5, spare=tmp_path / "state.at-10.pt")
    assert done == ["kept as state.at-5.pt", "state.at-20.pt deleted, as more than 3 were kept"]
    assert set(names(tmp_path).values()) == {"5", "10", "30", "40"}


def test_of_equals_the_oldest_goes_first(tmp_path):
    for age, content in ((1, "a"), (3, "b"), (2, "c"), (0, "d")):
        write(tmp_path / "state.pt", content, age)
        keep_aside(tmp_path / "state.pt", 6)
    assert sorted(names(tmp_path).values()) == ["a", "c", "d"]


@pytest.mark.parametrize("other", [
    "state.pt", "other.at-6.pt", "state.at-6.pt.lock", "state.at-x.pt", ".state.at-6.pt",
    "state.at-6.pth",
])  # fmt: skip
def test_other_files_are_none_of_them(tmp_path, other):
    write(tmp_path / other, "")
    assert kept_aside(tmp_path / "state.pt") == []


def test_the_name_says_the_steps(tmp_path):
    assert [steps_of(tmp_path / name) for name in ("s.at-6.pt", "s.at-6-2.pt", "s.damaged.pt")] == [
        6, 6, -1,
    ]  # fmt: skip
