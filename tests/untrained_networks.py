"""Files that samples are drawn from, and the commands that draw them."""

import dataclasses

import numpy as np
import torch
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.network.unet import UNet
from beyond_blur.storage import artifacts

PROCESSES = [{"kind": "heat_dissipation"}, {"kind": "advection_diffusion"}, {"kind": "ddpm"}]
FLOW = "advection_diffusion-pe0"
EXPERIMENT = load_experiment({
    "preset": "tiny", "processes": PROCESSES,
    "sampling": {"n_samples": 6, "batch_size": 1},
    "process_options": {"ddpm": {"n_steps": 6, "schedule": "cosine"}},
})  # fmt: skip


def save_everything(place):
    """Networks that were never trained, images and terminal states."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    index = np.arange(20)
    artifacts.save(place / "images.safetensors", {"images": images, "index": index},
                   kind="images", spec={}, traits={"split": "held_out"})  # fmt: skip
    states = {"terminal": (images / 255).astype(np.float32), "index": index}
    spec = to_json_values(rule_specs.terminal_spec(EXPERIMENT, FLOW))
    artifacts.save(place / "terminal.safetensors", states, kind="terminal", spec=spec,
                   traits={"process": FLOW, "split": "train"})  # fmt: skip
    colour = {"images": np.repeat(images, 3, axis=1), "index": index}
    artifacts.save(place / "colour.safetensors", colour, kind="images", spec={})
    np.savez(place / "images.npz", images=images)
    (place / "png").mkdir()
    for i in range(20):
        Image.fromarray(images[i, 0]).save(place / f"png/{i:02}.png")
    for name in ("heat_dissipation", FLOW, "ddpm"):
        save_network(place / f"{name}.safetensors", name)
    return place


def save_network(path, name):
    torch.manual_seed(0)
    model = UNet(EXPERIMENT.network, 1)
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.05)
    arrays = {name: values.numpy() for name, values in model.state_dict().items()}
    spec = to_json_values(rule_specs.training_spec(EXPERIMENT, name))
    artifacts.save(path, arrays, kind="weights", spec=spec, traits={"process": name},
                   image_channels=1, steps=0, skipped=0)  # fmt: skip


def sample_command(folder, out, job=None, seed=0):
    job = job or rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation")
    return ["sample", "--spec", rule_specs.to_json(job), "--seed", str(seed), "--out", str(out),
            "--weights", str(folder / "heat_dissipation.safetensors"),
            "--prior", str(folder / "images.safetensors")]  # fmt: skip


def explore(folder, name, prior, *options):
    save = folder / "made.safetensors"
    save.unlink(missing_ok=True)
    cli.main(["explore", "--weights", str(folder / f"{name}.safetensors"), "--prior",
              str(folder / prior), "--save", str(save), *map(str, options)])  # fmt: skip
    file = artifacts.load(save, "exploration")
    return file.arrays["images"], file.manifest


def with_sampling(spec, **changes):
    """A spec with other options of sampling."""
    return dataclasses.replace(spec, sampling=dataclasses.replace(spec.sampling, **changes))
