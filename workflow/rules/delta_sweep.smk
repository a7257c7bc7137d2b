# The study's curves over the sampler noise delta; asked for by name, or with study.deltas by the study
#
# In:    weights, what samples start from, features of the real images
# Out:   results/deltas/DELTA/{samples,features,metrics}, results/deltas.csv and its manifest; the figure
#        is drawn in rendering.smk
# Steps: the rules of sampling and evaluation again, with other deltas -> delta_sweep: one table
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


rule delta_sweep:
    """Gather quality over the sampler noise, of every process of the study whose sampler adds one."""
    input:
        metrics=delta_metrics,
    output:
        csv=report(
            "results/deltas.csv",
            caption="../report/deltas.rst",
            category="Study",
            labels={"result": "table over delta, CSV"},
        ),
        manifest=manifest_of("results/deltas.csv"),
    log:
        "results/logs/delta_sweep.log",
    benchmark:
        "results/logs/delta_sweep.tsv"
    localrule: True
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=memory("figure"),
        runtime=minutes("figure"),
    params:
        deltas=[plan.delta_text(delta) for _, delta, _ in DELTA_POINTS],
        traits=json.dumps(
            row_traits((name, plan.STUDY_PRIORS[0], seed) for name, _, seed in DELTA_POINTS)
        ),
        code=code_of("delta_sweep"),
    shell:
        "python -m beyond_blur delta_sweep --metrics {input.metrics:q} --deltas {params.deltas}"
        " --traits {params.traits:q} --csv {output.csv:q} > {log:q} 2>&1"
