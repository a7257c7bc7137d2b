# What a dry run would cost, in one line of it.
from beyond_blur.config import run_cost
from beyond_blur.storage import cost_line

if workflow.is_main_process and workflow.output_settings.dryrun:
    # On this machine without a GPU, the CPU does all of it.
    without_gpu = on_this_machine and not gpus.found(os.environ)
    most = max(n_images.train or 0, n_images.held_out or 0)
    counted = run_cost.counted(experiment, most, without_gpu)
    logger.addHandler(cost_line.CostLine(logger, workflow, counted))
