#!/bin/sh
# Tells who holds what since when, from a destination alone: no Backstay, no
# state, only sha256sum, gzip and a shell.
#
#   custody.sh DIR         compares every file with its digest
#   custody.sh DIR PATH    and tells what is recorded of one source path: what was
#                          done when, its digest, its id at the platform, the run;
#                          then who ran that
#
# It ends with 1, and says why, where a file has not its digest, nothing is
# recorded of the path, or nobody is known to have run what is.
set -eu

cd "$1"
for sums in .backstay/catalogue/*/*.SHA256SUMS; do
  sha256sum --check --quiet "$sums"
done
echo "All files have their digests."
[ $# -gt 1 ] || exit 0

broken=0
lines=$(for segment in .backstay/catalogue/*/*.jsonl.gz; do
  text=$(gzip -dc "$segment")
  printf '%s\n' "$text" | grep -F "\"path\":\"$2\"" || [ $? -eq 1 ]
done)
if [ -z "$lines" ]; then
  echo "custody.sh: nothing is recorded of $2" >&2
  exit 1
fi
while read -r line; do
  printf '%s\n' "$line"
  run=$(printf %s "$line" | sed -n 's/.*"run":"\([^"]*\)".*/\1/p')
  if [ -z "$run" ]; then
    echo "custody.sh: this event names no run" >&2
    broken=1
  elif ! cat .backstay/audit/*.json | grep -h -F "\"run\":\"$run\""; then
    echo "custody.sh: run $run has no entry in .backstay/audit: nobody is known to have done this" >&2
    broken=1
  fi
done <<EVENTS
$lines
EVENTS
exit "$broken"
