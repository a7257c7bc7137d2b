"""Whatever a set of images lies in is found by its content, by `evaluate` as by priors."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError
from beyond_blur.data import image_sets
from beyond_blur.data.set_opening import open_set
from beyond_blur.sampling.priors import open_prior
from data.pictures import write_idx, write_pngs

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 8, 8), dtype=np.uint8)


def png(image):
    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, format="PNG")
    return file.getvalue()


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        for i, image in enumerate(IMAGES):
            archive.writestr(f"00000/img{i:08d}.png", png(image))
        archive.writestr("__MACOSX/._img.png", b"\0\5\x16\7")


def write_tar(path):
    with tarfile.open(path, "w:gz") as archive:
        for i, image in enumerate(IMAGES):
            content = png(image)
            member = tarfile.TarInfo(f"set/{i}.png")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


FORMS = {
    "a.zip": write_zip,
    "a.tar.gz": write_tar,
    "a.npz": lambda path: np.savez(path, samples=IMAGES),
    "folder": lambda path: write_pngs(path, IMAGES),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_set_is_measured_and_started_from(tmp_path, name):
    FORMS[name](tmp_path / name)
    np.testing.assert_array_equal(image_sets.read_images(tmp_path / name), IMAGES)
    _, prior = open_prior([str(tmp_path / name)])
    np.testing.assert_array_equal(prior.arrays["images"], IMAGES)


def test_what_a_set_holds_is_said_by_priors_too(tmp_path):
    write_zip(tmp_path / "a.zip")
    _, prior = open_prior([str(tmp_path / "a.zip")], 16)
    assert prior.remarks[0].startswith(f"{tmp_path / 'a.zip'}: 4 pictures, ")
    assert prior.remarks[1] == ("4 of 4 pictures are smaller than 16 pixels (the smallest 8 x 8) "
                                "and are enlarged")  # fmt: skip


def test_packed_pictures_of_several_sizes_need_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("0.png", png(IMAGES[0]))
        archive.writestr("1.png", png(IMAGES[1, :, :6]))
    with pytest.raises(ValueError, match=r"a\.zip holds images of 2 sizes .* give --size N"):
        image_sets.read_images(tmp_path / "a.zip")
    assert image_sets.read_images(tmp_path / "a.zip", 4).shape == (2, 3, 4, 4)


def test_idx_files_in_a_folder_are_read_whole_and_the_held_out_ones_are_said(tmp_path):
    grey, folder = IMAGES[:, 0], tmp_path / "mnist"
    folder.mkdir()
    write_idx(folder / "train-images-idx3-ubyte", grey[:3])
    write_idx(folder / "train-labels-idx1-ubyte", np.arange(3, dtype=np.uint8))
    write_idx(folder / "t10k-images-idx3-ubyte", grey[3:])
    write_idx(folder / "t10k-labels-idx1-ubyte", np.arange(1, dtype=np.uint8))
    np.testing.assert_array_equal(image_sets.read_images(folder), grey[:, None])
    said = f"{folder}: 1 of the 4 images are the owners' held-out ones, read too"
    assert image_sets.whole(open_set(folder), str(folder)) == [said]


def test_every_picture_of_a_folder_is_measured_whatever_its_folders_mean(tmp_path):
    for i, name in enumerate(("test", "train", "val")):
        write_pngs(tmp_path / "set" / name, IMAGES[i : i + 1])
    source = open_set(tmp_path / "set")
    assert source.held_out is None and source.remarks == (f"{tmp_path / 'set'}: 3 pictures",)
    np.testing.assert_array_equal(image_sets.pixels_of(source, None), IMAGES[:3])


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.npy", b"\x93NUMPY\1\0", "is a .npy array of NumPy: save it by np.savez"),
    ("a.zip", b"<html>no</html>", r"is a web page \(HTML\): .* download it again"),
    ("a.pkl", b"\x80\4.", "is a Python pickle: it could run any code"),
    ("a.jpg", b"<html>no</html>", r"cannot be read as an image \(it is a web page"),
])  # fmt: skip
def test_what_is_no_set_is_named_for_what_it_is(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"{name} {words}") as refused:
        image_sets.read_images(tmp_path / name)
    assert "\n" not in str(refused.value)
