// All metrics' verdicts on all systems of a corpus, with the tests that were asked for.
#pragma once

#include <vector>

#include "evaluation/evaluated_corpus.h"
#include "evaluation/metric.h"
#include "evaluation/signature.h"

namespace talmach {

enum class PairedTest { kNone, kBootstrap, kRandomisation };

struct JudgementOptions {
  bool confidence = false;                // intervals by bootstrap
  Index num_resamples = 1000;             // of the bootstraps
  PairedTest paired = PairedTest::kNone;  // of each system with the first one
  Index num_randomisations = 10000;
  Index seed = 12345;
  bool seed_is_drawn = false;  // anew for every run, so the signature cannot name it
  bool short_signatures = false;
  std::vector<Index> length_edges = {};  // empty: no scores by length
  int num_threads = 0;                   // 0: one per core

  /// Whether rows of every line are needed: the corpus must have kept them.
  bool NeedsStatistics() const {
    return confidence || paired != PairedTest::kNone || !length_edges.empty();
  }
};

/// What the signature says of an evaluation with so many references a line.
EvaluationSetting SettingOf(const JudgementOptions& options, Index num_references);

/// The systems in the order of the corpus, each with its verdicts in the order of the metrics.
std::vector<SystemResult> Judge(const EvaluatedCorpus& corpus, const JudgementOptions& options);

}  // namespace talmach
