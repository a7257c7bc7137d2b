# checkpoint + terminal states -> samples
#
# In:    results/checkpoints/DATASET/PROCESS/weights.safetensors
#        results/terminal/DATASET/PROCESS/SPLIT/shard-N.safetensors, or images of results/data
# Out:   results/samples/DATASET/PROCESS/PRIOR/seed-N.safetensors: samples, uint8 (n, c, h, w)
#        results/trajectories/DATASET/PROCESS.safetensors: forward and reverse strips
#        results/explorations/DATASET/PROCESS/HOW.safetensors: a few samples that hang together
# Steps: sample, trajectory, explore (asked for by name, for figures and films)
EXPLORATIONS = {
    "interpolation": "--interpolate 10 --n 3",
    "shared-noise": "--shared-noise --n 10",
    "shared-state": "--shared-state --n 19",
    "way": "--trajectory --levels 30 --n 9",
    "way-shared-noise": "--trajectory --levels 30 --shared-noise --n 9",
    "way-shared-state": "--trajectory --levels 30 --shared-state --n 9",
    "morph": "--interpolate 16 --n 4",
}
"""How a few samples of every process are drawn to see how they hang together."""


rule sample:
    """Draw samples of one seed; the initial states they came from are kept beside them.

    Every batch is kept in a folder beside the output until all are drawn. The folder is not an
    output, because Snakemake deletes those of a job that failed: a killed run draws what is left.
    """
    input:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        prior=prior_files,
    output:
        "results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample/{dataset}/{process}/{prior}/seed-{seed}.tsv"
    priority: SAMPLING
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("sample"),
        runtime=minutes("sample"),
        gpu=gpu_count("sample"),
        slurm_extra=BEFORE_LIMIT,
    params:
        spec=samples_spec,
        code=code_of("sample", process_code),
        own_code=own_code,
        kept=finished_batches,
    shell:
        "python -m beyond_blur.storage.resubmit --kept {params.kept:q}"
        " python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur sample --spec {params.spec:q} --weights {input.weights:q}"
        " --prior {input.prior:q} --seed {wildcards.seed} --threads {threads}"
        " --out {output:q} > {log:q} 2>&1"


rule trajectory:
    """Follow a few images forward and a few samples back, for the strips and the spectrum."""
    input:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        images="results/data/{dataset}/held_out/shard-0.safetensors",
        prior=prior_files,
    output:
        "results/trajectories/{dataset}/{process}.safetensors",
    log:
        "results/logs/trajectory/{dataset}/{process}.log",
    benchmark:
        "results/logs/trajectory/{dataset}/{process}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("trajectory"),
        runtime=minutes("trajectory"),
        gpu=gpu_count("trajectory"),
    params:
        spec=spec_of(rule_specs.trajectory_spec, "process"),
        code=code_of("trajectory", process_code, solver_code),
        own_code=own_code,
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur trajectory --spec {params.spec:q} --weights {input.weights:q}"
        " --images {input.images:q} --prior {input.prior:q}"
        " --out {output:q} > {log:q} 2>&1"


rule explore:
    """Draw a few samples of one process in one of the ways of `EXPLORATIONS`."""
    input:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        prior=prior_files,
    output:
        "results/explorations/{dataset}/{process}/{exploration}.safetensors",
    log:
        "results/logs/explore/{dataset}/{process}/{exploration}.log",
    benchmark:
        "results/logs/explore/{dataset}/{process}/{exploration}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("explore"),
        runtime=minutes("explore"),
        gpu=gpu_count("explore"),
    params:
        spec=explore_spec,
        code=code_of("explore", process_code),
        own_code=own_code,
        options=lambda wildcards: EXPLORATIONS[wildcards.exploration],
        seed=SEEDS[0],
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur explore --spec {params.spec:q} --weights {input.weights:q}"
        " --prior {input.prior:q} --seed {params.seed} {params.options} --threads {threads}"
        " --save {output:q} > {log:q} 2>&1"
