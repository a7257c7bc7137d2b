"""A process of the user's own: a class in a file that is no part of the package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from beyond_blur import config
from beyond_blur.config import ConfigError, Levels
from beyond_blur.processes.base import BuildContext, ForwardProcess


class OwnProcess:
    """Makes the user's process; the class in the user's file is the process itself."""

    @classmethod
    def from_options(
        cls, options: config.OwnProcessOptions, levels: Levels, context: BuildContext
    ) -> ForwardProcess:
        """The user's class, made with its ``options``; of levels and noise it decides itself.

        Raises
        ------
        ConfigError
            If the file is no Python file, holds no such class, or the class refuses its options.
        """
        found = importlib.util.spec_from_file_location(Path(options.file).stem, options.file)
        if found is None or found.loader is None:
            raise ConfigError(
                f"process {options.name}: file = {options.file!r} is not a Python file"
            )
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        if not hasattr(module, options.class_name):
            raise ConfigError(
                f"process {options.name}: {options.file} has no class {options.class_name!r}"
            )
        try:
            made: ForwardProcess = getattr(module, options.class_name)(**options.options)
        except TypeError as error:
            raise ConfigError(
                f"process {options.name}: options = {options.options}: {error}"
            ) from error
        return made
