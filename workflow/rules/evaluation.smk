# samples -> features -> metrics
#
# In:    results/samples/DATASET/PROCESS/PRIOR/seed-N.safetensors, results/data
# Out:   results/features/EXTRACTOR/DATASET/...: feature vectors, float32 (n, d)
#        results/metrics/EXTRACTOR/DATASET/...: the numbers of one row for one seed
#        results/neighbours/EXTRACTOR/DATASET/PROCESS.safetensors: nearest training images
#        results/amplitude/DATASET/PROCESS.json: what terminal states still hold of their images
# Steps: train_classifier or train_encoder, real_features, sample_features, sample_metrics,
#        real_metrics, neighbours, amplitude


rule train_classifier:
    """Train the classifier whose features stand in for Inception's, on the dataset's labels."""
    input:
        train=train_shards,
        held_out=held_out_shards,
    output:
        "results/classifier/{dataset}/weights.safetensors",
    log:
        "results/logs/train_classifier/{dataset}.log",
    benchmark:
        "results/logs/train_classifier/{dataset}.tsv"
    priority: TRAINING
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("train_classifier"),
        runtime=minutes("train_classifier"),
    params:
        spec=spec_of(evaluation_specs.classifier_spec),
        code=code_of("train_classifier"),
    shell:
        "python -m beyond_blur train_classifier --spec {params.spec:q} --train {input.train:q}"
        " --held-out {input.held_out:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


rule train_encoder:
    """Train the network whose features stand in for Inception's where there are no labels."""
    input:
        train=train_shards,
        held_out=held_out_shards,
    output:
        "results/encoder/{dataset}/weights.safetensors",
    log:
        "results/logs/train_encoder/{dataset}.log",
    benchmark:
        "results/logs/train_encoder/{dataset}.tsv"
    priority: TRAINING
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("train_encoder"),
        runtime=minutes("train_encoder"),
    params:
        spec=spec_of(evaluation_specs.encoder_spec),
        code=code_of("train_encoder"),
    shell:
        "python -m beyond_blur train_encoder --spec {params.spec:q} --train {input.train:q}"
        " --held-out {input.held_out:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


rule real_features:
    """Features of images, of a real split or sampled: what metrics measure."""
    input:
        images=split_shards,
        trained=trained_file,
    output:
        "results/features/{extractor}/{dataset}/real/{split}.safetensors",
    log:
        "results/logs/real_features/{extractor}/{dataset}/{split}.log",
    benchmark:
        "results/logs/real_features/{extractor}/{dataset}/{split}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("features"),
        runtime=minutes("features"),
        gpu=gpu_count("features"),
    params:
        spec=features_spec,
        code=code_of("features", extractor_code),
        trained=lambda wildcards, input: (["--trained", input.trained] if input.trained else []),
    shell:
        "python -m beyond_blur.storage.gpus {resources.gpu}"
        " python -m beyond_blur features --spec {params.spec:q} --images {input.images:q}"
        " {params.trained:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


use rule real_features as sample_features with:
    input:
        images="results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        trained=trained_file,
    output:
        "results/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


rule sample_metrics:
    """Measure the samples of one seed and their floors against real images, and find copies."""
    input:
        features="results/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        samples="results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        images=prior_images,
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
    output:
        "results/metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.json",
    log:
        "results/logs/sample_metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("metrics"),
        runtime=minutes("metrics"),
    params:
        spec=metrics_spec,
        code=code_of("metrics"),
        sources=metrics_sources,
    shell:
        "python -m beyond_blur metrics --spec {params.spec:q} --train {input.train:q}"
        " --held-out {input.held_out:q} {params.sources:q} --threads {threads}"
        " --out {output:q} > {log:q} 2>&1"


use rule sample_metrics as real_metrics with:
    input:
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
    output:
        "results/metrics/{extractor}/{dataset}/real/seed-{seed}.json",
    log:
        "results/logs/real_metrics/{extractor}/{dataset}/seed-{seed}.log",
    benchmark:
        "results/logs/real_metrics/{extractor}/{dataset}/seed-{seed}.tsv"
    params:
        spec=metrics_spec,
        code=code_of("metrics"),
        sources=[],


rule neighbours:
    """Find the training images nearest to a few samples of the first seed."""
    input:
        samples=first_samples,
        features=first_features,
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        images=train_shards,
        prior_images=first_prior_images,
    output:
        "results/neighbours/{extractor}/{dataset}/{process}.safetensors",
    log:
        "results/logs/neighbours/{extractor}/{dataset}/{process}.log",
    benchmark:
        "results/logs/neighbours/{extractor}/{dataset}/{process}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("neighbours"),
        runtime=minutes("neighbours"),
    params:
        spec=spec_of(evaluation_specs.neighbours_spec, "process"),
        code=code_of("neighbours"),
    shell:
        "python -m beyond_blur neighbours --spec {params.spec:q} --samples {input.samples:q}"
        " --features {input.features:q} --train {input.train:q} --images {input.images:q}"
        " --prior-images {input.prior_images:q} --threads {threads} --out {output:q}"
        " > {log:q} 2>&1"


rule amplitude:
    """Measure how much of the clean images a process's terminal states still hold."""
    input:
        states=first_states,
        images=first_prior_images,
    output:
        "results/amplitude/{dataset}/{process}.json",
    log:
        "results/logs/amplitude/{dataset}/{process}.log",
    benchmark:
        "results/logs/amplitude/{dataset}/{process}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=memory("amplitude"),
        runtime=minutes("amplitude"),
    params:
        spec=spec_of(evaluation_specs.amplitude_spec, "process"),
        code=code_of("amplitude"),
    shell:
        "python -m beyond_blur amplitude --spec {params.spec:q} --states {input.states:q}"
        " --images {input.images:q} --out {output:q} > {log:q} 2>&1"
