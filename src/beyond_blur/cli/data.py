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
    for name, images, paths in zip(
        ("train", "held-out"), datasets.prepare(dataset), (train, held_out), strict=True
    ):
        for path, shard in zip(paths, datasets.shards_of(images, len(paths)), strict=True):
            artifacts.save(
                path,
                shard,
                kind="images",
                spec=to_json_values(dataset),
                packages=("numpy", "pillow"),
            )
        n, c, h, w = images.pixels.shape
        print(f"{dataset.name}: {n} {name} images of {c} x {h} x {w}")
