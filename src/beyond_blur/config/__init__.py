"""The experiment as frozen dataclasses: the one schema of the project.

Every option is one field with its default, its meaning and its range. The same fields make the
JSON schema in ``workflow/schemas`` (``python -m beyond_blur schema``), the checks and the error
messages, so the three cannot drift apart. Standard library only: a dry run imports nothing else.

A resolved experiment is made in three steps: the preset's values, the user's ``config.yaml`` laid
over them key by key, and the checks.
"""

from beyond_blur.config.advection_study import STUDY_PRIORS, study_processes
from beyond_blur.config.checks import IMAGE_SUFFIXES, check, check_study, image_files
from beyond_blur.config.options import (
    DDPM,
    PROCESS_SPECS,
    AdvectionDiffusion,
    BlurringDiffusion,
    ColdDiffusion,
    ConfigError,
    Corruption,
    Dataset,
    Evaluation,
    Experiment,
    Extractor,
    HeatDissipation,
    Levels,
    Network,
    OwnProcess,
    Precision,
    ProcessOptions,
    ProcessSpec,
    Sampling,
    Study,
    Training,
    Velocity,
    Walls,
    plain,
    slug,
)
from beyond_blur.config.reading import (
    load_experiment,
    load_preset,
    overlay,
    preset_names,
    read,
    read_process,
    read_processes,
    unknown,
)
from beyond_blur.config.schema import json_schema

__all__ = [
    "DDPM",
    "IMAGE_SUFFIXES",
    "PROCESS_SPECS",
    "STUDY_PRIORS",
    "AdvectionDiffusion",
    "BlurringDiffusion",
    "ColdDiffusion",
    "ConfigError",
    "Corruption",
    "Dataset",
    "Evaluation",
    "Experiment",
    "Extractor",
    "HeatDissipation",
    "Levels",
    "Network",
    "OwnProcess",
    "Precision",
    "ProcessOptions",
    "ProcessSpec",
    "Sampling",
    "Study",
    "Training",
    "Velocity",
    "Walls",
    "check",
    "check_study",
    "image_files",
    "json_schema",
    "load_experiment",
    "load_preset",
    "overlay",
    "plain",
    "preset_names",
    "read",
    "read_process",
    "read_processes",
    "slug",
    "study_processes",
    "unknown",
]
