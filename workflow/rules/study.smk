# The study: flows, a control and IHDM, each from priors of training and of held-out images
rule study:
    input:
        "results/study.csv",
        "results/study_amplitude.csv",
        "results/figures/study.png",
        "results/figures/study_amplitude.png",


use rule table as study_table with:
    input:
        metrics=study_metrics,
        real=REAL_METRICS,
    output:
        csv=report(
            "results/study.csv",
            caption="../report/study.rst",
            category="Study",
            labels={"result": "table, CSV"},
        ),
        markdown="results/study.md",
        latex="results/study.tex",
        text="results/study.txt",
    log:
        "results/logs/study_table.log",
    params:
        code=code_of("table"),
        preset="study",  # none of the papers: their own numbers do not stand in this table


rule figure_study:
    """Every metric of the flows, the control and IHDM side by side."""
    input:
        inputs="results/study.csv",
    output:
        png=report(
            "results/figures/study.png",
            caption="../report/study.rst",
            category="Study",
            labels={"result": "processes side by side"},
        ),
        pdf="results/figures/study.pdf",
    log:
        "results/logs/figures/study.log",
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("figure"),
    shell:
        "python -m beyond_blur figure study --inputs {input.inputs:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


use rule terminal_amplitude as study_amplitude with:
    input:
        inputs=expand(f"results/amplitude/{DATASET}/{{process}}.json", process=STUDY),
    output:
        "results/study_amplitude.csv",
    log:
        "results/logs/study_amplitude.log",


use rule figure_amplitude as figure_study_amplitude with:
    input:
        inputs="results/study_amplitude.csv",
    output:
        png=report(
            "results/figures/study_amplitude.png",
            caption="../report/amplitude.rst",
            category="Study",
            labels={"result": "what the terminal states still hold"},
        ),
        pdf="results/figures/study_amplitude.pdf",
    log:
        "results/logs/figures/study_amplitude.log",
