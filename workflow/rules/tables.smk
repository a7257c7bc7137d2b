# Results -> tables
#
# In:    metrics, amplitudes, samples
# Out:   results/table1.{csv,md,tex,html,txt}, results/table1_tests.{csv,md},
#        results/table1_intervals.csv, results/terminal_amplitude.csv, results/mean_colours.csv; a
#        manifest of each CSV, but for that of intervals, which has the tests' one
# Steps: table, compare_rows: gather metrics; terminal_amplitude, mean_colours: gather other numbers


rule table:
    """Gather every row into the table: CSV for programs, LaTeX for papers, HTML, ...."""
    input:
        metrics=all_sample_metrics(),
        real=all_real_metrics(),
    output:
        csv=report(
            "results/table1.csv",
            caption="../report/table1.rst",
            category="Table 1",
            labels={"result": "table, CSV"},
        ),
        markdown="results/table1.md",
        latex="results/table1.tex",
        html="results/table1.html",
        text="results/table1.txt",
        manifest=manifest_of("results/table1.csv"),
    log:
        "results/logs/table.log",
    benchmark:
        "results/logs/table.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        preset=checked(plan.table_title, experiment),
        methods=experiment.evaluation.table_methods,
        spec=table_spec(plan.table_rows(experiment)),
        code=code_of("table"),
    shell:
        "python -m beyond_blur table --spec {params.spec:q} --metrics {input.metrics:q} {input.real:q}"
        " --preset {params.preset:q} --methods {params.methods} --csv {output.csv:q} --markdown {output.markdown:q}"
        " --latex {output.latex:q} --html {output.html:q} --text {output.text:q} > {log:q} 2>&1"


rule compare_rows:
    """Test the table's rows against each other, and give its means intervals."""
    input:
        metrics=all_sample_metrics(),
        real=all_real_metrics(),
    output:
        csv="results/table1_tests.csv",
        intervals="results/table1_intervals.csv",
        markdown="results/table1_tests.md",
        manifest=manifest_of("results/table1_tests.csv"),
    log:
        "results/logs/compare_rows.log",
    benchmark:
        "results/logs/compare_rows.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        preset=checked(plan.table_title, experiment),
        spec=table_spec(plan.table_rows(experiment)),
        code=code_of("compare_rows"),
    shell:
        "python -m beyond_blur compare_rows --spec {params.spec:q} --preset {params.preset:q}"
        " --metrics {input.metrics:q} {input.real:q} --csv {output.csv:q}"
        " --intervals {output.intervals:q} --markdown {output.markdown:q} > {log:q} 2>&1"


rule terminal_amplitude:
    """Gather how much of the clean images every process's terminal states still hold."""
    input:
        inputs=expand(f"results/amplitude/{DATASET}/{{process}}.json", process=CORRUPTING),
    output:
        csv="results/terminal_amplitude.csv",
        manifest=manifest_of("results/terminal_amplitude.csv"),
    log:
        "results/logs/terminal_amplitude.log",
    benchmark:
        "results/logs/terminal_amplitude.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        traits=json.dumps([{"process": name} for name in CORRUPTING]),
        code=code_of("terminal_amplitude"),
    shell:
        "python -m beyond_blur terminal_amplitude --inputs {input.inputs:q}"
        " --traits {params.traits:q} --csv {output.csv:q} > {log:q} 2>&1"


rule mean_colours:
    """Gather how far every process's samples are from the mean colours that they started from."""
    input:
        inputs=starts()["inputs"],
    output:
        csv="results/mean_colours.csv",
        manifest=manifest_of("results/mean_colours.csv"),
    log:
        "results/logs/mean_colours.log",
    benchmark:
        "results/logs/mean_colours.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        traits=json.dumps(starts()["traits"]),
        code=code_of("mean_colours"),
    shell:
        "python -m beyond_blur mean_colours --inputs {input.inputs:q}"
        " --traits {params.traits:q} --csv {output.csv:q} > {log:q} 2>&1"
