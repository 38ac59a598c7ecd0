#!/usr/bin/env bash
# The story of Backstay on DNAnexus, played against the emulator: real files as a
# project, all four ways to back it up, drift, archiving, months that pass, a
# bill, and a restore. Run it by `make demo`, or with BACKSTAY, CLOCKED (the
# program built with the tag testclock) and EMULATOR set. It needs no account and
# no network.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
clocked=$(realpath "${CLOCKED:-bin/backstay-testclock}")
emulator=$(realpath "${EMULATOR:-bin/dnanexus-emulator}")
. "$here/story.sh"
trap 'kill $platform 2>/dev/null; clean' EXIT

# ask calls a route of the emulator, as its first user, and prints the answer.
ask() {
  exec 3<>"/dev/tcp/$DX_APISERVER_HOST/$DX_APISERVER_PORT"
  printf '%s %s HTTP/1.0\r\nAuthorization: Bearer demo\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$2" "${#3}" "$3" >&3
  sed '1,/^\r$/d' <&3
  exec 3>&-
}
post() { ask POST "$1" "$2"; }

# id takes the first id of a class out of an answer.
id() { grep -Eo "$1-[0-9A-Za-z]{24}" | head -n 1; }

# lines breaks JSON into lines that can be read.
lines() { sed -E 's/\},?/}\n/g; s/[{"]//g; s/[]}[]//g' | grep -v '^,*$' | sed 's/^,*/  /'; }

# gather makes a sequencing project of the Go distribution's own files.
gather() {
  local go
  go=$(go env GOROOT)
  mkdir -p lab/runs/run1 lab/runs/run2 lab/results lab/scratch
  for name in encoding/json net/http; do
    for file in "$go/src/$name"/*.go; do
      gzip -nc "$file" >"lab/runs/$([ $name = net/http ] && echo run1 || echo run2)/$(basename "$file" .go).fastq.gz"
    done
  done
  cp "$go"/{README.md,LICENSE,PATENTS} lab/results/
  cp "$go/VERSION" lab/scratch/
}

tell "The platform, played on this machine: an emulator with two organisations and a project of real files"
gather
"$emulator" -listen 127.0.0.1:0 -token demo -seed-folder lab=trial >settings 2>emulator.log &
platform=$!
while ! grep -q DX_PROJECT_CONTEXT_ID settings; do
  kill -0 $platform
  sleep 0.1
done
sed 's/^/  /' settings
. ./settings
project=$DX_PROJECT_CONTEXT_ID
export BACKSTAY_VAR_project=$project BACKSTAY_VAR_outside=$home/outside
post /emulator/orgs '{"id":"org-backups","name":"Backups","members":{"user-alice":{"admin":true,"billable":true,"projectAccess":"ADMINISTER","appAccess":true}},"licence":true}' >/dev/null
post /emulator/settings '{"restoreDelay":{"aws Standard":1500,"azure Standard":1500}}' >/dev/null
applet=$(post /applet/new "{\"project\":\"$project\",\"name\":\"align\",\"dxapi\":\"1.0.0\",\"inputSpec\":[],\"outputSpec\":[],\"runSpec\":{\"interpreter\":\"bash\",\"distribution\":\"Ubuntu\",\"release\":\"24.04\",\"version\":\"0\",\"code\":\"main() { echo align; }\"}}" | id applet)
post /workflow/new "{\"project\":\"$project\",\"name\":\"germline\",\"stages\":[{\"id\":\"stage-0\",\"executable\":\"$applet\"}]}" >/dev/null
echo "  project $project: $(find lab -type f | wc -l) files, the applet align, the workflow germline"

tell "Ways 1, 2 and 3: a deep copy in a locked project of another payer, a replica in another cloud, a disk outside"
cp "$here"/../dnanexus/{main.backstay.hcl,check.sh} .
run 0 cat main.backstay.hcl
run 0 backstay validate
run 2 backstay plan -out first -detailed-exitcode
run 0 backstay apply first
run 0 backstay plan -detailed-exitcode
shows '[Nn]o changes'

tell "The deep copies have ids of their own, and say where they come from"
vault=$(post /system/findProjects '{"name":"trial-backup"}' | id project)
copy=$(post /system/findDataObjects "{\"scope\":{\"project\":\"$vault\",\"folder\":\"/trial/runs/run1\"},\"limit\":1}" | id file)
post "/$copy/describe" "{\"project\":\"$vault\",\"fields\":{\"name\":true,\"folder\":true,\"properties\":true}}" | lines

tell "Somebody is given access to the vault: the next plan takes it away again"
post "/$vault/invite" '{"invitee":"user-bob","level":"CONTRIBUTE","suppressEmailNotification":true}' >/dev/null
run 2 backstay plan -out drift -detailed-exitcode
shows 'revoke'
run 0 backstay apply drift
run 0 backstay plan -detailed-exitcode

tell "Forty days pass. What is older than archive_after goes to the archive"
ln -sf "$clocked" bin/backstay
post /emulator/clock '{"advance":3456000000}' >/dev/null
BACKSTAY_NOW=$(date -u -d '+40 days' +%FT%TZ)
export BACKSTAY_NOW
run 2 backstay plan -out cold -detailed-exitcode
shows 'to archive'
run 0 backstay apply cold
ask GET /emulator/archival '' | lines

tell "A restore test: some of the vault is unarchived, compared, tested by the user's own command, archived again"
run 0 backstay drill

tell "What the platform bills, by payer and purpose, in dollars"
ask GET /emulator/bill '' | lines

tell "The disk outside burns and the replica is lost. Everything comes back from the archive"
mv outside lost
post "/$(post /system/findProjects '{"name":"trial-replica"}' | id project)/destroy" '{}' >/dev/null
run 0 backstay restore -to back
run 0 diff -r lab/runs back/trial/runs

tell "Way 4: the gold copy is local. Inputs that lie there are adopted, only results and pipelines come down"
mkdir -p gold/work mirror tape four
cp -r lab/runs gold/work/inputs
mkdir four/tree
cp -r lab/runs four/tree/inputs
cp -r lab/results four/tree/results
work=$(post /emulator/seed "{\"folder\":\"$home/four/tree\",\"name\":\"workplace\"}" | id project)
export BACKSTAY_VAR_project=$work BACKSTAY_VAR_gold=$home/gold BACKSTAY_VAR_mirror=$home/mirror BACKSTAY_VAR_tape=$home/tape
cp "$here"/../dnanexus-gold/main.backstay.hcl four/
cd four
post /emulator/calls '{}' >/dev/null
run 2 backstay plan -out fetch -detailed-exitcode
run 0 backstay apply fetch
ask GET /emulator/calls '' | tr ',' '\n' | lines >output
grep 'file-xxxx/download' output
shows 'file-xxxx/download:3$'
run 0 backstay plan -detailed-exitcode
cd ..

tell "That is all. Nothing of it is left behind"
