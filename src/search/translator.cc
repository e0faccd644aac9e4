// From lines to candidates and back. Each line becomes a Task: its tokens, and where it came from.
// Lines without words are answered at once. The tasks are sorted by length, cut into batches of
// similar lengths and handed to the workers' threads; each batch runs a search (or forced decoding,
// to score given targets) and writes its results to the places of its lines, so the order of the
// output is that of the input without any sorting back.
//
// Turning a hypothesis into text is simple except for unknown tokens. Decode prints SentencePiece's
// mark for them; `replace` puts in the source word with the most attention, for which pieces are
// joined here instead; and a prefix keeps its own letters even if the vocabulary lacks them, since
// its pieces come from its text.
#include "search/translator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "attention/word_units.h"
#include "base/error.h"
#include "base/random.h"
#include "base/stop.h"
#include "kernels/parallel.h"

namespace talmach {

// A line on its way: the tokens of both sides, `</s>` included where the model wants it.
struct Translator::Task {
  Index line = 0;  // in the call
  const std::string* text = nullptr;
  std::vector<TokenId> source;
  std::vector<TokenId> target;             // the prefix, or the target to be scored
  std::vector<std::string> prefix_pieces;  // as they stand in a prefix with unknown ones
};

namespace {

constexpr const char* kUnknownMark = " ⁇ ";  // as Tokenizer::Decode prints it

// The part of a text that is split into pieces: for a whole book on one line, SentencePiece would
// take memory and, for unknown characters, time out of all proportion.
std::string_view Beginning(std::string_view text) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 18;
  if (text.size() <= kMaxBytes) return text;
  std::size_t end = kMaxBytes;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end);
}

// Tokens of `text`, at most `max_length`; sets `*cut` if there were more.
std::vector<TokenId> EncodeLine(const Tokenizer& tokenizer, const std::string& text,
                                Index max_length, bool* cut) {
  const std::string_view beginning = Beginning(text);
  std::vector<TokenId> tokens = tokenizer.Encode(beginning);
  if (beginning.size() < text.size()) *cut = true;
  if (static_cast<Index>(tokens.size()) > max_length) {
    tokens.resize(static_cast<std::size_t>(max_length));
    *cut = true;
  }
  return tokens;
}

// The pieces of a source line and its tokens, `</s>` included. Only the text shows what an unknown
// token stands for.
std::vector<std::string> SourcePieces(const Tokenizer& tokenizer, const std::string& text,
                                      std::span<const TokenId> tokens) {
  std::vector<std::string> pieces;
  if (std::ranges::find(tokens, kUnknownId) != tokens.end()) {
    pieces = tokenizer.EncodePieces(Beginning(text));
    pieces.resize(tokens.size() - 1);
  } else {
    for (const TokenId token : tokens.first(tokens.size() - 1)) {
      pieces.push_back(tokenizer.PieceOf(token));
    }
  }
  pieces = tokenizer.WithWordMarks(std::move(pieces));
  pieces.emplace_back(kEndPiece);
  return pieces;
}

// The source word that target piece `t` looked at most, without its mark; "" if there is none.
std::string MostAttendedWord(const AttentionMap& map, Index t) {
  const std::span<const float> weights = map.Row(t);
  std::string best;
  float best_weight = -1.0f;
  for (const WordSpan& word : FindWords(map.source)) {
    if (map.source[word.begin] == kEndPiece) continue;
    const float weight =
        std::accumulate(weights.begin() + word.begin, weights.begin() + word.end, 0.0f);
    if (weight <= best_weight) continue;
    best_weight = weight;
    best = JoinPieces(std::span(map.source).subspan(word.begin, word.end - word.begin), "");
  }
  return best;
}

// The translation of a line without words.
ScoredText EmptyTranslation(Index line) {
  ScoredText result;
  result.attention.line = line;
  return result;
}

// Replaces each `<unk>` among the target pieces from `first` on by a source word.
void ReplaceUnknownPieces(std::span<const TokenId> tokens, Index first, AttentionMap& map) {
  for (Index t = first; t < map.target_length(); ++t) {
    if (tokens[t] != kUnknownId) continue;
    const bool mark_stands_before = t > 0 && map.target[t - 1] == kWordMark;
    map.target[t] = (mark_stands_before ? "" : std::string(kWordMark)) + MostAttendedWord(map, t);
  }
}

// The text of target pieces, `</s>` left out.
std::string TextOfPieces(std::span<const std::string> pieces) {
  if (!pieces.empty() && pieces.back() == kEndPiece) pieces = pieces.first(pieces.size() - 1);
  const std::string text = JoinPieces(pieces, " ");
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

void CheckSaliency(const std::vector<SaliencyMethod>& methods, const Ensemble& ensemble) {
  if (methods.empty()) return;
  if (ensemble.size() > 1) {
    throw ConfigError({.where = "saliency",
                       .what = "is of a single model",
                       .expected = "one model",
                       .got = std::to_string(ensemble.size())});
  }
  const bool frozen = ensemble.model(0).model().precision() == Precision::kInt8;
  if (!frozen || std::ranges::find(methods, SaliencyMethod::kGradient) == methods.end()) return;
  throw ConfigError({.where = "saliency",
                     .what = "int8 weights have no gradient",
                     .expected = "precision float32 or bfloat16",
                     .got = "int8"});
}

}  // namespace

Translator::Translator(std::vector<std::shared_ptr<const InferenceModel>> models,
                       std::shared_ptr<const Tokenizer> source,
                       std::shared_ptr<const Tokenizer> target, const TranslatorOptions& options)
    : ensemble_(std::move(models), options.intervention),
      source_(std::move(source)),
      target_(std::move(target)),
      options_(options),
      workspaces_(static_cast<std::size_t>(std::max<Index>(options.threads, 1))) {
  set_beam(options.beam);
  if (options_.sampling) Validate(*options_.sampling);
  CheckSaliency(options_.saliency, ensemble_);
  const auto check_positive = [](const char* key, Index value) {
    if (value >= 1) return;
    throw ConfigError({.where = key, .expected = "≥ 1", .got = std::to_string(value)});
  };
  check_positive("max_source_length", options_.max_source_length);
  check_positive("mini_batch", options_.mini_batch);
  check_positive("threads", options_.threads);
  if (options_.shortlist) {
    const Shortlist::Vocabularies& v = options_.shortlist->vocabularies();
    Require(v.source_size == source_->size() && v.target_size == target_->size(),
            "a shortlist for these vocabularies");
  }
  const VocabularySizes& sizes = ensemble_.model(0).model().vocabulary();
  if (sizes.source != source_->size() || sizes.target != target_->size()) {
    throw ConfigError(
        {.where = source_->path(),
         .what = "the vocabularies do not belong to the model",
         .expected = std::to_string(sizes.source) + " source and " + std::to_string(sizes.target) +
                     " target pieces",
         .got = std::to_string(source_->size()) + " and " + std::to_string(target_->size())});
  }
  if (options_.threads > 1) pool_ = std::make_unique<ThreadPool>(options_.threads);
}

Translator::~Translator() = default;

void Translator::set_beam(const BeamSearchOptions& beam) {
  Validate(beam);
  options_.beam = beam;
  options_.beam.allow_unknown = options_.unknown_words != UnknownWords::kBan;
}

ScoredText Translator::MakeScoredText(const Task& task, Hypothesis hypothesis, Index first_line,
                                      std::vector<std::string> source_pieces) const {
  ScoredText result;
  AttentionMap& map = result.attention;
  map.line = first_line + task.line;
  map.source = std::move(source_pieces);
  std::vector<std::string> pieces;
  for (const TokenId token : hypothesis.tokens) {
    if (token != kEndId) pieces.push_back(target_->PieceOf(token));
  }
  std::ranges::copy(task.prefix_pieces, pieces.begin());
  map.target = target_->WithWordMarks(std::move(pieces));
  if (map.target.size() < hypothesis.tokens.size()) map.target.emplace_back(kEndPiece);
  map.weights = std::move(hypothesis.attention);
  map.score = hypothesis.log_probability;
  const Index prefix_length = std::ssize(task.prefix_pieces);
  const bool has_unknown =
      std::ranges::find(hypothesis.tokens, kUnknownId) != hypothesis.tokens.end();
  if (has_unknown && options_.unknown_words == UnknownWords::kReplace) {
    ReplaceUnknownPieces(hypothesis.tokens, prefix_length, map);
    result.text = TextOfPieces(map.target);
  } else if (prefix_length > 0) {
    std::vector<std::string> shown = map.target;
    for (Index t = prefix_length; t < map.target_length(); ++t) {
      if (hypothesis.tokens[t] == kUnknownId) shown[t] = kUnknownMark;
    }
    result.text = TextOfPieces(shown);
  } else {
    result.text = target_->Decode(hypothesis.tokens);
  }
  result.piece_scores = std::move(hypothesis.log_probabilities);
  result.log_probability = hypothesis.log_probability;
  result.score = hypothesis.score;
  return result;
}

void Translator::TranslateBatch(std::span<const Task> tasks, Index first_line,
                                const GivenUp& given_up, EnsembleWorkspace& workspace,
                                std::vector<Translation>& results) const {
  std::vector<std::vector<TokenId>> sources, prefixes, candidates;
  std::vector<std::uint64_t> keys;
  for (const Task& task : tasks) {
    sources.push_back(task.source);
    prefixes.push_back(task.target);
    if (!options_.shortlist) continue;
    candidates.push_back(options_.shortlist->Candidates(task.source, task.target));
  }
  const SearchInputs inputs = {.sources = sources, .prefixes = prefixes, .candidates = candidates};
  std::vector<std::vector<Hypothesis>> lists;
  if (options_.sampling) {
    for (const Task& task : tasks) {
      keys.push_back(
          DeriveKey(options_.sampling->seed, static_cast<std::uint64_t>(first_line + task.line)));
    }
    for (Hypothesis& sample : SampleTranslations(ensemble_, inputs, keys, options_.beam,
                                                 *options_.sampling, workspace)) {
      lists.emplace_back().push_back(std::move(sample));
    }
  } else {
    GivenUp task_given_up;
    if (given_up) task_given_up = [&](Index task) { return given_up(tasks[task].line); };
    lists = BeamSearch(ensemble_, inputs, options_.beam, workspace, task_given_up);
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const std::vector<std::string> source_pieces =
        SourcePieces(*source_, *tasks[i].text, tasks[i].source);
    for (Hypothesis& hypothesis : lists[i]) {
      results[tasks[i].line].candidates.push_back(
          MakeScoredText(tasks[i], std::move(hypothesis), first_line, source_pieces));
    }
  }
}

// The log-probability of the mean probability, and the mean attention, as in a search.
void Translator::ScoreBatch(std::span<const Task> tasks, Index first_line,
                            EnsembleWorkspace& workspace, std::vector<Translation>& results) const {
  Batch batch;
  for (const Task& task : tasks) batch.pairs.push_back({task.source, task.target, task.line});
  workspace.Prepare(ensemble_.size());
  std::vector<ForcedDecoding> mean =
      ensemble_.model(0).model().ForceDecode(batch, *workspace.arenas[0]);
  for (Index m = 1; m < ensemble_.size(); ++m) {
    const std::vector<ForcedDecoding> other =
        ensemble_.model(m).model().ForceDecode(batch, *workspace.arenas[m]);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      AccumulateInLogSpace(other[i].log_probabilities, mean[i].log_probabilities);
      AddTo(other[i].attention, mean[i].attention);
    }
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    DivideSums(ensemble_.size(), mean[i].log_probabilities, mean[i].attention);
    Hypothesis hypothesis{.tokens = tasks[i].target,
                          .log_probabilities = std::move(mean[i].log_probabilities),
                          .attention = std::move(mean[i].attention)};
    for (const float value : hypothesis.log_probabilities) hypothesis.log_probability += value;
    hypothesis.score =
        NormalisedScore(hypothesis.log_probability, static_cast<Index>(tasks[i].target.size()),
                        options_.beam.normalize);
    results[tasks[i].line].candidates.push_back(
        MakeScoredText(tasks[i], std::move(hypothesis), first_line,
                       SourcePieces(*source_, *tasks[i].text, tasks[i].source)));
  }
  for (const SaliencyMethod method : options_.saliency) {
    std::vector<std::vector<float>> matrices =
        ComputeSaliency(ensemble_.model(0).model(), batch, method, *workspace.arenas[0]);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      results[tasks[i].line].candidates.back().attention.layers.push_back(
          {.name = ToString(method), .values = std::move(matrices[i])});
    }
  }
}

void Translator::RunInBatches(std::vector<Task>& tasks, const BatchWork& work) const {
  // Longest first: the largest memory is asked for at once, and short batches fill the gaps at the
  // end. Sorting by target length comes first because forced decoding walks along targets.
  std::ranges::stable_sort(tasks, [](const Task& a, const Task& b) {
    return std::pair(a.target.size(), a.source.size()) >
           std::pair(b.target.size(), b.source.size());
  });
  const auto size = static_cast<Index>(tasks.size());
  // Few lines are divided among the workers. Threads within a product would be faster only on an
  // idle machine: they wait for each other a thousand times a sentence.
  const Index num_batches = std::max((size + options_.mini_batch - 1) / options_.mini_batch,
                                     std::min(size, options_.threads));
  const auto run = [&](Index batch, Index worker) {
    StopPoint();
    const Index begin = batch * size / num_batches;
    const Index end = (batch + 1) * size / num_batches;
    const ScopedNumThreads one_thread(1);
    work(std::span(tasks).subspan(begin, end - begin), workspaces_[worker]);
  };
  if (pool_ && num_batches > 1) return pool_->RunTasks(num_batches, run);
  for (Index batch = 0; batch < num_batches; ++batch) run(batch, 0);
}

std::vector<Translation> Translator::Translate(std::span<const std::string> lines,
                                               std::span<const std::string> prefixes,
                                               Index first_line, const GivenUp& given_up) const {
  Require(prefixes.empty() || prefixes.size() == lines.size(), "a prefix for each line");
  std::vector<Translation> results(lines.size());
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Task task;
    task.line = static_cast<Index>(i);
    task.text = &lines[i];
    task.source =
        EncodeLine(*source_, lines[i], options_.max_source_length, &results[i].source_cut);
    if (task.source.empty()) {
      results[i].candidates.push_back(EmptyTranslation(first_line + task.line));
      continue;
    }
    task.source.push_back(kEndId);
    if (!prefixes.empty()) {
      task.target =
          EncodeLine(*target_, prefixes[i], options_.max_source_length, &results[i].source_cut);
      if (std::ranges::find(task.target, kUnknownId) != task.target.end()) {
        task.prefix_pieces = target_->EncodePieces(prefixes[i]);
        task.prefix_pieces.resize(task.target.size());
      }
    }
    tasks.push_back(std::move(task));
  }
  RunInBatches(tasks, [&](std::span<const Task> batch, EnsembleWorkspace& workspace) {
    TranslateBatch(batch, first_line, given_up, workspace, results);
  });
  return results;
}

std::vector<Translation> Translator::Score(std::span<const std::string> sources,
                                           std::span<const std::string> targets,
                                           Index first_line) const {
  Require(sources.size() == targets.size(), "a target for each source");
  std::vector<Translation> results(sources.size());
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Task task;
    task.line = static_cast<Index>(i);
    task.text = &sources[i];
    bool* cut = &results[i].source_cut;
    task.source = EncodeLine(*source_, sources[i], options_.max_source_length, cut);
    task.target = EncodeLine(*target_, targets[i], options_.max_source_length, cut);
    task.source.push_back(kEndId);
    task.target.push_back(kEndId);
    tasks.push_back(std::move(task));
  }
  RunInBatches(tasks, [&](std::span<const Task> batch, EnsembleWorkspace& workspace) {
    ScoreBatch(batch, first_line, workspace, results);
  });
  return results;
}

}  // namespace talmach
