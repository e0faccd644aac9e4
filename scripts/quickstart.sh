#!/usr/bin/env bash
# From a fresh Debian to translations and attention pictures: installs packages, builds, trains on
# the bundled phrasebook corpus, translates its test set, scores it and draws its attention.
#
# usage: scripts/quickstart.sh
#
# Everything is written below runs/phrasebook/. Run again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

run=runs/phrasebook
corpus=data/phrasebook
talmach=build/release/bin/talmach

step() {
  printf '\n== %s\n' "$1"
}

step "Packages"
./scripts/install_packages.sh

step "Build"
cmake --preset release
cmake --build --preset release

step "Training (configs/phrasebook.yaml)"
mkdir -p "$run"
"$talmach" train -c configs/phrasebook.yaml -m "$run/model"

step "Translation of $corpus/test.en"
"$talmach" translate -m "$run/model" -i "$corpus/test.en" -o "$run/translations.txt"

step "BLEU"
"$talmach" evaluate -r "$corpus/test.de" -i "$run/translations.txt" --format text

step "Attention pictures"
"$talmach" heatmap -m "$run/model" -s "$corpus/test.en" -t "$run/translations.txt" \
  --lines 1-20 --format svg,png,html -o "$run/heatmaps"

step "Done"
cat <<END
model          $run/model/
translations   $run/translations.txt   (of $corpus/test.en)
pictures       $run/heatmaps/   (attention.html for the browser)

Translate a sentence of your own:
  echo "She called her mother yesterday." | $talmach translate -m $run/model
END
