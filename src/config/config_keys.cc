#include "config/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "config/config_key_table.h"

namespace talmach {
namespace {

// The words of an enumeration that has ToString.
template <typename Enum>
ConfigKeyTable::Words<Enum> WordsOf(std::initializer_list<Enum> values) {
  ConfigKeyTable::Words<Enum> words;
  for (const Enum value : values) words.emplace_back(ToString(value), value);
  return words;
}

// Accessors: FIELD(model.encoder.layers) reaches that field of a Config.
#define TALMACH_FIELD(path) \
  [](Config & config) -> auto& { return config.path; }

void AddData(ConfigKeyTable& table) {
  table.Path("data.train.source", TALMACH_FIELD(data.train_source),
             "training text, a sentence per line; plain, .gz or .zst");
  table.Path("data.train.target", TALMACH_FIELD(data.train_target),
             "its translation: line i translates line i");
  table.Path("data.valid.source", TALMACH_FIELD(data.valid_source),
             "validation text; without it nothing is validated");
  table.Path("data.valid.target", TALMACH_FIELD(data.valid_target),
             "its translation, also the reference of BLEU");
  table.Number("data.max_length", TALMACH_FIELD(data.max_length), Bounds(1, 10000),
               "training pairs with more tokens on a side are left out");
}

void AddTokenizer(ConfigKeyTable& table) {
  using Type = TokenizerTrainerOptions::Type;
  table.Choice("tokenizer.type", TALMACH_FIELD(tokenizer.type),
               ConfigKeyTable::Words<Type>{{"unigram", Type::kUnigram}, {"bpe", Type::kBpe}},
               "kind of SentencePiece model to build");
  table.Number("tokenizer.vocabulary_size", TALMACH_FIELD(tokenizer.vocabulary_size),
               Bounds(8, 1000000), "pieces; lowered if the text has fewer");
  table.Switch("tokenizer.joint", TALMACH_FIELD(tokenizer.joint),
               "one model for both languages; `tied_embeddings: all` needs it");
  table.Number("tokenizer.character_coverage", TALMACH_FIELD(tokenizer.character_coverage),
               Bounds(0.98, 1), "share of the text's characters that get a piece");
  table.Number("tokenizer.sampling_alpha", TALMACH_FIELD(data.sampling_alpha), Bounds(0, 100),
               "random segmentation in training: smaller is wilder (unigram), the rate of left-out "
               "merges (bpe); 0: none");
  table.Path("tokenizer.source_model", TALMACH_FIELD(tokenizer.source_model),
             "a SentencePiece model to use instead of building one");
  table.Path("tokenizer.target_model", TALMACH_FIELD(tokenizer.target_model),
             "likewise; both or none are given");
}

void AddModel(ConfigKeyTable& table) {
  const Bounds size(1, 65536);
  table.Number("model.embedding_size", TALMACH_FIELD(model.embedding_size), size,
               "numbers per token, E");
  table.Choice("model.tied_embeddings", TALMACH_FIELD(model.tied_embeddings),
               WordsOf({TiedEmbeddings::kAll, TiedEmbeddings::kDecoder, TiedEmbeddings::kNone}),
               "one matrix for source, target and output (all), for target and output (decoder)");
  table.Number("model.encoder.layers", TALMACH_FIELD(model.encoder.layers), Bounds(1, 64),
               "bidirectional GRU layers");
  table.Number("model.encoder.hidden_size", TALMACH_FIELD(model.encoder.hidden_size), size,
               "numbers per direction, H");
  table.Switch("model.encoder.layer_norm", TALMACH_FIELD(model.encoder.layer_norm),
               "normalise the inputs of the gates");
  table.Choice("model.decoder.type", TALMACH_FIELD(model.decoder.type),
               WordsOf({DecoderType::kBahdanau, DecoderType::kConditional}),
               "attention asks with the previous state, or with one that has read the previous "
               "token");
  table.Number("model.decoder.hidden_size", TALMACH_FIELD(model.decoder.hidden_size), size,
               "numbers in the decoder's state");
  table.Choice("model.decoder.initial_state", TALMACH_FIELD(model.decoder.initial_state),
               WordsOf({InitialState::kMean, InitialState::kFirstBackward, InitialState::kZero}),
               "the first state: from the mean annotation, from the first backward state, or zero");
  table.Switch("model.decoder.layer_norm", TALMACH_FIELD(model.decoder.layer_norm),
               "normalise the inputs of the gates");
  table.Number("model.attention.size", TALMACH_FIELD(model.attention.size), size,
               "numbers in the space where query and keys are added, A");
  table.Switch("model.attention.bias", TALMACH_FIELD(model.attention.bias),
               "a bias inside the activation");
  table.Choice("model.attention.activation", TALMACH_FIELD(model.attention.activation),
               WordsOf({AttentionActivation::kTanh, AttentionActivation::kRelu}),
               "of query plus key");
  table.Choice("model.attention.scale", TALMACH_FIELD(model.attention.scale),
               WordsOf({AttentionScale::kVector, AttentionScale::kNone}),
               "energies are the product with a learned vector, or a plain sum");
  table.Number("model.attention.temperature", TALMACH_FIELD(model.attention.temperature),
               Positive(), "divides the energies; below 1 sharpens the weights");
  table.Number("model.readout.size", TALMACH_FIELD(model.readout.size), size,
               "numbers before the output layer, R; tied embeddings need embedding_size");
  table.Choice("model.readout.activation", TALMACH_FIELD(model.readout.activation),
               WordsOf({ReadoutActivation::kTanh, ReadoutActivation::kMaxout}), "of the readout");
}

void AddDropout(ConfigKeyTable& table) {
  table.Number("model.dropout.embedding", TALMACH_FIELD(model.dropout.embedding), Rate(),
               "probability of dropping elements of the embeddings, in training");
  table.Number("model.dropout.state", TALMACH_FIELD(model.dropout.state), Rate(),
               "elements of recurrent states, the same all along a sentence");
  table.Number("model.dropout.annotation", TALMACH_FIELD(model.dropout.annotation), Rate(),
               "elements of what each encoder layer hands on");
  table.Number("model.dropout.readout", TALMACH_FIELD(model.dropout.readout), Rate(),
               "elements of the readout");
  table.Number("model.dropout.attention", TALMACH_FIELD(model.dropout.attention), Rate(),
               "attention weights");
  table.Number("model.dropout.source_word", TALMACH_FIELD(model.dropout.source_word), Rate(),
               "source tokens, replaced by `<unk>`");
  table.Number("model.dropout.target_word", TALMACH_FIELD(model.dropout.target_word), Rate(),
               "decoder inputs, replaced by `<unk>`");
}

ConfigKeyTable::Words<Precision> TrainingPrecisions() {
  return {{"float32", Precision::kFloat32}, {"bfloat16", Precision::kBFloat16}};
}

ConfigKeyTable::Words<Precision> TranslationPrecisions() {
  ConfigKeyTable::Words<Precision> words = TrainingPrecisions();
  words.emplace_back("int8", Precision::kInt8);
  return words;
}

void AddBatches(ConfigKeyTable& table) {
  table.Choice("training.precision", TALMACH_FIELD(training.precision), TrainingPrecisions(),
               "of matrix products; where the processor has no bfloat16, float32 is used");
  table.Number("training.batch_sentences", TALMACH_FIELD(training.batch_sentences),
               Bounds(0, 1e6, "> 0"), "sentence pairs per batch; instead of batch_tokens");
  table.Number("training.batch_tokens", TALMACH_FIELD(training.batch_tokens), Bounds(0, 1e8, "> 0"),
               "target tokens per batch; instead of batch_sentences");
  table.Number("training.accumulate", TALMACH_FIELD(training.accumulate), Bounds(1, 1e6),
               "batches per update");
  table.Number("training.max_epochs", TALMACH_FIELD(training.max_epochs), AtLeast(0),
               "passes over the training text after which training ends; 0: no limit");
  table.Number("training.max_updates", TALMACH_FIELD(training.max_updates), AtLeast(0),
               "updates after which training ends; 0: no limit");
  table.Number(
      "training.max_seconds", TALMACH_FIELD(training.max_seconds), AtLeast(0),
      "seconds after which training saves and ends with exit code 0; the same command goes "
      "on for as long again (with the cosine schedule, which it shapes, all parts count "
      "together and the run is finished); 0: no limit");
}

void AddOptimizer(ConfigKeyTable& table) {
  table.Number("training.learning_rate", TALMACH_FIELD(training.learning_rate), Positive(),
               "the peak of Adam's rate");
  table.Choice("training.schedule", TALMACH_FIELD(training.schedule),
               WordsOf({ScheduleType::kConstant, ScheduleType::kInverseSqrt, ScheduleType::kCosine,
                        ScheduleType::kPlateau}),
               "how the rate falls after the warm-up");
  table.Number("training.warmup_updates", TALMACH_FIELD(training.warmup_updates), AtLeast(0),
               "updates in which the rate climbs to its peak");
  table.Number("training.minimum_learning_rate", TALMACH_FIELD(training.minimum_learning_rate),
               AtLeast(0), "where cosine ends and plateau stops halving");
  table.Number("training.plateau_patience", TALMACH_FIELD(training.plateau_patience), AtLeast(1),
               "validations without a new best before plateau halves the rate");
  table.Number("training.label_smoothing", TALMACH_FIELD(training.label_smoothing), Rate(),
               "probability given to wrong tokens");
  table.Path("training.guided_alignment.links", TALMACH_FIELD(training.guided_alignment.links),
             "word links of the training text (talmach align) that attention is taught, a line per "
             "pair");
  table.Number("training.guided_alignment.weight", TALMACH_FIELD(training.guided_alignment.weight),
               Positive(), "of the attention's cross-entropy in the loss, where there are links");
  table.Number("training.clip_norm", TALMACH_FIELD(training.clip_norm), AtLeast(0),
               "longest gradient, per target token; 0: no limit");
  table.Number("training.weight_decay", TALMACH_FIELD(training.weight_decay), AtLeast(0),
               "share of the weights an update takes away, times the rate");
  table.Number("training.beta1", TALMACH_FIELD(training.beta1), Rate(),
               "Adam's memory of the mean gradient");
  table.Number("training.beta2", TALMACH_FIELD(training.beta2), Rate(),
               "Adam's memory of its square");
  table.Number("training.epsilon", TALMACH_FIELD(training.epsilon), Positive(),
               "Adam's guard against division by zero");
  table.Number("training.ema_decay", TALMACH_FIELD(training.ema_decay), Rate(),
               "moving average of the weights that is validated and kept; 0: none");
}

void AddRun(ConfigKeyTable& table) {
  table.Number("training.seed", TALMACH_FIELD(training.seed), Bounds(0, 9007199254740991.0),
               "of everything random");
  table.Number("training.workers", TALMACH_FIELD(training.workers), Bounds(1, 1024),
               "groups of threads that share the sentences of a batch");
  table.Number("training.threads", TALMACH_FIELD(training.threads), Bounds(0, 1024),
               "threads per worker; 0: all processors divided by the workers");
  table.Duration("training.save_every", TALMACH_FIELD(training.save_every),
                 "between checkpoints, in updates (u) or epochs (e)");
  table.Number("training.keep_last", TALMACH_FIELD(training.keep_last), Bounds(1, 1e6),
               "checkpoints to keep");
  table.Number("training.average_best", TALMACH_FIELD(training.average_best), Bounds(0, 1000),
               "average the weights of so many best validations in the end; 0: none");
  table.Number("training.early_stopping", TALMACH_FIELD(training.early_stopping), AtLeast(0),
               "validations without a new best before training ends; 0: never");
  table.Number("training.max_skipped", TALMACH_FIELD(training.max_skipped), AtLeast(1),
               "updates in a row skipped for a gradient that is not finite");
  table.Number("training.max_rollbacks", TALMACH_FIELD(training.max_rollbacks), AtLeast(0),
               "returns to the last checkpoint, with half the rate, before giving up");
}

void AddValidation(ConfigKeyTable& table) {
  table.Duration("validation.every", TALMACH_FIELD(validation.every),
                 "between validations, in updates (u) or epochs (e)");
  table.Choices("validation.metrics", TALMACH_FIELD(validation.metrics),
                WordsOf({ValidationMetric::kCrossEntropy, ValidationMetric::kBleu}),
                "what to measure; the first decides what is best");
  table.Number("validation.beam_size", TALMACH_FIELD(validation.beam_size), Bounds(1, 1000),
               "hypotheses kept while translating for BLEU; 1: greedy");
  table.Number("validation.normalize", TALMACH_FIELD(validation.normalize), Bounds(0, 10),
               "exponent of the length by which scores are divided");
  table.Number("validation.samples", TALMACH_FIELD(validation.samples), Bounds(0, 1000),
               "translations shown in the log");
}

void AddTranslation(ConfigKeyTable& table) {
  table.Choice("translation.precision", TALMACH_FIELD(translation.precision),
               TranslationPrecisions(), "of matrix products; int8 rounds weights while loading");
  table.Number("translation.beam_size", TALMACH_FIELD(translation.beam_size), Bounds(1, 1000),
               "hypotheses kept per sentence; 1: greedy");
  table.Number("translation.normalize", TALMACH_FIELD(translation.normalize), Bounds(0, 10),
               "exponent of the length by which scores are divided; 0: none");
  table.Number("translation.max_length_factor", TALMACH_FIELD(translation.max_length_factor),
               Bounds(0.01, 1000), "longest translation in lengths of the source, plus 10 tokens");
  table.Number("translation.max_length", TALMACH_FIELD(translation.max_length), Bounds(1, 10000),
               "source lines are cut to so many tokens");
  table.Number("translation.mini_batch", TALMACH_FIELD(translation.mini_batch), Bounds(1, 1024),
               "sentences translated together");
  table.Choice("translation.unk", TALMACH_FIELD(translation.unk),
               ConfigKeyTable::Words<UnknownWords>{{"allow", UnknownWords::kAllow},
                                                   {"ban", UnknownWords::kBan},
                                                   {"replace", UnknownWords::kReplace}},
               "`<unk>` in translations: allowed, banned, or replaced by the most attended source "
               "word");
}

std::vector<ConfigKey> MakeKeys() {
  ConfigKeyTable table;
  AddData(table);
  AddTokenizer(table);
  AddModel(table);
  AddDropout(table);
  AddBatches(table);
  AddOptimizer(table);
  AddRun(table);
  AddValidation(table);
  AddTranslation(table);
  table.Duration("logging.display_every", TALMACH_FIELD(logging.display_every),
                 "between lines of progress, in updates (u) or epochs (e)");
  return std::move(table.keys);
}

#undef TALMACH_FIELD

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = MakeKeys();
  return keys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  const auto found = std::ranges::find(ConfigKeys(), name, &ConfigKey::name);
  return found == ConfigKeys().end() ? nullptr : &*found;
}

bool IsConfigSection(std::string_view name) {
  return std::ranges::any_of(ConfigKeys(), [&](const ConfigKey& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) &&
           key.name[name.size()] == '.';
  });
}

std::string ValueText(const ConfigKey& key, const Config& config) {
  const std::vector<std::string> items = key.get(config);
  if (key.is_list) return fmt::format("[{}]", fmt::join(items, ", "));
  return items.empty() ? "" : items.front();
}

std::string ConfigKeysAsMarkdown() {
  const Config defaults;
  std::string text;
  std::string section;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string of_key = key.name.substr(0, key.name.find('.'));
    if (of_key != section) {
      text += fmt::format("{}## {}\n\n| key | values | default | meaning |\n|---|---|---|---|\n",
                          text.empty() ? "" : "\n", of_key);
      section = of_key;
    }
    const std::string value = ValueText(key, defaults);
    text += fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.values,
                        value.empty() ? "none" : "`" + value + "`", key.meaning);
  }
  return text;
}

}  // namespace talmach
