"""A place for results is refused before the work, in the option's name, and nothing stays there."""

import pytest

from beyond_blur.storage.output_folder import check_folder, check_new


@pytest.mark.parametrize("place", ["{}/new/below", "{}", "relative"])
def test_a_folder_that_can_be_made_is_not_made_yet(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    check_folder(place.format(tmp_path), "--out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("place", "said"), [
    ("", '--out "": give a name'),
    ("{}/file", "no folder for results at"),
    ("{}/file/below", "no folder for results at"),
    ("/proc/x", "--out /proc/x: no folder for results at /proc/x"),
])  # fmt: skip
def test_what_cannot_be_a_folder_is_refused(tmp_path, place, said):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match=r"^--out ") as error:
        check_folder(place.format(tmp_path), "--out")
    assert said in str(error.value) and "\n" not in str(error.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_is_tried_and_nothing_of_that_stays(tmp_path):
    with pytest.raises(ValueError, match=r"^--out /proc/a.safetensors: no folder for results at /"):
        check_folder("/proc", "--out", "/proc/a.safetensors")
    (tmp_path / "mine").touch()
    check_folder(str(tmp_path), "--out")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_in_such_a_folder_is_called_what_was_typed():
    with pytest.raises(ValueError, match=r"^--out /proc/x/a.safetensors: no folder for results"):
        check_folder("/proc/x", "--out", "/proc/x/a.safetensors")


def test_a_new_file_where_none_can_be_made_is_refused_before_the_work_for_it():
    with pytest.raises(ValueError, match=r"^--out /proc/a.png: no folder for results at /proc"):
        check_new("/proc/a.png", "--out")


def test_a_file_that_is_there_is_refused_a_dangling_link_too(tmp_path):
    check_new(str(tmp_path / "new"), "--out")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"^--out .*link is there already: name another file"):
        check_new(str(tmp_path / "link"), "--out")
