# The code that results depend on: params, so that an edit runs the rules again that it touches
#
# What an entry of a registry runs is found by its name at run time, where no import leads to it;
# rules name it here.


def code_of(verb, *more):
    """A params function: the checksum of the code that a rule runs.

    ``more`` are functions of the rule's wildcards, ``process`` and ``extractor`` of them: the code of
    what its verb looks up by name.
    """

    known = {}

    def params(wildcards):
        whose = wildcards.get("process"), wildcards.get("extractor")
        if whose not in known:
            roots = [root for of in more for root in of(wildcards)]
            known[whose] = CODE.checksum(code.verb_root(verb), *roots)
        return known[whose]

    return params


def process_code(wildcards):
    """The code of a rule's process."""
    return [rule_specs.find_process(experiment, wildcards.process).implementation]


def every_process_code(wildcards):
    """The code of every process of the config."""
    return [process.implementation for process in experiment.processes]


def solver_code(wildcards):
    """The code of the solvers, whichever of them a machine then runs."""
    return [root for roots in SOLVERS.values() for root in roots]


def flow_pairs_code(wildcards):
    """What makes pairs of a flow: held-out ones, and those made while a network trains."""
    if rule_specs.find_process(experiment, wildcards.process).trains_on != "pairs":
        return []
    if not plan.streams(experiment, wildcards.process):
        return FLOW_PAIRS["held_out"]
    return [*FLOW_PAIRS["held_out"], *FLOW_PAIRS["streamed"], *solver_code(wildcards)]


def extractor_code(wildcards):
    """The code of the feature network."""
    return [EXTRACTORS[wildcards.extractor].implementation]


def figure_code(name):
    """The code that reads and draws a figure, as a function of the rule's wildcards."""
    return lambda wildcards: FIGURES[name].code


def film_code(name):
    """The code that reads and draws a film, as a function of the rule's wildcards."""
    return lambda wildcards: FILMS[name].code


def own_code(wildcards):
    """The checksum of the file of a user's own process; of others nothing."""
    return OWN_CODE.get(untrained_name(wildcards.process)[0], "")


def every_own_code(wildcards):
    """The checksums of the files of every process of the user's own."""
    return [checksum for checksum in OWN_CODE.values() if checksum]
