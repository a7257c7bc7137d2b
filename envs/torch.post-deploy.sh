#!/usr/bin/env bash
# The package itself, beside what the environment's file lists: a link, so that an edit of the code
# is what runs next. Snakemake runs this once in every environment that it makes;
# workflow/rules/common.smk says where the package is.
set -euo pipefail
site=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
ln -sfn "$BEYOND_BLUR_PACKAGE" "$site/beyond_blur"
