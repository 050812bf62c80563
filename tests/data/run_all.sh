#!/bin/sh
# Fetches, converts, recomputes every expected*.json, checks them against the converted events, and fails when a
# recomputed one differs from the one kept here. usage: run_all.sh OUT_DIR
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")"
./fetch.sh
data=${CUBED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cubed-tests}/data
py="nice -n 19 $data/venv/bin/python"
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
for s in cdnow attrition; do
    mkdir -p "$keep/$s"
    cp $s/expected*.json "$keep/$s/"
    $py $s/convert.py "$out/$s"
    $py $s/expected.py
    $py check_events.py $s/expected.json "$out/$s"
done
$py cdnow/convert.py --master "$out/cdnow-master"
$py check_events.py cdnow/expected-master.json "$out/cdnow-master"
$py published.py */expected*.json
for s in cdnow attrition; do
    for f in "$keep/$s"/*.json; do cmp "$f" "$s/$(basename "$f")"; done
done
echo "all figures reproduced"
