// How good the model is on the validation sets: cross-entropy of the references, and metrics of the
// translations (beam search, detokenised, against the raw reference) with the numbers of `talmach
// evaluate`.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/seq2seq_model.h"
#include "text/tokenizer.h"
#include "training/score_script.h"
#include "training/validation_set.h"
#include "training/workers.h"

namespace talmach {

/// A line of the validation set and what the model makes of it.
struct SampleTranslation {
  std::string source;
  std::string reference;
  std::string translation;
};

struct SetResult {
  std::string name = {};                           // of the set
  double cross_entropy = 0.0;                      // nats per target token, without smoothing
  std::vector<std::optional<double>> scores = {};  // of the metrics, in their order; none: the
                                                   // script failed
  std::optional<ScriptVerdict> script = {};        // if it is among the metrics

  double perplexity() const { return std::exp(cross_entropy); }
};

struct ValidationResult {
  std::vector<SetResult> sets;
  std::vector<SampleTranslation> samples;  // of the first set

  /// The score that decides what is best: that of the first metric on the first set.
  std::optional<double> first_score() const { return sets.front().scores.front(); }
};

/// Holds the validation sets. One thread at a time.
class Validator {
 public:
  /// Reads the sets, of which there is one at least; throws as ValidationSet::Read does.
  Validator(const Config& config, std::shared_ptr<const Tokenizer> source,
            std::shared_ptr<const Tokenizer> target);

  /// Validates the model with its packed weights, on all workers. Nothing if `should_stop` said
  /// true in between or a stop point ended it (base/stop.h). The result does not depend on the
  /// number of workers.
  std::optional<ValidationResult> Run(const std::shared_ptr<const Seq2SeqModel>& model,
                                      Workers& workers,
                                      const std::function<bool()>& should_stop) const;

  const std::vector<ValidationSet>& sets() const { return sets_; }

 private:
  std::optional<ValidationResult> RunToTheEnd(const std::shared_ptr<const Seq2SeqModel>& model,
                                              Workers& workers,
                                              const std::function<bool()>& should_stop) const;

  ValidationOptions options_;
  std::shared_ptr<const Tokenizer> source_tokenizer_;
  std::shared_ptr<const Tokenizer> target_tokenizer_;
  std::vector<ValidationSet> sets_;
};

}  // namespace talmach
