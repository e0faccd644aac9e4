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
#include "text/corpus_mixture.h"
#include "text/tokenizer.h"
#include "text/training_corpus.h"

namespace talmach {

/// The batches made of consecutive positions of an epoch's order.
struct BatchWindow {
  std::vector<Batch> batches;
  Index end_position = 0;  // where the next window begins
};

/// One thread at a time.
class WindowReader {
 public:
  /// Indexes all files; throws as BatchIterator does.
  WindowReader(const BatchIteratorOptions& options, std::shared_ptr<const Tokenizer> source,
               std::shared_ptr<const Tokenizer> target);

  /// The window of `epoch` that begins at `position` in [0, num_lines()): a pure function of both.
  /// `*filter` counts the pairs. No batch is empty; there is none if no pair is usable.
  BatchWindow Read(Index epoch, Index position, LengthFilter* filter);

  /// The positions of an epoch.
  Index num_lines() const { return mixture_->epoch_length(); }
  /// The source of the corpus, or the first one and how many others there are.
  std::string name() const;
  const std::vector<CorpusChecksums>& checksums() const { return checksums_; }
  /// Warns about lines that had to be repaired, and links that had to be left out, so far.
  void LogRepairs() const;

 private:
  struct Corpus {
    TrainingCorpus text;
    Index tag_length;             // pieces of the tag
    Index num_without_links = 0;  // their words and pieces do not match
  };

  bool ReadPair(const MixedLine& from, std::uint64_t sampling_key, LengthFilter* filter,
                SentencePair* pair);
  void MoveLinksToPieces(const std::string& source, const std::string& target, Corpus* corpus,
                         SentencePair* pair);
  std::vector<TokenId> Tokenize(const Tokenizer& tokenizer, const std::string& text,
                                std::uint64_t key) const;
  std::vector<Batch> CutBatches(std::vector<SentencePair> pairs) const;

  BatchIteratorOptions options_;
  std::shared_ptr<const Tokenizer> source_tokenizer_;
  std::shared_ptr<const Tokenizer> target_tokenizer_;
  std::vector<Corpus> corpora_;
  std::vector<CorpusChecksums> checksums_;
  std::optional<CorpusMixture> mixture_;  // always there once the corpora are
};

}  // namespace talmach
