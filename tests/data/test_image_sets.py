"""Every form of a set is read as the same images."""

import numpy as np
import pytest

from beyond_blur.data import image_sets
from beyond_blur.data.set_opening import open_set
from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError
from data.pictures import write_pngs


@pytest.mark.parametrize(
    "name", ["b", "b.npz", "unnamed.npz", "shards", "shards/shard-0.safetensors"]
)
def test_every_form_of_a_set_is_read_as_the_same_images(sets, tiny_images, name):
    images = image_sets.read_images(sets / name)
    expected = (
        tiny_images[300:450] if name.endswith("shard-0.safetensors") else tiny_images[300:600]
    )
    np.testing.assert_array_equal(images, expected)


def test_sets_without_images_or_of_other_arrays_are_refused_by_name(tmp_path):
    (tmp_path / "empty").mkdir()
    np.savez(tmp_path / "other.npz", pictures=np.zeros((3, 8, 8), np.uint8))
    np.savez(tmp_path / "five.npz", images=np.zeros((3, 5, 8, 8), np.uint8))
    for name, words in (
        ("empty", r"empty holds no images \(\.png, .*\), and no shards"),
        ("other.npz", "holds no images: an array named images, samples, arr_0 is needed"),
        ("five.npz", "images have 5 channels; 1 or 3 are expected"),
        ("none", "none does not exist"),
    ):
        with pytest.raises(ValueError, match=words):
            image_sets.read_images(tmp_path / name)


def test_a_folder_of_several_sizes_needs_one(tmp_path, tiny_images):
    folder = write_pngs(tmp_path / "mixed", tiny_images[:3])
    write_pngs(folder / "larger", np.kron(tiny_images[3:5], np.ones((2, 2), np.uint8)))
    with pytest.raises(ValueError, match=r"2 sizes \(3 of 8 x 8, 2 of 16 x 16 pixels\)"):
        image_sets.read_images(folder)
    np.testing.assert_array_equal(image_sets.read_images(folder, 8)[:3], tiny_images[:3])


@pytest.mark.parametrize(("second", "words"), [
    ({"split": "held_out", "shard": 1}, "split is held_out in the one and train in the other"),
    ({"split": "train", "shard": 0}, "holds shard 0 of its set, not 1"),
    ({"split": "train", "shard": 1, "images": "other"}, "does not belong with"),
])  # fmt: skip
def test_a_shard_of_another_set_is_not_measured_with_the_others(tmp_path, second, words):
    rows = np.arange(2 * 64, dtype=np.uint8).reshape(2, 1, 8, 8)
    for i, traits in enumerate(({"split": "train", "shard": 0}, second)):
        traits = {"images": "one", **traits}
        artifacts.save(tmp_path / f"shard-{i}.safetensors", {"images": rows + i}, kind="images",
                       spec={}, traits=traits)  # fmt: skip
    with pytest.raises(ArtifactError, match=words):
        image_sets.read_images(tmp_path)


def test_a_shard_is_not_measured_twice(tmp_path):
    rows = np.zeros((2, 1, 8, 8), np.uint8)
    for name in ("a", "b"):
        artifacts.save(tmp_path / f"{name}.safetensors", {"images": rows}, kind="images", spec={})
    with pytest.raises(ArtifactError, match="holds the same arrays as"):
        image_sets.read_images(tmp_path)


def test_pictures_beside_shards_are_not_read_and_that_is_said(tmp_path, tiny_images):
    folder = write_pngs(tmp_path / "set", tiny_images[:3])
    shard = {"images": tiny_images[3:5]}
    artifacts.save(folder / "shard-0.safetensors", shard, kind="images", spec={})
    source = open_set(folder)
    np.testing.assert_array_equal(image_sets.pixels_of(source, None), tiny_images[3:5])
    (remark,) = source.remarks
    assert remark.startswith(
        f"{folder} holds 1 file of this workflow's images and 3 pictures: the former are read"
    )


def test_a_set_with_one_colour_image_is_all_colour(tmp_path, tiny_images):
    folder = write_pngs(tmp_path / "set", [*tiny_images[:2], np.full((3, 8, 8), 9, np.uint8)])
    images = image_sets.read_images(folder)
    np.testing.assert_array_equal(images[:2], np.repeat(tiny_images[:2], 3, axis=1))
    assert images.shape == (3, 3, 8, 8) and (images[2] == 9).all()


def test_strays_and_class_folders_are_all_measured(tmp_path, tiny_images):
    folder = write_pngs(tmp_path / "set", tiny_images[:1])
    write_pngs(folder / "a", tiny_images[1:3])
    write_pngs(folder / "train", tiny_images[3:4])
    np.testing.assert_array_equal(image_sets.read_images(folder), tiny_images[:4])


@pytest.mark.parametrize("name", ["picture", "picture.jfif"])
def test_one_picture_is_a_set_whatever_its_name(tmp_path, tiny_images, name):
    from PIL import Image

    Image.fromarray(tiny_images[0, 0]).save(tmp_path / name, format="PNG")
    np.testing.assert_array_equal(image_sets.read_images(tmp_path / name), tiny_images[:1])
