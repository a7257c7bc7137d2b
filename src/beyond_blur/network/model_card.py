"""What a person reads of an exported network: its README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beyond_blur.config.labels import process_label
from beyond_blur.config.process_options import ProcessSpec

PRIORS = {
    "terminal": "pictures, which the solver blurs and carries along to level K",
    "images": "pictures, which are blurred to level K",
    "noise": "noise, so that no pictures are needed",
}
"""What samples start from, by the ``starts_from`` of a process."""

CARD = """# {label}, trained on {dataset}

A U-Net of {n_parameters:,} parameters for images of {shape}, trained by beyond_blur {version}
in {steps:,} steps of {batch_size} images of the data set {dataset}; the weights are their moving
average. `config.json` holds every option of the process, its levels, the network and the training.

## Load it

With torch and safetensors alone, where `unet.py` of this folder is on Python's path:

```python
from unet import load
network = load("FOLDER")
y = network(x_k, k)  # states float (n, {channels}, h, w), levels int64 (n,)
```

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
    return CARD.format(
        label=process_label(process),
        dataset=config["traits"].get("dataset", "of unknown name"),
        n_parameters=config["n_parameters"],
        shape=shape if size is None else f"{shape}, {size} x {size} pixels",
        version=config["versions"]["beyond_blur"],
        steps=config["steps"],
        batch_size=config["training"]["batch_size"],
        channels=channels,
        start=PRIORS[process.starts_from],
        pictures="" if process.starts_from == "noise" else " --images PICTURES",
    )
