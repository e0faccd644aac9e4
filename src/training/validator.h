// How good the model is on the validation set: cross-entropy of the references, and BLEU of the
// translations (beam search, detokenised, against the raw reference).
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/training_options.h"
#include "model/seq2seq_model.h"
#include "text/batch.h"
#include "text/tokenizer.h"
#include "training/workers.h"

namespace talmach {

/// A line of the validation set and what the model makes of it.
struct SampleTranslation {
  std::string source;
  std::string reference;
  std::string translation;
};

struct ValidationResult {
  double cross_entropy = 0.0;  // nats per target token, without label smoothing
  std::optional<double> bleu;  // 0 … 100, if asked for
  std::string bleu_signature;  // sacreBLEU's
  std::vector<SampleTranslation> samples;

  double perplexity() const { return std::exp(cross_entropy); }
  double Score(ValidationMetric metric) const;
};

/// BLEU wants to be high, cross-entropy low.
inline bool HigherIsBetter(ValidationMetric metric) { return metric == ValidationMetric::kBleu; }

/// Holds the validation set. One thread at a time.
class Validator {
 public:
  /// Reads the set. Lines with an empty side are left out; pairs with more than `data.max_length`
  /// tokens on a side do not count for the cross-entropy (but are translated). Throws DataError if
  /// a file cannot be read, the line counts differ or nothing is left.
  Validator(const TrainingDataOptions& data, const ValidationOptions& options,
            std::shared_ptr<const Tokenizer> source, std::shared_ptr<const Tokenizer> target);

  /// Validates the model with its packed weights, on all workers. Nothing if `should_stop` said
  /// true in between or a stop point ended it (base/stop.h). The result does not depend on the
  /// number of workers.
  std::optional<ValidationResult> Run(const std::shared_ptr<const Seq2SeqModel>& model,
                                      Workers& workers,
                                      const std::function<bool()>& should_stop) const;

  Index num_lines() const { return static_cast<Index>(sources_.size()); }

 private:
  std::optional<ValidationResult> RunToTheEnd(const std::shared_ptr<const Seq2SeqModel>& model,
                                              Workers& workers,
                                              const std::function<bool()>& should_stop) const;
  LossSums Loss(const Seq2SeqModel& model, Workers& workers) const;
  bool Translate(const std::shared_ptr<const Seq2SeqModel>& model, int num_threads,
                 const std::function<bool()>& should_stop, ValidationResult* result) const;
  std::vector<std::size_t> SampleLines() const;

  ValidationOptions options_;
  std::shared_ptr<const Tokenizer> source_tokenizer_;
  std::shared_ptr<const Tokenizer> target_tokenizer_;
  std::vector<std::string> sources_;  // raw lines
  std::vector<std::string> references_;
  std::vector<Batch> batches_;  // for the cross-entropy
};

}  // namespace talmach
