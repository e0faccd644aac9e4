// Translation: lines in, as many translations out.
//
//   #include <talmach/translator.h>
//
//   const talmach::Translator translator({"runs/phrasebook/model"});
//   const std::vector<std::string> lines = {"She called her mother.", "Where is the station?"};
//   for (const talmach::Translation& translation : translator.Translate(lines)) {
//     std::cout << translation.best().score << ' ' << translation.best().text << '\n';
//   }
//
// A line's translation depends on the line, the models and the options alone: neither on the lines
// around it nor on the number of threads. Hand over some thousand lines at a time where there are
// many: they are sorted by length and translated in mini-batches by several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "talmach/attention_map.h"
#include "talmach/error.h"
#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

/// The numbers that go into matrix products; all else is float32.
enum class Precision { kFloat32, kBFloat16, kInt8 };

/// How models are loaded and lines cut into work. What is left unset is taken from the section
/// `translation` of the configuration in the first model's directory, as `talmach translate` does.
struct TranslatorOptions {
  std::optional<Precision> precision = {};      // bfloat16 becomes float32 where it would be slow
  std::int64_t threads = 0;                     // of one call; 0: as many as there are cores
  std::optional<std::int64_t> mini_batch = {};  // sentences translated together
  std::optional<std::int64_t> max_length = {};  // in pieces; longer lines are cut
  std::string shortlist = {};  // a file of `talmach shortlist`: the words that may be used
};

/// What becomes of words the model has no piece for. `kAllow`: a produced `<unk>` is printed;
/// `kBan`: it is never produced; `kReplace`: it becomes the source word with the largest attention.
enum class UnknownWords { kAllow, kBan, kReplace };

/// Translations drawn at random instead of searched for.
struct Sampling {
  enum class From { kAllTokens, kTopK, kTopP };

  From from = From::kAllTokens;
  std::int64_t top_k = 10;   // the most probable tokens to choose from
  double top_p = 0.9;        // or the fewest whose probabilities reach this, in (0, 1]
  double temperature = 1.0;  // > 0
  std::uint64_t seed = 1;    // with a line's number it determines the line's sample
};

/// One call. What is left unset is taken from the configuration of the model.
struct TranslateOptions {
  std::optional<std::int64_t> beam_size = {};    // 1 is greedy search
  std::optional<double> normalize = {};          // α of log p / length^α; 0: none
  std::optional<double> max_length_factor = {};  // longest translation, in source lengths
  std::optional<UnknownWords> unknown_words = {};
  std::int64_t n_best = 1;                 // candidates of a line, ≤ beam_size
  std::optional<Sampling> sampling = {};   // instead of beam search; one candidate
  std::vector<std::string> prefixes = {};  // a beginning for each translation, or none
  std::int64_t first_line = 0;             // the number of the first line
  /// Asked before every step of a beam search, from any of the call's threads and from several at
  /// once; must not throw. Once it says true, the call ends with an Error.
  std::function<bool()> should_stop = {};
};

/// A text with what the model thinks of it.
struct ScoredText {
  std::string text = {};
  std::vector<float> piece_scores = {};  // log p of each target piece and of "</s>", nats
  double log_probability = 0.0;          // their sum
  double score = 0.0;           // divided by length^normalize: what candidates are ranked by
  AttentionMap attention = {};  // over pieces; see MergeWords
};

/// The candidates of one line, best first; at least one. An empty line has one empty candidate.
struct Translation {
  std::vector<ScoredText> candidates = {};
  bool source_cut = false;  // the line or its prefix was longer than max_length

  const ScoredText& best() const { return candidates.front(); }
};

/// One model, or several that share their vocabularies and vote (an ensemble).
///
/// Threads: any number may call Translate at once. Each call works in `threads` threads, itself
/// among them; calls share the models and wait for nothing. Copies share everything.
/// Lifetime: results refer to nothing. Destroy a translator when its calls have returned.
/// Processes: a translator may be used after a fork, in parent and child, if no call was under way
/// while it happened.
class Translator {
 public:
  /// Loads the models of the directories. Throws ModelError if one is missing, damaged, of another
  /// format version, or of other vocabularies; ConfigError if options are impossible.
  explicit Translator(const std::vector<std::string>& directories,
                      const TranslatorOptions& options = {});

  /// Translates lines of UTF-8; what is ill-formed in them counts as U+FFFD. Throws ConfigError if
  /// options are impossible, NumericError if a model yields NaN, Error if it is stopped or the
  /// system refuses threads, std::logic_error unless there are as many prefixes as lines, or none.
  std::vector<Translation> Translate(std::span<const std::string> lines,
                                     const TranslateOptions& options = {}) const;

 private:
  friend class Scorer;  // which can use the same models
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace TALMACH_NAMESPACE
