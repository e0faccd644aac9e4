#include "training/divergence.h"

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/error.h"

namespace talmach {
namespace {

constexpr std::size_t kNamedLines = 10;  // in the message; the file has all

/// Line numbers count from 1 in everything a user reads.
std::string NameLines(const std::vector<SentencePair>& pairs) {
  std::string text;
  for (std::size_t i = 0; i < pairs.size() && i < kNamedLines; ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(pairs[i].line + 1);
  }
  return text + (pairs.size() > kNamedLines ? ", …" : "");
}

}  // namespace

void DivergenceReport::Add(Index update, double loss, double gradient_norm,
                           std::span<const Batch> batches) {
  SkippedUpdate skipped{
      .update = update, .loss = loss, .gradient_norm = gradient_norm, .pairs = {}};
  for (const Batch& batch : batches) {
    skipped.pairs.insert(skipped.pairs.end(), batch.pairs.begin(), batch.pairs.end());
  }
  updates_.push_back(std::move(skipped));
}

void DivergenceReport::GiveUp(const std::string& path, const Tokenizer& source,
                              const Tokenizer& target) const {
  Require(!updates_.empty(), "giving up follows a skipped update");
  std::string text = "# update, line of the training corpus (from 1), source, target\n";
  for (const SkippedUpdate& skipped : updates_) {
    for (const SentencePair& pair : skipped.pairs) {
      text += fmt::format("{}\t{}\t{}\t{}\n", skipped.update, pair.line + 1,
                          source.Decode(pair.source), target.Decode(pair.target));
    }
  }
  std::string lines = "all lines are in " + path;
  try {
    WriteFileAtomically(path, text);
  } catch (const Error& error) {  // a full disk must not hide why training ended
    lines = error.what();
  }
  const SkippedUpdate& last = updates_.back();
  throw NumericError({.where = fmt::format("update {}", last.update),
                      .what = fmt::format("training diverged: {} updates in a row were not finite",
                                          updates_.size()),
                      .expected = "a finite loss and gradient",
                      .got = fmt::format("loss {}, gradient norm {} from corpus lines {}",
                                         last.loss, last.gradient_norm, NameLines(last.pairs)),
                      .hint = lines + "; lower training.learning_rate or clip_norm"});
}

}  // namespace talmach
