"""The present configuration, read as Snakemake reads it for the clone's workflow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beyond_blur.config import ConfigError, Experiment, overlay, read_experiment
from beyond_blur.config.beside import look_beside
from beyond_blur.storage import system_errors, workflow_files


def files(given: Sequence[str]) -> list[Path]:
    """The workflow's own ``config.yaml``, where it is there, and the given files."""
    try:
        own = workflow_files.folder() / "config.yaml"
    except FileNotFoundError:
        return list(map(Path, given))
    return [*([own] if own.exists() else []), *map(Path, given)]


def read_files(paths: Sequence[Path]) -> Experiment | None:
    """The experiment of files that are laid over each other; None of no file.

    Files of the dataset need not be there: results may have moved to another machine.

    Raises
    ------
    ConfigError
        For a file that is no YAML mapping, and as `read_experiment` does.
    """
    values: dict[str, Any] = {}
    for path in paths:
        values = overlay(values, read_yaml(path))
    folders = [path.resolve().parent for path in paths]
    return read_experiment(look_beside(values, folders)) if paths else None


def read_yaml(path: Path) -> dict[str, Any]:
    """The content of one file."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--configfile {path}: {system_errors.reason(error)}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"--configfile {path} cannot be read: {reason}") from error
    if values is not None and not isinstance(values, dict):
        raise ConfigError(f"--configfile {path} holds no mapping of keys to values")
    return values or {}
