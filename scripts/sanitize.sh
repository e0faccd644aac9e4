#!/usr/bin/env bash
# Builds the tests with sanitizers and runs them.
#
# usage: scripts/sanitize.sh address|thread [CTEST OPTION…]
#
# address  AddressSanitizer and UndefinedBehaviorSanitizer over the whole suite
# thread   ThreadSanitizer over what runs in several threads: task pool, queues, batches made ahead,
#          workers of training, translation with threads. What it cannot see, the barriers of the
#          OpenMP runtime, stands by name in tests/tsan_suppressions.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: scripts/sanitize.sh address|thread [CTEST OPTION…]}
shift
targets=()
case $kind in
  address)
    preset=asan-ubsan
    ;;
  thread)
    preset=tsan
    targets=(--target base_test text_test search_test training_test)
    set -- -R "TaskPool|BoundedQueue|BatchIterator|WorkerPool|Translator|BatchInvariance|ModelUpdater|Trainer|Resume|Validator" "$@"
    ;;
  *)
    echo "sanitize.sh: $kind: expected address or thread" >&2
    exit 2
    ;;
esac

cmake --preset "$preset"
cmake --build --preset "$preset" "${targets[@]}"
ctest --preset "$preset" --parallel "$(nproc)" "$@"
