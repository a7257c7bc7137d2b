# Quality over the number of network calls; asked for by name only
#
# In:    weights, what samples start from, features of the real images
# Out:   results/steps/CALLS/{samples,features,metrics}, results/steps.csv,
#        results/figures/steps.{png,pdf}, and a manifest beside each
# Steps: the rules of sampling and evaluation again, with fewer calls -> one table and its figure
STEP_POINTS = [(name, calls) for name in NETWORKS for calls in step_counts(name)]


use rule sample as sample_steps with:
    output:
        "results/steps/{calls}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_steps/{calls}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_steps/{calls}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


use rule real_features as sample_features_steps with:
    input:
        images="results/steps/{calls}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        trained=trained_file,
    output:
        "results/steps/{calls}/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_features_steps/{calls}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_features_steps/{calls}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


use rule sample_metrics as sample_metrics_steps with:
    input:
        features="results/steps/{calls}/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        samples="results/steps/{calls}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        images=prior_images,
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
    output:
        "results/steps/{calls}/metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.json",
    log:
        "results/logs/sample_metrics_steps/{calls}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_metrics_steps/{calls}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


rule figure_steps:
    """Quality over the number of network calls, of every process: one seed, first kind of prior."""
    input:
        metrics=[step_metrics(*point) for point in STEP_POINTS],
    output:
        csv=report(
            "results/steps.csv",
            caption="../report/steps.rst",
            category="Network calls",
            labels={"result": "table, CSV"},
        ),
        png=report(
            "results/figures/steps.png",
            caption="../report/steps.rst",
            category="Network calls",
            labels={"result": FIGURES["steps"].title},
        ),
        pdf="results/figures/steps.pdf",
        manifests=[manifest_of("results/steps.csv"), manifest_of("results/figures/steps.png")],
    log:
        "results/logs/figures/steps.log",
    benchmark:
        "results/logs/figures/steps.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    params:
        calls=[calls for _, calls in STEP_POINTS],
        traits=json.dumps(row_traits((name, priors(name)[0], SEEDS[0]) for name, _ in STEP_POINTS)),
        code=code_of("steps", figure_code("steps")),
    shell:
        "(python -m beyond_blur steps --metrics {input.metrics:q} --calls {params.calls}"
        " --csv {output.csv:q} && python -m beyond_blur figure steps --inputs {input.metrics:q}"
        " --labels {params.calls} --traits {params.traits:q} --png {output.png:q} --pdf {output.pdf:q}) > {log:q} 2>&1"
