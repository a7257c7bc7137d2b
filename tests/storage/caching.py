"""A cache of pairs, made by its verbs."""

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs

NAME = "advection_diffusion-pe0.1"


def experiment(**changes):
    return load_experiment({"preset": "tiny", **changes})


def corrupt(verb, images, out, made=None, shards=2, shard=None):
    spec = rule_specs.to_json(rule_specs.corruption_spec(made or experiment(), NAME))
    cli.main([verb, "--spec", spec, "--images", str(images), "--shards", str(shards),
              *([] if shard is None else ["--shard", str(shard)]), "--out", str(out)])  # fmt: skip
