#include "config/config_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "config/config_keys.h"
#include "config/corpus_keys.h"
#include "model/model_layers.h"
#include "nn/name_pattern.h"

namespace talmach {
namespace {

// The checks of one configuration.
class Checks {
 public:
  explicit Checks(const Config& config) : config_(config) {}

  void CheckData() {
    const TrainingDataOptions& data = config_.data;
    CheckList(data.train, {});
    for (std::size_t i = 0; i < data.train.size(); ++i) CheckCorpus(i);
    CheckBothOrNone(data.valid_source, data.valid_target);
    CheckSets();
  }

  // The names and files of corpora; none may have one of the `names`.
  void CheckList(const std::vector<CorpusOptions>& corpora, std::set<std::string> names) {
    for (std::size_t i = 0; i < corpora.size(); ++i) {
      CheckSides(corpora, i);
      const std::string name = corpora[i].DisplayName();
      if (names.insert(name).second) continue;
      Add({.where = NameInListOf(config_, corpora, i, &CorpusOptions::name),
           .expected = "a name of its own",
           .got = fmt::format("'{}', as another corpus", name)});
    }
  }

  void CheckSides(const std::vector<CorpusOptions>& corpora, std::size_t i) {
    const CorpusOptions& corpus = corpora[i];
    const auto name = [&](auto member) { return NameInListOf(config_, corpora, i, member); };
    for (const auto side : {&CorpusOptions::source, &CorpusOptions::target}) {
      const bool is_given = !(corpus.*side).empty();
      if (is_given != corpus.tsv.empty()) {
        Add({.where = name(side),
             .expected = is_given ? "nothing beside " + name(&CorpusOptions::tsv) : "a file",
             .got = is_given ? corpus.*side : "nothing"});
      }
    }
  }

  // Their names are those of folders, too.
  void CheckSets() {
    const std::vector<CorpusOptions>& sets = config_.validation.sets;
    if (sets.size() == 1 && sets.front() == CorpusOptions()) return;
    std::set<std::string> names;
    if (!config_.data.valid_source.empty()) names.insert(ValidationSets(config_).front().name);
    CheckList(sets, names);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (sets[i].name.find_first_of("/\n") == std::string::npos) continue;
      Add({.where = NameInListOf(config_, sets, i, &CorpusOptions::name),
           .expected = "a name of one line without '/'",
           .got = sets[i].name});
    }
  }

  void CheckCorpus(std::size_t i) {
    const std::vector<CorpusOptions>& corpora = config_.data.train;
    const CorpusOptions& corpus = corpora[i];
    const auto name = [&](auto member) { return NameOfCorpusKey(config_, i, member); };
    if (IsMixedByWeights(config_) && (corpus.weight > 0) != (corpora.front().weight > 0)) {
      Add({.where = name(&CorpusOptions::weight),
           .expected = "a weight for every corpus or for none",
           .got = corpus.weight > 0 ? "none for the first" : "none"});
    }
    const std::string& links = config_.training.guided_alignment.links;
    if (!links.empty() && (i > 0 || !corpus.links.empty())) {
      Add({.where = Name(&links),
           .what = "these are the links of the only corpus",
           .expected = "one corpus without links of its own",
           .got = "others",
           .hint = "set " + name(&CorpusOptions::links)});
    }
  }

  void CheckBatches() {
    const Index& sentences = config_.training.batch_sentences;
    const Index& tokens = config_.training.batch_tokens;
    if ((sentences > 0) != (tokens > 0)) return;
    Add({.where = Name(&sentences) + ", " + Name(&tokens),
         .expected = "exactly one of them > 0",
         .got = fmt::format("{} and {}", sentences, tokens)});
  }

  void CheckSchedule() {
    const TrainingOptions& training = config_.training;
    const bool limited =
        training.max_epochs > 0 || training.max_updates > 0 || training.max_seconds > 0;
    if (training.schedule == ScheduleType::kCosine && !limited) {
      Add({.where = Name(&training.schedule),
           .what = "cosine needs to know where training ends",
           .hint = fmt::format("set {}, {} or {}", Name(&training.max_epochs),
                               Name(&training.max_updates), Name(&training.max_seconds))});
    }
    if (training.minimum_learning_rate > training.learning_rate) {
      Add({.where = Name(&training.minimum_learning_rate),
           .expected = "between 0 and " + Name(&training.learning_rate),
           .got = fmt::format("{}", training.minimum_learning_rate)});
    }
  }

  void CheckMetrics() {
    const ValidationOptions& validation = config_.validation;
    for (const ValidationMetric metric : validation.metrics) {
      if (std::ranges::count(validation.metrics, metric) < 2) continue;
      Add({.where = Name(&validation.metrics),
           .expected = "each metric once",
           .got = ToString(metric) + " twice"});
      break;
    }
    const bool is_wanted = std::ranges::find(validation.metrics, ValidationMetric::kScript) !=
                           validation.metrics.end();
    if (is_wanted == !validation.script.empty()) return;
    Add({.where = Name(&validation.script),
         .expected = is_wanted ? "a command, as script is one of the metrics"
                               : "script among " + Name(&validation.metrics),
         .got = is_wanted ? "nothing" : validation.script});
  }

  void CheckValidation() {
    const TrainingDataOptions& data = config_.data;
    const Period& every = config_.validation.every;
    if (HasValidation(config_) && every.count > 0) return;
    const auto needs = [&](const void* field) {
      Add({.where = Name(field),
           .what = "needs validation",
           .hint = fmt::format("set {}, {} and {}", Name(&data.valid_source),
                               Name(&data.valid_target), Name(&every))});
    };
    const TrainingOptions& training = config_.training;
    if (training.schedule == ScheduleType::kPlateau) needs(&training.schedule);
    if (training.early_stopping > 0) needs(&training.early_stopping);
    if (training.average_best > 0) needs(&training.average_best);
    if (config_.validation.keep_best) needs(&config_.validation.keep_best);
  }

  void CheckTying() {
    const ModelConfig& model = config_.model;
    const bool tied = model.tied_embeddings != TiedEmbeddings::kNone;
    if (tied && model.readout.size != model.embedding_size) {
      Add({.where = Name(&model.readout.size),
           .expected = fmt::format("{} (the embedding size, because the output is tied to it)",
                                   model.embedding_size),
           .got = std::to_string(model.readout.size),
           .hint = fmt::format("or set {}: none", Name(&model.tied_embeddings))});
    }
    if (model.tied_embeddings == TiedEmbeddings::kAll && !config_.tokenizer.joint) {
      Add({.where = Name(&model.tied_embeddings),
           .expected =
               fmt::format("decoder or none, as {} is false", Name(&config_.tokenizer.joint)),
           .got = "all"});
    }
  }

  void CheckTokenizers() {
    const TokenizerConfig& tokenizer = config_.tokenizer;
    CheckBothOrNone(tokenizer.source_model, tokenizer.target_model);
    if (std::optional<Complaint> mistake = FindSymbolMistake(tokenizer)) {
      mistake->where = Name(&tokenizer.symbols);
      Add(*mistake);
    }
    CheckGivenPieces(tokenizer);
    using Type = TokenizerTrainerOptions::Type;
    const float& alpha = config_.data.sampling_alpha;
    const bool samples = tokenizer.type == Type::kUnigram || tokenizer.type == Type::kBpe;
    if (alpha > 0 && !samples && tokenizer.source_model.empty()) {
      Add({.where = Name(&alpha),
           .expected =
               fmt::format("0, as {} divides a text in one way only", Name(&tokenizer.type)),
           .got = fmt::format("{}", alpha)});
    }
  }

  void CheckGivenPieces(const TokenizerConfig& tokenizer) {
    CheckBothOrNone(tokenizer.source_pieces, tokenizer.target_pieces);
    const bool is_given = tokenizer.type == TokenizerTrainerOptions::Type::kGiven;
    if (is_given && tokenizer.byte_fallback) {
      Add({.where = Name(&tokenizer.byte_fallback),
           .expected = fmt::format("false, as pieces that are given ({}) stay whole",
                                   Name(&tokenizer.type)),
           .got = "true"});
    }
    if (tokenizer.source_pieces.empty()) return;
    if (!is_given) {
      Add({.where = Name(&tokenizer.source_pieces),
           .what = "is for pieces that are given",
           .hint = fmt::format("set {}: given", Name(&tokenizer.type))});
    }
    if (!tokenizer.source_model.empty()) {
      Add({.where = Name(&tokenizer.source_model) + ", " + Name(&tokenizer.source_pieces),
           .expected = "one of them",
           .got = "both"});
    }
  }

  void CheckVocabulary(const VocabularySizes& vocabulary) {
    const TiedEmbeddings& tied = config_.model.tied_embeddings;
    if (tied != TiedEmbeddings::kAll || vocabulary.source == vocabulary.target) return;
    Add({.where = Name(&tied),
         .expected = "one vocabulary for both languages with `all`",
         .got = fmt::format("{} source and {} target pieces", vocabulary.source, vocabulary.target),
         .hint = fmt::format("set {}: true, or {}: decoder", Name(&config_.tokenizer.joint),
                             Name(&tied))});
  }

  void CheckStart() {
    const TrainingOptions& training = config_.training;
    if (training.initial_model.empty() || training.pretrained_embeddings.empty()) return;
    Add({.where = Name(&training.pretrained_embeddings) + ", " + Name(&training.initial_model),
         .expected = "at most one of them",
         .got = "both",
         .hint = "the initial model has embeddings of its own"});
  }

  // Needs a model of valid sizes.
  void CheckFreeze() {
    const std::vector<std::string>& freeze = config_.training.freeze;
    if (freeze.empty() || !found_.empty()) return;
    constexpr VocabularySizes kAny = {.source = 1, .target = 1};
    ModelLayers layers(config_.model, kAny, Precision::kFloat32);
    std::vector<std::string> names;
    for (const auto& tensor : layers.parameters.StoredTensors()) names.push_back(tensor.name);
    for (const std::string& pattern : freeze) {
      const auto matches = [&](const std::string& name) { return MatchesName(pattern, name); };
      if (std::ranges::any_of(names, matches)) continue;
      Add({.where = Name(&freeze),
           .expected = "names of tensors, or beginnings of them up to a dot",
           .got = "'" + pattern + "', which matches none",
           .hint = fmt::format("there are {}", fmt::join(names, ", "))});
    }
    layers.parameters.KeepFixed(freeze);
    if (std::ranges::none_of(layers.parameters.list(), &Parameter::is_trained)) {
      Add({.where = Name(&freeze), .what = "nothing is left to train"});
    }
  }

  const std::vector<Complaint>& found() const { return found_; }

 private:
  void CheckBothOrNone(const std::string& source, const std::string& target) {
    if (source.empty() == target.empty()) return;
    Add({.where = Name(&source) + ", " + Name(&target),
         .expected = "both or none",
         .got = "one of them"});
  }

  const std::string& Name(const void* field) const { return NameOf(config_, field); }
  void Add(Complaint complaint) { found_.push_back(std::move(complaint)); }

  const Config& config_;
  std::vector<Complaint> found_;
};

// A value is in the range of its key if the key accepts it as text.
void ValidateRanges(const Config& config) {
  Config scratch;
  ForEachKey(config, [&](const ConfigKey& key, const std::string& name, const Config& view) {
    const std::vector<std::string> items = key.get(view);
    if (items.empty() && !key.is_list) return;
    std::optional<Complaint> mistake = key.set(scratch, items);
    if (!mistake) return;
    mistake->where = name;
    throw ConfigError(*mistake);
  });
}

void CheckAll(Checks* checks) {
  checks->CheckData();
  checks->CheckBatches();
  checks->CheckSchedule();
  checks->CheckValidation();
  checks->CheckMetrics();
  checks->CheckTying();
  checks->CheckTokenizers();
  checks->CheckStart();
  checks->CheckFreeze();
}

}  // namespace

std::vector<Complaint> Contradictions(const Config& config) {
  Checks checks(config);
  CheckAll(&checks);
  return checks.found();
}

void Validate(const Config& config, const VocabularySizes& vocabulary) {
  ValidateRanges(config);
  Checks checks(config);
  CheckAll(&checks);
  checks.CheckVocabulary(vocabulary);
  if (!checks.found().empty()) throw ConfigError(checks.found().front());
}

}  // namespace talmach
