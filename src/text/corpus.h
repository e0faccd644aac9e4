// A parallel corpus: line i of the source is translated by line i of the target.
#pragma once

#include <string>

#include "base/types.h"
#include "text/corpus_side.h"
#include "text/text_reader.h"

namespace talmach {

/// Streams the pairs of two sides that may be larger than memory. One thread at a time.
class ParallelCorpus {
 public:
  /// Throws DataError if a file cannot be opened. `may_be_empty`: no lines in both files are no
  /// mistake. Both sides may be columns of one file, which is then read twice.
  ParallelCorpus(CorpusSide source, CorpusSide target, bool may_be_empty = false,
                 const TextReaderOptions& options = {});

  /// The next pair of lines; false at the end. Throws DataError if one file ends before the other,
  /// naming both counts (the longer file is read to its end for that), or if both are empty and
  /// may not be, or if a column is missing.
  bool Next(std::string* source, std::string* target);
  /// Waits at most `milliseconds` for each side of the next pair; true if Next would return at
  /// once.
  bool WaitForPair(int milliseconds);

  /// Pairs read so far.
  Index num_pairs() const { return num_pairs_; }
  /// Warns of repaired and cut lines of both files.
  void LogRepairs() const;

 private:
  CorpusSide source_side_;
  CorpusSide target_side_;
  TextReader source_;
  TextReader target_;
  bool may_be_empty_;
  Index num_pairs_ = 0;
};

/// Decides which pairs are usable, and counts the others.
struct LengthFilter {
  Index max_length = 0;  // tokens on either side, without </s>; 0: any

  Index num_kept = 0;
  Index num_empty = 0;     // a side without tokens
  Index num_too_long = 0;  // a side with more than max_length tokens

  /// True if a pair of these lengths (tokens without </s>) is to be used; counts it.
  bool Keep(Index source_length, Index target_length);
  Index num_left_out() const { return num_empty + num_too_long; }
  /// "3 empty and 12 longer than 100 tokens of 29000 pairs left out", or "" if all were kept.
  std::string Summary() const;
};

}  // namespace talmach
