"""What a person reads of an exported network: its README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beyond_blur.config import Levels, read
from beyond_blur.config.labels import process_label
from beyond_blur.config.process_options import ProcessSpec

PRIORS = {
    "terminal": "pictures, which the solver blurs and carries along to level K",
    "images": "pictures, which are blurred to level K",
    "noise": "noise",
}
"""What samples start from, by the ``starts_from`` of a process."""

ANSWERS = {
    "advection_diffusion": "the difference x_{{k-1}} - x_k to the level below, without its noise; "
    "x_k is what the solver makes of an image in [0, 1], with noise of standard deviation {noise}",
    "heat_dissipation": "the difference x_{{k-1}} - x_k to the level below, without its noise; "
    "x_k is a blurred image in [0, 1], with noise of standard deviation {noise}",
    "coloured_heat_dissipation": "the difference x_{{k-1}} - x_k to the level below, without its "
    "noise of standard deviation {noise}; x_k is a blurred image in [0, 1], with that noise and "
    "low frequencies of the size that a flow's background has (`peclet`, `velocity`)",
    "ddpm": "the noise eps in x_k, of standard deviation 1; "
    "x_k is an image scaled to [-1, 1] and made smaller, with that noise",
    "coloured_ddpm": "the noise in x_k, of variance 1 in the mean and another at every spatial "
    "frequency (`noise_exponent`); x_k is an image scaled to [-1, 1] and made smaller, with it",
    "blurring_diffusion": "the noise eps in x_k, of standard deviation 1; "
    "x_k is an image scaled to [-1, 1], blurred and made smaller, with that noise",
    "cold_diffusion": "the clean image x_0 in [0, 1]; "
    "x_k is a blurred image in [0, 1], with noise of standard deviation {noise}",
    "own": "the `target` of `training_pair` of the class in `process.py`; x_k is that pair's",
}
"""What the network of each kind of process answers, and what it is given."""

NO_PICTURES = ", so that no pictures are needed"
"""Of a start from noise, where the weights say of which size their images are."""

OWN = """

The process is a class of its author's, in `process.py`. `sample` runs that file: read it first."""
"""Of a user's own process."""

CARD = """# {label}, trained on {dataset}

A U-Net of {n_parameters:,} parameters for images of {shape}, trained by beyond_blur {version}
in {steps:,} steps of {batch_size} images of the data set {dataset}; the weights are their moving
average. `config.json` holds every option of the process, its levels, the network and the training.

## Load it

With torch and safetensors alone:

```python
import sys
sys.path.insert(0, "FOLDER")
from unet import load
network = load("FOLDER")
y = network(x_k, k)  # states float (n, {channels}, h, w), levels int64 (n,)
```

y is {answer}. The levels k go from 1 to {last}.{own}

## Sample from it

With beyond_blur, on any machine. Samples start from {start}:

```
python -m beyond_blur sample --weights FOLDER{pictures} --n 64 --out drawn
```

`model.manifest.json` holds the checksums of these files: a folder that was changed is refused.
"""


def model_card(config: Mapping[str, Any], process: ProcessSpec) -> str:
    """Text in Markdown.

    Parameters
    ----------
    config : mapping
        What ``config.json`` holds.
    process : ProcessSpec
    """
    size, channels = config["image_size"], config["image_channels"]
    shape = "1 channel" if channels == 1 else f"{channels} channels"
    blank = process.starts_from == "noise" and size is not None
    last = process.n_levels(read(Levels, config["levels"], "levels"))
    return CARD.format(
        label=process_label(process),
        dataset=config["traits"].get("dataset", "of unknown name"),
        n_parameters=config["n_parameters"],
        shape=shape if size is None else f"{shape}, {size} x {size} pixels",
        version=config["versions"]["beyond_blur"],
        steps=config["steps"],
        batch_size=config["training"]["batch_size"],
        channels=channels,
        answer=ANSWERS[process.kind].format(noise=f"{process.input_noise:g}"),
        last="the class's `n_steps`" if last is None else last,
        own=OWN if process.kind == "own" else "",
        start=PRIORS[process.starts_from] + (NO_PICTURES if blank else ""),
        pictures="" if blank else " --images PICTURES",
    )
