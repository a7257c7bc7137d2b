"""The network of the papers: its shapes, its size, its first answer."""

import pytest
import torch

from beyond_blur.config import Network
from beyond_blur.network.dropout import share_dropout
from beyond_blur.network.unet import UNet, level_embedding, n_parameters

# Parameters of the reference implementation at the settings of each preset of the papers.
PUBLISHED = [
    ("mnist", 1, Network(128, (1, 2, 2), 4, (2,)), 42_082_049),
    ("cifar10", 3, Network(128, (1, 2, 2, 2), 4, (2, 3)), 61_060_867),
    ("afhq64", 3, Network(128, (1, 2, 3, 4), 2, (2, 3)), 88_217_219),
    ("lsun_church128", 3, Network(128, (1, 2, 3, 4, 5), 4, (2, 3, 4)), 261_828_227),
    ("ffhq128, 2 blocks", 3, Network(128, (1, 2, 3, 4, 5), 2, (2, 3, 4)), 159_981_443),
    ("ffhq128, 3 blocks", 3, Network(128, (1, 2, 3, 4, 5), 3, (2, 3, 4)), 210_904_835),
]
SMALL = Network(16, (1, 2, 2), 1, (1,), 0.0)


@pytest.mark.parametrize(("name", "channels", "spec", "n"), PUBLISHED, ids=lambda x: str(x)[:20])
def test_parameter_counts_are_those_of_the_reference(name, channels, spec, n):
    with torch.device("meta"):
        assert n_parameters(UNet(spec, channels)) == n


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (1, 3, 12, 20), (2, 1, 28, 28), (1, 1, 9, 7)])
def test_output_has_the_shape_of_the_input(shape):
    model = UNet(SMALL, shape[1])
    assert model(torch.rand(shape), torch.ones(shape[0], dtype=torch.int64)).shape == shape


def test_the_first_prediction_is_zero():
    """The last convolution starts at zero, so every process starts from 'no change'."""
    out = UNet(SMALL, 1)(torch.rand(2, 1, 8, 8), torch.tensor([1, 5]))
    assert torch.equal(out, torch.zeros_like(out))


def test_a_sample_does_not_depend_on_its_batch():
    torch.manual_seed(0)
    model = UNet(SMALL, 1).eval()
    torch.nn.init.normal_(model.head.weight)
    x, k = torch.rand(3, 1, 8, 8), torch.tensor([1, 2, 3])
    torch.testing.assert_close(model(x, k)[1:2], model(x[1:2], k[1:2]))


def test_levels_are_told_apart():
    embedding = level_embedding(torch.arange(1, 201), 128)
    distances = torch.cdist(embedding, embedding) + torch.eye(200) * 9
    assert distances.min() > 0.1


def test_parts_of_a_batch_drop_what_the_whole_drops():
    torch.manual_seed(0)
    model = UNet(Network(8, (1, 2), 1, (1,), 0.5), 1)
    torch.nn.init.normal_(model.head.weight)
    for block in model.modules():
        if hasattr(block, "conv_out"):
            torch.nn.init.normal_(block.conv_out.weight, std=0.1)
    x, k = torch.rand(4, 1, 8, 8), torch.tensor([1, 2, 3, 4])
    torch.manual_seed(1)
    whole = model(x, k)
    parts = []
    for part in (slice(0, 1), slice(1, 4)):
        share_dropout(model, 4, part)
        torch.manual_seed(1)
        parts.append(model(x[part], k[part]))
    torch.testing.assert_close(torch.cat(parts), whole)
