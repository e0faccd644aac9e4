#include "config/config_checks.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "config/config_keys.h"

namespace talmach {
namespace {

// The checks of one configuration.
class Checks {
 public:
  explicit Checks(const Config& config) : config_(config) {}

  void CheckData() {
    const TrainingDataOptions& data = config_.data;
    for (const std::string* path : {&data.train_source, &data.train_target}) {
      if (path->empty()) Add({.where = Name(path), .expected = "a file", .got = "nothing"});
    }
    CheckBothOrNone(data.valid_source, data.valid_target);
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

  void CheckValidation() {
    const TrainingDataOptions& data = config_.data;
    const Period& every = config_.validation.every;
    if (!data.valid_source.empty() && every.count > 0) return;
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

  void CheckVocabulary(const VocabularySizes& vocabulary) {
    const TiedEmbeddings& tied = config_.model.tied_embeddings;
    if (tied != TiedEmbeddings::kAll || vocabulary.source == vocabulary.target) return;
    Add({.where = Name(&tied),
         .expected = "one vocabulary for both languages with `all`",
         .got = fmt::format("{} source and {} target pieces", vocabulary.source, vocabulary.target),
         .hint = fmt::format("set {}: true, or {}: decoder", Name(&config_.tokenizer.joint),
                             Name(&tied))});
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
  for (const ConfigKey& key : ConfigKeys()) {
    const std::vector<std::string> items = key.get(config);
    if (items.empty() && !key.is_list) continue;
    std::optional<Complaint> mistake = key.set(scratch, items);
    if (!mistake) continue;
    mistake->where = key.name;
    throw ConfigError(*mistake);
  }
}

void CheckAll(Checks* checks) {
  checks->CheckData();
  checks->CheckBatches();
  checks->CheckSchedule();
  checks->CheckValidation();
  checks->CheckTying();
  checks->CheckTokenizers();
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
