"""Verbs of workflow/rules/data.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILES, SPEC, option, verb
from beyond_blur.config import Dataset, to_json_values
from beyond_blur.config.rule_specs import from_json


@verb(
    option("--spec", **SPEC),
    option("--train", **FILES),
    option("--held-out", **FILES),
)
def prepare_dataset(spec: str, train: list[str], held_out: list[str]) -> None:
    """Read a dataset, split it, write its shards."""
    from beyond_blur.data import dataset as datasets
    from beyond_blur.storage import artifacts

    dataset: Dataset = from_json(Dataset, spec)
    places, splits = {"train": train, "held_out": held_out}, datasets.prepare(dataset)
    traits = {"dataset": dataset.name, "images": datasets.fingerprint(splits)}
    for split, images in splits.items():
        paths = places[split]
        for i, shard in enumerate(datasets.shards_of(images, len(paths))):
            artifacts.save(
                paths[i],
                shard,
                kind="images",
                spec=to_json_values(dataset),
                traits={**traits, "split": split, "shard": i},
                packages=("numpy", "pillow"),
            )
        n, c, h, w = images.pixels.shape
        print(f"{dataset.name}: {n} {split.replace('_', '-')} images of {c} x {h} x {w}")
