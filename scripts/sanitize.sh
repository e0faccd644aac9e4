#!/usr/bin/env bash
# Builds the tests with sanitizers and runs them.
#
# usage: scripts/sanitize.sh address|thread [CTEST OPTION…]
#
# address  AddressSanitizer and UndefinedBehaviorSanitizer over the whole suite, and the fuzzers
#          (see scripts/fuzz.sh) over their seeds
# thread   ThreadSanitizer over what runs in several threads: task pool, queues, batches made ahead,
#          workers of training, aligners, translation with threads, the server. What it cannot see,
#          the barriers of the OpenMP runtime, stands by name in tests/tsan_suppressions.txt.
#
# The tests themselves are compiled without optimisation, which halves the time that takes; the
# library is not.
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
    targets=(--target text_test alignment_test search_test serving_test training_test)
    tests="ThreadPool|BatchIterator|TextWriter|LineFile|IbmModel1|HmmModel|Translator|BatchInvariance"
    tests+="|TranslationQueue|TranslationServer|Workers|ModelUpdater|Trainer|Resume|Validator"
    set -- -R "$tests" "$@"
    ;;
  *)
    echo "sanitize.sh: $kind: expected address or thread" >&2
    exit 2
    ;;
esac

./scripts/install_packages.sh --with-browser --with-clang
cmake --preset "$preset"
cmake --build --preset "$preset" "${targets[@]}"
ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error "$@"
