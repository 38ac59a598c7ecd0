#!/usr/bin/env bash
# Reviews a change of a configuration in CI: what does it weaken? It needs git,
# the program backstay, and no secret: neither a source nor a destination is read.
#
#   review.sh FOLDER BASE OUT
#
# FOLDER is where the configuration lies, BASE a commit or a folder (seen from
# FOLDER) to compare with. OUT gets review.md for people, and review.sarif.json
# and review.gitlab.json for code scanning. With BACKSTAY_STATE, an absolute path
# of a file that "backstay state pull" wrote, objects and bytes are counted too.
# The exit code is that of backstay review: 0 nothing is weakened, 3 something
# is, 1 there is no answer.
set -euo pipefail

folder=$1 base=$2 out=$3
mkdir -p "$out"

review() {
  backstay -chdir="$folder" review -base "$base" ${BACKSTAY_STATE:+-state "$BACKSTAY_STATE"} -format="$1"
}

code=0
review markdown >"$out/review.md" || code=$?
review sarif >"$out/review.sarif.json" || true
review gitlab >"$out/review.gitlab.json" || true
exit "$code"
