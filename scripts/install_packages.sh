#!/usr/bin/env bash
# Installs the Debian packages that Talmach builds on (Debian 12 and 13).
#
# usage: scripts/install_packages.sh [--list | [--with-browser] [--with-clang] [--with-arm64]]
#
# As root, or through sudo. Asks nothing, leaves a machine alone that has everything already, and
# prints apt's words only if apt fails. --list prints the package names, one a line.
# --with-browser adds Chromium, in which a test uses the heatmap viewer as a reader would.
# --with-clang adds clang with its linker, sanitizers and libFuzzer (scripts/fuzz.sh,
# scripts/sanitize.sh, presets clang, asan-ubsan and tsan).
# --with-arm64 adds the cross compiler and qemu (scripts/cross_arm64.sh).
set -euo pipefail

packages=(
  # compiler and build
  g++ cmake ninja-build pkg-config git ca-certificates
  # numerics, text, program
  libdnnl-dev libhwy-dev libsentencepiece-dev libicu-dev libboost-program-options-dev
  zlib1g-dev libzstd-dev libspdlog-dev libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libxxhash-dev
  # pictures: drawing, and fonts to draw labels with; Chinese, Japanese and Korean have their own
  libpango1.0-dev libcairo2-dev fonts-dejavu-core fonts-wqy-microhei
  # the server (Boost.Beast, which is headers only)
  libboost-dev
  # tests, benchmarks and the scripts
  libgtest-dev libgmock-dev libbenchmark-dev python3 curl
)

for option in "$@"; do
  case $option in
    --with-browser) packages+=(chromium) ;;
    --with-clang) packages+=(clang lld llvm libclang-rt-dev libomp-dev) ;;
    --with-arm64) packages+=(g++-aarch64-linux-gnu mmdebstrap qemu-user) ;;
    --list)
      printf '%s\n' "${packages[@]}"
      exit 0
      ;;
    *)
      echo "install_packages.sh: $option: unknown option; expected --list, --with-browser," \
           "--with-clang or --with-arm64" >&2
      exit 2
      ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  echo "install_packages.sh: apt-get: not found; expected Debian 12 or 13;" \
       "elsewhere install the counterparts of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
if (( ${#missing[@]} == 0 )); then
  echo "Packages: all ${#packages[@]} are installed."
  exit 0
fi

if (( EUID == 0 )); then
  as_root=(env)
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  echo "install_packages.sh: ${#missing[@]} packages are missing; expected to be root or to find" \
       "sudo, got neither; ask an administrator to run: apt-get install ${missing[*]}" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Runs apt-get; its output is shown only if it fails.
apt() {
  if ! "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq \
      -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "install_packages.sh: apt-get $1 failed; see above" >&2
    exit 1
  fi
}

echo "Packages: installing ${#missing[@]} of ${#packages[@]}: ${missing[*]}"
apt update
apt install -y --no-install-recommends "${missing[@]}"
echo "Packages: done."
