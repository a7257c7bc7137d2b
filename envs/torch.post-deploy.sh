#!/usr/bin/env bash
# The package itself, beside what an environment's file lists. Snakemake runs this once in every
# environment that it makes; workflow/rules/common.smk says where the clone is.
set -euo pipefail
python -m pip install --quiet --no-deps --editable "$BEYOND_BLUR_CLONE"
