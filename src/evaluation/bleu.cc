// A corpus score is a function of ten sums per line: the length of the hypothesis, the length of
// the closest reference, and for each order 1 to 4 the matched n-grams and all n-grams. A table of
// them is made once; the score of any set of lines (the corpus, a resample, a bucket of lengths)
// follows from sums of its rows.
//
// FromStatistics follows sacreBLEU step by step, since smoothing depends on the order of the steps:
// add-k changes counts and totals of orders above 1 first; an order without any n-gram ends the
// loop; "exp" halves its substitute with every order that has no match; and a corpus without a
// single match scores 0 before any smoothing.
#include "evaluation/bleu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/unicode_text.h"
#include "evaluation/ngram_trie.h"

namespace talmach {
namespace {

constexpr Index kWidth = 2 + 2 * kBleuOrder;  // columns of the statistics
constexpr Index kLinesPerTask = 256;
constexpr double kLogOfZero = -9999999999.0;  // sacreBLEU's: exp of a quarter of it is 0

double LogOrFloor(double value) { return value == 0 ? kLogOfZero : std::log(value); }

double BrevityPenalty(double hypothesis_length, double reference_length) {
  if (hypothesis_length >= reference_length) return 1;
  return hypothesis_length > 0 ? std::exp(1 - reference_length / hypothesis_length) : 0;
}

// The length nearest to that of the hypothesis; the shorter of two equally near ones.
Index ClosestLength(Index hypothesis_length, const std::vector<Index>& reference_lengths) {
  return *std::min_element(reference_lengths.begin(), reference_lengths.end(),
                           [hypothesis_length](Index a, Index b) {
                             return std::pair(std::abs(a - hypothesis_length), a) <
                                    std::pair(std::abs(b - hypothesis_length), b);
                           });
}

std::string SmoothingName(BleuSmoothing smoothing) {
  switch (smoothing) {
    case BleuSmoothing::kNone:
      return "none";
    case BleuSmoothing::kFloor:
      return "floor";
    case BleuSmoothing::kAddK:
      return "add-k";
    case BleuSmoothing::kExponential:
      return "exp";
  }
  return {};
}

bool TakesValue(BleuSmoothing smoothing) {
  return smoothing == BleuSmoothing::kFloor || smoothing == BleuSmoothing::kAddK;
}

}  // namespace

double BleuScore::LengthRatio() const {
  if (reference_length == 0) return 0;
  return static_cast<double>(hypothesis_length) / static_cast<double>(reference_length);
}

// Memory of one thread, reused from line to line.
struct Bleu::Scratch {
  WordInterner words;
  NgramTrie ngrams;
  std::vector<std::string> texts;  // tokenized references, then the hypothesis
  std::vector<std::string_view> tokens;
  std::vector<std::uint32_t> ids;
  std::vector<Index> reference_lengths;
};

Bleu::Bleu(BleuOptions options, int num_threads)
    : options_(std::move(options)), num_threads_(num_threads) {
  if (options_.smoothing_value && *options_.smoothing_value < 0) {
    throw ConfigError({.where = "BLEU smoothing value",
                       .expected = ">= 0",
                       .got = fmt::format("{}", *options_.smoothing_value)});
  }
}

BleuScore Bleu::Corpus(Lines hypotheses, References references) const {
  BleuScore score = FromStatistics(Statistics(hypotheses, references).Sum());
  score.signature = Signature({.num_references = CountReferences(references)});
  return score;
}

BleuScore Bleu::Sentence(std::string_view hypothesis,
                         std::span<const std::string> references) const {
  const std::vector<std::string> line{std::string(hypothesis)};
  std::vector<std::vector<std::string>> sets;
  for (const std::string& reference : references) sets.push_back({reference});
  return Corpus(line, sets);
}

StatisticsTable Bleu::Statistics(Lines hypotheses, References references) const {
  const TableOptions options{
      .width = kWidth, .lines_per_task = kLinesPerTask, .num_threads = num_threads_};
  return CollectStatistics<Scratch>(hypotheses, references, options,
                                    std::bind_front(&Bleu::LineStatistics, this));
}

void Bleu::LineStatistics(std::string_view hypothesis,
                          const std::vector<std::string_view>& references, Scratch* scratch,
                          std::span<double> statistics) const {
  scratch->words.Clear();
  scratch->ngrams.Clear();
  scratch->texts.clear();
  scratch->texts.reserve(references.size() + 1);  // views into the texts must stay valid
  scratch->reference_lengths.clear();
  auto read = [&](std::string_view line) {
    SplitWhitespace(scratch->texts.emplace_back(Tokenize(line)), &scratch->tokens);
    scratch->words.Intern(scratch->tokens, &scratch->ids);
    return static_cast<Index>(scratch->ids.size());
  };
  for (const std::string_view reference : references) {
    scratch->reference_lengths.push_back(read(reference));
    scratch->ngrams.AddReference(scratch->ids, kBleuOrder);
  }
  const Index length = read(hypothesis);
  statistics[0] = static_cast<double>(length);
  statistics[1] = static_cast<double>(ClosestLength(length, scratch->reference_lengths));
  scratch->ngrams.CountMatches(scratch->ids, kBleuOrder, &statistics[2]);
  for (Index order = 0; order < kBleuOrder; ++order) {
    statistics[2 + kBleuOrder + order] = static_cast<double>(std::max<Index>(0, length - order));
  }
}

BleuScore Bleu::FromStatistics(std::span<const double> sums) const {
  Require(sums.size() == kWidth, "not statistics of BLEU");
  BleuScore score;
  score.hypothesis_length = std::lround(sums[0]);
  score.reference_length = std::lround(sums[1]);
  score.brevity_penalty = BrevityPenalty(sums[0], sums[1]);
  std::copy_n(sums.begin() + 2, kBleuOrder, score.counts.begin());
  std::copy_n(sums.begin() + 2 + kBleuOrder, kBleuOrder, score.totals.begin());
  if (std::all_of(score.counts.begin(), score.counts.end(), [](double c) { return c == 0; })) {
    return score;
  }
  double zero_divisor = 1;
  Index effective_order = kBleuOrder;
  for (Index order = 0; order < kBleuOrder; ++order) {
    double& count = score.counts[order];
    double& total = score.totals[order];
    if (options_.smoothing == BleuSmoothing::kAddK && order > 0) {
      count += SmoothingValue();
      total += SmoothingValue();
    }
    if (total == 0) break;
    if (options_.effective_order) effective_order = order + 1;
    if (count != 0) {
      score.precisions[order] = 100 * count / total;
    } else if (options_.smoothing == BleuSmoothing::kExponential) {
      zero_divisor *= 2;
      score.precisions[order] = 100 / (zero_divisor * total);
    } else if (options_.smoothing == BleuSmoothing::kFloor) {
      score.precisions[order] = 100 * SmoothingValue() / total;
    }
  }
  double log_sum = 0;
  for (Index order = 0; order < effective_order; ++order) {
    log_sum += LogOrFloor(score.precisions[order]);
  }
  score.score = score.brevity_penalty * std::exp(log_sum / static_cast<double>(effective_order));
  return score;
}

std::string Bleu::Signature(const EvaluationSetting& setting) const {
  std::string smoothing = SmoothingName(options_.smoothing);
  if (TakesValue(options_.smoothing)) smoothing += fmt::format("[{:.2f}]", SmoothingValue());
  return JoinSignature(setting, {{"case", "c", options_.lower_case ? "lc" : "mixed"},
                                 {"eff", "e", options_.effective_order ? "yes" : "no"},
                                 {"tok", "tok", options_.tokenizer.name},
                                 {"smooth", "s", smoothing}});
}

std::string Bleu::Tokenize(std::string_view line) const {
  if (!options_.lower_case) return options_.tokenizer.tokenize(StripRight(line));
  const std::string lowered = LowerCase(line);
  return options_.tokenizer.tokenize(StripRight(lowered));
}

double Bleu::SmoothingValue() const {
  if (options_.smoothing_value) return *options_.smoothing_value;
  return options_.smoothing == BleuSmoothing::kFloor ? 0.1 : 1.0;
}

}  // namespace talmach
