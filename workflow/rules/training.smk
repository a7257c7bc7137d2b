# training pairs -> checkpoint
TRAINING_CODE = sources("training", "unet", "ema", "noise", "history", "precision", "distributed")
TRAINING_CODE += sources("watching", "mapped", "processes", "cli/training", "cli/resuming")


rule train:
    """Train one network on a process's pairs, or on images that it makes pairs of itself.

    The resumable state lies beside the outputs but is not one of them, because Snakemake deletes
    the outputs of a job that failed: a killed run goes on from its state when the rule runs again,
    and a finished one when training.iterations is raised.
    """
    input:
        source=training_files,
        held_out=shards("results/data/{dataset}/held_out/shard-{shard}.safetensors"),
        own_code=own_code,
        code=TRAINING_CODE,
        stream_code=streaming_code,
    output:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        history="results/checkpoints/{dataset}/{process}/history.jsonl",
    log:
        "results/logs/train/{dataset}/{process}.log",
    conda:
        "../../envs/torch.yaml"
    threads: experiment.training.threads * experiment.training.devices
    resources:
        gpu=experiment.training.devices,
        nodes=experiment.training.nodes,
    params:
        spec=spec_of(jobs.training_job, "process"),
        state="results/checkpoints/{dataset}/{process}/state.pt",
        launcher=training_launcher(),
    shell:
        "{params.launcher} python -m beyond_blur train --spec {params.spec:q}"
        " --source {input.source:q} --held-out {input.held_out:q} --state {params.state:q}"
        " --history {output.history:q} --out {output.weights:q}"
        " 2>&1 | tee {log:q}"
