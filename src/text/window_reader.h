// Makes the windows of batch_iterator.h: reads, tokenizes, sorts, cuts, shuffles. Internal to text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "text/batch.h"
#include "text/batch_iterator.h"
#include "text/corpus.h"
#include "text/line_file.h"
#include "text/tokenizer.h"

namespace talmach {

/// The batches made of consecutive positions of an epoch's order.
struct BatchWindow {
  std::vector<Batch> batches;
  Index end_position = 0;  // where the next window begins
};

/// One thread at a time.
class WindowReader {
 public:
  /// Indexes both files; throws as BatchIterator does.
  WindowReader(const BatchIteratorOptions& options, std::shared_ptr<const Tokenizer> source,
               std::shared_ptr<const Tokenizer> target);

  /// The window of `epoch` that begins at `position` in [0, num_lines()): a pure function of both.
  /// `*filter` counts the pairs. No batch is empty; there is none if no pair is usable.
  BatchWindow Read(Index epoch, Index position, LengthFilter* filter);

  Index num_lines() const { return source_file_.num_lines(); }
  const std::string& source_name() const { return source_file_.name(); }
  const std::string& source_checksum() const { return source_file_.checksum(); }
  const std::string& target_checksum() const { return target_file_.checksum(); }
  /// Warns about lines that had to be repaired, and links that had to be left out, so far.
  void LogRepairs() const;

 private:
  bool ReadPair(Index line, std::uint64_t sampling_key, LengthFilter* filter, SentencePair* pair);
  void ReadLinks(const std::string& source, const std::string& target, SentencePair* pair);
  std::vector<TokenId> Tokenize(const Tokenizer& tokenizer, const std::string& text,
                                std::uint64_t key) const;
  std::vector<Batch> CutBatches(std::vector<SentencePair> pairs) const;

  BatchIteratorOptions options_;
  std::shared_ptr<const Tokenizer> source_tokenizer_;
  std::shared_ptr<const Tokenizer> target_tokenizer_;
  LineFile source_file_;
  LineFile target_file_;
  std::optional<LineFile> links_file_;
  Index num_without_links_ = 0;  // their words and pieces do not match
  TextRepairs source_repairs_;
  TextRepairs target_repairs_;
};

}  // namespace talmach
