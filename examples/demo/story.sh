# What the stories share: a folder of their own, and commands that are shown as
# they would be typed, with exit codes that are compared with what they must be.
# Sourced with BACKSTAY set to the program; leaves the shell in the folder.

program=$(realpath "${BACKSTAY:-bin/backstay}")
home=$(mktemp -d "${TMPDIR:-/tmp}/backstay-demo.XXXXXX")
clean() { chmod -R u+w "$home" && rm -rf "$home"; }
trap clean EXIT
mkdir "$home/bin"
ln -s "$program" "$home/bin/backstay"
PATH=$home/bin:$PATH
cd "$home"

# tell says what comes next.
tell() { printf '\n== %s\n' "$*"; }

# brief leaves out the middle of a long output.
brief() { awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) {
  if (NR <= 60 || i <= 30 || i > NR - 15) print line[i]
  else if (i == 31) print "    [... " NR - 45 " lines ...]"
} }'; }

# run shows a command, runs it, and insists on its exit code.
run() {
  local want=$1 got=0
  shift
  printf '\n$ %s\n' "$*"
  "$@" >output 2>&1 || got=$?
  brief <output | sed 's/^/  /'
  if [ "$got" != "$want" ]; then
    echo "demo: exit code $got, and $want was expected" >&2
    exit 1
  fi
  [ "$want" = 0 ] || printf '  (exit code %s)\n' "$got"
}

# shows insists that the last output matches a pattern.
shows() {
  if ! grep -Eq -- "$1" output; then
    echo "demo: the output above does not show: $1" >&2
    exit 1
  fi
}
