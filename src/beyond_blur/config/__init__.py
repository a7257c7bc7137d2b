"""The experiment as frozen dataclasses: the one schema of the project.

Every option is one field with its default, its meaning and its range, and Pydantic reads values
into them. The same fields make the JSON schema for editors (``workflow/schemas``), the page
``docs/config.md``, the checks and the error messages, so none of them can drift apart. Nothing
heavier than Pydantic: a dry run imports nothing else.

A resolved experiment is made in three steps: the preset's values, the user's ``config.yaml`` laid
over them key by key, and the checks.
"""

from beyond_blur.config.advection_study import STUDY_PRIORS, study_processes
from beyond_blur.config.base import STRICT, ConfigError, check_path_name
from beyond_blur.config.checks import (
    Problems,
    check,
    check_study,
    too_few,
)
from beyond_blur.config.ddpm_options import ColouredDDPMOptions, DDPMOptions
from beyond_blur.config.error_lines import problems, unknown
from beyond_blur.config.experiment import (
    Experiment,
    slug,
    to_json_values,
    trained_name,
    untrained_name,
)
from beyond_blur.config.heat_options import (
    ColouredHeatDissipationOptions,
    HeatDissipationOptions,
)
from beyond_blur.config.level_checks import last_trained
from beyond_blur.config.options import (
    Corruption,
    Dataset,
    Extractor,
    Levels,
    Network,
    Precision,
    Velocity,
    Walls,
)
from beyond_blur.config.options_of_kind import OptionsOfKind
from beyond_blur.config.preset_files import load_preset, overlay, preset_names
from beyond_blur.config.process_options import (
    PROCESS_SPECS,
    AdvectionDiffusionOptions,
    BlurringDiffusionOptions,
    ColdDiffusionOptions,
    OwnProcessOptions,
    ProcessOptions,
    ProcessSpec,
)
from beyond_blur.config.reading import (
    load_experiment,
    read,
    read_experiment,
    read_process,
)
from beyond_blur.config.reference import markdown
from beyond_blur.config.run_options import Evaluation, Sampling, Study, Training
from beyond_blur.config.schema import json_schema, schema_text

__all__ = [
    "PROCESS_SPECS",
    "STRICT",
    "STUDY_PRIORS",
    "AdvectionDiffusionOptions",
    "BlurringDiffusionOptions",
    "ColdDiffusionOptions",
    "ColouredDDPMOptions",
    "ColouredHeatDissipationOptions",
    "ConfigError",
    "Corruption",
    "DDPMOptions",
    "Dataset",
    "Evaluation",
    "Experiment",
    "Extractor",
    "HeatDissipationOptions",
    "Levels",
    "Network",
    "OptionsOfKind",
    "OwnProcessOptions",
    "Precision",
    "Problems",
    "ProcessOptions",
    "ProcessSpec",
    "Sampling",
    "Study",
    "Training",
    "Velocity",
    "Walls",
    "check",
    "check_path_name",
    "check_study",
    "json_schema",
    "last_trained",
    "load_experiment",
    "load_preset",
    "markdown",
    "overlay",
    "preset_names",
    "problems",
    "read",
    "read_experiment",
    "read_process",
    "schema_text",
    "slug",
    "study_processes",
    "to_json_values",
    "too_few",
    "trained_name",
    "unknown",
    "untrained_name",
]
