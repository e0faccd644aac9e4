// Tested by tests/training/validator_test.cc.
#include "training/validation_set.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "text/corpus.h"

namespace talmach {
namespace {

constexpr std::size_t kBatchSentences = 32;

bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

std::vector<TokenId> WithEnd(std::vector<TokenId> tokens) {
  tokens.push_back(kEndId);
  return tokens;
}

// Batches of similar length, so that the products of late steps still have many rows.
std::vector<Batch> MakeBatches(std::vector<SentencePair> pairs) {
  std::ranges::stable_sort(pairs, [](const SentencePair& a, const SentencePair& b) {
    return a.target.size() > b.target.size();
  });
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i % kBatchSentences == 0) batches.emplace_back();
    batches.back().pairs.push_back(std::move(pairs[i]));
  }
  return batches;
}

}  // namespace

ValidationSet ValidationSet::Read(const CorpusOptions& files, Index max_length,
                                  const Tokenizer& source_tokenizer,
                                  const Tokenizer& target_tokenizer) {
  ParallelCorpus corpus(files.SourceSide(), files.TargetSide());
  LengthFilter filter{.max_length = max_length};
  ValidationSet set{.name = files.DisplayName()};
  std::vector<SentencePair> pairs;
  std::string source_line;
  std::string target_line;
  while (corpus.Next(&source_line, &target_line)) {
    if (IsBlank(source_line) || IsBlank(target_line)) continue;
    std::vector<TokenId> source = source_tokenizer.Encode(source_line);
    std::vector<TokenId> target = target_tokenizer.Encode(target_line);
    set.sources.push_back(source_line);
    set.references.push_back(target_line);
    if (!filter.Keep(std::ssize(source), std::ssize(target))) continue;
    pairs.push_back({.source = WithEnd(std::move(source)),
                     .target = WithEnd(std::move(target)),
                     .line = corpus.num_pairs() - 1});
  }
  if (pairs.empty()) {
    throw DataError({.where = files.tsv.empty() ? files.source + ", " + files.target : files.tsv,
                     .what = "no usable pair of lines for validation",
                     .expected = "lines that are not empty, of at most " +
                                 std::to_string(max_length) + " tokens",
                     .got = filter.Summary()});
  }
  if (!filter.Summary().empty()) {
    Log().warn("cross-entropy of validation on {}: {}", set.name, filter.Summary());
  }
  set.batches = MakeBatches(std::move(pairs));
  return set;
}

std::vector<std::string> ScoreNames(const Config& config) {
  std::vector<std::string> names;
  std::string prefix;  // of the sets behind the first
  for (const CorpusOptions& set : ValidationSets(config)) {
    if (!names.empty()) prefix = set.DisplayName() + ".";
    for (const ValidationMetric metric : config.validation.metrics) {
      names.push_back(prefix + ToString(metric));
    }
  }
  return names;
}

}  // namespace talmach
