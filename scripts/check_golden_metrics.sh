#!/bin/sh
# Compares `talmach evaluate` with recorded figures of sacreBLEU.
#
#   scripts/check_golden_metrics.sh FOLDER [PROGRAM]
#
# FOLDER holds scores.json and the texts NAME.hyp, NAME.ref0, NAME.ref1 it speaks of; PROGRAM is
# build/release/bin/talmach unless given. Counts, totals, lengths and edits must be equal, scores
# within 1e-9. Without the folder there is nothing to check, which is said and no failure.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: $0 FOLDER [PROGRAM]" >&2
  exit 2
fi
folder=$1
program=${2:-build/release/bin/talmach}

if [ ! -f "$folder/scores.json" ]; then
  echo "check_golden_metrics: no $folder/scores.json here: nothing was checked"
  exit 0
fi
exec python3 "$(dirname "$0")/check_golden_metrics.py" "$folder" "$program"
