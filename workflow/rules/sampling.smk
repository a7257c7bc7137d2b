# checkpoint + terminal states -> samples
SAMPLING_CODE = sources("sampling", "unet", "noise", "processes", "cli/sampling")


rule sample:
    """Draw samples of one seed; the initial states they came from are kept beside them."""
    input:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        prior=prior_files,
        own_code=own_code,
        code=SAMPLING_CODE,
    output:
        "results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample/{dataset}/{process}/{prior}/seed-{seed}.log",
    conda:
        "../../envs/torch.yaml"
    resources:
        gpu=1,
    params:
        spec=spec_of(jobs.sampling_job, "process"),
    shell:
        "python -m beyond_blur sample --spec {params.spec:q} --weights {input.weights:q}"
        " --prior {input.prior:q} --seed {wildcards.seed} --threads {threads}"
        " --out {output:q} > {log:q} 2>&1"


rule trajectory:
    """Follow a few images forward and a few samples back, for the strips and the spectrum."""
    input:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        images="results/data/{dataset}/held_out/shard-0.safetensors",
        prior=prior_files,
        own_code=own_code,
        code=SAMPLING_CODE + CORRUPTION_CODE,
    output:
        "results/trajectories/{dataset}/{process}.safetensors",
    log:
        "results/logs/trajectory/{dataset}/{process}.log",
    conda:
        "../../envs/torch.yaml"
    resources:
        gpu=1,
    params:
        spec=spec_of(jobs.trajectory_job, "process"),
    shell:
        "python -m beyond_blur trajectory --spec {params.spec:q} --weights {input.weights:q}"
        " --images {input.images:q} --prior {input.prior:q}"
        " --out {output:q} > {log:q} 2>&1"
