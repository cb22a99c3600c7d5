#!/bin/sh
# Makes the shipped model again and measures it, as PROVENANCE.md beside that model says.
#
#     sh bench/fraud-model/repeat.sh FOLDER
#
# FOLDER gets the data, the model and an environment with scikit-learn. Takes about 10 minutes on two cores.
set -eu
mkdir -p "$1"
data=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
python=.isobar/tools/spark-venv/bin/python

for seed in 2023 2024 2025 2026; do
  npm run --silent generate -- transactions --seed $seed --to "$data/$seed"
done
for seed in 911 912 913; do
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

for seed in 911 912 913; do
  npm run --silent models -- score "$data/$seed/training.jsonl" > "$data/$seed/scores"
done
$python -m venv "$data/venv"
"$data/venv/bin/pip" install -q -r bench/fraud-model/requirements.txt
"$data/venv/bin/python" bench/fraud-model/measure.py \
  --train "$data"/202[3-6]/training.jsonl \
  --held-out "$data/911/training.jsonl:$data/911/scores" "$data/912/training.jsonl:$data/912/scores" \
  "$data/913/training.jsonl:$data/913/scores"
