"""Colours of other spaces are brought to sRGB; profiles of no use are said and passed over."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from beyond_blur.data import image_sets, photograph
from beyond_blur.data.colour_profiles import ProfileError, in_srgb, to_srgb
from beyond_blur.data.picture_headers import read_header
from beyond_blur.data.picture_values import read_picture
from beyond_blur.data.set_opening import open_set
from data.profiles import P3, SRGB, gamma_curve, grey_profile, rgb_profile

RED = (230, 40, 40)
RED_IN_SRGB = (251, 0, 18)
"""Display P3's (230, 40, 40) by the matrices of both spaces, cut at 0."""


def decoded(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(values):
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


def test_display_p3_is_converted_as_the_matrices_say():
    matrix = np.linalg.inv(np.array(SRGB).T) @ np.array(P3).T
    expected = 255 * encoded(np.clip(matrix @ decoded(np.array(RED) / 255), 0, 1))
    np.testing.assert_allclose(expected, RED_IN_SRGB, atol=0.2)
    converted = in_srgb(Image.new("RGB", (1, 1), RED), rgb_profile(P3))
    np.testing.assert_allclose(converted.getpixel((0, 0)), expected, atol=1)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_every_verb_converts_embedded_profiles(tmp_path, name):
    picture = Image.new("RGB", (16, 16), RED)
    options = {"quality": 100} if name in ("a.jpg", "a.webp") else {}
    picture.save(tmp_path / name, icc_profile=rgb_profile(P3), **options)
    for pixels in (
        read_picture(tmp_path / name),
        image_sets.read_images(tmp_path)[0].transpose(1, 2, 0),
        255 * photograph.read_photograph(str(tmp_path / name), 16).transpose(1, 2, 0),
    ):
        np.testing.assert_allclose(pixels[8, 8], RED_IN_SRGB, atol=6)


def test_alpha_is_left_as_it_is_by_a_profile(tmp_path):
    Image.new("RGBA", (4, 4), (*RED, 0)).save(tmp_path / "a.png", icc_profile=rgb_profile(P3))
    assert (read_picture(tmp_path / "a.png") == 255).all()
    Image.new("RGBA", (4, 4), (*RED, 255)).save(tmp_path / "b.png", icc_profile=rgb_profile(P3))
    np.testing.assert_allclose(read_picture(tmp_path / "b.png")[0, 0], RED_IN_SRGB, atol=1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_profile_changes_grey_values_and_leaves_them_grey(tmp_path, dtype):
    white = np.iinfo(dtype).max
    grey = np.full((4, 4), round(128 / 255 * white), dtype)
    Image.fromarray(grey).save(tmp_path / "a.png", icc_profile=grey_profile(1.8))
    pixels = read_picture(tmp_path / "a.png")
    assert pixels.shape == (4, 4, 1)
    expected = 255 * encoded(np.array((128 / 255) ** 1.8))
    np.testing.assert_allclose(pixels, expected, atol=1)


def test_srgb_by_any_name_changes_no_pixel(tmp_path):
    pillows = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    for profile in (pillows, rgb_profile(SRGB)):
        Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
        np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), pixels)
    assert to_srgb(rgb_profile(SRGB, gamma_curve(1.8)), "RGB") is not None


@pytest.mark.parametrize(("profile", "why"), [
    (b"hello", "it is damaged"), (rgb_profile(P3)[:200], "it is damaged"),
    (grey_profile(2.2), "it is for GRAY and the pixels are RGB"),
])  # fmt: skip
def test_profiles_of_no_use_are_passed_over_and_said(tmp_path, profile, why):
    with pytest.raises(ProfileError, match=why):
        in_srgb(Image.new("RGB", (1, 1)), profile)
    for name in "ab":
        Image.new("RGB", (8, 8), RED).save(tmp_path / f"{name}.png", icc_profile=profile)
    assert read_picture(tmp_path / "a.png")[0, 0].tolist() == list(RED)
    assert read_header(tmp_path / "a.png").profile == why
    said = f"the colour profile of 2 pictures is passed over: {why}"
    assert said in open_set(tmp_path).remarks
    (note,) = photograph.notes_on(str(tmp_path / "a.png"))
    assert note == f"the colour profile of 1 picture is passed over: {why}"


def test_cmyk_without_a_profile_is_read_as_pillow_does(tmp_path):
    Image.new("CMYK", (8, 8), (0, 0, 0, 204)).save(tmp_path / "a.tif")
    assert read_picture(tmp_path / "a.tif")[0, 0].tolist() == [51, 51, 51]
