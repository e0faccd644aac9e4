// One metric at a time: the sums of its tables give the scores, and the rows of the same tables
// give scores by length and go into the tests. The paired bootstrap yields confidence intervals as
// well; where there is none yet, --confidence alone runs a bootstrap. The seed starts anew for each
// metric, so a metric's p-values do not depend on which others are computed.
#include "evaluation/judgement.h"

#include <cstdint>
#include <string>

#include "evaluation/analysis.h"
#include "evaluation/significance.h"

namespace talmach {
namespace {

TrialOptions Trials(const JudgementOptions& options, Index num_trials) {
  return {.num_trials = num_trials,
          .seed = static_cast<std::uint64_t>(options.seed),
          .num_threads = options.num_threads};
}

// p-values and intervals of a metric for all systems, where asked for.
void AddSignificance(const Metric& metric, const std::vector<StatisticsTable>& tables,
                     const JudgementOptions& options, std::vector<MetricResult>* results) {
  std::vector<PairedResult> paired(tables.size());
  if (options.paired == PairedTest::kBootstrap) {
    paired = PairedBootstrap(tables, metric.score, Trials(options, options.num_resamples));
  } else if (options.paired == PairedTest::kRandomisation) {
    paired = PairedRandomisation(tables, metric.score, Trials(options, options.num_randomisations));
  }
  for (std::size_t s = 0; s < tables.size(); ++s) {
    (*results)[s].p_value = paired[s].p_value;
    (*results)[s].confidence = paired[s].confidence;
    if (options.confidence && !paired[s].confidence) {
      (*results)[s].confidence =
          BootstrapConfidence(tables[s], metric.score, Trials(options, options.num_resamples));
    }
  }
}

}  // namespace

EvaluationSetting SettingOf(const JudgementOptions& options, Index num_references) {
  EvaluationSetting setting{.num_references = num_references,
                            .short_names = options.short_signatures};
  if (options.confidence || options.paired == PairedTest::kBootstrap) {
    setting.num_resamples = options.num_resamples;
  }
  if (options.paired == PairedTest::kRandomisation) {
    setting.num_randomisations = options.num_randomisations;
  }
  if (setting.num_resamples || setting.num_randomisations) {
    setting.seed = options.seed_is_drawn ? "none" : std::to_string(options.seed);
  }
  return setting;
}

std::vector<SystemResult> Judge(const EvaluatedCorpus& corpus, const JudgementOptions& options) {
  std::vector<SystemResult> systems;
  for (const EvaluatedSystem& system : corpus.systems()) systems.push_back({.name = system.name});
  const EvaluationSetting setting = SettingOf(options, corpus.num_references());
  for (std::size_t m = 0; m < corpus.metrics().size(); ++m) {
    const Metric& metric = corpus.metrics()[m];
    std::vector<StatisticsTable> tables;
    std::vector<MetricResult> results;
    for (const EvaluatedSystem& system : corpus.systems()) {
      tables.push_back(system.tables[m]);
      results.push_back(metric.result(tables.back().Sum()));
      results.back().signature = metric.signature(setting);
      if (options.length_edges.empty()) continue;
      results.back().by_length =
          ScoreByLength(tables.back(), corpus.lengths(), options.length_edges, metric.score);
    }
    AddSignificance(metric, tables, options, &results);
    for (std::size_t s = 0; s < systems.size(); ++s) systems[s].metrics.push_back(results[s]);
  }
  return systems;
}

}  // namespace talmach
