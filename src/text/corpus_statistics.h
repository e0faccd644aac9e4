// Numbers of a parallel corpus that show what it is made of, and what is wrong with it.
//
// Words are what white space separates, characters are code points; white space at the ends of a
// line does not count. Memory does not depend on the size of the corpus but for the hashes that
// find repeated lines (SeenHashes: 8 bytes in a table for each different source, target and pair,
// up to its bound), nor on that of the texts compared with but for 24 bytes and a table entry per
// pair.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/types.h"
#include "text/encoding_doubt.h"
#include "text/seen_hashes.h"
#include "text/tokenizer.h"

namespace talmach {

/// How many lines have which length.
class LengthCounts {
 public:
  void Add(Index length);

  Index num_lines() const { return num_lines_; }
  Index total() const { return total_; }
  Index longest() const { return longest_; }
  double Mean() const;
  /// The length that the share `q` of the lines does not exceed; lengths from 4095 on are one.
  Index Quantile(double q) const;
  /// Lines with a length in [begin, end), lengths from 4095 on counted as 4095.
  Index CountIn(Index begin, Index end) const;

 private:
  std::vector<Index> counts_;  // by length
  Index num_lines_ = 0;
  Index total_ = 0;
  Index longest_ = 0;
};

/// One side of a corpus.
struct SideStatistics {
  std::string path = {};
  LengthCounts words = {};
  LengthCounts characters = {};
  LengthCounts pieces = {};  // of the tokenizer, if there is one
  Index num_empty = 0;
  Index num_repeated = 0;                     // lines that occurred before
  std::map<std::string, Index> scripts = {};  // characters of "Latin", "Common", …
  std::array<LineNumbers, kNumEncodingDoubts> doubtful = {};  // by EncodingDoubt, but for kNone
  Index num_invalid = 0;                                      // lines of ill-formed UTF-8 or NUL
};

/// The borders between classes of target characters ÷ source characters.
inline constexpr std::array<double, 10> kRatioEdges = {0.2,  0.333, 0.5, 0.667, 0.8,
                                                       1.25, 1.5,   2,   3,     5};

struct CorpusStatistics {
  std::string name = {};  // "training"
  SideStatistics source = {};
  SideStatistics target = {};
  Index num_pairs = 0;
  Index num_identical = 0;  // both sides the same text
  Index num_repeated = 0;   // pairs that occurred before
  Index num_forgotten = 0;  // lines and pairs that could not be remembered to find repeated ones
  std::array<Index, kRatioEdges.size() + 1> ratios = {};  // pairs by class; pairs with an empty
                                                          // side are in none
};

/// How much of one corpus occurs in another.
struct CorpusOverlap {
  std::string of = {};  // "validation"
  std::string in = {};  // "training"
  Index num_pairs = 0;  // of `of`
  Index pairs = 0;      // of these: how many occur in `in`
  Index sources = 0;    // likewise, how many have a source text that is one in `in`
  Index targets = 0;
};

/// Finds out which pairs of a small corpus occur in a large one, which is only read.
class OverlapCounter {
 public:
  explicit OverlapCounter(std::string name) : name_(std::move(name)) {}
  /// The next pair of the small corpus.
  void Add(std::string_view source, std::string_view target);
  /// The next pair of the large one, when all of the small one have been added.
  void Observe(std::string_view source, std::string_view target);
  CorpusOverlap Count(const std::string& in) const;

 private:
  using Hashes = std::array<std::uint64_t, 3>;  // of pair, source and target
  Hashes HashesOf(std::string_view source, std::string_view target);

  std::string name_;
  std::vector<Hashes> pairs_;
  std::array<std::unordered_map<std::uint64_t, bool>, 3> seen_;  // in the large corpus
  std::string buffer_;
};

/// Takes the pairs of a corpus one by one. One thread at a time.
class CorpusStatisticsCollector {
 public:
  /// The tokenizers may be null.
  CorpusStatisticsCollector(std::shared_ptr<const Tokenizer> source,
                            std::shared_ptr<const Tokenizer> target)
      : tokenizers_{std::move(source), std::move(target)} {}

  /// The next pair, as it is in its files (TextReaderOptions::keep_bytes).
  void Add(std::string source, std::string target);
  /// The pair that was added last, clean.
  const std::string& source() const { return texts_[0]; }
  const std::string& target() const { return texts_[1]; }

  /// What was found so far.
  CorpusStatistics& statistics() { return statistics_; }

 private:
  void AddSide(std::size_t index, std::string line);
  bool SeenBefore(std::size_t what, std::uint64_t hash);

  CorpusStatistics statistics_;
  std::array<std::shared_ptr<const Tokenizer>, 2> tokenizers_;
  std::array<std::string, 2> texts_;
  std::array<SeenHashes, 3> seen_;  // sources, targets, pairs
  std::string buffer_;
};

}  // namespace talmach
