# The study's curves over the sampler noise delta; asked for by name, or with study.deltas by the study
#
# In:    weights, what samples start from, features of the real images
# Out:   results/deltas/DELTA/{samples,features,metrics}, results/deltas.csv,
#        results/figures/deltas.{png,pdf}, and a manifest beside each
# Steps: the rules of sampling and evaluation again, with other deltas -> one table and its figure
wildcard_constraints:
    delta=r"auto|[\d.e-]+",


DELTA_POINTS = plan.delta_points(experiment)


use rule sample as sample_deltas with:
    output:
        "results/deltas/{delta}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_deltas/{delta}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_deltas/{delta}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


use rule real_features as sample_features_deltas with:
    input:
        images="results/deltas/{delta}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        trained=trained_file,
    output:
        "results/deltas/{delta}/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
    log:
        "results/logs/sample_features_deltas/{delta}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_features_deltas/{delta}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


use rule sample_metrics as sample_metrics_deltas with:
    input:
        features="results/deltas/{delta}/features/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        samples="results/deltas/{delta}/samples/{dataset}/{process}/{prior}/seed-{seed}.safetensors",
        images=prior_images,
        train="results/features/{extractor}/{dataset}/real/train.safetensors",
        held_out="results/features/{extractor}/{dataset}/real/held_out.safetensors",
    output:
        "results/deltas/{delta}/metrics/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.json",
    log:
        "results/logs/sample_metrics_deltas/{delta}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.log",
    benchmark:
        "results/logs/sample_metrics_deltas/{delta}/{extractor}/{dataset}/{process}/{prior}/seed-{seed}.tsv"


rule figure_deltas:
    """Quality over the sampler noise, of every process of the study whose sampler adds one."""
    input:
        metrics=delta_metrics,
    output:
        csv=report(
            "results/deltas.csv",
            caption="../report/deltas.rst",
            category="Study",
            labels={"result": "table over delta, CSV"},
        ),
        png=report(
            "results/figures/deltas.png",
            caption="../report/deltas.rst",
            category="Study",
            labels={"result": FIGURES["deltas"].title},
        ),
        pdf="results/figures/deltas.pdf",
        manifests=[manifest_of("results/deltas.csv"), manifest_of("results/figures/deltas.png")],
    log:
        "results/logs/figures/deltas.log",
    benchmark:
        "results/logs/figures/deltas.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    params:
        deltas=[plan.delta_text(delta) for _, delta, _ in DELTA_POINTS],
        traits=json.dumps(
            row_traits((name, STUDY_PRIORS[0], seed) for name, _, seed in DELTA_POINTS)
        ),
        code=code_of("deltas", figure_code("deltas")),
    shell:
        "(python -m beyond_blur deltas --metrics {input.metrics:q} --deltas {params.deltas}"
        " --traits {params.traits:q} --csv {output.csv:q} && python -m beyond_blur figure deltas"
        " --inputs {output.csv:q} --png {output.png:q} --pdf {output.pdf:q}) > {log:q} 2>&1"
