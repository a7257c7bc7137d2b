# Results -> figures and films
#
# In:    tables, metrics, samples, trajectories, training histories, neighbours, explorations
# Out:   results/figures/NAME.{png,pdf}, results/films/NAME.{gif,mp4}; of each also NAME.manifest.json
# Steps: figure_NAME, film_NAME: a rule for every figure and film that beyond_blur/rendering/figures.py
#        and film_registry.py list


# What every kind of a figure's inputs is (beyond_blur.rendering.figures.INPUTS): files and labels.
FIGURE_INPUTS = {
    "table": with_manifest("results/table1.csv"),
    "study": with_manifest("results/study.csv"),
    "deltas": with_manifest("results/deltas.csv"),
    "metrics": {
        "inputs": all_sample_metrics() + all_real_metrics(),
        "traits": [*row_traits(plan.table_rows(experiment)), *({"seed": seed} for seed in SEEDS)],
    },
    "amplitude": with_manifest("results/terminal_amplitude.csv"),
    "study_amplitude": with_manifest("results/study_amplitude.csv"),
    "trajectories": of_processes(f"results/trajectories/{DATASET}/{{process}}.safetensors"),
    # The paper shows three processes side by side: by default noise, heat and the strongest flow.
    "teaser": of_processes(
        f"results/trajectories/{DATASET}/{{process}}.safetensors", teaser_processes()
    ),
    "facts": of_dataset(f"results/data/{DATASET}/facts.json"),
    "contact_sheet": of_dataset(f"results/data/{DATASET}/contact_sheet.safetensors"),
    "histories": {
        **of_processes(f"results/checkpoints/{DATASET}/{{process}}/history.jsonl"),
        "manifests": [
            f"results/checkpoints/{DATASET}/{name}/history.manifest.json" for name in NETWORKS
        ],
    },
    "neighbours": of_processes(f"results/neighbours/{EXTRACTOR}/{DATASET}/{{process}}.safetensors"),
    "samples": {
        "inputs": [
            *first_held_out()["inputs"],
            *starts()["inputs"],
        ],
        "labels": ["real, held out", *(process_label(name) for name in NETWORKS)],
        "traits": [
            *first_held_out()["traits"],
            *starts()["traits"],
        ],
    },
    "starts": starts(),
    "interpolations": {
        "inputs": [
            f"results/explorations/{DATASET}/{name}/interpolation.safetensors" for name in NETWORKS
        ],
        "traits": [{"process": name} for name in NETWORKS],
    },
    "shared": {
        "inputs": [
            f"results/explorations/{DATASET}/{name}/shared-{what}.safetensors"
            for name in NETWORKS
            for what in ("noise", "state")
        ],
        "traits": [{"process": name} for name in NETWORKS for _ in ("noise", "state")],
    },
    "terminal_states": {
        **first_held_out(),
        "labels": [process_label(name) for name in PROCESSES],
        "specs": forward_specs,
        "work": "align_levels",
        "code": (every_process_code, solver_code),
        "own_code": every_own_code,
    },
    "stages": {
        **stages_of_one(),
        "labels": [process_label(PIPED)],
        "specs": [rule_specs.to_json(rule_specs.forward_spec(experiment, PIPED))],
        "work": "pipeline",
        "code": (every_process_code, solver_code),
        "own_code": every_own_code,
    },
    **{
        name: {
            **first_held_out(),
            "labels": [process_label(name) for name in FLOW],
            "specs": [
                rule_specs.to_json(rule_specs.forward_spec(experiment, name)) for name in FLOW
            ],
            "work": "photograph",
            "code": (solver_code,),
        }
        for name in ("flow", "peclets")
    },
    "profile": {},
    "processes": {
        "labels": [process_label(name) for name in PROCESSES],
        "specs": forward_specs,
        "work": "photograph",
        "code": (every_process_code, solver_code),
        "own_code": every_own_code,
    },
}


# A figure of other inputs has a rule of its own: figure_steps, which writes its table, too.
for figure, entry in FIGURES.items():
    if entry.inputs not in FIGURE_INPUTS:
        continue

    rule:
        name:
            f"figure_{figure}"
        input:
            inputs=FIGURE_INPUTS[entry.inputs].get("inputs", []),
            manifests=FIGURE_INPUTS[entry.inputs].get("manifests", []),
        output:
            png=report(
                f"results/figures/{figure}.png",
                caption=f"../report/{entry.caption or figure}.rst",
                category=entry.category,
                labels={"result": entry.title},
            ),
            pdf=f"results/figures/{figure}.pdf",
            manifest=manifest_of(f"results/figures/{figure}.png"),
        log:
            f"results/logs/figures/{figure}.log",
        benchmark:
            f"results/logs/figures/{figure}.tsv"
        localrule: not entry.computes
        conda:
            "../../envs/torch.yaml" if entry.computes else "../../envs/plot.yaml"
        resources:
            mem_mb=memory(FIGURE_INPUTS[entry.inputs].get("work", "figure")),
            runtime=minutes(FIGURE_INPUTS[entry.inputs].get("work", "figure")),
            gpu=gpu_count(FIGURE_INPUTS[entry.inputs].get("work", "figure")),
        params:
            figure=figure,
            labels=FIGURE_INPUTS[entry.inputs].get("labels", []),
            specs=FIGURE_INPUTS[entry.inputs].get("specs", []),
            traits=json.dumps(FIGURE_INPUTS[entry.inputs].get("traits", [])),
            code=code_of(
                "figure", figure_code(figure), *FIGURE_INPUTS[entry.inputs].get("code", ())
            ),
            own_code=FIGURE_INPUTS[entry.inputs].get("own_code", []),
        shell:
            "python -m beyond_blur.storage.gpus {resources.gpu}"
            " python -m beyond_blur figure {params.figure} --inputs {input.inputs:q}"
            " --labels {params.labels:q} --specs {params.specs:q} --traits {params.traits:q}"
            " --png {output.png:q} --pdf {output.pdf:q} > {log:q} 2>&1"


for film, entry in FILMS.items():

    rule:
        name:
            f"film_{film}"
        input:
            inputs=of_film(entry)["inputs"],
        output:
            gif=report(
                f"results/films/{film}.gif",
                caption=f"../report/film_{film}.rst",
                category="Films",
                labels={"result": entry.title},
            ),
            mp4=f"results/films/{film}.mp4",
            manifest=manifest_of(f"results/films/{film}.gif"),
        log:
            f"results/logs/films/{film}.log",
        benchmark:
            f"results/logs/films/{film}.tsv"
        localrule: True
        conda:
            "../../envs/plot.yaml"
        resources:
            mem_mb=memory("figure"),
            runtime=minutes("figure"),
        params:
            film=film,
            labels=of_film(entry)["labels"],
            traits=json.dumps(of_film(entry)["traits"]),
            code=code_of("film", film_code(film)),
        shell:
            "python -m beyond_blur film {params.film} --inputs {input.inputs:q}"
            " --labels {params.labels:q} --traits {params.traits:q}"
            " --gif {output.gif:q} --mp4 {output.mp4:q} > {log:q} 2>&1"
