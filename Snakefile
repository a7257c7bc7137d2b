# From images to the table: one rule file per stage, in the order of the data's path.
from snakemake.utils import min_version

# Of the range in pyproject.toml: rules use what Snakemake has learnt until then.
min_version("9.8.0")


configfile: workflow.source_path("config.yaml")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/costs.smk"
include: "workflow/rules/code.smk"
include: "workflow/rules/paths.smk"
include: "workflow/rules/priorities.smk"
include: "workflow/rules/fetching.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/corruption.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/sampling.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/network_calls.smk"
include: "workflow/rules/delta_sweep.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/rendering.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/paper.smk"


rule all:
    default_target: True
    input:
        "results/table1.csv",
        "results/mean_colours.csv",
        "results/table1_tests.csv",
        expand("results/figures/{figure}.png", figure=figures_always()),
        expand("results/films/{film}.gif", film=films_always()),
