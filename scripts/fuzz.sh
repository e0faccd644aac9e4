#!/usr/bin/env bash
# Runs the fuzzers of everything that reads files from outside, each for a while and as many at once
# as there are cores: invented files must be refused with one of the four kinds of errors or be
# read, with no crash, no hang (10 s), no single allocation beyond 64 MB, and no error of
# AddressSanitizer or UndefinedBehaviorSanitizer.
#
# usage: scripts/fuzz.sh SECONDS [NAME…]     for example: scripts/fuzz.sh 1800 safetensors config
#
# Begins with the seeds in tests/fuzz/seeds/NAME and with what earlier runs found worth keeping in
# build/fuzz/corpus/NAME. A file that fails stays in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: scripts/fuzz.sh SECONDS [NAME…]}
shift
names=("$@")
if (( ${#names[@]} == 0 )); then
  for folder in tests/fuzz/seeds/*/; do names+=("$(basename "$folder")"); done
fi

./scripts/install_packages.sh --with-clang
cmake --preset asan-ubsan
cmake --build --preset asan-ubsan --target "${names[@]/#/fuzz_}"

# What is freed is given back soon, so that the memory in use is what the reader asked for.
export ASAN_OPTIONS=quarantine_size_mb=8:allocator_release_to_os_interval_ms=100

# fuzz NAME SECONDS: one fuzzer; prints what it did and what it found.
fuzz() {
  local corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings code=0
  local log=$findings/$1.log
  mkdir -p "$corpus" "$findings"
  local TIMEFORMAT='%R %U %S'
  local times
  times=$({ time build/asan-ubsan/bin/"fuzz_$1" -max_total_time="$2" -timeout=10 \
    -malloc_limit_mb=64 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="$findings/$1-" "$corpus" "tests/fuzz/seeds/$1" >"$log" 2>&1; } 2>&1) ||
    code=$?
  (( code == 0 )) || cat "$log" >&2
  local clock user system
  read -r clock user system <<<"$times"
  echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") files in $clock s," \
       "$user + $system s of a processor$( (( code == 0 )) || echo ": FAILED")"
  return "$code"
}
export -f fuzz

if ! printf '%s\n' "${names[@]}" |
    xargs -P "$(nproc)" -I{} bash -c 'fuzz "$@"' fuzz {} "$seconds"; then
  echo "fuzz.sh: FAILED; the files are in build/fuzz/findings" >&2
  exit 1
fi
