# For all rule files - what starts first where cores are few.
# A run is as long as its longest chain, images -> pairs -> checkpoint -> samples, on top of which
# everything else finds room: what leads to a training goes first, then trainings, then samples, and
# then measures and figures, whose rules say nothing.
EARLY, TRAINING, SAMPLING = 30, 20, 10
