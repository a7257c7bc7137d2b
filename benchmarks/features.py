"""Inception features per second: this package against pytorch-fid's own network and loop.

Both get the same weights and the same images, in turns; weights are random, which changes no
speed. pytorch-fid's loop is given arrays instead of files, so that no image is decoded in either.

    python benchmarks/features.py --n 256 --size 32
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from beyond_blur.features import build_extractor, torchvision_guard

torchvision_guard.ensure_importable()

from pytorch_fid import inception as pytorch_fid  # noqa: E402  (only after the guard)


def random_inception_state(seed: int) -> dict[str, torch.Tensor]:
    """Return a state dict for pytorch-fid's network, of activations that neither die nor grow."""
    inception_class = pytorch_fid.torchvision.models.Inception3
    with (
        mock.patch.object(pytorch_fid, "load_state_dict_from_url"),
        mock.patch.object(inception_class, "load_state_dict"),
    ):
        network = pytorch_fid.fid_inception_v3()
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, torch.Tensor] = network.state_dict()
    for name, tensor in state.items():
        if tensor.ndim == 4:
            fan_in = tensor[0].numel()
            tensor.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
        elif name.endswith("running_mean"):
            tensor.normal_(0, 0.05, generator=generator)
        elif name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
    return state


def reference_loop(state: dict[str, torch.Tensor]) -> Callable[[np.ndarray], np.ndarray]:
    """Return pytorch-fid's loop: batches of 50, gradients off, float64 result."""
    with mock.patch.object(pytorch_fid, "load_state_dict_from_url", return_value=state):
        network = pytorch_fid.InceptionV3([3]).eval()

    def features(images: np.ndarray) -> np.ndarray:
        pooled = np.empty((len(images), 2048))
        for start in range(0, len(images), 50):
            batch = torch.from_numpy(images[start : start + 50]).float() / 255
            with torch.no_grad():
                pooled[start : start + 50] = network(batch)[0].squeeze(3).squeeze(2).numpy()
        return pooled

    return features


def rates(
    loops: dict[str, Callable[[np.ndarray], np.ndarray]], images: np.ndarray, repeats: int
) -> dict[str, list[float]]:
    """Return images per second of every loop, `repeats` times, the loops taking turns."""
    found: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        loop(images[:50])  # threads, memory and kernels of the first call
    for _ in range(repeats):
        for name, loop in loops.items():
            start = time.perf_counter()
            loop(images)
            found[name].append(len(images) / (time.perf_counter() - start))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=256, help="images per repeat")
    parser.add_argument("--size", type=int, default=32, help="pixels per side before the resize")
    parser.add_argument("--batch-size", type=int, default=32, help="of this package")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    shape = (arguments.n, 3, arguments.size, arguments.size)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    state = random_inception_state(seed=0)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "random.pth"
        torch.save(state, weights)
        extractor = build_extractor("inception", weights=weights, sha256="")
    theirs = reference_loop(state)
    loops = {
        "pytorch-fid": theirs,
        "beyond_blur": lambda batch: extractor(batch, arguments.batch_size),
    }
    difference = np.abs(theirs(images[:16]) - extractor(images[:16])).max()
    found = rates(loops, images, arguments.repeats)
    medians = {name: statistics.median(values) for name, values in found.items()}

    print(f"{shape} uint8, {arguments.threads} threads, {platform.processor() or 'CPU'}, ", end="")
    print(f"torch {torch.__version__}; largest difference of a feature {difference:.1e}\n")
    print("| loop | images/s (median) | slowest ... fastest | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for name, values in found.items():
        ratio = medians[name] / medians["pytorch-fid"]
        span = f"{min(values):.1f} ... {max(values):.1f}"
        print(f"| {name} | {medians[name]:.1f} | {span} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
