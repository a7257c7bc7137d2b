"""Layouts: which block, warp and lane holds which cell, for cards with and without clusters."""

import pytest
from gpu_cases import SHARED

from beyond_blur.lbm.gpu.layout import WARPS, Layout, layout


@pytest.mark.parametrize("clusters", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(8, 8), (3, 50), (28, 28), (50, 3), (128, 128), (129, 200),
                                   (192, 192), (256, 256)])  # fmt: skip
def test_a_layout_fits_the_card_and_covers_the_image(shape, channels, clusters):
    placed = layout(shape, channels, SHARED[80], clusters)
    h, w = shape
    assert placed.shared_bytes <= SHARED[80] and channels % placed.channels == 0
    assert placed.warps <= WARPS and placed.cols * 32 >= placed.pitch >= w
    slab = h // placed.cluster
    assert slab * placed.cluster == h
    assert (placed.warps - 1) * placed.rows < slab <= placed.warps * placed.rows  # no empty band


def test_all_channels_share_a_velocity_where_they_fit():
    wide = layout((128, 128), 3, SHARED[90])
    assert wide == Layout(128, 128, 3, 4, 16, frames_on_chip=True, frame_threads=512)
    shared = layout((256, 256), 3, SHARED[90], True)
    assert shared == Layout(256, 256, 3, 8, 8, cluster=4, frame_threads=512)
    assert layout((64, 64), 3, SHARED[90]).frame_threads == 256
    assert layout((128, 128), 3, SHARED[80]) == wide._replace(channels=1)
    assert not layout((256, 256), 3, SHARED[80]).on_chip


def test_sides_too_long_for_the_transform_in_registers_take_the_library_s():
    assert layout((256, 8), 1, SHARED[90]).frames_on_chip
    assert not layout((512, 8), 1, SHARED[90]).frames_on_chip


def test_images_too_wide_are_refused():
    with pytest.raises(ValueError, match=r"300 pixels wide.*at most 256.*backend to 'cpu'"):
        layout((8, 300), 3, SHARED[90])
