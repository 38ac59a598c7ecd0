#!/bin/sh
# Tells who holds what since when, from a destination alone: no Backstay, no
# state, only sha256sum, gzip and a shell.
#
#   custody.sh DIR         compares every file with its digest
#   custody.sh DIR PATH    and tells what is recorded of one source path: what was
#                          done when, its digest, its id at the platform, the run;
#                          then who ran that
set -eu

cd "$1"
cat .backstay/catalogue/*/*.SHA256SUMS | sha256sum --check --quiet
echo "All files have their digests."
[ $# -gt 1 ] || exit 0

for segment in .backstay/catalogue/*/*.jsonl.gz; do
  gzip -dc "$segment" | grep -F "\"path\":\"$2\"" | while read -r line; do
    run=$(printf %s "$line" | sed 's/.*"run":"\([^"]*\)".*/\1/')
    printf '%s\n' "$line"
    grep -h -F "\"run\":\"$run\"" .backstay/audit/*.json || true
  done
done
