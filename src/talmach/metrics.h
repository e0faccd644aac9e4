// Scores of translations against references: BLEU, chrF and TER, with sacreBLEU's numbers.
//
//   #include <talmach/metrics.h>
//
//   const std::vector<std::string> hypotheses = {"The dog bit the man.", "It was a dog."};
//   const std::vector<std::vector<std::string>> references = {
//       {"The dog bites the man.", "It was a dog."}};
//   const talmach::BleuScore bleu = talmach::CorpusBleu(hypotheses, references);
//   std::cout << bleu.score << ' ' << bleu.signature << '\n';  // … nrefs:1|case:mixed|…
//   std::cout << talmach::CorpusChrf(hypotheses, references, {.word_order = 2}).score << '\n';
//   std::cout << talmach::CorpusTer(hypotheses, references).score << '\n';
//
// References are [reference][line]: one or more sets, each with as many lines as the hypotheses. An
// empty reference is one of length 0. Signatures are sacreBLEU's (Post 2018), with Talmach's
// version. A line by itself is a corpus of one line; use `effective_order` for its BLEU.
//
// Functions may be called by several threads at once. They throw DataError if the numbers of lines
// differ or there is no reference, and ConfigError for options that make no sense.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "talmach/error.h"
#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

using Lines = std::span<const std::string>;
using References = std::span<const std::vector<std::string>>;

/// What becomes of n-gram precisions of 0 (Chen and Cherry, WMT 2014): they stay; their count
/// becomes `smoothing_value` (0.1); the value (1) is added to the counts of all orders above 1; the
/// i-th of them becomes 1 / 2^i of an n-gram.
enum class BleuSmoothing { kNone, kFloor, kAddK, kExponential };

struct BleuOptions {
  std::string tokenizer = "13a";  // or none, char, intl, zh
  bool lower_case = false;
  BleuSmoothing smoothing = BleuSmoothing::kExponential;
  std::optional<double> smoothing_value = {};  // for kFloor and kAddK; their default otherwise
  bool effective_order = false;                // leave out orders longer than the text
  int threads = 0;                             // 0: as many as there are cores
};

struct BleuScore {
  double score = 0;                       // 0 … 100
  std::array<double, 4> precisions = {};  // percent, smoothed
  std::array<double, 4> counts = {};      // matched n-grams, plus what kAddK adds
  std::array<double, 4> totals = {};      // n-grams of the hypotheses, likewise
  double brevity_penalty = 0;
  std::int64_t hypothesis_length = 0;  // tokens
  std::int64_t reference_length = 0;
  std::string signature = {};
};

struct ChrfOptions {
  std::int64_t character_order = 6;  // longest n-grams of characters
  std::int64_t word_order = 0;       // longest n-grams of words; 2 is chrF++
  std::int64_t beta = 2;             // how many times more recall counts than precision
  bool lower_case = false;
  bool whitespace = false;         // keep white space among the characters
  bool epsilon_smoothing = false;  // average F over all orders, as chrF++.py, NLTK and Moses do
  int threads = 0;                 // 0: as many as there are cores
};

struct ChrfScore {
  double score = 0;       // 0 … 100
  std::string name = {};  // "chrF2", "chrF2++"
  std::string signature = {};
};

struct TerOptions {
  bool normalize = false;           // unescape entities, split Western punctuation
  bool remove_punctuation = false;  // . , ? : ; ! " ( )
  bool asian_support = false;       // with the above: split Chinese characters, Asian punctuation
  bool case_sensitive = false;      // otherwise lower-case
  int threads = 0;                  // 0: as many as there are cores
};

struct TerScore {
  double score = 0;  // percent, lower is better, may exceed 100
  std::int64_t num_edits = 0;
  double reference_length = 0;  // words, averaged over the references of each line
  std::string signature = {};
};

/// BLEU (Papineni et al., ACL 2002).
BleuScore CorpusBleu(Lines hypotheses, References references, const BleuOptions& options = {});

/// chrF and chrF++ (Popović, WMT 2015 and 2017).
ChrfScore CorpusChrf(Lines hypotheses, References references, const ChrfOptions& options = {});

/// Translation edit rate (Snover et al. 2006).
TerScore CorpusTer(Lines hypotheses, References references, const TerOptions& options = {});

}  // namespace TALMACH_NAMESPACE
