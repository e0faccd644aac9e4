// Lines of one or two inputs, a bounded number at a time, so that files may be larger than memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "text/corpus.h"
#include "text/text_reader.h"

namespace talmach {

/// Consecutive lines; `second` is empty where there is no second input.
struct LineChunk {
  Index first_line = 0;  // of the whole input, from 0
  std::vector<std::string> first;
  std::vector<std::string> second;
};

/// What is done with the lines.
enum class LineUse {
  kCollect,  // only all of them together matter: chunks are filled
  kAnswer,   // each is answered on its own: what has arrived is a chunk as soon as nothing more is
             // at hand, so that a waiting program gets its answer; no pairs are no mistake
};

/// One thread at a time.
class LineChunkReader {
 public:
  /// Lines of `path`, or pairs of lines if `second_path` is not empty. Throws DataError if a file
  /// cannot be opened.
  LineChunkReader(const std::string& path, const std::string& second_path,
                  LineUse use = LineUse::kCollect);

  /// The next lines; false at the end. Throws DataError if two inputs have different numbers of
  /// lines, or if both have none and are to be collected.
  bool Next(LineChunk* chunk);

  /// Warns about repaired and cut lines.
  void LogInputRepairs() const;

 private:
  static constexpr Index kMaxLines = 2048;
  static constexpr Index kMaxBytes = Index{1} << 18;

  bool Read(std::string* first, std::string* second);
  bool NextIsAtHand();

  std::optional<TextReader> single_;
  std::optional<ParallelCorpus> pairs_;
  LineUse use_;
  Index num_lines_ = 0;
};

/// The lines of a file, counted by reading it once.
Index CountLines(const std::string& path);

}  // namespace talmach
