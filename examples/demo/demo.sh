#!/usr/bin/env bash
# The story of Backstay on a real tree: some thousand files of the Go module
# cache, with its read-only folders. Run it by `make demo`, or with BACKSTAY set
# to the program. Each command is shown as you would type it and its exit code
# is compared with what it must be. Everything happens in a temporary folder.
set -euo pipefail

. "$(dirname "$0")/story.sh"

# facts lists what a copy of a tree must preserve, for comparison.
facts() { (cd "$1" && find . -mindepth 1 -printf '%P %y %m %T@ %l\n' | sort); }

# gather copies folders of the module cache until there are enough files.
gather() {
  local cache enough=3000
  cache=$(go env GOMODCACHE)
  mkdir tree
  for module in "$cache"/golang.org/x/*@* "$cache"/github.com/*/*@* "$(go env GOROOT)"/src/*; do
    [ -d "$module" ] || continue
    cp -a "$module" tree/
    [ "$(find tree -type f | wc -l)" -lt "$enough" ] || break
  done
  mkdir tree/empty "tree/a name with spaces"
  printf 'not UTF-8\n' >"tree/a name with spaces/caf"$'\xe9'
  printf 'one\n' >tree/one
  ln tree/one "tree/the same as one"
  ln -s one tree/link
}

# configure writes the configuration; the attic's medium is its argument.
configure() {
  cat >main.backstay.hcl <<HCL
source "filesystem" "modules" {
  path = "tree"
  site = "office"
}

destination "filesystem" "disk" {
  path = "disk"
  site = "office"
}

destination "filesystem" "attic" {
  path    = "attic"
  site    = "attic"
  media   = "$1"
  offline = true
}

backup "modules" {
  source = source.filesystem.modules
  owner  = "me@example.org"

  copy "disk" {
    to = destination.filesystem.disk
  }
  copy "attic" {
    to = destination.filesystem.attic
  }

  retention {
    keep      = "1y"
    keep_last = 1
  }
  objective {
    rpo = "24h"
  }
  verify {
    algorithm = "sha256"
    scrub     = "90d"
  }
  restore_test {
    every  = "90d"
    sample = 20
  }
}

policy "core" {
  pack = "core"
}
HCL
}

tell "A tree worth keeping: part of the Go module cache"
gather
echo "  $(find tree -type f | wc -l) files, $(find tree -type d | wc -l) folders, $(find tree -type d -perm 0555 | wc -l) of them read-only"

tell "What must be protected, as code: one backup plan, two copies, and the policies of pack core"
configure tape
run 0 cat main.backstay.hcl
run 0 backstay validate

tell "The first plan lists what would be done, and apply does that and nothing else"
run 2 backstay plan -out first -detailed-exitcode
run 0 backstay apply first

tell "The same plan again is refused: it is no longer what would happen"
run 4 backstay apply first

tell "Nothing changed, so nothing is to be done"
run 0 backstay plan -detailed-exitcode
shows '[Nn]o changes'

tell "One file is edited, one is new, one is gone"
printf 'two\n' >"tree/one.txt"
printf 'edited\n' >>tree/one
rm "tree/a name with spaces/caf"$'\xe9'
run 2 backstay plan -out second -detailed-exitcode
run 0 backstay apply second
run 0 backstay plan -detailed-exitcode
shows '[Nn]o changes'

tell "A folder is renamed: its copies stay where they are, and not a byte is copied"
folder=$(cd tree && find . -name '*.go' | sort | tail -1 | cut -d/ -f2)
mv "tree/$folder" tree/renamed
run 2 backstay plan -out third -detailed-exitcode
shows 'to adopt'
run 0 backstay apply third
shows '0 copied'
run 0 backstay plan -detailed-exitcode
shows '[Nn]o changes'

tell "The tape library is late, so somebody makes the attic a disk: policy COPY-2 wants two kinds of media"
configure disk
run 3 backstay plan
shows 'COPY-2'
shows 'main\.backstay\.hcl:[0-9]+(:|,)[0-9]+'

tell "A waiver with a name, a reason and an end lets it pass"
cat >waiver.backstay.hcl <<HCL
waiver "late-tape" {
  control     = "COPY-2"
  targets     = [backup.modules]
  reason      = "the tape library arrives next month"
  approved_by = "boss@example.org"
  expires     = "$(date -u -d '+60 days' +%F)"
}
HCL
run 0 cat waiver.backstay.hcl
run 0 backstay validate
run 0 backstay plan

tell "Every copy is read again and compared with its digest"
run 0 backstay verify

tell "Bits rot: one byte of one copy is flipped"
victim=$(cd disk/modules && find . -name '*.go' -size +1k -type f | sort | sed -n 1p)
victim=${victim#./}
chmod u+w "disk/modules/$victim"
printf 'X' | dd of="disk/modules/$victim" bs=1 seek=100 conv=notrunc status=none
run 1 backstay verify
shows "$(basename "$victim")"
run 0 backstay plan -out mend
shows 'to copy again'
run 0 backstay apply mend
run 0 backstay verify

tell "Copies are plain files: they can be checked without Backstay, the flipped one apart"
run 0 sh -c 'cd attic && cat .backstay/catalogue/*/*.SHA256SUMS | sha256sum -c --quiet && echo all well'

tell "Everything comes back, with modes, times and links"
run 0 backstay restore -to back
run 0 diff -r --no-dereference tree back/modules
facts tree >facts.tree
facts back/modules >facts.back
run 0 diff facts.tree facts.back

tell "The state is lost. Backstay notices, and makes it again from what the destinations say"
run 0 rm -r .backstay
run 3 backstay plan
shows 'state rebuild'
run 0 backstay state rebuild
run 0 backstay plan -detailed-exitcode
shows '[Nn]o changes'

# --- A pull request, and what it would lose -----------------------------------

tell "A pull request keeps copies for a month, leaves the tests out and asks for one copy less"
backstay state pull >state.db
git init -q -b main .
git add ./*.backstay.hcl
git -c user.name=me -c user.email=me@example.org commit -q -m "what holds today"
sed -i -e 's/keep      = "1y"/keep      = "30d"/' \
  -e 's/  pack = "core"/  pack   = "core"\n  params = { min_copies = 2 }/' \
  -e 's|  copy "disk" {|  scope {\n    exclude {\n      names  = ["*_test.go"]\n      reason = "they can be fetched again"\n      owner  = "me@example.org"\n    }\n  }\n\n&|' main.backstay.hcl
run 0 git diff --stat

tell "The review names what is lost, from the record and without a look at sources or destinations"
run 3 backstay review -base main -state state.db -format=markdown
shows 'keep goes from 1y to 30d'
shows 'living objects \([0-9.]+ [KM]iB\) will no longer be protected'
shows 'min.*copies of COPY-1'

tell "SARIF puts the same on the lines of the change, and CI stops at exit code 3"
run 3 backstay review -base main -state state.db -format=sarif
keep=$(grep -n 'keep      = "30d"' main.backstay.hcl | cut -d: -f1)
shows '"ruleId": "review/retention_shortened"'
shows "\"startLine\": $keep,"
run 0 git checkout -q main.backstay.hcl
run 0 backstay review -base main

tell "That is all. Nothing of it is left behind"
