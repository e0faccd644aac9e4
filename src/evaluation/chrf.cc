// Three counts for each order of n-grams, in the hypothesis, in the reference, in both, are the
// statistics of a line. Sums of them over lines give precision = both / hypothesis and recall =
// both / reference for each order.
//
// What is averaged is a matter of definition: precision and recall over the orders that occur on
// both sides, then one F-score (chrF as published and as sacreBLEU computes it), or the F-scores of
// all orders (`epsilon_smoothing`). An order that the hypothesis or the reference is too short for
// is left out of the first average; if that is every order, as for an empty line, the score is 0.
//
// A hypothesis compared with a shorter reference still has n-grams of an order that the reference
// lacks; sacreBLEU counts them as 0 where the reference has none, and so does CompareNgrams.
#include "evaluation/chrf.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "base/unicode_text.h"
#include "evaluation/ngram_trie.h"

namespace talmach {
namespace {

constexpr Index kLinesPerTask = 128;
constexpr double kEpsilon = 1e-16;

bool IsAsciiPunctuation(char byte) {
  return (byte >= '!' && byte <= '/') || (byte >= ':' && byte <= '@') ||
         (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

bool IsOneCharacter(std::string_view word) { return DecodeUtf8(word).size() == 1; }

// Splits one punctuation mark off each word: the last character or, if that is none, the first.
// "(hi)" becomes "(hi" and ")" only: published scores depend on it.
void SplitOffPunctuation(std::string_view line, std::vector<std::string_view>* words) {
  for (const std::string_view word : SplitWhitespace(line)) {
    const bool last = IsAsciiPunctuation(word.back());
    const bool first = IsAsciiPunctuation(word.front());
    if ((!first && !last) || IsOneCharacter(word)) {
      words->push_back(word);
      continue;
    }
    const std::size_t split = last ? word.size() - 1 : 1;
    words->push_back(word.substr(0, split));
    words->push_back(word.substr(split));
  }
}

// Writes (hypothesis, reference, common) counts of n-grams for the orders 1 … max_order.
void CompareNgrams(const std::vector<std::uint32_t>& hypothesis,
                   const std::vector<std::uint32_t>& reference, Index max_order, NgramTrie* trie,
                   double* triples) {
  std::vector<double> matches(max_order);
  trie->Clear();
  trie->AddReference(reference, max_order);
  trie->CountMatches(hypothesis, max_order, matches.data());
  auto count = [](const std::vector<std::uint32_t>& symbols, Index order) {
    return static_cast<double>(std::max<Index>(0, static_cast<Index>(symbols.size()) - order));
  };
  for (Index order = 0; order < max_order; ++order) {
    const double num_reference = count(reference, order);
    triples[3 * order] = num_reference > 0 ? count(hypothesis, order) : 0;
    triples[3 * order + 1] = num_reference;
    triples[3 * order + 2] = matches[order];
  }
}

double FScore(double precision, double recall, double factor, double otherwise) {
  const double denominator = factor * precision + recall;
  return denominator > 0 ? (1 + factor) * precision * recall / denominator : otherwise;
}

}  // namespace

// Memory of one thread, reused from line to line.
struct Chrf::Scratch {
  WordInterner interner;
  NgramTrie trie;
  std::deque<std::string> lowered;  // what interned words point into
  std::vector<std::string_view> words;
  std::vector<std::uint32_t> hypothesis_characters, hypothesis_words;
  std::vector<std::uint32_t> reference_characters, reference_words;
  std::vector<double> triples;
};

Chrf::Chrf(ChrfOptions options, int num_threads) : options_(options), num_threads_(num_threads) {
  auto check = [](const char* name, Index value, Index least) {
    if (value >= least && value <= 100) return;
    throw ConfigError({.where = name,
                       .expected = std::to_string(least) + " to 100",
                       .got = std::to_string(value)});
  };
  check("chrF character order", options_.character_order, 1);
  check("chrF word order", options_.word_order, 0);
  check("chrF beta", options_.beta, 0);
}

std::string Chrf::Name() const {
  return "chrF" + std::to_string(options_.beta) +
         std::string(static_cast<std::size_t>(options_.word_order), '+');
}

ChrfScore Chrf::Corpus(Lines hypotheses, References references) const {
  return {.score = FromStatistics(Statistics(hypotheses, references).Sum()),
          .signature = Signature({.num_references = CountReferences(references)})};
}

StatisticsTable Chrf::Statistics(Lines hypotheses, References references) const {
  const TableOptions options{
      .width = 3 * NumOrders(), .lines_per_task = kLinesPerTask, .num_threads = num_threads_};
  return CollectStatistics<Scratch>(hypotheses, references, options,
                                    std::bind_front(&Chrf::LineStatistics, this));
}

void Chrf::Read(std::string_view line, Scratch* scratch, std::vector<std::uint32_t>* characters,
                std::vector<std::uint32_t>* words) const {
  if (options_.lower_case) line = scratch->lowered.emplace_back(LowerCase(line));
  characters->clear();
  for (const char32_t character : DecodeUtf8(line)) {
    if (options_.whitespace || !IsWhitespace(character)) characters->push_back(character);
  }
  if (options_.word_order == 0) return;
  scratch->words.clear();
  SplitOffPunctuation(line, &scratch->words);
  scratch->interner.Intern(scratch->words, words);
}

void Chrf::LineStatistics(std::string_view hypothesis,
                          const std::vector<std::string_view>& references, Scratch* scratch,
                          std::span<double> statistics) const {
  scratch->interner.Clear();
  scratch->lowered.clear();
  scratch->triples.resize(statistics.size());
  Read(hypothesis, scratch, &scratch->hypothesis_characters, &scratch->hypothesis_words);
  double best_score = -1;
  for (const std::string_view reference : references) {
    Read(reference, scratch, &scratch->reference_characters, &scratch->reference_words);
    double* triples = scratch->triples.data();
    CompareNgrams(scratch->hypothesis_characters, scratch->reference_characters,
                  options_.character_order, &scratch->trie, triples);
    CompareNgrams(scratch->hypothesis_words, scratch->reference_words, options_.word_order,
                  &scratch->trie, triples + 3 * options_.character_order);
    const double score = FromStatistics(scratch->triples);
    if (score <= best_score) continue;
    best_score = score;
    std::copy(scratch->triples.begin(), scratch->triples.end(), statistics.begin());
  }
}

double Chrf::FromStatistics(std::span<const double> sums) const {
  Require(static_cast<Index>(sums.size()) == 3 * NumOrders(), "not statistics of chrF");
  const double factor = static_cast<double>(options_.beta * options_.beta);
  double sum_of_scores = 0, precision_sum = 0, recall_sum = 0, effective_order = 0;
  for (Index order = 0; order < NumOrders(); ++order) {
    const double in_hypothesis = sums[3 * order];
    const double in_reference = sums[3 * order + 1];
    const double common = sums[3 * order + 2];
    const double precision = in_hypothesis > 0 ? common / in_hypothesis : kEpsilon;
    const double recall = in_reference > 0 ? common / in_reference : kEpsilon;
    sum_of_scores += FScore(precision, recall, factor, kEpsilon);
    if (in_hypothesis == 0 || in_reference == 0) continue;
    precision_sum += precision;
    recall_sum += recall;
    effective_order += 1;
  }
  if (options_.epsilon_smoothing) return 100 * sum_of_scores / static_cast<double>(NumOrders());
  if (effective_order == 0) return 0;
  return 100 * FScore(precision_sum / effective_order, recall_sum / effective_order, factor, 0);
}

std::string Chrf::Signature(const EvaluationSetting& setting) const {
  return JoinSignature(setting, {{"case", "c", options_.lower_case ? "lc" : "mixed"},
                                 {"eff", "e", options_.epsilon_smoothing ? "no" : "yes"},
                                 {"nc", "nc", std::to_string(options_.character_order)},
                                 {"nw", "nw", std::to_string(options_.word_order)},
                                 {"space", "s", options_.whitespace ? "yes" : "no"}});
}

}  // namespace talmach
