# metrics -> table; samples, trajectories, histories -> figures
FIGURE_CODE = sources("figures", "spectrum", "cli/rendering")
METRIC_FIGURE_CODE = sources("figures", "metric_figures", "tables", "cli/rendering")
TRAJECTORIES = expand(f"results/trajectories/{DATASET}/{{process}}.safetensors", process=PROCESSES)
LABELS = [process_label(name) for name in PROCESSES]
SAMPLE_METRICS = [
    f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
    for name in PROCESSES
    for prior in priors(name)
    for seed in SEEDS
]
REAL_METRICS = expand(f"results/metrics/{EXTRACTOR}/{DATASET}/real/seed-{{seed}}.json", seed=SEEDS)
FIGURES += ["amplitude"] if CORRUPTING else []


rule table:
    """Gather every row into the table: CSV for programs, Markdown and LaTeX for papers."""
    input:
        metrics=SAMPLE_METRICS,
        real=REAL_METRICS,
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
    """Every metric over the Peclet number, with spreads, floors and ceiling."""
    input:
        inputs="results/table1.csv",
        code=METRIC_FIGURE_CODE,
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


rule figure_precision_recall:
    """Precision against recall, density against coverage, over the Peclet number."""
    input:
        inputs="results/table1.csv",
        code=METRIC_FIGURE_CODE,
    output:
        png=report(
            "results/figures/precision_recall.png",
            caption="../report/precision_recall.rst",
            category="Figures",
            labels={"result": "precision against recall"},
        ),
        pdf="results/figures/precision_recall.pdf",
    log:
        "results/logs/figures/precision_recall.log",
    conda:
        "../../envs/plot.yaml"
    shell:
        "python -m beyond_blur figure precision_recall --inputs {input.inputs:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_fid_against_n:
    """The Frechet distance over the number of samples, extrapolated to infinitely many."""
    input:
        inputs=SAMPLE_METRICS + REAL_METRICS,
        code=METRIC_FIGURE_CODE,
    output:
        png=report(
            "results/figures/fid_against_n.png",
            caption="../report/fid_against_n.rst",
            category="Figures",
            labels={"result": "distance over the number of samples"},
        ),
        pdf="results/figures/fid_against_n.pdf",
    log:
        "results/logs/figures/fid_against_n.log",
    conda:
        "../../envs/plot.yaml"
    shell:
        "python -m beyond_blur figure fid_against_n --inputs {input.inputs:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_neighbours:
    """Samples of every process over the training images nearest to them."""
    input:
        inputs=[
            f"results/neighbours/{EXTRACTOR}/{DATASET}/{name}.safetensors" for name in PROCESSES
        ],
        code=FIGURE_CODE,
    output:
        png=report(
            "results/figures/neighbours.png",
            caption="../report/neighbours.rst",
            category="Figures",
            labels={"result": "samples and their nearest training images"},
        ),
        pdf="results/figures/neighbours.pdf",
    log:
        "results/logs/figures/neighbours.log",
    conda:
        "../../envs/plot.yaml"
    params:
        labels=LABELS,
    shell:
        "python -m beyond_blur figure neighbours --inputs {input.inputs:q} --labels {params.labels:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule terminal_amplitude:
    """Gather how much of the clean images every process's terminal states still hold."""
    input:
        inputs=expand(f"results/amplitude/{DATASET}/{{process}}.json", process=CORRUPTING),
        code=sources("cli/rendering"),
    output:
        "results/terminal_amplitude.csv",
    log:
        "results/logs/terminal_amplitude.log",
    conda:
        "../../envs/plot.yaml"
    shell:
        "python -m beyond_blur terminal_amplitude --inputs {input.inputs:q} --csv {output:q}"
        " > {log:q} 2>&1"


rule figure_amplitude:
    """What the terminal states still hold of their images, over the modes."""
    input:
        inputs="results/terminal_amplitude.csv",
        code=METRIC_FIGURE_CODE,
    output:
        png=report(
            "results/figures/amplitude.png",
            caption="../report/amplitude.rst",
            category="Figures",
            labels={"result": "what the terminal states still hold"},
        ),
        pdf="results/figures/amplitude.pdf",
    log:
        "results/logs/figures/amplitude.log",
    conda:
        "../../envs/plot.yaml"
    shell:
        "python -m beyond_blur figure amplitude --inputs {input.inputs:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"
