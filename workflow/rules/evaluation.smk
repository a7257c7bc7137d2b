# samples -> features -> metrics
FEATURES_CODE = sources("features", "cli/evaluation")
METRICS_CODE = sources("metrics", "evaluation", "cli/evaluation")


def classifier_file(wildcards):
    """The classifier, where its features are the ones measured."""
    if wildcards.extractor != "classifier":
        return []
    return f"results/classifier/{wildcards.dataset}/weights.safetensors"


def split_shards(wildcards):
    """Every shard of one split of the real images."""
    return shards(f"results/data/{wildcards.dataset}/{wildcards.split}/shard-{{shard}}.safetensors")


rule train_classifier:
    """Train the classifier whose features stand in for Inception's, on the dataset's labels."""
    input:
        train=shards("results/data/{dataset}/train/shard-{shard}.safetensors"),
        held_out=shards("results/data/{dataset}/held_out/shard-{shard}.safetensors"),
        code=sources("features", "cli/evaluation"),
    output:
        "results/classifier/{dataset}/weights.safetensors",
    log:
        "results/logs/train_classifier/{dataset}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        spec=spec_of(jobs.classifier_job),
    shell:
        "python -m beyond_blur classifier --spec {params.spec:q} --train {input.train:q}"
        " --held-out {input.held_out:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


rule real_features:
    """Features of the real images of one split."""
    input:
        images=split_shards,
        classifier=classifier_file,
        code=FEATURES_CODE,
    output:
        "results/features/{extractor}/{dataset}/real/{split}.safetensors",
    log:
        "results/logs/real_features/{extractor}/{dataset}/{split}.log",
    conda:
        "../../envs/torch.yaml"
    resources:
        gpu=1,
    params:
        spec=spec_of(jobs.features_job),
        classifier=lambda wildcards, input: (
            ["--classifier", input.classifier] if input.classifier else []
        ),
    shell:
        "python -m beyond_blur features --spec {params.spec:q} --images {input.images:q}"
        " {params.classifier:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


use rule real_features as sample_features with:
    input:
        images="results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        classifier=classifier_file,
        code=FEATURES_CODE,
    output:
        "results/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",


def metrics_sources(wildcards, input):
    """Options naming what a row measures beside the real images; none for the ceiling."""
    names = {"--features": "features", "--samples": "samples", "--images": "images"}
    options = []
    for option, name in names.items():
        files = input.get(name, [])
        options += [option, *([files] if isinstance(files, str) else files)] if files else []
    return options


def prior_images(wildcards):
    """The images that priors were made of, to look for copies among; of noise there are none."""
    if wildcards.prior == "noise":
        return []
    return shards(f"results/data/{wildcards.dataset}/{wildcards.prior}/shard-{{shard}}.safetensors")


rule sample_metrics:
    """Measure the samples of one seed and their floors against real images, and find copies."""
    input:
        features="results/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        samples="results/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        images=prior_images,
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
        code=METRICS_CODE,
    output:
        "results/metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.json",
    log:
        "results/logs/sample_metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        spec=lambda wildcards: jobs.to_json(
            jobs.metrics_job(experiment, int(wildcards.seed), wildcards.process, wildcards.prior)
        ),
        sources=metrics_sources,
    shell:
        "python -m beyond_blur metrics --spec {params.spec:q} --train {input.train:q}"
        " --held-out {input.held_out:q} {params.sources:q} --threads {threads}"
        " --out {output:q} > {log:q} 2>&1"


use rule sample_metrics as real_metrics with:
    input:
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
        code=METRICS_CODE,
    output:
        "results/metrics/{extractor}/{dataset}/real/seed-{seed}.json",
    log:
        "results/logs/real_metrics/{extractor}/{dataset}/seed-{seed}.log",
    params:
        spec=lambda wildcards: jobs.to_json(jobs.metrics_job(experiment, int(wildcards.seed))),
        sources=[],
