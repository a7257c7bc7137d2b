# training pairs -> checkpoint
rule train:
    """Train one network on a process's pairs, or on images that it makes pairs of itself.

    The resumable state lies beside the outputs but is not one of them, because Snakemake deletes
    the outputs of a job that failed: a killed run goes on from its state when the rule runs again.
    """
    input:
        source=training_files,
        own_code=own_code,
        code=sources("training", "unet", "ema", "noise", "history", "processes", "cli/training"),
    output:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        history="results/checkpoints/{dataset}/{process}/history.jsonl",
    log:
        "results/logs/train/{dataset}/{process}.log",
    conda:
        "../../envs/torch.yaml"
    threads: experiment.training.threads
    resources:
        gpu=1,
    params:
        spec=spec_of(jobs.training_job, "process"),
        state="results/checkpoints/{dataset}/{process}/state.pt",
    shell:
        "python -m beyond_blur train --spec {params.spec:q} --source {input.source:q}"
        " --state {params.state:q} --history {output.history:q} --out {output.weights:q}"
        " 2>&1 | tee {log:q}"
