"""A reader is told what two sets share, what repeats in them, and what was done to them."""

import json

import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.data import image_sets, set_remarks
from data.pictures import write_pngs

NAMES = ("ours", "theirs")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)


def test_sets_of_different_images_have_no_remark(images):
    assert set_remarks.remarks_on(images[:6], images[6:], NAMES) == []


def test_a_set_against_itself_is_said_in_any_order(images):
    (remark,) = set_remarks.remarks_on(images, images[::-1], NAMES)
    assert remark.startswith("both sets are the same 12 images, pixel by pixel")
    assert "scatter around 0" in remark


def test_images_in_both_sets_are_counted(images):
    (remark,) = set_remarks.remarks_on(images[:8], images[5:], NAMES)
    assert remark.startswith("3 of the 8 images of ours are also in theirs, pixel by pixel")


def test_one_pixel_makes_another_image(images):
    other = images.copy()
    other[:, 0, 0, 0] ^= 1
    assert set_remarks.remarks_on(images, other, NAMES) == []


def test_repeated_images_are_counted_in_either_set(images):
    repeated = np.concatenate([images[6:8]] * 3)
    (remark,) = set_remarks.remarks_on(images[:6], repeated, NAMES)
    assert remark.startswith("theirs repeats images: of its 6 only 2 are different")
    (remark,) = set_remarks.remarks_on(repeated, images[:6], NAMES)
    assert remark.startswith("ours repeats images")


def test_constant_images_are_counted(images):
    flat = images[:6].copy()
    flat[1], flat[4] = 7, 0
    (remark,) = set_remarks.remarks_on(images[6:], flat, NAMES)
    assert remark == "2 of the 6 images of theirs have one grey value at all pixels"


def write_jpegs(folder, images, suffix="jpg"):
    folder.mkdir()
    for i, image in enumerate(images):
        Image.fromarray(image[0]).save(folder / f"{i}.{suffix}", format="JPEG")
    return folder


def test_loss_on_one_side_alone_is_said(images, tmp_path):
    lossy, other = (
        write_jpegs(tmp_path / "a", images[:7]),
        write_jpegs(tmp_path / "b", images, "png"),
    )
    exact = write_pngs(tmp_path / "c", images)
    (remark,) = set_remarks.compression((str(lossy), str(exact)))
    assert remark.startswith(
        f"7 files of {lossy} are JPEG, which changes pixels, and none of {exact}"
    )
    (remark,) = set_remarks.compression((str(exact), str(other)))
    assert remark.startswith(f"12 files of {other} are JPEG"), "by content, not by name"
    assert set_remarks.compression((str(lossy), str(other))) == []
    assert set_remarks.compression((str(exact), str(exact))) == []


def test_every_remark_is_in_the_report_and_in_the_json(images, tmp_path, capsys):
    lossy, exact = write_jpegs(tmp_path / "a", images), write_pngs(tmp_path / "b", images)
    write_pngs(exact / "again", images[:3])
    out = tmp_path / "report.json"
    cli.main(["evaluate", "--extractor", "random", "--images", str(lossy), "--size", "6",
              "--reference", str(exact), "--out", str(out)])  # fmt: skip
    remarks, text = json.loads(out.read_text())["remarks"], capsys.readouterr().out
    assert remarks[:2] == [f"{lossy}: 12 pictures", f"{exact}: 15 pictures"]
    for words, remark in zip(("brought to 6 x 6 pixels: the centre square, by antialiased bicubic",
                              "repeats images: of its 15 only 12 are different",
                              "12 files of"), remarks[2:], strict=True):  # fmt: skip
        assert words in remark and f"note: {remark}" in text
    assert "extractor random (its own resize: none)" in text


def test_of_ordinary_sets_no_more_is_said_than_what_they_hold(sets):
    *_, remarks = image_sets.read_pair((str(sets / "a"), str(sets / "b")), None, 3)
    assert remarks == [f"{sets / name}: 300 pictures" for name in "ab"]
