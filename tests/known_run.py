"""Files of a run whose samples are known, and the job that would have drawn them."""

from functools import partial

import numpy as np

from beyond_blur import cli
from beyond_blur.config import evaluation_specs, load_experiment, rule_specs, to_json_values
from beyond_blur.storage import artifacts


def save_known_run(folder, digits):
    """Images, samples and their features: half the samples are copies of their prior's image."""
    images = {"train": digits[:200], "held_out": digits[200:300]}
    first = {"train": 0, "held_out": 1000}
    for split, pixels in images.items():
        index = np.arange(len(pixels)) + first[split]
        artifacts.save(folder / f"{split}.safetensors", {"images": pixels, "index": index},
                       kind="images", spec={}, traits={"split": split})  # fmt: skip
    rng = np.random.default_rng(0)
    for prior in ("train", "held_out", "noise"):
        base = images["train" if prior == "noise" else prior]
        rows = rng.permutation(len(base))[:60]
        samples = base[rows].copy()
        samples[30:] = 255 - samples[30:]
        arrays = {"samples": samples, "prior": samples // 2 + 60, "one_step": samples // 2}
        if prior != "noise":
            arrays["source"] = rows + first[prior]
        traits = {"process": "heat_dissipation", "prior": prior, "seed": 0}
        spec = {**to_json_values(known_samples(prior)), "seed": 0}
        artifacts.save(folder / f"samples-{prior}.safetensors", arrays, kind="samples",
                       spec=spec, traits=traits)  # fmt: skip
    take = partial(evaluation_specs.FeaturesSpec, "random", None, 64)
    jobs = {split: take(split=split) for split in images}
    jobs |= {
        f"samples-{prior}": take(samples=known_samples(prior), seed=0)
        for prior in ("train", "held_out", "noise")
    }
    for name, job in jobs.items():
        cli.main(["features", "--spec", rule_specs.to_json(job),
                  "--images", str(folder / f"{name}.safetensors"),
                  "--out", str(folder / f"features-{name}.safetensors")])  # fmt: skip
    return folder


def known_samples(prior):
    """The job of the samples that are known."""
    made = load_experiment({"preset": "tiny", "processes": [{"kind": "heat_dissipation"}]})
    return rule_specs.sampling_spec(made, "heat_dissipation", prior)
