#!/usr/bin/env bash
# Installs what is missing, builds everything with warnings as errors, runs all tests.
#
# usage: scripts/test.sh [CTEST OPTION...]     for example: scripts/test.sh -R GruTest
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/install_packages.sh --with-browser
cmake --preset ci
cmake --build --preset ci
ctest --preset ci --parallel "$(nproc)" "$@"
