# shards -> lattice-Boltzmann solver -> training pairs, and the states that sampling starts from
#
# In:    results/data/DATASET/SPLIT/shards.json: each job takes one shard that it lists
# Out:   results/corruption/DATASET/PROCESS/shard-N.safetensors: pairs of neighbouring levels
#        results/terminal/DATASET/PROCESS/SPLIT/shard-N.safetensors: states at the last level
#        shards.json beside either: the list by which others take them
# Steps: cache_pairs, terminal_states; list_pairs, list_states


rule cache_pairs:
    """Corrupt one shard of training images and keep pairs (x_k, x_{{k-1}}) of each image's flow."""
    input:
        images="results/data/{dataset}/train/shards.json",
    output:
        "results/corruption/{dataset}/{process}/shard-{shard}.safetensors",
    log:
        "results/logs/cache_pairs/{dataset}/{process}/shard-{shard}.log",
    benchmark:
        "results/logs/cache_pairs/{dataset}/{process}/shard-{shard}.tsv"
    priority: EARLY
    conda:
        "../../envs/cupy.yaml"
    threads: experiment.corruption.threads
    resources:
        mem_mb=memory("cache_pairs"),
        runtime=minutes("cache_pairs"),
        gpu=gpu_count("cache_pairs"),
    params:
        spec=spec_of(rule_specs.corruption_spec, "process"),
        code=code_of("cache_pairs", solver_code),
        n_shards=len(SHARDS),
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur cache_pairs --spec {params.spec:q} --images {input.images:q}"
        " --threads {threads} --shards {params.n_shards} --shard {wildcards.shard}"
        " --out {output:q} > {log:q} 2>&1"


rule terminal_states:
    """Corrupt one shard of images to the last level under fresh flows: where sampling starts."""
    input:
        images="results/data/{dataset}/{split}/shards.json",
    output:
        "results/terminal/{dataset}/{process}/{split}/shard-{shard}.safetensors",
    log:
        "results/logs/terminal_states/{dataset}/{process}/{split}/shard-{shard}.log",
    benchmark:
        "results/logs/terminal_states/{dataset}/{process}/{split}/shard-{shard}.tsv"
    conda:
        "../../envs/cupy.yaml"
    threads: experiment.corruption.threads
    resources:
        mem_mb=memory("terminal_states"),
        runtime=minutes("terminal_states"),
        gpu=gpu_count("terminal_states"),
    params:
        spec=spec_of(rule_specs.terminal_spec, "process", "split"),
        code=code_of("terminal_states", solver_code),
        n_shards=len(SHARDS),
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur terminal_states --spec {params.spec:q} --images {input.images:q}"
        " --threads {threads} --shards {params.n_shards} --shard {wildcards.shard}"
        " --out {output:q} > {log:q} 2>&1"


use rule list_images as list_pairs with:
    input:
        shards("results/corruption/{dataset}/{process}/shard-{shard}.safetensors"),
    output:
        "results/corruption/{dataset}/{process}/shards.json",
    log:
        "results/logs/list_pairs/{dataset}/{process}.log",
    benchmark:
        "results/logs/list_pairs/{dataset}/{process}.tsv"
    params:
        pattern=lambda wildcards, output: pattern(os.path.dirname(output[0])),
        n_shards=len(SHARDS),
        holds="pairs",
        code=code_of("list_shards"),


use rule list_images as list_states with:
    input:
        shards("results/terminal/{dataset}/{process}/{split}/shard-{shard}.safetensors"),
    output:
        "results/terminal/{dataset}/{process}/{split}/shards.json",
    log:
        "results/logs/list_states/{dataset}/{process}/{split}.log",
    benchmark:
        "results/logs/list_states/{dataset}/{process}/{split}.tsv"
    params:
        pattern=lambda wildcards, output: pattern(os.path.dirname(output[0])),
        n_shards=len(SHARDS),
        holds="terminal",
        code=code_of("list_shards"),
