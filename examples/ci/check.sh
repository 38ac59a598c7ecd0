#!/usr/bin/env bash
# Asks whether what the backup plans promise is true today, and keeps the answer.
# It is meant for a scheduler: cron, a systemd timer, a scheduled pipeline.
#
#   check.sh FOLDER OUT
#
# FOLDER is where the configuration lies, on a machine that reaches the sources
# and destinations. OUT gets a page per day, YYYY-MM-DD.html, to read, print and
# file. The check enters the log of runs, and the next one says what changed
# since. The exit code is that of backstay check: 0 all is true, 3 something is
# not or nobody knows, 1 there is no answer. Let the scheduler alert on it.
set -euo pipefail

folder=$1 out=$2
mkdir -p "$out"
page="$out/$(date -u +%F).html"

code=0
backstay -chdir="$folder" check -format=html >"$page.new" || code=$?
mv "$page.new" "$page"
exit "$code"
