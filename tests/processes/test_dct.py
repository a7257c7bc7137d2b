"""The cosine transform against SciPy's, and the heat kernel's laws."""

import pytest
import torch
from scipy.fft import dctn

from beyond_blur.processes.dct import blur, dct2, heat_kernel, idct2


@pytest.mark.parametrize("shape", [(3, 1, 8, 8), (2, 3, 7, 12), (1, 1, 1, 5), (28, 33)])
def test_transform_is_the_orthonormal_dct_and_its_inverse(shape):
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    amplitudes = dct2(x)
    expected = torch.from_numpy(dctn(x.numpy(), axes=(-2, -1), norm="ortho"))
    torch.testing.assert_close(amplitudes, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(idct2(amplitudes), x, rtol=0, atol=1e-12)
    single = idct2(dct2(x.float()))
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, x.float(), rtol=0, atol=5e-6)


def test_blur_keeps_the_sum_adds_up_and_ends_grey(images):
    five = torch.full((6,), 5.0)
    blurred = blur(images.double(), five)
    torch.testing.assert_close(blurred.sum((2, 3)), images.double().sum((2, 3)))
    three, four = torch.full((6,), 3.0), torch.full((6,), 4.0)  # variances add: 9 + 16 = 25
    torch.testing.assert_close(blur(blur(images.double(), three), four), blurred)
    assert blur(images, torch.full((6,), 200.0)).std((2, 3)).max() < 1e-6
    torch.testing.assert_close(blur(images, torch.zeros(6)), images, rtol=0, atol=1e-6)


def test_each_image_has_its_own_width_and_no_new_extremes(images):
    sigma = torch.linspace(0.8, 4, 6)
    together = blur(images, sigma)
    for i in range(6):
        torch.testing.assert_close(together[i : i + 1], blur(images[i : i + 1], sigma[i : i + 1]))
    assert together.min() >= images.min() and together.max() <= images.max()


def test_first_mode_keeps_the_published_share():
    """0.73, 0.29 and 0.007 of its amplitude at sigma_B / L = 0.25, 0.5 and 1."""
    kept = heat_kernel(128 * torch.tensor([0.25, 0.5, 1.0]), 128, 128)[:, 1, 0]
    published = torch.tensor([0.7346, 0.2912, 0.00719], dtype=torch.float64)
    torch.testing.assert_close(kept, published, rtol=1e-3, atol=0)


def test_gradients_pass_after_use_in_inference_mode():
    with torch.inference_mode():
        dct2(torch.rand(1, 1, 19, 19))
    x = torch.rand(1, 1, 19, 19, requires_grad=True)
    blur(x, torch.ones(1)).square().sum().backward()
    assert torch.isfinite(x.grad).all()


def test_bad_input_is_named(images):
    with pytest.raises(ValueError, match=r"uint8 \(2, 3\).*convert with .float"):
        dct2(torch.zeros(2, 3, dtype=torch.uint8))
    with pytest.raises(ValueError, match="one width for each image"):
        blur(images, torch.ones(2))
    with pytest.raises(ValueError, match=r"-1\.0.*at least 0 px"):
        blur(images, torch.tensor([1.0, 1, 1, 1, 1, -1]))
