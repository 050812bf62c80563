#!/bin/sh
# Brings the two public data sets here through ordinary package clients, by package name.
# Needs: python3 with venv, apt-get, dpkg. Writes only below $CUBED_CACHE/data (default:
# ${XDG_CACHE_HOME:-$HOME/.cache}/cubed-tests/data). Nothing is installed system-wide.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${CUBED_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cubed-tests}/data
mkdir -p "$data/pkg" "$data/raw/cdnow" "$data/raw/modeldata"
exec 9>"$data/lock"
flock 9

if [ ! -e "$data/venv/complete" ]; then
    python3 -m venv --clear "$data/venv"
    "$data/venv/bin/pip" install --quiet --disable-pip-version-check numpy pandas rdata
    touch "$data/venv/complete"
fi
if (cd "$data/raw" && sha256sum --status -c "$here/SHA256SUMS" 2>/dev/null); then
    echo "data sets ready"
    exit 0
fi

cd "$data/pkg"
ls Lifetimes-0.11.3-*.whl >/dev/null 2>&1 ||
    "$data/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps Lifetimes==0.11.3
ls r-cran-modeldata_*.deb >/dev/null 2>&1 || apt-get download -qq r-cran-modeldata 2>/dev/null ||
    { apt-get update -qq && apt-get download -qq r-cran-modeldata; }

"$data/venv/bin/python" -m zipfile -e Lifetimes-0.11.3-*.whl "$data/raw/cdnow.tmp"
cp "$data"/raw/cdnow.tmp/lifetimes/datasets/CDNOW_*.txt \
   "$data"/raw/cdnow.tmp/lifetimes/datasets/cdnow_customers_summary.csv "$data/raw/cdnow/"
dpkg -x "$(ls r-cran-modeldata_*.deb | sort | tail -n 1)" "$data/raw/modeldata.tmp"
cp "$data"/raw/modeldata.tmp/usr/lib/R/site-library/modeldata/data/* "$data/raw/modeldata/"
rm -rf "$data/raw/cdnow.tmp" "$data/raw/modeldata.tmp"
cd "$data/raw"
if sha256sum --quiet -c "$here/SHA256SUMS"; then
    echo "data sets ready"
else
    echo "a data file differs from the one the figures were computed from: run expected.py again and compare" >&2
    exit 1
fi
