#!/bin/bash
# The whole batch on a SLURM cluster, from the project folder on the shared file system:
#   docs/deploy/slurm/batch.sh 40 PERIOD=2026Q3        (40 workers; further words go to make)
set -eu
workers=${1:?how many workers}; shift
rm -f .scheduler.json
scheduler=$(sbatch --parsable docs/deploy/slurm/scheduler.sbatch)
trap 'scancel "$scheduler" ${jobs:-}; rm -f .scheduler.json' EXIT
for _ in $(seq 600); do [ -s .scheduler.json ] && break; sleep 1; done
[ -s .scheduler.json ] || { echo "the scheduler's job $scheduler has not started in ten minutes" >&2; exit 1; }
address=$(.venv/bin/python -c 'import json; print(json.load(open(".scheduler.json"))["address"])')
jobs=$(sbatch --parsable --array="1-$workers" docs/deploy/slurm/workers.sbatch)
make batch SCHEDULER="$address" "$@"
