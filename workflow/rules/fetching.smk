# addresses of owners -> their files
#
# In:    nothing of this machine
# Out:   data/NAME/...: the files of dataset.fetch, as they are published
# Steps: fetch, where the configuration asks for it and they are not there
FETCHED = experiment.dataset.fetch
FETCHED_FILES = list(fetched_files(FETCHED)) if FETCHED else []


if FETCHED:

    rule fetch:
        """Fetch the files of a published data set, checked by its owners' checksums."""
        output:
            FETCHED_FILES,
        log:
            f"results/logs/fetch/{FETCHED}.log",
        benchmark:
            f"results/logs/fetch/{FETCHED}.tsv"
        localrule: True
        conda:
            "../../envs/cupy.yaml"
        params:
            name=FETCHED,
        shell:
            "python -m beyond_blur fetch {params.name} > {log:q} 2>&1"
