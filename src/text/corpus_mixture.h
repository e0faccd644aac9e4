// In which order the lines of one or several corpora are trained on.
//
// An epoch has as many places as the corpora have lines together, N. Corpus c has q_c of them, and
// a pseudo-random permutation keyed by (seed, epoch) says which place comes when.
//
//   all      q_c is the number of lines n_c: each place is a line.
//   weights  q_c = N · p_c to the next whole numbers, at least 1, with p_c ∝ w_c^(1/T). A corpus is
//            gone through again and again, each pass in an order of its own, and an epoch goes on
//            in it where the last one ended: place k of q_c is number (epoch − 1) q_c + k of all
//            that are ever drawn from it.
//
// So the shares of an epoch are exact, no line of a corpus is used twice before each was used once
// more, and a line is a function of (epoch, position): there is nothing to remember.
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"
#include "text/corpus_options.h"

namespace talmach {

/// A line of one of the corpora.
struct MixedLine {
  Index corpus = 0;
  Index line = 0;
  Index place = 0;  // in the epoch; no other line of it has the same
};

class CorpusMixture {
 public:
  struct Corpus {
    Index num_lines = 0;  // above 0
    double weight = 0.0;  // 0: num_lines
  };

  /// At least one corpus; one alone is always gone through as with kAll. Without `shuffle` the
  /// places come in their order, and so do the lines of each corpus.
  CorpusMixture(const std::vector<Corpus>& corpora, const MixingOptions& mixing, std::uint64_t seed,
                bool shuffle);

  /// The places of an epoch.
  Index epoch_length() const { return begins_.back(); }
  /// The places of a corpus in an epoch.
  Index quota(Index corpus) const { return begins_[corpus + 1] - begins_[corpus]; }

  /// Position in [0, epoch_length()) of an epoch, from 1.
  MixedLine At(Index epoch, Index position) const;

 private:
  Index LineOf(Index corpus, Index number) const;

  std::vector<Index> num_lines_;
  std::vector<Index> begins_;  // of the places of each corpus, and the end of the last
  bool by_weights_;
  std::uint64_t seed_;
  bool shuffle_;
};

}  // namespace talmach
