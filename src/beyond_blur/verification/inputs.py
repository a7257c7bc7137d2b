"""What each kind of result is made from: the inputs of the rules, by what they serve as.

The words for what a file serves as are those of the manifests. A test holds the paths equal to what
Snakemake plans.
"""

from __future__ import annotations

from collections.abc import Sequence

from beyond_blur.config import STUDY_PRIORS, Experiment, plan, untrained_name
from beyond_blur.config.rule_specs import find_process
from beyond_blur.features.extractor import trained_by
from beyond_blur.verification.kinds import Inputs, Wildcards

Files = dict[str, list[str]]
"""Paths below the results' folder, by what they serve as."""


def image_shards(experiment: Experiment, split: str) -> list[str]:
    """Every shard of the images of a split."""
    return shards(experiment, f"data/{experiment.dataset.name}/{split}")


def shards(experiment: Experiment, folder: str) -> list[str]:
    """Every shard in a folder."""
    return [f"{folder}/shard-{i}.safetensors" for i in range(experiment.dataset.shards)]


def metrics_file(experiment: Experiment, row: str, seed: int, place: str = "") -> str:
    """The numbers of one seed of a row: ``real``, or a network and its prior."""
    names = f"{experiment.evaluation.extractor}/{experiment.dataset.name}/{row}"
    return f"{place}metrics/{names}/seed-{seed}.json"


def first_prior(experiment: Experiment, name: str) -> str:
    """The kind of prior that a process is shown with."""
    return plan.priors(experiment, name)[0]


def all_priors(experiment: Experiment, name: str) -> list[str]:
    """Kinds of prior that a process is sampled from, those of the study among them."""
    own = plan.priors(experiment, name)
    in_study = untrained_name(name)[0] in plan.study_names(experiment)
    return [*own, *STUDY_PRIORS] if in_study and own != ["noise"] else own


def listed(folder: str) -> Inputs:
    """Of a list: every shard in its folder."""
    return lambda experiment, w: {"shards": shards(experiment, folder.format(**w))}


def shard_of_images(split: str = "{split}") -> Inputs:
    """Of what is made from one shard of images: the shard of its number."""

    def files(experiment: Experiment, w: Wildcards) -> Files:
        folder = f"data/{w['dataset']}/{split.format(**w)}"
        return {"images": [f"{folder}/shard-{w['shard']}.safetensors"]}

    return files


def both_splits(experiment: Experiment, w: Wildcards) -> Files:
    """Of a trained extractor: the images that it learns from, and those that it is measured on."""
    return {split: image_shards(experiment, split) for split in ("train", "held_out")}


def training(experiment: Experiment, w: Wildcards) -> Files:
    """Of weights: cached pairs, or images of which pairs are made; and held-out images."""
    source = shards(experiment, f"corruption/{w['dataset']}/{untrained_name(w['process'])[0]}")
    if plan.trains_on_images(experiment, w["process"]):
        source = image_shards(experiment, "train")
    return {"source": source, "held_out": image_shards(experiment, "held_out")}


def weights(w: Wildcards) -> list[str]:
    """The network that draws."""
    return [f"checkpoints/{w['dataset']}/{w['process']}/weights.safetensors"]


def starts(experiment: Experiment, w: Wildcards, prior: str | None = None) -> list[str]:
    """What priors are made of: terminal states, or images (of noise, only their shape)."""
    split = plan.prior_split(prior or first_prior(experiment, w["process"]))
    if find_process(experiment, w["process"]).starts_from != "terminal":
        return image_shards(experiment, split)
    return shards(experiment, f"terminal/{w['dataset']}/{untrained_name(w['process'])[0]}/{split}")


def sampling(experiment: Experiment, w: Wildcards) -> Files:
    """Of samples: the network, and what priors of their kind are made of."""
    return {"weights": weights(w), "prior": starts(experiment, w, w["prior"])}


def exploring(experiment: Experiment, w: Wildcards) -> Files:
    """Of explorations: the same, of the first kind of prior."""
    return {"weights": weights(w), "prior": starts(experiment, w)}


def following(experiment: Experiment, w: Wildcards) -> Files:
    """Of strips: the same, and images to follow forward."""
    images = [f"data/{w['dataset']}/held_out/shard-0.safetensors"]
    return {**exploring(experiment, w), "images": images}


def samples_file(w: Wildcards, prior: str, seed: str | int, place: str = "") -> str:
    """Samples of one seed."""
    return f"{place}samples/{w['dataset']}/{w['process']}/{prior}/seed-{seed}.safetensors"


def features_file(w: Wildcards, row: str, place: str = "") -> str:
    """Features of ``real/SPLIT``, or of the samples of ``PROCESS/PRIOR/seed-N``."""
    return f"{place}features/{w['extractor']}/{w['dataset']}/{row}.safetensors"


def trained(experiment: Experiment, w: Wildcards) -> Files:
    """The classifier or encoder that this run trains, where its features are the ones measured."""
    kind = trained_by(w["extractor"])
    if kind is None or experiment.evaluation.weights is not None:
        return {}
    return {"trained": [f"{kind}/{w['dataset']}/weights.safetensors"]}


def features_of_images(experiment: Experiment, w: Wildcards) -> Files:
    """Of features of real images: every shard of the split."""
    return {"images": image_shards(experiment, w["split"]), **trained(experiment, w)}


def features_of_samples(experiment: Experiment, w: Wildcards) -> Files:
    """Of features of samples: the samples."""
    samples = samples_file(w, w["prior"], w["seed"], place(w))
    return {"images": [samples], **trained(experiment, w)}


def place(w: Wildcards) -> str:
    """Where results lie that were sampled with other network calls or another delta than usual."""
    if "calls" in w:
        return f"steps/{w['calls']}/"
    return f"deltas/{w['delta']}/" if "delta" in w else ""


def images_of_prior(experiment: Experiment, prior: str) -> list[str]:
    """The images that priors were made of, to look for copies among; of noise there are none."""
    return [] if prior == "noise" else image_shards(experiment, prior)


def real_features(experiment: Experiment, w: Wildcards) -> Files:
    """Of the ceiling's numbers: the features of both splits, measured against each other."""
    return {split: [features_file(w, f"real/{split}")] for split in ("train", "held_out")}


def measuring(experiment: Experiment, w: Wildcards) -> Files:
    """Of a row's numbers: samples and their features beside those of real images."""
    row = f"{w['process']}/{w['prior']}/seed-{w['seed']}"
    return {
        "features": [features_file(w, row, place(w))],
        "samples": [samples_file(w, w["prior"], w["seed"], place(w))],
        "images": images_of_prior(experiment, w["prior"]),
        **real_features(experiment, w),
    }


def nearest(experiment: Experiment, w: Wildcards) -> Files:
    """Of neighbours: the first samples, and training images to look among."""
    prior, seed = first_prior(experiment, w["process"]), experiment.sampling.seeds[0]
    return {
        "samples": [samples_file(w, prior, seed)],
        "features": [features_file(w, f"{w['process']}/{prior}/seed-{seed}")],
        "train": [features_file(w, "real/train")],
        "images": image_shards(experiment, "train"),
        "prior_images": images_of_prior(experiment, prior),
    }


def left_of_images(experiment: Experiment, w: Wildcards) -> Files:
    """Of amplitudes: terminal states where they are kept, else what samples started from."""
    prior = first_prior(experiment, w["process"])
    states = starts(experiment, w)
    if find_process(experiment, w["process"]).starts_from != "terminal":
        network = plan.first_trained(experiment, w["process"])
        states = [samples_file({**w, "process": network}, prior, experiment.sampling.seeds[0])]
    return {"states": states, "images": images_of_prior(experiment, prior)}


def one_file(path: str) -> Inputs:
    """Of what is made from one file whatever the configuration."""
    return lambda experiment, w: {"inputs": [path]}


def metrics_files(rows: Sequence[tuple[str, str, int]], experiment: Experiment) -> list[str]:
    """The numbers of rows: of each network, kind of prior and seed."""
    return [metrics_file(experiment, f"{name}/{prior}", seed) for name, prior, seed in rows]
