// What can be said of a corpus that is trained on, and of how several are mixed.
#pragma once

#include <array>
#include <string>

#include "base/types.h"
#include "text/corpus_side.h"

namespace talmach {

/// Two files whose lines translate each other, or one file with a pair per line, in columns
/// separated by tabs. All are plain, .gz or .zst.
struct CorpusOptions {
  std::string source = {};
  std::string target = {};
  std::string tsv = {};                   // instead of source and target
  std::array<Index, 2> columns = {1, 2};  // of the TSV: source and target, from 1
  std::string name = {};                  // in logs; empty: the name of its first file
  double weight = 0.0;                    // in mixtures by weights; 0: its number of pairs
  std::string tag = {};                   // words put before each source, each a piece of its own
  std::string links = {};                 // word links for guided alignment, a line per pair

  CorpusSide SourceSide() const;
  CorpusSide TargetSide() const;
  /// The name, or that of the first file, without its directory and the ending of a compression.
  std::string DisplayName() const;
  bool operator==(const CorpusOptions&) const = default;
};

enum class CorpusMixing {
  kAll,      // an epoch has every pair of every corpus once
  kWeights,  // an epoch has as many pairs, shared among the corpora by weight
};

/// `all` or `weights`.
std::string ToString(CorpusMixing mixing);

struct MixingOptions {
  CorpusMixing type = CorpusMixing::kAll;
  double temperature = 1.0;  // T: shares are proportional to weight^(1/T)
};

}  // namespace talmach
