// Text in, translations out: n lines in, n translations out, in order, whatever the lines hold.
//
// Translate sorts its lines by length, so that mini-batches have little padding, and spreads the
// mini-batches over worker threads; a line's translation does not depend on its neighbours, the
// size of the mini-batches or the number of threads. Give it some thousand lines at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "base/thread_pool.h"
#include "model/saliency.h"
#include "search/beam_search.h"
#include "search/ensemble.h"
#include "search/sampling.h"
#include "search/shortlist.h"
#include "search/unknown_words.h"
#include "text/tokenizer.h"

namespace talmach {

struct TranslatorOptions {
  BeamSearchOptions beam = {};                   // allow_unknown follows from unknown_words
  std::optional<SamplingOptions> sampling = {};  // instead of beam search
  UnknownWords unknown_words = UnknownWords::kReplace;
  Index max_source_length = 512;  // pieces without `</s>`; longer lines and targets are cut
  Index mini_batch = 64;          // sentences translated together
  Index threads = 1;              // workers, each with batches of its own
  std::shared_ptr<const Shortlist> shortlist = {};  // what translations may use; null: everything
  std::vector<SaliencyMethod> saliency = {};        // what Score adds to attention maps, as layers
  AttentionIntervention intervention = {};          // in searches: Score leaves attention as it is
};

/// A text the model produced or was given, and its scores.
struct ScoredText {
  std::string text;
  std::vector<float> piece_scores;  // log p of each target piece and of `</s>`, nats
  double log_probability = 0.0;     // their sum
  double score = 0.0;               // normalised by length (see NormalisedScore)
  AttentionMap attention;           // pieces and weights; `line` counts from first_line
};

/// Candidates of one line, best first; none only if it was given up. An empty line has one empty
/// candidate.
struct Translation {
  std::vector<ScoredText> candidates;
  bool source_cut = false;  // the line, its prefix or its target was longer than the maximum

  const ScoredText& best() const { return candidates.front(); }
};

/// Const methods may be called from one thread at a time; they start threads of their own. Where
/// the caller is interruptible (base/stop.h), a stop ends them with Interrupted.
class Translator {
 public:
  /// The models must share both vocabularies. Throws ConfigError if options are impossible (there
  /// is saliency of a single model only, and its gradient not in int8), or the sizes of models and
  /// tokenizers differ; Error if the system refuses threads.
  Translator(std::vector<std::shared_ptr<const InferenceModel>> models,
             std::shared_ptr<const Tokenizer> source, std::shared_ptr<const Tokenizer> target,
             const TranslatorOptions& options);
  ~Translator();

  /// Translates lines of UTF-8. `prefixes` is empty or has a text for each line that its
  /// translation begins with. `first_line` is the number of the first line in the whole input: it
  /// seeds sampling and numbers the attention maps. Beam searches of lines that are `given_up` (by
  /// their number in the call, asked in the threads of the workers) end without candidates.
  std::vector<Translation> Translate(std::span<const std::string> lines,
                                     std::span<const std::string> prefixes = {},
                                     Index first_line = 0, const GivenUp& given_up = {}) const;

  /// Scores target lines as translations of the source lines (teacher forcing); as many results
  /// as lines, each with the target as its text. Both sides are cut at max_source_length. An empty
  /// side is scored like any other: as `</s>` alone. The saliencies of the options become layers
  /// of the attention maps.
  std::vector<Translation> Score(std::span<const std::string> sources,
                                 std::span<const std::string> targets, Index first_line = 0) const;

  /// The search from now on. Throws ConfigError, and changes nothing, if `beam` is impossible.
  void set_beam(const BeamSearchOptions& beam);

  const TranslatorOptions& options() const { return options_; }
  const Tokenizer& source_tokenizer() const { return *source_; }
  const Tokenizer& target_tokenizer() const { return *target_; }

 private:
  struct Task;
  using BatchWork = std::function<void(std::span<const Task>, EnsembleWorkspace&)>;

  void RunInBatches(std::vector<Task>& tasks, const BatchWork& work) const;
  void TranslateBatch(std::span<const Task> tasks, Index first_line, const GivenUp& given_up,
                      EnsembleWorkspace& workspace, std::vector<Translation>& results) const;
  void ScoreBatch(std::span<const Task> tasks, Index first_line, EnsembleWorkspace& workspace,
                  std::vector<Translation>& results) const;
  ScoredText MakeScoredText(const Task& task, Hypothesis hypothesis, Index first_line,
                            std::vector<std::string> source_pieces) const;

  Ensemble ensemble_;
  std::shared_ptr<const Tokenizer> source_;
  std::shared_ptr<const Tokenizer> target_;
  TranslatorOptions options_;
  mutable std::vector<EnsembleWorkspace> workspaces_;  // one per worker
  std::unique_ptr<ThreadPool> pool_;                   // none for one worker
};

}  // namespace talmach
