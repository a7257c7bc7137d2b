"""Weights of networks that were never trained, as a run writes them."""

from dataclasses import replace

import torch

from beyond_blur.network.unet import UNet
from beyond_blur.network.weights import write_weights
from small_runs import job_of


def make_weights(path, process=None, seed=0, image_size=8, **facts):
    """Those of a process's options, else of a flow of the preset tiny; the file's path."""
    job = job_of()
    job = job if process is None else replace(job, process=process)
    torch.manual_seed(seed)
    average = {name: torch.rand_like(w) for name, w in UNet(job.network, 1).state_dict().items()}
    if image_size is not None:
        facts["image_size"] = image_size
    write_weights(path, average, job, {"source": "abc"}, {"dataset": "digits"}, image_channels=1,
                  steps=1200, skipped=2, changes=[], **facts)  # fmt: skip
    return path
