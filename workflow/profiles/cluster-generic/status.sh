#!/bin/sh
# status.sh NUMBER: what became of a job of SLURM, as one of running, success and failed
said=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>&1)
case $said in
# Finished jobs leave the queue after some minutes (MinJobAge): then the accounting knows, if there is one.
"" | *"Invalid job id"*) said=$(sacct --noheader --parsable2 --allocations --format=State --jobs="$1" 2>&1) ;;
esac
case $said in
COMPLETED*) echo success ;;
BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_MEMORY* | TIMEOUT*) echo failed ;;
# No accounting, or no trace of the job in it.
"" | *"accounting storage is disabled"*) echo failed ;;
# Waiting, running, or SLURM does not answer at present.
*) echo running ;;
esac
