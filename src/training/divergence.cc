// Tested by tests/training/trainer_test.cc.
#include "training/divergence.h"

#include <fmt/format.h>

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

constexpr std::size_t kNamedLines = 10;  // in the message; the file has all

std::string Advice() {
  return fmt::format("start anew (--fresh, or another -m) with a lower {} or {}",
                     KeyName(&Config::training, &TrainingOptions::learning_rate),
                     KeyName(&Config::training, &TrainingOptions::clip_norm));
}

// Numbers count from 1 in everything a user reads: "7", or "2:7" where there are several corpora.
std::string NameLine(const SentencePair& pair, bool has_several) {
  const std::string line = std::to_string(pair.line + 1);
  return has_several ? fmt::format("{}:{}", pair.corpus + 1, line) : line;
}

std::string NameLines(const std::vector<SentencePair>& pairs, bool has_several) {
  std::string text;
  for (std::size_t i = 0; i < pairs.size() && i < kNamedLines; ++i) {
    text += (i > 0 ? ", " : "") + NameLine(pairs[i], has_several);
  }
  return text + (pairs.size() > kNamedLines ? ", …" : "");
}

}  // namespace

std::string DescribeFailure(const UpdateResult& result) {
  return fmt::format("loss {}, gradient norm {}{}", result.sums.loss, result.gradient_norm,
                     result.ruined ? ", weights that are not finite" : "");
}

void DivergenceReport::Add(Index update, const UpdateResult& result,
                           std::span<const Batch> batches) {
  FailedUpdate failed{.update = update, .result = result, .pairs = {}};
  for (const Batch& batch : batches) {
    failed.pairs.insert(failed.pairs.end(), batch.pairs.begin(), batch.pairs.end());
  }
  updates_.push_back(std::move(failed));
}

void DivergenceReport::GiveUp(Index update, const std::string& path, const Tokenizer& source,
                              const Tokenizer& target) const {
  const std::string where = fmt::format("update {}", update);
  if (updates_.empty()) {
    throw NumericError(
        {.where = where,
         .what = "training diverged: the updates before it was resumed were not finite",
         .hint = Advice()});
  }
  std::string text =
      fmt::format("# update, {}line of the training corpus (from 1), source, target\n",
                  has_several_ ? "corpus and " : "");
  for (const FailedUpdate& failed : updates_) {
    for (const SentencePair& pair : failed.pairs) {
      text += fmt::format("{}\t{}\t{}\t{}\n", failed.update, NameLine(pair, has_several_),
                          source.Decode(pair.source), target.Decode(pair.target));
    }
  }
  std::string lines = "all lines are in " + path;
  try {
    WriteFileAtomically(path, text);
  } catch (const Error& error) {  // a full disk must not hide why training ended
    lines = error.what();
  }
  const FailedUpdate& last = updates_.back();
  throw NumericError(
      {.where = where,
       .what =
           fmt::format("training diverged: {} update(s) in a row were not finite", updates_.size()),
       .expected = "a finite loss and gradient, and finite weights after it",
       .got = DescribeFailure(last.result) + " from corpus lines " +
              NameLines(last.pairs, has_several_),
       .hint = lines + "; " + Advice()});
}

}  // namespace talmach
