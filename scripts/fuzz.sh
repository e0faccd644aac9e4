#!/usr/bin/env bash
# Runs the fuzzers of everything that reads files from outside, each for a while: invented files
# must be refused with one of the four kinds of errors or be read, with no crash, no hang (10 s), no
# single allocation beyond 64 MB, and no error of AddressSanitizer or UndefinedBehaviorSanitizer.
#
# usage: scripts/fuzz.sh SECONDS [NAME…]     for example: scripts/fuzz.sh 1800 safetensors config
#
# Begins with the seeds in tests/fuzz/seeds/NAME and with what earlier runs found worth keeping in
# build/fuzz/corpus/NAME. A file that fails stays in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: scripts/fuzz.sh SECONDS [NAME…]}
shift
if ! command -v clang++ >/dev/null; then
  echo "fuzz.sh: clang++: not found; libFuzzer is a part of clang;" \
       "scripts/install_packages.sh --with-clang installs it" >&2
  exit 1
fi

names=("$@")
if (( ${#names[@]} == 0 )); then
  for folder in tests/fuzz/seeds/*/; do names+=("$(basename "$folder")"); done
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${names[@]/#/fuzz_}"

# What is freed is given back soon, so that the memory in use is what the reader asked for.
export ASAN_OPTIONS=quarantine_size_mb=8:allocator_release_to_os_interval_ms=100
failed=()
for name in "${names[@]}"; do
  corpus=build/fuzz/corpus/$name
  findings=build/fuzz/findings
  mkdir -p "$corpus" "$findings"
  if ! build/fuzz/bin/"fuzz_$name" -max_total_time="$seconds" -timeout=10 -malloc_limit_mb=64 \
      -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 -artifact_prefix="$findings/$name-" \
      "$corpus" "tests/fuzz/seeds/$name" 2>"$findings/$name.log"; then
    failed+=("$name")
    cat "$findings/$name.log" >&2
  fi
  echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$findings/$name.log")" \
       "executions in $seconds s"
done
if (( ${#failed[@]} > 0 )); then
  echo "fuzz.sh: FAILED: ${failed[*]}; the files are in build/fuzz/findings" >&2
  exit 1
fi
