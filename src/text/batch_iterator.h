// The training data as an endless sequence of batches, epoch after epoch.
//
// The sequence is a pure function of (files, tokenizers, options): the lines of an epoch, of one
// corpus or several, come in a pseudo-random order keyed by (seed, epoch), see corpus_mixture.h;
// consecutive lines form windows of about `window_batches` batches; a window is sorted by target
// and source length, cut into batches, and its batches are shuffled. Neighbours in length share a
// batch, yet batches come in random order. A batch is therefore named by (epoch, window, batch in
// the window): the whole State that a checkpoint must keep; resuming prepares one window again.
//
// Memory does not depend on the size of the corpora but for half a byte per line and side: lines
// are read by offset when their turn comes. Compressed files are unpacked once to unnamed
// temporary files. A thread of its own reads and tokenizes ahead through a bounded queue. Lines
// that were repaired are reported in the log after the first whole epoch; pairs that were left out
// are counted for the caller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "text/batch.h"
#include "text/corpus.h"
#include "text/corpus_options.h"
#include "text/tokenizer.h"
#include "text/training_corpus.h"

namespace talmach {

struct BatchIteratorOptions {
  std::vector<CorpusOptions> corpora = {};  // at least one; names are not looked at
  MixingOptions mixing = {};
  Index batch_sentences = 0;    // pairs per batch, or
  Index batch_tokens = 0;       // target tokens with </s> per batch: exactly one of both is > 0
  Index max_length = 100;       // pairs with more tokens (without </s>) on a side are left out
  float sampling_alpha = 0.0f;  // Tokenizer::Sample on both sides; 0: the best segmentation
  bool shuffle = true;          // false: lines and batches in file order, sorted within windows
  std::uint64_t seed = 1;       // of permutation, batch order and sampling
  Index window_batches = 100;   // batches sorted by length together
  Index queue_batches = 64;     // batches prepared ahead
};

/// Where the sequence stands: names the next batch. Small, for a checkpoint.
struct BatchIteratorState {
  Index epoch = 1;            // from 1
  Index window_position = 0;  // first position of the window in the epoch's order
  Index batch_in_window = 0;
  Index sentences = 0;    // pairs delivered since the very beginning
  Index empty_pairs = 0;  // of the epoch, in the windows before this one: left out, as a side is
  Index long_pairs = 0;   // empty, or longer than max_length
  bool operator==(const BatchIteratorState&) const = default;
};

/// A batch and its place in the sequence.
struct TrainingBatch {
  Batch batch = {};
  Index epoch = 1;               // the one it belongs to
  bool ends_epoch = false;       // the last batch of it
  BatchIteratorState next = {};  // a BatchIterator started here continues with the following batch
  std::optional<LengthFilter> left_out = {};  // with the last batch of the first epoch, if any pair
                                              // of it was left out: the counts
};

class BatchIterator {
 public:
  /// Indexes all files (a scan) and starts preparing. The tokenizers may be the same object.
  /// Throws DataError if a file is missing, empty, or line counts differ (naming both); so does
  /// Next for missing columns and for links that are malformed or out of range, naming file and
  /// line; ConfigError if the options are impossible.
  BatchIterator(const BatchIteratorOptions& options, std::shared_ptr<const Tokenizer> source,
                std::shared_ptr<const Tokenizer> target, const BatchIteratorState& state = {});
  ~BatchIterator();

  /// The next batch; never empty, never the end. Throws DataError if reading fails or no pair of
  /// an epoch is usable. One thread at a time.
  TrainingBatch Next();

  /// The text, for messages: the source of the corpus, or the first and how many others.
  std::string name() const;
  /// Lines of all corpora: the pairs of an epoch, those left out included.
  Index num_lines() const;
  /// Of each corpus: what was there when this began.
  const std::vector<CorpusChecksums>& checksums() const;
  /// Seconds Next has waited for the preparing thread: 0 if data is never the bottleneck.
  double waiting_seconds() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace talmach
