"""A file that a configuration names may lie beside the configuration."""

import pytest

from beyond_blur.config.beside import look_beside


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A working folder, and two folders of configurations that are laid over each other."""
    for name in ("work", "base", "mine"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def path_of(places, name):
    folders = [places / "base", places / "mine"]
    return look_beside({"dataset": {"path": name}}, folders)["dataset"]["path"]


def test_the_working_folder_comes_first_then_the_last_configuration(places):
    assert path_of(places, "images") == "images", "nowhere: the name is kept for the message"
    (places / "base/images").mkdir()
    assert path_of(places, "images") == "../base/images"
    (places / "mine/images").mkdir()
    assert path_of(places, "images") == "../mine/images"
    (places / "work/images").mkdir()
    assert path_of(places, "images") == "images"


def test_every_key_that_names_a_file_is_looked_up(places):
    for name in ("a", "b", "l", "m", "w.pth", "own.py"):
        (places / "mine" / name).touch()
    values = {
        "dataset": {
            "path": "a",
            "held_out_path": "b",
            "size": 8,
            "labels_path": "l",
            "held_out_labels_path": "m",
        },
        "evaluation": {"weights": "w.pth"},
        "processes": [{"kind": "ddpm"}, {"kind": "own", "file": "own.py"}, "no mapping"],
    }
    assert look_beside(values, [places / "mine"]) == {
        "dataset": {
            "path": "../mine/a",
            "held_out_path": "../mine/b",
            "size": 8,
            "labels_path": "../mine/l",
            "held_out_labels_path": "../mine/m",
        },
        "evaluation": {"weights": "../mine/w.pth"},
        "processes": [{"kind": "ddpm"}, {"kind": "own", "file": "../mine/own.py"}, "no mapping"],
    }


@pytest.mark.parametrize("name", [None, 3, "", "/absolute", "a\0b", ["x"]])
def test_what_is_no_relative_name_is_left_as_it_is(places, name):
    assert path_of(places, name) == name


def test_sections_of_a_wrong_type_are_left_for_the_reader(places):
    values = {"dataset": 3, "evaluation": None, "processes": "x"}
    assert look_beside(values, [places / "mine"]) == values
