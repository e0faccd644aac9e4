#!/usr/bin/env bash
# Puts Multi30k (task 1, raw text: 29,000 image captions in English, German and French) into
# data/multi30k/, from its public repository or from a folder that has the .gz files already.
#
# usage: scripts/get_multi30k.sh [FOLDER]
#
# The text is not ours and is not part of this repository: Elliott et al. 2016, "Multi30K:
# Multilingual English-German Image Descriptions".
set -euo pipefail
cd "$(dirname "$0")/.."

address=https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw
target=data/multi30k
folder=${1:-}

# fail WHAT: one line on stderr, exit.
fail() {
  echo "get_multi30k.sh: $1" >&2
  exit 1
}

# fetch NAME: leaves NAME.gz in the target folder.
fetch() {
  if [[ $folder ]]; then
    [[ -r $folder/$1.gz ]] || fail "$folder/$1.gz: not found; expected the .gz files of task 1"
    cp "$folder/$1.gz" "$target/$1.gz"
  else
    curl --fail --silent --show-error --location --retry 3 -o "$target/$1.gz" "$address/$1.gz" ||
      fail "$address/$1.gz: download failed; give a folder that holds the files as argument"
  fi
}

if [[ $folder && ! -d $folder ]]; then
  fail "$folder: not a folder"
fi
[[ $folder ]] || command -v curl >/dev/null ||
  fail "curl: not found; install it, or give a folder that holds the files as argument"

mkdir -p "$target"
for part in train:29000 val:1014 test_2016_flickr:1000; do
  for language in en de fr; do
    name=${part%:*}.$language
    expected=${part#*:}
    fetch "$name"
    gunzip --stdout "$target/$name.gz" >"$target/$name.part" || fail "$target/$name.gz: damaged"
    lines=$(wc -l <"$target/$name.part")
    (( lines == expected )) || fail "$name: expected $expected lines, got $lines"
    mv "$target/$name.part" "$target/$name"
    rm "$target/$name.gz"
  done
done
echo "Multi30k: 29,000 training, 1,014 validation and 1,000 test lines in $target/ (en, de, fr)."
