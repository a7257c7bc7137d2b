"""Verbs of workflow/rules/data.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, SHARDS, SPEC, option, verb
from beyond_blur.config import Dataset
from beyond_blur.config.rule_specs import from_json, lasting_dataset

PATTERN = {**FILES, "help": "shards, or one with {shard} in the place of its number"}


@verb(
    option("--spec", **SPEC),
    option("--train", **PATTERN),
    option("--held-out", **PATTERN),
    option("--shards", **SHARDS),
)
def prepare_dataset(spec: str, train: list[str], held_out: list[str], shards: int) -> None:
    """Read a dataset, split it, write its shards."""
    from beyond_blur.data import dataset as datasets
    from beyond_blur.storage import artifacts
    from beyond_blur.storage.shard_lists import of_pattern

    dataset: Dataset = from_json(Dataset, spec)
    places = {"train": of_pattern(train, shards), "held_out": of_pattern(held_out, shards)}
    splits = datasets.prepare(dataset)
    traits = {"dataset": dataset.name, "images": datasets.fingerprint(splits)}
    for split, images in splits.items():
        paths = places[split]
        for i, shard in enumerate(datasets.shards_of(images, len(paths))):
            artifacts.save(
                paths[i],
                shard,
                kind="images",
                spec=lasting_dataset(dataset),
                traits={**traits, "split": split, "shard": i},
                packages=("numpy", "pillow"),
            )
        n, c, h, w = images.pixels.shape
        print(f"{dataset.name}: {n} {split.replace('_', '-')} images of {c} x {h} x {w}")


@verb(
    option("--pattern", **{**FILE, "help": "a shard, with {shard} in the place of its number"}),
    option("--shards", **SHARDS),
    option("--holds", required=True, metavar="KIND", help="images, pairs or terminal"),
    option("--out", **FILE),
)
def list_shards(pattern: str, shards: int, holds: str, out: str) -> None:
    """List the shards of a set, with their checksums."""
    from beyond_blur.storage import shard_lists

    shard_lists.write(out, pattern, shards, holds)
