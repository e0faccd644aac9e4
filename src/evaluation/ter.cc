// Per line two numbers: the fewest edits against any reference, and the mean length of the
// references. TER is the ratio of their sums. An empty reference is a special case: 0 edits of 0
// words are 0 %, any edit of 0 words 100 %.
//
// The edits themselves are counted in edit_distance.cc. Words are compared as numbers: the interner
// gives equal words of the line the same id, so that no strings are compared in the inner loop.
#include "evaluation/ter.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/unicode_text.h"
#include "evaluation/edit_distance.h"
#include "evaluation/ngram_trie.h"

namespace talmach {
namespace {

constexpr Index kLinesPerTask = 32;

double Rate(double num_edits, double reference_length) {
  if (reference_length > 0) return 100 * (num_edits / reference_length);
  return num_edits > 0 ? 100 : 0;
}

}  // namespace

// Memory of one thread, reused from line to line.
struct Ter::Scratch {
  WordInterner interner;
  EditCounter counter;
  std::deque<std::string> texts;  // what interned words point into
  std::vector<std::string_view> words;
  std::vector<std::uint32_t> hypothesis, reference;
};

TerScore Ter::Corpus(Lines hypotheses, References references) const {
  TerScore score = FromStatistics(Statistics(hypotheses, references).Sum());
  score.signature = Signature({.num_references = CountReferences(references)});
  return score;
}

StatisticsTable Ter::Statistics(Lines hypotheses, References references) const {
  const TableOptions options{
      .width = 2, .lines_per_task = kLinesPerTask, .num_threads = num_threads_};
  return CollectStatistics<Scratch>(hypotheses, references, options,
                                    std::bind_front(&Ter::LineStatistics, this));
}

void Ter::LineStatistics(std::string_view hypothesis,
                         const std::vector<std::string_view>& references, Scratch* scratch,
                         std::span<double> statistics) const {
  scratch->interner.Clear();
  scratch->texts.clear();
  auto read = [&](std::string text, std::vector<std::uint32_t>* ids) {
    SplitWhitespace(scratch->texts.emplace_back(std::move(text)), &scratch->words);
    scratch->interner.Intern(scratch->words, ids);
  };
  read(NormalizeForTer(hypothesis, options_), &scratch->hypothesis);
  Index fewest = std::numeric_limits<Index>::max();
  Index length_sum = 0;
  for (const std::string_view reference : references) {
    std::string text = NormalizeForTer(reference, options_);
    // sacreBLEU does this twice to references, which matters where one pass leaves work to do: in
    // "it's, so" the comma is only split off "'s" behind the step that looks for "'s ".
    if (options_.normalize) text = NormalizeForTer(text, options_);
    read(std::move(text), &scratch->reference);
    fewest = std::min(fewest, scratch->counter.Count(scratch->hypothesis, scratch->reference));
    length_sum += static_cast<Index>(scratch->reference.size());
  }
  statistics[0] = static_cast<double>(fewest);
  statistics[1] = static_cast<double>(length_sum) / static_cast<double>(references.size());
}

TerScore Ter::FromStatistics(std::span<const double> sums) const {
  Require(sums.size() == 2, "not statistics of TER");
  return {.score = Rate(sums[0], sums[1]),
          .num_edits = std::lround(sums[0]),
          .reference_length = sums[1]};
}

std::string Ter::Signature(const EvaluationSetting& setting) const {
  auto yes_no = [](bool value) -> std::string { return value ? "yes" : "no"; };
  return JoinSignature(setting, {{"case", "c", options_.case_sensitive ? "mixed" : "lc"},
                                 {"tok", "t", "tercom"},
                                 {"norm", "nr", yes_no(options_.normalize)},
                                 {"punct", "pn", yes_no(!options_.remove_punctuation)},
                                 {"asian", "as", yes_no(options_.asian_support)}});
}

}  // namespace talmach
