# images -> shards
#
# In:    the user's files, or scikit-learn's digits
# Out:   results/data/DATASET/{train,held_out}/shard-N.safetensors: images, uint8 (n, c, h, w)
# Steps: prepare_dataset
TRAIN_SHARDS = shards(f"results/data/{DATASET}/train/shard-{{shard}}.safetensors")
HELD_OUT_SHARDS = shards(f"results/data/{DATASET}/held_out/shard-{{shard}}.safetensors")


rule prepare_dataset:
    """Read the dataset, split it into train and held-out images, write both in shards."""
    input:
        files=readers.files(experiment.dataset),
    output:
        train=TRAIN_SHARDS,
        held_out=HELD_OUT_SHARDS,
    log:
        f"results/logs/prepare_dataset/{DATASET}.log",
    conda:
        "../../envs/cupy.yaml"
    resources:
        mem_mb=memory("prepare_dataset"),
        runtime=minutes("prepare_dataset"),
    params:
        spec=rule_specs.to_json(experiment.dataset),
        code=code_of("prepare_dataset"),
    shell:
        "python -m beyond_blur prepare_dataset --spec {params.spec:q}"
        " --train {output.train:q} --held-out {output.held_out:q} > {log:q} 2>&1"
