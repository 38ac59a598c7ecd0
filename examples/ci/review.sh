#!/usr/bin/env bash
# Reviews a change of a configuration in CI: what does it weaken? It needs git,
# the program backstay, and no secret: neither a source nor a destination is read.
#
#   review.sh FOLDER BASE OUT
#
# FOLDER is where the configuration lies, BASE a commit or a folder (seen from
# FOLDER) to compare with. OUT gets review.md for people, and review.sarif.json
# and review.gitlab.json for code scanning; one that could not be written whole
# is not there. With BACKSTAY_STATE, an absolute path of a file that "backstay
# state pull" wrote, objects and bytes are counted too. The exit code is 0 when
# nothing is weakened, 3 when something is, and 1 when there is no answer or one
# of the three files is missing.
set -euo pipefail

folder=$1 base=$2 out=$3
mkdir -p "$out"
answer=0

# review FORMAT FILE writes one file. That something is weakened, 3, is an answer
# like another; any other code is none.
review() {
  local code=0
  rm -f "$out/$2"
  backstay -chdir="$folder" review -base "$base" ${BACKSTAY_STATE:+-state "$BACKSTAY_STATE"} -format="$1" >"$out/$2.new" || code=$?
  case $code in
    0 | 3)
      mv "$out/$2.new" "$out/$2"
      [ "$answer" -eq 1 ] || [ "$code" -eq 0 ] || answer=3
      ;;
    *)
      rm -f "$out/$2.new"
      echo "review.sh: no $2: backstay review -format=$1 ended with exit code $code" >&2
      answer=1
      ;;
  esac
}

review markdown review.md
review sarif review.sarif.json
review gitlab review.gitlab.json
exit "$answer"
