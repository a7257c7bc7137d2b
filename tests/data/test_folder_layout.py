"""Folders are classes, the owners' split, or numbers that mean nothing."""

import pytest

from beyond_blur.data.folder_layout import layout_of


def test_folders_are_classes_in_alphabetical_order():
    layout = layout_of(["b/1.png", "a/deep/1.png", "a/2.png"])
    assert layout.classes == ("a", "b") and layout.labels == [1, 0, 0]
    assert layout.held_out is None and layout.remarks == ()


def test_a_stray_picture_is_left_out_and_named_and_the_classes_stay():
    layout = layout_of(["a/1.png", "a/2.png", "b/1.png", "cover.png"])
    assert layout.names == ["a/1.png", "a/2.png", "b/1.png"] and layout.labels == [0, 0, 1]
    (remark,) = layout.remarks
    assert remark.startswith("1 picture lies beside the class folders and is left out (cover.png)")


def test_without_classes_asked_for_all_are_read():
    names = ["a/1.png", "a/2.png", "b/1.png", "cover.png"]
    layout = layout_of(names, labelled=False)
    assert layout.names == names and layout.labels is None and layout.remarks == ()


def test_a_folder_beside_many_pictures_makes_no_classes():
    names = ["1.png", "2.png", "3.png", "previews/1.png"]
    layout = layout_of(names)
    assert layout.names == names and layout.labels is None and layout.classes is None
    assert layout.remarks == ("no classes: 3 pictures beside the folders (previews) and 1 in them",)


def test_a_flat_folder_has_nothing_to_tell():
    layout = layout_of(["1.png", "2.png"])
    assert (layout.classes, layout.labels, layout.held_out, layout.remarks) == (
        None,
        None,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("train", "val"), ("Train", "Valid")]
)
def test_train_beside_test_or_val_is_the_owners_split(train, test):
    """AFHQ v2 and v1: the classes are inside, numbered alike in both."""
    layout = layout_of([f"{test}/dog/1.jpg", f"{train}/cat/1.jpg", f"{train}/dog/2.jpg"])
    assert layout.classes == ("cat", "dog") and layout.labels == [1, 0, 1]
    assert layout.held_out == [True, False, False]
    assert layout.remarks[0].startswith(f"{train}/ and {test}/ are the owners' split")


def test_a_split_of_three_leaves_val_out_and_says_so():
    layout = layout_of(["test/1.png", "train/1.png", "val/1.png"])
    assert layout.names == ["test/1.png", "train/1.png"] and layout.held_out == [True, False]
    assert layout.labels is None
    assert layout.remarks[1] == "1 picture of val/ left out"


def test_strays_inside_a_split_are_left_out_of_it():
    layout = layout_of(["test/a/1.png", "train/a/1.png", "train/b/1.png", "train/stray.png"])
    assert layout.held_out == [True, False, False] and layout.labels == [0, 0, 1]
    assert "left out (stray.png)" in layout.remarks[1]


def test_a_class_that_is_called_train_among_others_is_a_class():
    layout = layout_of(["plane/1.png", "test/1.png", "train/1.png"])
    assert layout.classes == ("plane", "test", "train") and layout.held_out is None


FFHQ = ["00000/00000.png", "00000/00999.png", "59000/59999.png", "60000/60000.png",
        "69000/69999.png"]  # fmt: skip


def test_ffhqs_folders_are_no_classes_and_its_last_ten_thousand_are_held_out():
    layout = layout_of(FFHQ)
    assert layout.classes is None and layout.labels is None
    assert layout.held_out == [False, False, False, True, True]


def test_a_part_of_ffhq_has_no_split_of_its_own():
    assert layout_of(FFHQ[:3]).held_out is None and layout_of(FFHQ[3:]).held_out is None


def test_folders_that_count_thousands_are_no_classes_and_no_ffhq():
    layout = layout_of(["00000/img00000017.png", "00001/img00001002.png", "00061/img00061000.png"])
    assert layout.classes is None and layout.held_out is None


def test_numbers_that_do_not_follow_from_the_files_are_classes():
    assert layout_of(["0/17.png", "1/18.png"]).classes == ("0", "1")
    assert layout_of(["00001/00001.png", "00002/00002.png"]).classes == ("00001", "00002")
