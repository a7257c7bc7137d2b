# Where results lie: input functions

PIPED = plan.piped(experiment)
FLOW = plan.strongest_flow(experiment)
STORED = workflow.storage_settings.default_storage_provider is not None
"""Whether files come from a storage, which hands a job its inputs and nothing that they name."""


def shards(pattern):
    """Every shard of what a pattern names."""
    return [pattern.replace("{shard}", str(shard)) for shard in SHARDS]


def pattern(folder):
    """A shard in a folder, as verbs take all of them: the number in braces."""
    return f"{folder}/shard-{{shard}}.safetensors"


def all_shards(folder):
    """The list of the shards in a folder; where files come from a storage, each of the shards."""
    return shards(pattern(folder)) if STORED else f"{folder}/shards.json"


def image_shards(wildcards, split):
    """All shards of one split of the real images."""
    return all_shards(f"results/data/{wildcards.dataset}/{split}")


def train_shards(wildcards):
    """All shards of the training images."""
    return image_shards(wildcards, "train")


def held_out_shards(wildcards):
    """All shards of the held-out images."""
    return image_shards(wildcards, "held_out")


def split_shards(wildcards):
    """All shards of the split that the wildcards name."""
    return image_shards(wildcards, wildcards.split)


def training_files(wildcards):
    """What a process trains on: its cached pairs, or images that it makes pairs of as it trains."""
    if plan.trains_on_images(experiment, wildcards.process):
        return image_shards(wildcards, "train")
    name = untrained_name(wildcards.process)[0]
    return all_shards(f"results/corruption/{wildcards.dataset}/{name}")


def terminal_shards(wildcards, prior):
    """What priors of one kind are made of: terminal states, or images."""
    split = plan.prior_split(prior)
    if rule_specs.find_process(experiment, wildcards.process).starts_from != "terminal":
        return image_shards(wildcards, split)
    name = untrained_name(wildcards.process)[0]
    return all_shards(f"results/terminal/{wildcards.dataset}/{name}/{split}")


def prior_files(wildcards):
    """What sampling starts from: terminal states, or images (of noise, only their shape)."""
    return terminal_shards(wildcards, wildcards.get("prior", priors(wildcards.process)[0]))


def trained_file(wildcards):
    """The classifier or encoder, where its features are the ones measured; that given, or ours."""
    kind = trained_by(wildcards.extractor)
    ours = f"results/{kind}/{wildcards.dataset}/weights.safetensors"
    return [] if kind is None else experiment.evaluation.weights or ours


def prior_images(wildcards):
    """The images that priors were made of, to look for copies among; of noise there are none."""
    return [] if wildcards.prior == "noise" else image_shards(wildcards, wildcards.prior)


def first_samples(wildcards):
    """Samples of the first network, of its first kind of prior and of the first seed."""
    network = plan.first_trained(experiment, wildcards.process)
    place = f"results/samples/{wildcards.dataset}/{network}"
    return f"{place}/{priors(wildcards.process)[0]}/seed-{SEEDS[0]}.safetensors"


def first_features(wildcards):
    """Features of those samples."""
    samples = first_samples(wildcards)
    return samples.replace("results/samples", f"results/features/{wildcards.extractor}", 1)


def first_prior_images(wildcards):
    """The images that their priors were made of; of noise there are none."""
    prior = priors(wildcards.process)[0]
    return [] if prior == "noise" else image_shards(wildcards, prior)


def first_states(wildcards):
    """Terminal states at full precision where they are kept, else what samples started from."""
    if rule_specs.find_process(experiment, wildcards.process).starts_from != "terminal":
        return first_samples(wildcards)
    return terminal_shards(wildcards, priors(wildcards.process)[0])


def metrics_files(rows):
    """Metrics of samples: of each network, kind of prior and seed."""
    return [
        f"results/metrics/{EXTRACTOR}/{DATASET}/{name}/{prior}/seed-{seed}.json"
        for name, prior, seed in rows
    ]


def study_metrics(wildcards):
    """Metrics of every row of the study, if the configuration lets them be made."""
    return metrics_files(checked(plan.study_rows, experiment))


def step_metrics(name, calls):
    """The metrics behind one point; with the usual number of calls they are those of the table."""
    place = "results" if calls == plan.usual_calls(experiment, name) else f"results/steps/{calls}"
    return f"{place}/metrics/{EXTRACTOR}/{DATASET}/{name}/{priors(name)[0]}/seed-{SEEDS[0]}.json"


def delta_metrics(wildcards):
    """The metrics behind the curves over delta; with the usual delta they are those of the study."""
    points = checked(plan.named_delta_points, experiment)
    ending = f"metrics/{EXTRACTOR}/{DATASET}/{{}}/{plan.STUDY_PRIORS[0]}/seed-{{}}.json"
    return [
        f"results/{plan.delta_place(experiment, delta)}{ending.format(name, seed)}"
        for name, delta, seed in points
    ]


def of_processes(pattern, names=NETWORKS):
    """Files of the networks that figures show, labelled with their processes' names."""
    return {
        "inputs": [pattern.format(process=name) for name in names],
        "labels": [process_label(name) for name in names],
        "traits": [{"process": name} for name in names],
    }


def of_dataset(path):
    """A file about the dataset itself."""
    return {"inputs": path, "traits": [{"dataset": DATASET}]}


def with_manifest(path):
    """A table that a figure is drawn from, and the manifest that lies beside it."""
    return {"inputs": path, "manifests": [manifest_of(path)]}


def row_traits(rows):
    """What the metrics of these rows are of."""
    return [{"process": name, "prior": prior, "seed": seed} for name, prior, seed in rows]


def starts():
    """Samples of the first seed and kind of prior of every network that figures show."""
    shown = [(name, priors(name)[0], SEEDS[0]) for name in NETWORKS]
    return {
        "inputs": [
            f"results/samples/{DATASET}/{name}/{prior}/seed-{seed}.safetensors"
            for name, prior, seed in shown
        ],
        "traits": row_traits(shown),
    }


def first_held_out():
    """The held-out images that figures show."""
    return {
        "inputs": [f"results/data/{DATASET}/held_out/shard-0.safetensors"],
        "traits": [{"split": "held_out", "shard": 0}],
    }


def stages_of_one():
    """One process's file of every stage, from an image to the numbers of its samples."""
    network = plan.first_trained(experiment, PIPED)
    row = (network, priors(network)[0], SEEDS[0])
    samples = f"{DATASET}/{network}/{row[1]}/seed-{row[2]}.safetensors"
    return {
        "inputs": [
            *first_held_out()["inputs"],
            f"results/trajectories/{DATASET}/{network}.safetensors",
            f"results/checkpoints/{DATASET}/{network}/weights.safetensors",
            f"results/samples/{samples}",
            f"results/features/{EXTRACTOR}/{samples}",
            *metrics_files([row]),
        ],
        "traits": [
            *first_held_out()["traits"],
            *[{"process": network}] * 2,
            *row_traits([row] * 3),
        ],
    }


def figures_always():
    """Figures that every run draws, of amplitudes and of flows where there are any."""
    of_what = {"amplitude": CORRUPTING, "flow": FLOW, "peclets": FLOW}
    always = {name: entry.inputs for name, entry in FIGURES.items() if entry.always}
    return ["alignment", *(name for name, of in always.items() if of_what.get(of, True))]


def films_always():
    """Films that every run has."""
    return [name for name, entry in FILMS.items() if entry.always]


def of_film(entry):
    """A film's file of every process."""
    return of_processes(f"results/{entry.file_of(DATASET, '{process}')}")


def all_sample_metrics():
    """Metrics of every network, kind of prior and seed."""
    return metrics_files(plan.table_rows(experiment))


def all_real_metrics():
    """Metrics of real images in the samples' place, for every seed."""
    return expand(f"results/metrics/{EXTRACTOR}/{DATASET}/real/seed-{{seed}}.json", seed=SEEDS)
