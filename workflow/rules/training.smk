# training pairs -> checkpoint
#
# In:    results/corruption/DATASET/PROCESS/shards.json, or images of results/data
# Out:   results/checkpoints/DATASET/PROCESS/weights.safetensors: the averaged weights
#        results/checkpoints/DATASET/PROCESS/history.jsonl: the loss over steps and levels, and
#        history.manifest.json beside it
# Steps: train
rule train:
    """Train one network on a process's pairs, or on images that it makes pairs of itself.

    The resumable state lies beside the outputs but is not one of them, because Snakemake deletes
    the outputs of a job that failed: a killed run goes on from its state when the rule runs again,
    and a finished one when training.iterations is raised. The param ``decisive`` is there to be
    compared: a change of anything else of the job does not train again.
    """
    input:
        source=training_files,
        held_out=held_out_shards,
    output:
        weights="results/checkpoints/{dataset}/{process}/weights.safetensors",
        history="results/checkpoints/{dataset}/{process}/history.jsonl",
        history_manifest="results/checkpoints/{dataset}/{process}/history.manifest.json",
    log:
        "results/logs/train/{dataset}/{process}.log",
    benchmark:
        "results/logs/train/{dataset}/{process}.tsv"
    priority: TRAINING
    conda:
        "../../envs/torch.yaml"
    threads: experiment.training.threads * experiment.training.devices
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        gpu=gpu_count("train"),
        nodes=experiment.training.nodes,
        # Several nodes: GPUs are counted on each, and the job's own srun starts a task on each.
        gres=gpus_of_nodes,
        mpi=on_nodes("srun"),
        tasks=on_nodes(experiment.training.nodes),
        tasks_per_gpu=on_nodes(0),
        cpus_per_task=on_nodes(experiment.training.threads * experiment.training.devices),
        slurm_extra=BEFORE_LIMIT,
    params:
        spec=training_spec,
        decisive=weights_spec,
        code=code_of("train", process_code, flow_pairs_code),
        own_code=own_code,
        state="results/checkpoints/{dataset}/{process}/state.pt",
        launcher=training_launcher,
    shell:
        # A cluster sends SIGTERM to all of these at once, a terminal SIGINT or SIGHUP: the others
        # wait until the run has saved.
        "trap : TERM INT HUP; {params.launcher} python -m beyond_blur train --spec {params.spec:q}"
        " --source {input.source:q} --held-out {input.held_out:q} --state {params.state:q}"
        " --history {output.history:q} --out {output.weights:q}"
        " 2>&1 | (trap '' TERM INT HUP; tee {log:q})"
