# The study: flows, a control and IHDM, each from priors of training and of held-out images
#
# In:    metrics and amplitudes of the study's processes; those of real images
# Out:   results/study.{csv,md,tex,html,txt}, results/study_tests.{csv,md}, results/study_intervals.csv,
#        results/study_amplitude.csv, a manifest of each; figures are drawn in rendering.smk
# Steps: study: the target of it all; study_table, study_tests, study_amplitude: gather rows


rule study:
    input:
        "results/study.csv",
        "results/study_tests.csv",
        "results/study_amplitude.csv",
        "results/figures/study.png",
        "results/figures/study_amplitude.png",
        ["results/figures/deltas.png"] if DELTA_POINTS else [],


use rule table as study_table with:
    input:
        metrics=study_metrics,
        real=all_real_metrics(),
    output:
        csv=report(
            "results/study.csv",
            caption="../report/study.rst",
            category="Study",
            labels={"result": "table, CSV"},
        ),
        markdown="results/study.md",
        latex="results/study.tex",
        html="results/study.html",
        text="results/study.txt",
        manifest=manifest_of("results/study.csv"),
    log:
        "results/logs/study_table.log",
    benchmark:
        "results/logs/study_table.tsv"
    params:
        methods=experiment.evaluation.table_methods,
        preset="study",  # none of the papers: their own numbers do not stand in this table
        spec=lambda wildcards: table_spec(checked(plan.study_rows, experiment)),
        code=code_of("table"),


use rule compare_rows as study_tests with:
    input:
        metrics=study_metrics,
        real=all_real_metrics(),
    output:
        csv="results/study_tests.csv",
        intervals="results/study_intervals.csv",
        markdown="results/study_tests.md",
        manifest=manifest_of("results/study_tests.csv"),
    log:
        "results/logs/study_tests.log",
    benchmark:
        "results/logs/study_tests.tsv"
    params:
        preset="study",
        spec=lambda wildcards: table_spec(checked(plan.study_rows, experiment)),
        code=code_of("compare_rows"),


use rule terminal_amplitude as study_amplitude with:
    input:
        inputs=expand(f"results/amplitude/{DATASET}/{{process}}.json", process=STUDY_CORRUPTING),
    output:
        csv="results/study_amplitude.csv",
        manifest=manifest_of("results/study_amplitude.csv"),
    log:
        "results/logs/study_amplitude.log",
    benchmark:
        "results/logs/study_amplitude.tsv"
    params:
        traits=json.dumps([{"process": name} for name in STUDY_CORRUPTING]),
        code=code_of("terminal_amplitude"),
