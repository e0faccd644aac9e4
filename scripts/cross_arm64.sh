#!/usr/bin/env bash
# Builds Talmach for ARM64 on a Debian machine of another kind, and runs the unit tests and the
# golden model under qemu. The program is build/arm64/bin/talmach; it runs on ARM64 machines with
# the libraries of the same Debian, and here with
#   qemu-aarch64 -L build/arm64-sysroot build/arm64/bin/talmach …
#
# usage: scripts/cross_arm64.sh [GOOGLETEST OPTION...]    for example: --gtest_filter='Gemm*'
#
# As root, or through sudo, where packages are missing. The libraries come from Debian's archive as
# packages of the foreign architecture and are unpacked into build/arm64-sysroot, so nothing of them
# is installed on the machine. qemu takes some minutes for the tests, and says nothing about speed.
set -euo pipefail
cd "$(dirname "$0")/.."

sysroot=build/arm64-sysroot
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

./scripts/install_packages.sh --with-arm64
packages=$(./scripts/install_packages.sh --list | grep -E '^(lib|nlohmann|zlib)' | paste -sd,)
if [[ $(cat "$sysroot/complete" 2>/dev/null) != "$packages" ]]; then
  echo "Libraries: unpacking those of Debian $suite for ARM64 into $sysroot"
  rm -rf "$sysroot"
  mkdir -p build
  # From where this machine has its own packages.
  archive=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
            sed -n "s/^$suite //p" | head -n 1)
  mmdebstrap --quiet --architecture=arm64 --variant=extract --include="$packages,libc6-dev" \
    "$suite" "$sysroot" "$archive"
  # Links to absolute paths lead out of the folder.
  find "$sysroot" -lname '/*' -printf '%P %l\n' | while read -r link target; do
    ln -sfnr "$sysroot$target" "$sysroot/$link"
  done
  echo "$packages" >"$sysroot/complete"
fi

cmake --preset arm64
cmake --build --preset arm64

failed=()
for program in build/arm64/bin/*_test; do
  echo "$program"
  qemu-aarch64 -L "$sysroot" "$program" --gtest_brief=1 "$@" || failed+=("$program")
done

# The program as its users run it, behind a name of its own for qemu.
printf '#!/bin/sh\nexec qemu-aarch64 -L "%s" "%s" "$@"\n' \
  "$PWD/$sysroot" "$PWD/build/arm64/bin/talmach" >build/arm64/bin/talmach-under-qemu
chmod +x build/arm64/bin/talmach-under-qemu
python3 tests/integration/golden_model_test.py build/arm64/bin/talmach-under-qemu ||
  failed+=(golden_model_test)

(( ${#failed[@]} == 0 )) || { echo "Failed on ARM64: ${failed[*]}"; exit 1; }
echo "ARM64: all tests passed under qemu."
