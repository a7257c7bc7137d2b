"""Inception-v3 as FID uses it: pytorch-fid's own network, 2,048 features of the last pooling.

The network is built by pytorch-fid, so that numbers compare with those of other papers. Its loader
is not used: it un-pickles whatever the file holds and does not check the file's hash. Grey images
are repeated to three channels; what an FID of such images means is doubtful, and is said so where
it is reported.

References
----------
Heusel et al., "GANs trained by a two time-scale update rule...", NeurIPS 2017.
Parmar et al., "On aliased resizing and surprising subtleties in GAN evaluation", CVPR 2022.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.features import torchvision_guard
from beyond_blur.features.batches import in_batches
from beyond_blur.features.published import KNOWN_SHA256, checked_sha256, read_state
from beyond_blur.features.resize import as_rgb, bicubic

PUBLISHED_SHA256 = KNOWN_SHA256["pt_inception-2015-12-05-6726825d.pth"]


class Inception:
    """pytorch-fid's features, within rounding.

    Parameters
    ----------
    weights : path, optional
        The weights file; by default pytorch-fid's place in torch's cache, downloaded when missing.
    sha256 : str
        The file's sha256, or how it must begin.
    device : str

    Raises
    ------
    FileNotFoundError
        If there is no file and it cannot be downloaded; says where to put it.
    ValueError
        If the file's sha256 is another.
    """

    name = "inception"
    resize = "bilinear to 299 without antialiasing (pytorch-fid)"
    dim = 2048

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = None,
        *,
        sha256: str = PUBLISHED_SHA256,
        device: str = "cpu",
    ) -> None:
        path = find_weights(weights, sha256)
        self.weights_sha256 = checked_sha256(path, sha256)
        self.device = device
        self.network = _build_network(path, resize=self._resized_by_network).to(device)

    # pytorch-fid's network does its own bilinear resize; the clean variant arrives resized.
    _resized_by_network = True

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, 2048), of `images`, uint8 (n, 1 or 3, h, w)."""
        return in_batches(self._pooled, self._prepare, images, self.dim, batch_size)

    def _prepare(self, images: np.ndarray) -> Tensor:
        return torch.from_numpy(as_rgb(images)).to(self.device).float() / 255

    def _pooled(self, batch: Tensor) -> Tensor:
        pooled: Tensor = self.network(batch.contiguous(memory_format=torch.channels_last))[0]
        return pooled.flatten(1)


class CleanInception(Inception):
    """The same network after clean-fid's resize: antialiased bicubic on float channels.

    clean-fid itself runs NVIDIA's copy of the network, so its numbers agree only closely.
    """

    name = "inception-clean"
    resize = "antialiased bicubic to 299 on floats (clean-fid)"
    _resized_by_network = False

    def _prepare(self, images: np.ndarray) -> Tensor:
        # Resized before the grey channel is repeated: a third of the work.
        return torch.from_numpy(as_rgb(bicubic(images, 299))).to(self.device) / 255


def find_weights(weights: str | os.PathLike[str] | None, sha256: str = PUBLISHED_SHA256) -> Path:
    """Return the path of Inception's weights: as given, cached by pytorch-fid, or downloaded.

    Raises
    ------
    FileNotFoundError
        If the given path is no file, or nothing is cached and the download fails.
    """
    if weights is not None:
        path = Path(weights)
        if not path.is_file():
            raise FileNotFoundError(f"Inception weights {path} do not exist: correct the path")
        return path
    url: str = _pytorch_fid().FID_WEIGHTS_URL
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[1]
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(path), hash_prefix=sha256, progress=False)
        except OSError as error:
            raise FileNotFoundError(
                f"Inception weights are not at {path} and could not be downloaded ({error}). "
                f"Fetch {url} on a machine with network and put it there, or name its path"
            ) from error
    return path


def _pytorch_fid() -> Any:
    torchvision_guard.ensure_importable()
    from pytorch_fid import inception

    return inception


def _build_network(path: Path, resize: bool) -> nn.Module:
    """pytorch-fid's network with the weights in `path`, ready for fast inference."""
    state = read_state(path)
    pytorch_fid = _pytorch_fid()
    with _handing_over(pytorch_fid, state):
        network: nn.Module = pytorch_fid.InceptionV3([3], resize_input=resize)
    network.eval()
    _fold_batch_norms(network)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@contextmanager
def _handing_over(module: Any, state: dict[str, Tensor]) -> Iterator[None]:
    """Let pytorch-fid's constructor receive `state` where it would download and un-pickle."""
    original = module.load_state_dict_from_url
    module.load_state_dict_from_url = lambda *args, **kwargs: state
    try:
        yield
    finally:
        module.load_state_dict_from_url = original


def _fold_batch_norms(network: nn.Module) -> None:
    """Fold every batch norm into the convolution before it: the same function, one pass less."""
    for module in list(network.modules()):
        convolution, norm = getattr(module, "conv", None), getattr(module, "bn", None)
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module.conv = nn.utils.fusion.fuse_conv_bn_eval(convolution, norm)
            module.bn = nn.Identity()
