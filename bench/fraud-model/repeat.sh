#!/bin/sh
# Makes the shipped model again and measures it, as PROVENANCE.md beside that model says.
#
#     sh bench/fraud-model/repeat.sh FOLDER
#
# FOLDER gets the data, the model and an environment with scikit-learn: 2 GB. Takes about six minutes of CPU
# time.
set -eu
mkdir -p "$1"
data=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
python=.isobar/tools/spark-venv/bin/python

for seed in 2023 2024 2025 2026; do
  npm run --silent generate -- transactions --seed $seed --to "$data/$seed"
done
held_out='911 912 913'
calibration=$(seq 7001 7020)
for seed in $held_out $calibration; do
  npm run --silent generate -- transactions --seed $seed --count 50000 --accounts 300 --to "$data/$seed"
done

# From the folder of the data, so that the command in the report has no path of this machine.
project=$PWD
(cd "$data" && PYSPARK_SUBMIT_ARGS='--master local[2] --driver-memory 1g pyspark-shell' \
  "$project/$python" "$project/glue-scripts/train_fraud_model.py" --data '202[3-6]/training.jsonl' --lake . \
  --version shipped-2026-11-30-2 --trained-at 2026-11-30T00:00:00Z --golden 1000)
for file in model.json reference.json golden.json report.json report.html; do
  cmp "$data/models/fraud/shipped-2026-11-30-2/$file" lambdas/fraud/score-transaction/shipped-model/$file
done

for seed in $held_out $calibration; do
  npm run --silent models -- score "$data/$seed/training.jsonl" > "$data/$seed/scores"
done
$python -m venv "$data/venv"
"$data/venv/bin/pip" install -q -r bench/fraud-model/requirements.txt

set --
for seed in $held_out; do set -- "$@" "$data/$seed/training.jsonl:$data/$seed/scores"; done
"$data/venv/bin/python" bench/fraud-model/measure.py --train "$data"/202[3-6]/training.jsonl --held-out "$@"
set --
for seed in $calibration; do set -- "$@" "$data/$seed/training.jsonl:$data/$seed/scores"; done
"$data/venv/bin/python" bench/fraud-model/calibration.py "$@"
