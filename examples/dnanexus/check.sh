#!/bin/sh
# Called with the folder of a restored sample as its only argument. Exit code 0
# is recorded as a passed restore test, any other as a failed one.
set -eu

find "$1" -type f -name '*.gz' -exec gzip -t {} +
