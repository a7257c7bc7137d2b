"""The command line: one verb per rule, each of which reads files, calls the package, writes files.

The files of this folder mirror ``workflow/rules``; `ROOMS` are their headings in the help. Only the
verb that is called imports what it computes with, so ``--help`` is instant.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur import __version__
from beyond_blur.cli import faults
from beyond_blur.cli.messages import log_on_stderr, speak_utf8
from beyond_blur.cli.verbs import VERBS
from beyond_blur.config.error_lines import nearest
from beyond_blur.storage import cache_folders

ROOMS = {
    "first_look": "a first look, without the workflow",
    "play": "a page to play with",
    "workflow": "the whole workflow",
    "fetching": "published data sets",
    "data": "images",
    "corruption": "corruption",
    "training": "training",
    "sampling": "sampling",
    "exploration": "a trained network, by hand",
    "network_calls": "quality over network calls",
    "delta_sweep": "quality over the sampler noise",
    "evaluation": "features and metrics",
    "image_sets": "any two sets of images, by hand",
    "rendering": "tables and figures",
    "paper": "the paper's figures, and levels aligned",
    "verify": "after everything ran",
    "archive": "results for others",
    "cost": "before anything runs",
    "architecture": "of the package itself",
}
"""Modules of verbs, in the order of the data's way, and their headings in the help."""

TRACEBACK = "BEYOND_BLUR_TRACEBACK"
"""Variable that shows where an error came from, as the option --traceback does: in rules, too."""

TRACEBACK_HELP = f"show where an error came from, as {TRACEBACK}=1 does"

for _room in ROOMS:
    importlib.import_module(f"beyond_blur.cli.{_room}")


def parser() -> argparse.ArgumentParser:
    """The parser of every verb."""
    top = argparse.ArgumentParser(
        prog=program(),
        description=str(__doc__).split("\n")[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_by_room(),
    )
    shown: dict[str, Any] = {"action": "store_true", "help": TRACEBACK_HELP}
    top.add_argument("--traceback", default=bool(os.environ.get(TRACEBACK)), **shown)
    top.add_argument("--version", action="version", version=f"beyond_blur {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        sub = verbs.add_parser(name, description=verb.summary)
        for option in verb.options:
            sub.add_argument(option.name, **option.settings)
        # Left out here, it is what stands before the verb.
        sub.add_argument("--traceback", default=argparse.SUPPRESS, **shown)
    return top


def program() -> str:
    """What a user has typed to get here."""
    script = Path(sys.argv[0]).name
    return script if script == "beyond-blur" else "python -m beyond_blur"


def as_they_are(arguments: Sequence[str]) -> list[str]:
    """The arguments, with those that the verb ``run`` hands on shielded from being read here."""
    first, *others = arguments or [""]
    if first == "run" and others[:1] not in (["-h"], ["--help"]):
        return [first, "--", *others]
    return list(arguments)


def check_verb(arguments: Sequence[str], top: argparse.ArgumentParser) -> None:
    """Refuse a verb that is not there with the nearest name, as argparse would list them all."""
    word = next((one for one in arguments if not one.startswith("-")), None)
    if word is not None and word not in VERBS:
        top.error(f"verb {word!r} is unknown{nearest(word, VERBS)}; --help lists all of them")


def typed(verb: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed for each option of a verb, by the option as it is typed."""
    return {one.name: values.get(one.argument) for one in VERBS[verb].options}


def _by_room() -> str:
    """The verbs under the headings of their rooms, for the end of the help."""
    width = max(map(len, VERBS))
    lines = []
    for room, heading in ROOMS.items():
        lines += ["", f"{heading}:"]
        lines += [f"  {n:{width}}  {v.summary}" for n, v in VERBS.items() if v.room == room]
    return "\n".join(lines).strip()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb; whatever goes wrong is one line on stderr and exit code 1, or 130 on Ctrl-C."""
    speak_utf8()
    given = sys.argv[1:] if arguments is None else arguments
    top = parser()
    check_verb(given, top)
    values = vars(top.parse_args(as_they_are(given)))
    verb, with_traceback = values.pop("verb"), values.pop("traceback")
    try:
        with log_on_stderr():
            cache_folders.provide()
            VERBS[verb].call(values)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        faults.report(error, verb, with_traceback, typed(verb, values))
        raise SystemExit(faults.exit_code(error)) from error
