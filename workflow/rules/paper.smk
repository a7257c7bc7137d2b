# Levels of different processes, aligned; the paper's other figures are drawn in rendering.smk
#
# In:    held-out images, every process of the configuration
# Out:   results/alignment.csv, results/aligned_schedules.json, results/figures/alignment.{png,pdf},
#        results/alignment.manifest.json, which is of all of them
# Steps: measure the spectra of every process's levels -> match levels of equal corruption


rule align_levels:
    """Levels of different processes made comparable by their measured signal-to-noise ratio."""
    input:
        images=f"results/data/{DATASET}/held_out/shard-0.safetensors",
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
        manifest=manifest_of("results/alignment.csv"),
    log:
        "results/logs/align_levels.log",
    benchmark:
        "results/logs/align_levels.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("align_levels"),
        runtime=minutes("align_levels"),
        gpu=gpu_count("align_levels"),
    params:
        specs=forward_specs,
        labels=[process_label(name) for name in PROCESSES],
        code=code_of("align_levels", every_process_code, solver_code),
        own_code=every_own_code,
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur align_levels --specs {params.specs:q} --labels {params.labels:q}"
        " --images {input.images:q} --csv {output.csv:q} --schedules {output.schedules:q}"
        " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"
