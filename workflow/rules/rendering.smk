# metrics -> table; samples, trajectories, histories -> figures
FIGURE_CODE = sources("figures", "spectrum", "cli/rendering")
TRAJECTORIES = expand(f"results/trajectories/{DATASET}/{{process}}.safetensors", process=PROCESSES)
LABELS = [process_label(name) for name in PROCESSES]


rule table:
    """Gather every row into the table: CSV for programs, Markdown and LaTeX for papers."""
    input:
        metrics=[
            f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
            for name in PROCESSES
            for prior in priors(name)
            for seed in SEEDS
        ],
        real=expand(f"results/metrics/{EXTRACTOR}/{DATASET}/real/seed-{{seed}}.json", seed=SEEDS),
        code=sources("tables", "paper_table", "cli/rendering"),
    output:
        csv=report(
            "results/table1.csv",
            caption="../report/table1.rst",
            category="Table 1",
            labels={"result": "table, CSV"},
        ),
        markdown="results/table1.md",
        latex="results/table1.tex",
        text="results/table1.txt",
    log:
        "results/logs/table.log",
    conda:
        "../../envs/plot.yaml"
    params:
        preset=experiment.preset,
    shell:
        "python -m beyond_blur table --metrics {input.metrics:q} {input.real:q}"
        " --preset {params.preset:q} --csv {output.csv:q} --markdown {output.markdown:q} --latex {output.latex:q}"
        " --text {output.text:q} > {log:q} 2>&1"


rule figure_samples:
    """Samples of every process beside real images."""
    input:
        inputs=[
            f"results/samples/{DATASET}/{name}/{priors(name)[0]}/seed-{SEEDS[0]}.safetensors"
            for name in PROCESSES
        ],
        real="results/data/{}/held_out/shard-0.safetensors".format(DATASET),
        code=FIGURE_CODE,
    output:
        png=report(
            "results/figures/samples.png",
            caption="../report/samples.rst",
            category="Figures",
            labels={"result": "samples beside real images"},
        ),
        pdf="results/figures/samples.pdf",
    log:
        "results/logs/figures/samples.log",
    conda:
        "../../envs/plot.yaml"
    params:
        labels=LABELS,
    shell:
        "python -m beyond_blur figure samples --inputs {input.inputs:q} --labels {params.labels:q}"
        " --real {input.real:q} --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_strips:
    """Forward and reverse strip of every process."""
    input:
        inputs=TRAJECTORIES,
        code=FIGURE_CODE,
    output:
        png=report(
            "results/figures/strips.png",
            caption="../report/strips.rst",
            category="Figures",
            labels={"result": "forward and reverse strips"},
        ),
        pdf="results/figures/strips.pdf",
    log:
        "results/logs/figures/strips.log",
    conda:
        "../../envs/plot.yaml"
    params:
        labels=LABELS,
    shell:
        "python -m beyond_blur figure strips --inputs {input.inputs:q} --labels {params.labels:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_spectrum:
    """Energy spectrum of images at several levels of every process."""
    input:
        inputs=TRAJECTORIES,
        code=FIGURE_CODE,
    output:
        png=report(
            "results/figures/spectrum.png",
            caption="../report/spectrum.rst",
            category="Figures",
            labels={"result": "energy spectrum over levels"},
        ),
        pdf="results/figures/spectrum.pdf",
    log:
        "results/logs/figures/spectrum.log",
    conda:
        "../../envs/plot.yaml"
    params:
        labels=LABELS,
    shell:
        "python -m beyond_blur figure spectrum --inputs {input.inputs:q}"
        " --labels {params.labels:q} --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_metrics:
    """Every metric over the Peclet number, with spreads, floor and ceiling."""
    input:
        inputs="results/table1.csv",
        code=FIGURE_CODE + sources("tables"),
    output:
        png=report(
            "results/figures/metrics.png",
            caption="../report/metrics.rst",
            category="Figures",
            labels={"result": "metrics over the Péclet number"},
        ),
        pdf="results/figures/metrics.pdf",
    log:
        "results/logs/figures/metrics.log",
    conda:
        "../../envs/plot.yaml"
    shell:
        "python -m beyond_blur figure metric --inputs {input.inputs:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_loss:
    """Training loss of every process, over steps and over levels."""
    input:
        inputs=expand(f"results/checkpoints/{DATASET}/{{process}}/history.jsonl", process=PROCESSES),
        code=FIGURE_CODE,
    output:
        png=report(
            "results/figures/loss.png",
            caption="../report/loss.rst",
            category="Figures",
            labels={"result": "training loss"},
        ),
        pdf="results/figures/loss.pdf",
    log:
        "results/logs/figures/loss.log",
    conda:
        "../../envs/plot.yaml"
    params:
        labels=LABELS,
    shell:
        "python -m beyond_blur figure loss --inputs {input.inputs:q} --labels {params.labels:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"
