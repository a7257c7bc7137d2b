# the paper's own figures, and the alignment of levels
PAPER_CODE = sources("paper_figures", "figures", "spectrum", "cli/paper")
PROCESS_CODE = sources("processes", "dct", "corruption", "lbm")
# The paper shows three processes side by side: by default noise, heat and the strongest flow.
TEASER = teaser_processes()


rule figure_profiles:
    """Figure 1 of the paper: advection and blur keep the sum of a profile, noise does not."""
    input:
        code=PAPER_CODE + sources("dct"),
    output:
        png=report(
            "results/figures/profiles.png",
            caption="../report/profiles.rst",
            category="Figures",
            labels={"result": "what each operation does to a profile (paper, figure 1)"},
        ),
        pdf="results/figures/profiles.pdf",
    log:
        "results/logs/figures/profiles.log",
    conda:
        "../../envs/torch.yaml"
    shell:
        "python -m beyond_blur profiles --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_teaser:
    """The paper's teaser: forward and reverse strips of three processes, surface plots above."""
    input:
        inputs=expand(f"results/trajectories/{DATASET}/{{process}}.safetensors", process=TEASER),
        code=PAPER_CODE,
    output:
        png=report(
            "results/figures/teaser.png",
            caption="../report/teaser.rst",
            category="Figures",
            labels={"result": "processes side by side (paper, teaser)"},
        ),
        pdf="results/figures/teaser.pdf",
    log:
        "results/logs/figures/teaser.log",
    conda:
        "../../envs/torch.yaml"
    params:
        labels=[process_label(name) for name in TEASER],
    shell:
        "python -m beyond_blur teaser --inputs {input.inputs:q} --labels {params.labels:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule figure_photograph:
    """Figure 2 of the paper: the energy spectrum of one photograph under each process."""
    input:
        code=PAPER_CODE + PROCESS_CODE,
    output:
        png=report(
            "results/figures/photograph.png",
            caption="../report/photograph.rst",
            category="Figures",
            labels={"result": "spectrum of one photograph (paper, figure 2)"},
        ),
        pdf="results/figures/photograph.pdf",
    log:
        "results/logs/figures/photograph.log",
    conda:
        "../../envs/torch.yaml"
    params:
        specs=forward_specs,
        labels=LABELS,
    shell:
        "python -m beyond_blur photograph --specs {params.specs:q} --labels {params.labels:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


rule align_levels:
    """Levels of different processes made comparable by their measured signal-to-noise ratio."""
    input:
        images=f"results/data/{DATASET}/held_out/shard-0.safetensors",
        code=PAPER_CODE + PROCESS_CODE + sources("alignment"),
    output:
        csv="results/alignment.csv",
        schedules="results/aligned_schedules.json",
        png=report(
            "results/figures/alignment.png",
            caption="../report/alignment.rst",
            category="Figures",
            labels={"result": "levels of different processes"},
        ),
        pdf="results/figures/alignment.pdf",
    log:
        "results/logs/align_levels.log",
    conda:
        "../../envs/torch.yaml"
    params:
        specs=forward_specs,
        labels=LABELS,
    shell:
        "python -m beyond_blur align_levels --specs {params.specs:q} --labels {params.labels:q}"
        " --images {input.images:q} --csv {output.csv:q} --schedules {output.schedules:q}"
        " --png {output.png:q}"
        " --pdf {output.pdf:q} > {log:q} 2>&1"
