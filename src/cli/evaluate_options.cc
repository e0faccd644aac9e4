// Tested by tests/cli/evaluate_command_test.cc.
#include "cli/evaluate_options.h"

#include <algorithm>
#include <set>

#include "cli/command_line.h"

namespace talmach {
namespace {

void CheckMetrics(const EvaluateOptions& options) {
  static const std::set<std::string> kKnown = {"bleu", "chrf", "ter", "multi-bleu", "aer"};
  for (const std::string& metric : options.metrics) {
    RequireUsage(kKnown.contains(metric), "--metrics", "bleu, chrf, ter, multi-bleu or aer",
                 metric);
    RequireUsage(metric != "aer" || options.metrics.size() == 1, "--metrics", "aer alone",
                 "other metrics beside it", "alignments are not text");
  }
}

void CheckSystems(const EvaluateOptions& options) {
  const std::vector<std::string>& systems = options.files.hypotheses;
  const auto count = std::to_string(systems.size());
  RequireUsage(std::set(systems.begin(), systems.end()).size() == systems.size(), "--input",
               "different files", "one of them twice");
  const std::vector<std::string>& references = options.files.references;
  RequireUsage(options.files.references_per_file == 1 || references.size() == 1, "--num-refs",
               "one file of references", std::to_string(references.size()));
  const bool reads_input = systems.empty() || std::ranges::count(systems, "-") > 0;
  RequireUsage(!reads_input || std::ranges::count(references, "-") == 0, "--reference",
               "files, standard input being the translations", "-");
  RequireUsage(options.judgement.paired == PairedTest::kNone || systems.size() != 1,
               "--paired-bs, --paired-ar", "two systems or more", count,
               "give them as --input A B");
  if (!options.sentence_level) return;
  RequireUsage(systems.size() <= 1, "--sentence-level", "one system", count);
  RequireUsage(options.metrics.size() == 1, "--sentence-level", "one metric",
               std::to_string(options.metrics.size()));
  RequireUsage(!options.judgement.confidence, "--sentence-level", "no statistical test",
               "--confidence");
}

}  // namespace

void CheckEvaluateOptions(const EvaluateOptions& options) {
  CheckMetrics(options);
  CheckSystems(options);
}

}  // namespace talmach
