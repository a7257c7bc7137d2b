# images -> shards
#
# In:    the user's files, or scikit-learn's digits
# Out:   results/data/DATASET/{train,held_out}/shard-N.safetensors: images, uint8 (n, c, h, w)
#        results/data/DATASET/{train,held_out}/shards.json: their list, by which others take them
#        results/data/DATASET/facts.json: counts, grey values, repeats, spectrum
#        results/data/DATASET/contact_sheet.safetensors: some of its training images
# Steps: prepare_dataset, list_images, describe_dataset
TRAIN_SHARDS = shards(f"results/data/{DATASET}/train/shard-{{shard}}.safetensors")
HELD_OUT_SHARDS = shards(f"results/data/{DATASET}/held_out/shard-{{shard}}.safetensors")


rule prepare_dataset:
    """Read the dataset, split it into train and held-out images, write both in shards."""

    # Its files are no inputs: the params say what they hold, which their dates and places do not.
    # What is fetched has to be there first, whatever its date.
    input:
        ancient(FETCHED_FILES),
    output:
        train=TRAIN_SHARDS,
        held_out=HELD_OUT_SHARDS,
    log:
        f"results/logs/prepare_dataset/{DATASET}.log",
    benchmark:
        f"results/logs/prepare_dataset/{DATASET}.tsv"
    priority: EARLY
    conda:
        "../../envs/cupy.yaml"
    threads: 8
    resources:
        mem_mb=memory("prepare_dataset"),
        runtime=minutes("prepare_dataset"),
    params:
        spec=dataset_spec,
        lasting=json.dumps(rule_specs.lasting_dataset(experiment.dataset)),
        content=lambda wildcards: json.dumps(readers.content(experiment.dataset, FILES.checksum)),
        code=code_of("prepare_dataset"),
        train=lambda wildcards, output: pattern(os.path.dirname(output.train[0])),
        held_out=lambda wildcards, output: pattern(os.path.dirname(output.held_out[0])),
        n_shards=len(SHARDS),
    shell:
        "python -m beyond_blur prepare_dataset --spec {params.spec:q} --train {params.train:q}"
        " --held-out {params.held_out:q} --shards {params.n_shards} --threads {threads}"
        " --content {params.content:q} > {log:q} 2>&1"


rule list_images:
    """List the shards of one split, so that others take one file and not a thousand."""
    input:
        shards("results/data/{dataset}/{split}/shard-{shard}.safetensors"),
    output:
        "results/data/{dataset}/{split}/shards.json",
    log:
        "results/logs/list_images/{dataset}/{split}.log",
    benchmark:
        "results/logs/list_images/{dataset}/{split}.tsv"
    priority: EARLY
    localrule: True
    conda:
        "../../envs/cupy.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        pattern=lambda wildcards, output: pattern(os.path.dirname(output[0])),
        n_shards=len(SHARDS),
        holds="images",
        code=code_of("list_shards"),
    shell:
        "python -m beyond_blur list_shards --pattern {params.pattern:q} --holds {params.holds}"
        " --shards {params.n_shards} --out {output:q} > {log:q} 2>&1"


rule describe_dataset:
    """Say what the prepared images are like, and choose some of them to be shown."""
    input:
        train=train_shards,
        held_out=held_out_shards,
    output:
        facts="results/data/{dataset}/facts.json",
        sheet="results/data/{dataset}/contact_sheet.safetensors",
    log:
        "results/logs/describe_dataset/{dataset}.log",
    benchmark:
        "results/logs/describe_dataset/{dataset}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("describe_dataset"),
        runtime=minutes("describe_dataset"),
    params:
        code=code_of("describe_dataset"),
    shell:
        "python -m beyond_blur describe_dataset --train {input.train:q} --held-out {input.held_out:q}"
        " --facts {output.facts:q} --sheet {output.sheet:q} --threads {threads} > {log:q} 2>&1"
