"""The command line: one verb per rule, each of which reads files, calls the package, writes files.

The files of this folder mirror ``workflow/rules``. Only the verb that is called imports what it
computes with, so ``--help`` is instant.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_args

from beyond_blur.config import ConfigError, Extractor, Walls
from beyond_blur.config.options import Flow
from beyond_blur.storage.atomic import ArtifactError

FILE: dict[str, Any] = {"required": True, "metavar": "FILE"}
FILES: dict[str, Any] = {"required": True, "metavar": "FILE", "nargs": "+"}
MAYBE_FILE: dict[str, Any] = {"metavar": "FILE"}
MAYBE_FILES: dict[str, Any] = {"metavar": "FILE", "nargs": "*", "default": []}
SPEC: dict[str, Any] = {"required": True, "metavar": "JSON", "help": "the rule's part of config"}
TEXTS: dict[str, Any] = {"required": True, "metavar": "TEXT", "nargs": "+"}
SEED: dict[str, Any] = {"required": True, "type": int, "metavar": "N"}
SET: dict[str, Any] = {
    "required": True, "metavar": "PATH", "help": "folder, npz, idx file, shard or folder of shards"
}  # fmt: skip
EXTRACTOR_NAME: dict[str, Any] = {
    "required": True, "choices": get_args(Extractor), "help": "only Inception's numbers are FID"
}  # fmt: skip
THREADS: dict[str, Any] = {"type": int, "default": 1, "metavar": "N", "help": "CPU threads"}
SHARDS: dict[str, Any] = {
    "type": int, "default": 1, "metavar": "N", "help": "shards of the set, to predict its size"
}  # fmt: skip

# verb -> module of this folder, what it does, its options
VERBS: dict[str, tuple[str, str, dict[str, dict[str, Any]]]] = {
    "corrupt": (
        "first_look",
        "corrupt any image file: a strip, a GIF or an MP4, and the flow as arrows and as colour",
        {"photo": {"nargs": "?", "metavar": "PHOTO", "help": "image file; none: a sample photo"},
         "--out": {"action": "append", "default": [], "metavar": "FILE",
                   "help": ".png or .pdf: a strip; .gif or .mp4: an animation; may be repeated"},
         "--flow": {"metavar": "FILE", "help": ".png or .pdf: the velocity field"},
         "--peclet": {"type": float, "default": 0.12, "metavar": "PE",
                      "help": "strength of the flow; 0 is blur alone (default %(default)s)"},
         "--sigma-max": {"type": float, "default": 32.0, "metavar": "PIXELS",
                         "help": "blur width of the last level (default %(default)s)"},
         "--levels": {"type": int, "default": 200, "metavar": "K",
                      "help": "number of levels (default %(default)s)"},
         "--size": {"type": int, "default": 128, "metavar": "PIXELS",
                    "help": "longer side of the image (default %(default)s)"},
         "--divergence-free": {"action": "store_true", "help": "a flow that does not compress"},
         "--frozen": {"action": "store_true", "help": "a flow that does not change in time"},
         "--kind": {"choices": get_args(Flow), "default": "turbulence",
                    "help": "random modes, a uniform stream or one vortex"},
         "--speed-limit": {"type": float, "default": 0.01, "metavar": "V",
                           "help": "cells per lattice step (default %(default)s)"},
         "--walls": {"choices": get_args(Walls), "default": "mirror"},
         "--seed": {"type": int, "default": 0, "metavar": "N", "help": "another one: another flow"},
         "--n": {"type": int, "metavar": "N",
                 "help": "levels shown (default: 8 in a strip, 50 in a GIF, 100 in an MP4)"}},
    ),
    "prepare": (
        "data",
        "read a dataset, split it, write its shards",
        {"--spec": SPEC, "--train": FILES, "--held-out": FILES},
    ),
    "pairs": (
        "corruption",
        "corrupt images and cache training pairs (x_k, x_{k-1})",
        {"--spec": SPEC, "--images": FILE, "--threads": THREADS, "--shards": SHARDS,
         "--out": FILE},
    ),
    "terminal": (
        "corruption",
        "corrupt images to the last level, where sampling starts",
        {"--spec": SPEC, "--images": FILE, "--threads": THREADS, "--shards": SHARDS,
         "--out": FILE},
    ),
    "train": (
        "training",
        "train a network; goes on where an interrupted run stopped",
        {"--spec": SPEC, "--source": FILES, "--held-out": MAYBE_FILES, "--state": FILE,
         "--history": FILE, "--out": FILE},
    ),
    "export": (
        "training",
        "write a trained network for other programs: model.safetensors and config.json",
        {"--weights": FILE, "--out": {"required": True, "metavar": "FOLDER"}},
    ),
    "sample": (
        "sampling",
        "draw samples from a trained network",
        {"--spec": SPEC, "--weights": FILE, "--prior": FILES, "--seed": SEED,
         "--threads": THREADS, "--out": FILE},
    ),
    "trajectory": (
        "sampling",
        "follow a few images forward and a few samples back through the levels",
        {"--spec": SPEC, "--weights": FILE, "--images": FILE, "--prior": FILES, "--out": FILE},
    ),
    "explore": (
        "exploration",
        "look at samples of a trained network: shared noise or start, interpolation, the way back",
        {"--weights": FILE,
         "--prior": {**FILES, "help": "terminal states or images that initial states are made "
                     "from; a folder or an npz file of images, too (of noise, only their shape)"},
         "--out": {"metavar": "FILE", "help": "the picture, .png or .pdf"},
         "--save": {"metavar": "FILE", "help": "the images as safetensors"},
         "--n": {"type": int, "default": 8, "metavar": "N", "help": "samples, or rows of them "
                 "(default %(default)s)"},
         "--seed": {"type": int, "default": 0, "metavar": "N",
                    "help": "sample i is sample i of this seed (default %(default)s)"},
         "--shared-noise": {"action": "store_true", "help": "all samples see the same noise"},
         "--shared-state": {"action": "store_true", "help": "all samples start from one state"},
         "--interpolate": {"type": int, "metavar": "N", "help": "go from one sample to another "
                           "in N pictures: states on a line, noise on an arc"},
         "--trajectory": {"action": "store_true", "help": "show the way from start to sample"},
         "--steps": {"type": int, "metavar": "N", "help": "network calls (default: every level)"},
         "--delta": {"type": float, "metavar": "SIGMA", "help": "noise added at each step "
                     "(default: that of sampling.delta, 0.0125)"},
         "--no-prior-noise": {"action": "store_true", "help": "leave the prior without noise"},
         "--last-noise": {"action": "store_true", "help": "add noise in the last step, too"},
         "--spec": {"metavar": "JSON", "help": "a sampling job of the workflow; by hand the "
                    "weights file says what is needed"},
         "--threads": THREADS},
    ),
    "gallery": (
        "network_calls",
        "put what explore kept of several networks into one figure",
        {"--inputs": FILES, "--across": {"type": int, "default": 1, "metavar": "N",
                                         "help": "panels beside each other"},
         "--png": FILE, "--pdf": FILE},
    ),
    "steps": (
        "network_calls",
        "gather metrics by the number of network calls: a CSV and a figure",
        {"--metrics": MAYBE_FILES, "--calls": {"type": int, "nargs": "*", "default": [],
                                               "metavar": "N",
                                               "help": "network calls behind each"},
         "--csv": FILE, "--png": FILE, "--pdf": FILE},
    ),
    "classifier": (
        "evaluation",
        "train the classifier whose features stand in for Inception's",
        {"--spec": SPEC, "--train": FILES, "--held-out": FILES, "--threads": THREADS,
         "--out": FILE},
    ),
    "features": (
        "evaluation",
        "features of image sets, one pass",
        {"--spec": SPEC, "--images": FILES, "--classifier": MAYBE_FILE, "--threads": THREADS,
         "--out": FILE},
    ),
    "metrics": (
        "evaluation",
        "every metric of the samples of one seed and of their floors, from features",
        {"--spec": SPEC, "--train": FILE, "--held-out": FILE, "--features": MAYBE_FILE,
         "--samples": MAYBE_FILE, "--images": MAYBE_FILES, "--threads": THREADS, "--out": FILE},
    ),
    "evaluate": (
        "evaluation",
        "measure any folder, npz or idx file of images against any other; needs no training",
        {"--images": SET, "--reference": SET, "--extractor": EXTRACTOR_NAME,
         "--weights": {"metavar": "FILE", "help": "weights of Inception or DINOv2"},
         "--classifier": {"metavar": "FILE", "help": "made by the verb classifier"},
         "--size": {"type": int, "metavar": "N", "help": "bring all images to N x N pixels"},
         "--nearest-k": {"type": int, "default": 5, "metavar": "K"},
         "--seed": {"type": int, "default": 0, "metavar": "N"},
         "--batch-size": {"type": int, "default": 64, "metavar": "N"},
         "--threads": THREADS, "--out": {"metavar": "JSON", "help": "write all numbers here"}},
    ),
    "neighbours": (
        "evaluation",
        "find the training images nearest to a few samples",
        {"--samples": FILE, "--features": FILE, "--train": FILE, "--images": FILES,
         "--prior-images": MAYBE_FILES, "--threads": THREADS, "--out": FILE},
    ),
    "amplitude": (
        "evaluation",
        "how much of the clean images their terminal states still hold, mode by mode",
        {"--states": FILES, "--images": FILES, "--process": {"required": True, "metavar": "NAME"},
         "--peclet": {"type": float, "metavar": "PE"},
         "--sigma": {"type": float, "required": True, "metavar": "PIXELS"},
         "--noise": {"type": float, "default": 0.0, "metavar": "SIGMA",
                     "help": "what the sampler adds to the states"},
         "--out": FILE},
    ),
    "amplitude_table": (
        "rendering",
        "gather the amplitudes of every process into one CSV",
        {"--inputs": FILES, "--csv": FILE},
    ),
    "table": (
        "rendering",
        "gather metrics into the table: CSV, Markdown, LaTeX, plain text",
        {"--metrics": FILES, "--preset": {"default": "", "metavar": "NAME"}, "--csv": FILE,
         "--markdown": FILE, "--latex": FILE, "--text": FILE},
    ),
    "figure": (
        "rendering",
        "draw one figure as PNG and PDF",
        {"name": {"choices": ["samples", "strips", "spectrum", "metric", "loss", "neighbours",
                              "fid_against_n", "precision_recall", "amplitude", "study"]},
         "--inputs": FILES, "--labels": {"nargs": "*", "default": [], "metavar": "TEXT"},
         "--real": MAYBE_FILE, "--png": FILE, "--pdf": FILE},
    ),
    "profiles": (
        "paper",
        "draw figure 1: what advection, blur and noise each do to a profile",
        {"--png": FILE, "--pdf": FILE},
    ),
    "teaser": (
        "paper",
        "draw the teaser: forward and reverse strips with surface plots above",
        {"--inputs": FILES, "--labels": TEXTS, "--png": FILE, "--pdf": FILE},
    ),
    "photograph": (
        "paper",
        "draw figure 2: the spectrum of one photograph under each process",
        {"--specs": TEXTS, "--labels": TEXTS, "--png": FILE, "--pdf": FILE},
    ),
    "peclets": (
        "first_look",
        "draw one photograph over Peclet numbers, compressible and divergence-free, at two sizes",
        {"photo": {"nargs": "?", "metavar": "PHOTO", "help": "image file; none: a sample photo"},
         "--seed": {"type": int, "default": 0, "metavar": "N", "help": "another one: another flow"},
         "--png": FILE, "--pdf": FILE},
    ),
    "schemes": (
        "first_look",
        "draw where the authors' lattice scheme and the memoryless one differ",
        {"--png": FILE, "--pdf": FILE},
    ),
    "align": (
        "paper",
        "align the levels of different processes by their measured spectra",
        {"--specs": TEXTS, "--labels": TEXTS, "--images": FILE, "--csv": FILE,
         "--schedules": FILE, "--png": FILE, "--pdf": FILE},
    ),
    "cost": (
        "cost",
        "count what presets cost in arithmetic, cell updates and disk, before anything runs",
        {"presets": {"nargs": "+", "metavar": "PRESET"},
         "--images": {"type": int, "default": 10_000, "metavar": "N", "help": "training images"},
         "--samples": {"type": int, "default": 50_000, "metavar": "N"},
         "--tflops": {"type": float, "metavar": "RATE",
                      "help": "10^12 operations a second, as you measured: adds hours"},
         "--updates": {"type": float, "metavar": "RATE",
                       "help": "10^9 cell updates a second, as you measured: adds hours"},
         "--markdown": {"metavar": "FILE", "help": "write the table here too"}},
    ),
    "schema": (
        "rendering",
        "write the JSON schema of the configuration",
        {"--out": FILE},
    ),
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The parser of every verb."""
    top = argparse.ArgumentParser(prog="python -m beyond_blur", description=__doc__.split("\n")[0])
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, (_, summary, options) in VERBS.items():
        sub = verbs.add_parser(verb, help=summary, description=summary)
        for name, settings in options.items():
            sub.add_argument(name, **settings)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb; a known error is one line on stderr and exit code 1."""
    values = vars(parser().parse_args(arguments))
    verb = values.pop("verb")
    module = importlib.import_module(f"beyond_blur.cli.{VERBS[verb][0]}")
    run: Callable[..., None] = getattr(module, verb)
    try:
        run(**values)
    except (ConfigError, ArtifactError, ValueError, RuntimeError) as error:
        print(f"beyond_blur {verb}: error: {error}", file=sys.stderr)
        raise SystemExit(1) from error
