// Tested by tests/config/config_test.cc.
#include "config/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "config/config_key_table.h"

namespace talmach {
namespace {

// Accessors: TALMACH_FIELD(model.encoder.layers) reaches that field of a Config.
#define TALMACH_FIELD(path) [](Config& config) -> FieldPointer { return &config.path; }
#define TALMACH_LIST(path) [](Config& config) { return &config.path; }
#define TALMACH_ENUM(path)                                                                       \
  EnumField {                                                                                    \
    .get = [](const Config& config) { return NumbersOf(config.path); },                          \
    .set = [](Config& config, const std::vector<int>& values) { Assign(&config.path, values); }, \
    .address = [](const Config& config) -> const void* { return &config.path; },                 \
  }

// Of the first corpus: see corpus_keys.h.
void AddCorpora(ConfigKeyTable& table) {
  table.Path("data.train.source", kReported, TALMACH_FIELD(data.train.front().source),
             "training text, a sentence per line; plain, .gz or .zst");
  table.Also({"train_sets", "train_source", "train_src", "path_src", "src"});
  table.Path("data.train.target", kReported, TALMACH_FIELD(data.train.front().target),
             "its translation: line i translates line i");
  table.Also({"train_target", "train_tgt", "train_trg", "path_tgt", "tgt", "trg"});
  table.Path("data.train.tsv", kReported, TALMACH_FIELD(data.train.front().tsv),
             "instead of both: one file, a pair per line in columns separated by tabs");
  table.Columns("data.train.columns", RefusedIf(IsTsv), TALMACH_ENUM(data.train.front().columns),
                "where in the TSV the source and the target are");
  table.Text("data.train.name", kFree, TALMACH_FIELD(data.train.front().name), "a name",
             "of the corpus, in logs; by default the name of its first file");
  table.Number("data.train.weight", RefusedIf(IsMixedByWeights),
               TALMACH_FIELD(data.train.front().weight), Positive(),
               "share of the corpus where `mixing` is weights; by default its number of pairs");
  table.UnsetAtZero();
  table.Text("data.train.tag", kRefused, TALMACH_FIELD(data.train.front().tag), "words",
             "put before each source, such as `<bt>`; each must be a piece of the tokenizer");
  table.Path("data.train.links", LinksOfCorpusRule(), TALMACH_FIELD(data.train.front().links),
             "word links of the corpus, a line per pair, for guided alignment");
  table.Choice("data.mixing", RefusedIf(HasSeveralCorpora), TALMACH_ENUM(data.mixing.type),
               WordsOf({CorpusMixing::kAll, CorpusMixing::kWeights}),
               "an epoch has each pair of all corpora once (all), or as many pairs, shared among "
               "the corpora by weight");
  table.Also({"sampling_method"});
  table.Number("data.mixing_temperature", RefusedIf(IsMixedByWeights),
               TALMACH_FIELD(data.mixing.temperature), Positive(),
               "T: shares are proportional to weight^(1/T); above 1 they are more even");
  table.Also({"sampling_temperature"});
}

void AddData(ConfigKeyTable& table) {
  AddCorpora(table);
  table.Path("data.valid.source", ReportedIf(HasValidation), TALMACH_FIELD(data.valid_source),
             "validation text; without it nothing is validated");
  table.Also({"valid_sets", "valid_source", "valid_src", "dev"});
  table.Path("data.valid.target", ReportedIf(HasValidation), TALMACH_FIELD(data.valid_target),
             "its translation, also the reference of the metrics");
  table.Also({"valid_target", "valid_tgt", "valid_trg"});
  table.Number("data.max_length", kRefused, TALMACH_FIELD(data.max_length), Bounds(1, 10000),
               "training pairs with more tokens on a side are left out");
  table.Also({"max_len", "max_sent_length", "max_sentence_length", "max_seq_length",
              "src_seq_length", "tgt_seq_length", "max_source_positions", "max_target_positions"});
}

// What few change about building a tokenizer.
void AddTokenizerTraining(ConfigKeyTable& table) {
  using Rule = TokenizerTrainerOptions::Normalization;
  table.Choice("tokenizer.normalization", kBuiltIn, TALMACH_ENUM(tokenizer.normalization),
               Words{{"nmt_nfkc", static_cast<int>(Rule::kNmtNfkc)},
                     {"nfkc", static_cast<int>(Rule::kNfkc)},
                     {"nmt_nfkc_cf", static_cast<int>(Rule::kNmtNfkcFolded)},
                     {"nfkc_cf", static_cast<int>(Rule::kNfkcFolded)},
                     {"identity", static_cast<int>(Rule::kIdentity)}},
               "what is done to text first: Unicode's NFKC, with a tidier white space (nmt), in "
               "lower case (cf), or nothing");
  table.Also({"normalization_rule_name"});
  table.Switch("tokenizer.split_digits", kBuiltIn, TALMACH_FIELD(tokenizer.split_digits),
               "every digit is a piece of its own");
  table.Switch("tokenizer.split_by_unicode_script", kBuiltIn,
               TALMACH_FIELD(tokenizer.split_by_unicode_script),
               "no piece mixes letters of different scripts");
  table.Switch("tokenizer.split_by_whitespace", kBuiltIn,
               TALMACH_FIELD(tokenizer.split_by_whitespace),
               "no piece reaches over a space; false lets frequent phrases become pieces");
  table.Number("tokenizer.max_sentencepiece_length", kBuiltIn,
               TALMACH_FIELD(tokenizer.max_sentencepiece_length), Bounds(1, 512),
               "characters of the longest piece");
  table.Number("tokenizer.max_sentence_length", kBuiltIn,
               TALMACH_FIELD(tokenizer.max_sentence_length), Bounds(10, 1e9),
               "bytes; the tokenizer is built without longer lines");
  table.Number("tokenizer.input_sentence_size", kBuiltIn,
               TALMACH_FIELD(tokenizer.input_sentence_size), Bounds(0, 1e12),
               "build it from so many random lines of the text; 0: from all");
}

void AddTokenizer(ConfigKeyTable& table) {
  using Type = TokenizerTrainerOptions::Type;
  table.Choice(
      "tokenizer.type", kBuiltIn, TALMACH_ENUM(tokenizer.type),
      Words{{"unigram", static_cast<int>(Type::kUnigram)},
            {"bpe", static_cast<int>(Type::kBpe)},
            {"char", static_cast<int>(Type::kChar)},
            {"word", static_cast<int>(Type::kWord)},
            {"given", static_cast<int>(Type::kGiven)}},
      "kind of pieces: by probability, by merges, characters or words, all made by SentencePiece; "
      "given: those of the text, which is in pieces already, with spaces between them");
  table.Also({"model_type", "level", "tokenizer_type"});
  table.Number("tokenizer.vocabulary_size", kBuiltIn, TALMACH_FIELD(tokenizer.vocabulary_size),
               Bounds(8, 1000000), "pieces; lowered if the text has fewer");
  table.Also({"vocab_size", "voc_limit", "dim_vocabs", "src_vocab_size", "tgt_vocab_size",
              "src_words_min_frequency", "vocab", "num_merges"});
  table.Switch("tokenizer.joint", kBuiltIn, TALMACH_FIELD(tokenizer.joint),
               "one model for both languages; `tied_embeddings: all` needs it");
  table.Also({"share_vocab", "joined_dictionary", "joint_vocab", "joint_vocabulary"});
  table.Number("tokenizer.character_coverage", kBuiltIn,
               TALMACH_FIELD(tokenizer.character_coverage), Bounds(0.98, 1),
               "share of the text's characters that get a piece");
  table.Also({"coverage"});
  table.List("tokenizer.symbols", kBuiltIn, TALMACH_LIST(tokenizer.symbols), "list of words",
             "pieces that are never split, such as tags and placeholders");
  table.Also({"user_defined_symbols", "extra_special_tokens", "special_symbols"});
  table.Switch("tokenizer.byte_fallback", kBuiltIn, TALMACH_FIELD(tokenizer.byte_fallback),
               "characters without a piece become the pieces of their bytes, never `<unk>`");
  AddTokenizerTraining(table);
  table.Number(
      "tokenizer.sampling_alpha", kRefused, TALMACH_FIELD(data.sampling_alpha), Bounds(0, 100),
      "random segmentation in training: for unigram the exponent of probabilities, so that "
      "small values give more varied pieces; for bpe the share of merges left out; 0: none");
  table.Also({"sentencepiece_alphas", "bpe_dropout", "src_subword_alpha"});
  table.Path(
      "tokenizer.source_model", kBuiltIn, TALMACH_FIELD(tokenizer.source_model),
      "a SentencePiece model, whatever ids it reserves, or a list of pieces, to use instead of "
      "building one");
  table.Also({"src_vocab", "vocabs", "src_subword_model"});
  table.Path("tokenizer.target_model", kBuiltIn, TALMACH_FIELD(tokenizer.target_model),
             "likewise; both or none are given");
  table.Also({"tgt_vocab", "tgt_subword_model"});
  table.Path("tokenizer.source_pieces", kBuiltIn, TALMACH_FIELD(tokenizer.source_pieces),
             "the pieces of `type: given`, one per line, perhaps with counts; without it the most "
             "frequent ones of the training text");
  table.Path("tokenizer.target_pieces", kBuiltIn, TALMACH_FIELD(tokenizer.target_pieces),
             "likewise; both or none are given");
}

void AddModel(ConfigKeyTable& table) {
  const Bounds size(1, 65536);
  table.Number("model.embedding_size", kRefused, TALMACH_FIELD(model.embedding_size), size,
               "numbers per token, E");
  table.Also({"embedding_dim", "dim_emb", "word_vec_size", "emb_size", "encoder_embed_dim",
              "decoder_embed_dim"});
  table.Choice("model.tied_embeddings", kRefused, TALMACH_ENUM(model.tied_embeddings),
               WordsOf({TiedEmbeddings::kAll, TiedEmbeddings::kDecoder, TiedEmbeddings::kNone}),
               "one matrix for source, target and output (all), for target and output (decoder)");
  table.Also({"share_embeddings", "tied_embeddings_all", "tied_embeddings_src", "tie_embeddings",
              "tied_softmax", "share_all_embeddings", "share_decoder_embeddings",
              "share_decoder_input_output_embed"});
  table.Number("model.encoder.layers", kRefused, TALMACH_FIELD(model.encoder.layers), Bounds(1, 64),
               "bidirectional GRU layers");
  table.Also({"num_layers", "enc_depth", "enc_layers", "encoder_layers", "n_layers"});
  table.Number("model.encoder.hidden_size", kRefused, TALMACH_FIELD(model.encoder.hidden_size),
               size, "numbers per direction, H");
  table.Also({"dim_rnn", "rnn_size", "hidden", "hid_dim", "enc_hid_size", "encoder_hidden_size"});
  table.Switch("model.encoder.layer_norm", kRefused, TALMACH_FIELD(model.encoder.layer_norm),
               "normalise the inputs of the gates");
  table.Choice("model.decoder.type", kRefused, TALMACH_ENUM(model.decoder.type),
               WordsOf({DecoderType::kBahdanau, DecoderType::kConditional}),
               "attention asks with the previous state, or with one that has read the previous "
               "token");
  table.Number("model.decoder.hidden_size", kRefused, TALMACH_FIELD(model.decoder.hidden_size),
               size, "numbers in the decoder's state");
  table.Also({"dim_rnn", "rnn_size", "hidden", "hid_dim", "dec_hid_size", "decoder_hidden_size"});
  table.Choice("model.decoder.initial_state", kRefused, TALMACH_ENUM(model.decoder.initial_state),
               WordsOf({InitialState::kMean, InitialState::kFirstBackward, InitialState::kZero}),
               "the first state: from the mean annotation, from the first backward state, or zero");
  table.Also({"init_hidden"});
  table.Switch("model.decoder.layer_norm", kRefused, TALMACH_FIELD(model.decoder.layer_norm),
               "normalise the inputs of the gates");
  table.Number("model.attention.size", kRefused, TALMACH_FIELD(model.attention.size), size,
               "numbers in the space where query and keys are added, A");
  table.Also({"attn_size", "attention_size", "dim_att"});
  table.Switch("model.attention.bias", kRefused, TALMACH_FIELD(model.attention.bias),
               "a bias inside the activation");
  table.Choice("model.attention.activation", kRefused, TALMACH_ENUM(model.attention.activation),
               WordsOf({AttentionActivation::kTanh, AttentionActivation::kRelu}),
               "of query plus key");
  table.Choice("model.attention.scale", kRefused, TALMACH_ENUM(model.attention.scale),
               WordsOf({AttentionScale::kVector, AttentionScale::kNone}),
               "energies are the product with a learned vector, or a plain sum");
  table.Number("model.attention.temperature", kRefused, TALMACH_FIELD(model.attention.temperature),
               Positive(), "divides the energies; below 1 sharpens the weights");
  table.Number(
      "model.readout.size", kRefused, TALMACH_FIELD(model.readout.size), size,
      "numbers before the output layer, R; tied embeddings need embedding_size, which is taken "
      "unless this key is set");
  table.Choice("model.readout.activation", kRefused, TALMACH_ENUM(model.readout.activation),
               WordsOf({ReadoutActivation::kTanh, ReadoutActivation::kMaxout}), "of the readout");
  table.Path("model.pretrained_embeddings", kReported,
             TALMACH_FIELD(training.pretrained_embeddings),
             "vectors of pieces in word2vec's text format, plain, .gz or .zst, which a new run's "
             "embeddings start with; a resumed run does not read it");
  table.Also({"embedding_vectors", "pre_word_vecs_enc", "pre_word_vecs_dec", "src_embeddings",
              "tgt_embeddings", "both_embeddings", "encoder_embed_path", "decoder_embed_path",
              "load_pretrained_embeddings"});
}

void AddDropout(ConfigKeyTable& table) {
  table.Number("model.dropout.embedding", kRefused, TALMACH_FIELD(model.dropout.embedding), Rate(),
               "probability of dropping elements of the embeddings, in training");
  table.Also({"dropout_emb", "emb_dropout", "embedding_dropout", "dropout_rate"});
  table.Number("model.dropout.state", kRefused, TALMACH_FIELD(model.dropout.state), Rate(),
               "elements of recurrent states, the same for a whole sentence");
  table.Also({"dropout_rnn", "rnn_dropout", "hidden_dropout"});
  table.Number("model.dropout.annotation", kRefused, TALMACH_FIELD(model.dropout.annotation),
               Rate(), "elements of what each encoder layer hands on");
  table.Number("model.dropout.readout", kRefused, TALMACH_FIELD(model.dropout.readout), Rate(),
               "elements of the readout");
  table.Number("model.dropout.attention", kRefused, TALMACH_FIELD(model.dropout.attention), Rate(),
               "attention weights");
  table.Also({"attention_dropout", "attn_dropout"});
  table.Number("model.dropout.source_word", kRefused, TALMACH_FIELD(model.dropout.source_word),
               Rate(), "source tokens, replaced by `<unk>`");
  table.Also({"dropout_src", "word_dropout", "token_dropout"});
  table.Number("model.dropout.target_word", kRefused, TALMACH_FIELD(model.dropout.target_word),
               Rate(), "decoder inputs, replaced by `<unk>`");
  table.Also({"dropout_trg", "dropout_tgt"});
}

Words TranslationPrecisions() {
  return {{"float32", static_cast<int>(Precision::kFloat32)},
          {"bfloat16", static_cast<int>(Precision::kBFloat16)},
          {"int8", static_cast<int>(Precision::kInt8)}};
}

// The precision that the processor suggests is none that is named: −1.
Words TrainingPrecisions() {
  Words words = TranslationPrecisions();
  words.back() = {"auto", -1};
  std::rotate(words.begin(), words.end() - 1, words.end());
  return words;
}

void AddBatches(ConfigKeyTable& table) {
  table.Choice(
      "training.precision", PrecisionRule(), TALMACH_ENUM(training.precision), TrainingPrecisions(),
      "of matrix products; auto: bfloat16 where the processor is faster with it, else float32");
  table.Also({"fp16", "bf16", "mixed_precision", "model_dtype"});
  table.Number("training.batch_sentences", kRefused, TALMACH_FIELD(training.batch_sentences),
               Bounds(0, 1e6, "> 0"), "sentence pairs per batch; instead of batch_tokens");
  table.Also({"batch_size", "minibatch_size", "mini_batch", "max_sentences", "train_batch_size"});
  table.Number("training.batch_tokens", kRefused, TALMACH_FIELD(training.batch_tokens),
               Bounds(0, 1e8, "> 0"), "target tokens per batch; instead of batch_sentences");
  table.Also({"max_tokens", "mini_batch_words", "batch_words", "token_batch_size"});
  table.Number("training.accumulate", kRefused, TALMACH_FIELD(training.accumulate), Bounds(1, 1e6),
               "batches per update");
  table.Also({"update_freq", "accum_count", "batch_multiplier", "optimizer_delay",
              "gradient_accumulation_steps"});
  table.Number("training.max_epochs", ReportedIf(IsCosine), TALMACH_FIELD(training.max_epochs),
               AtLeast(0), "passes over the training text after which training ends; 0: no limit");
  table.Also({"epochs", "max_epoch", "num_epochs", "num_train_epochs", "after_epochs", "n_epochs"});
  table.Number("training.max_updates", ReportedIf(IsCosine), TALMACH_FIELD(training.max_updates),
               AtLeast(0), "updates after which training ends; 0: no limit");
  table.Also({"train_steps", "max_update", "max_steps", "after_batches", "total_steps", "steps"});
  table.Number(
      "training.max_seconds", ReportedIf(IsCosine), TALMACH_FIELD(training.max_seconds), AtLeast(0),
      "seconds after which training saves and ends with exit code 0; the same command goes "
      "on for as long again (with the cosine schedule, which it shapes, all parts count "
      "together and the run is finished); 0: no limit");
}

void AddOptimizer(ConfigKeyTable& table) {
  table.Number("training.learning_rate", kRefused, TALMACH_FIELD(training.learning_rate),
               Positive(), "the peak of Adam's rate");
  table.Also({"lr", "learn_rate"});
  table.Choice("training.schedule", kRefused, TALMACH_ENUM(training.schedule),
               WordsOf({ScheduleType::kConstant, ScheduleType::kInverseSqrt, ScheduleType::kCosine,
                        ScheduleType::kPlateau}),
               "how the rate falls after the warm-up");
  table.Also({"lr_scheduler", "scheduling", "scheduler", "decay_method", "lr_schedule"});
  table.Number("training.warmup_updates", kRefused, TALMACH_FIELD(training.warmup_updates),
               AtLeast(0), "updates in which the rate climbs to its peak");
  table.Also({"warmup", "warmup_steps", "lr_warmup", "learning_rate_warmup"});
  table.Number("training.minimum_learning_rate", kRefused,
               TALMACH_FIELD(training.minimum_learning_rate), AtLeast(0),
               "where cosine ends and plateau stops halving");
  table.Also({"learning_rate_min", "min_lr", "stop_min_lr"});
  table.Number("training.plateau_patience", kFree, TALMACH_FIELD(training.plateau_patience),
               AtLeast(1), "validations without a new best before plateau halves the rate");
  table.Also({"patience", "lr_patience"});
  table.Number("training.label_smoothing", kRefused, TALMACH_FIELD(training.label_smoothing),
               Rate(), "probability given to wrong tokens");
  table.Also({"smoothing", "label_smooth"});
  table.Path("training.guided_alignment.links", LinksRule(),
             TALMACH_FIELD(training.guided_alignment.links),
             "word links of the training text (talmach align) that attention learns, a line per "
             "pair");
  table.Also({"alignments", "guided_alignment_file"});
  table.Number("training.guided_alignment.weight", RefusedIf(HasLinks),
               TALMACH_FIELD(training.guided_alignment.weight), Positive(),
               "of the attention's cross-entropy in the loss, where there are links");
  table.Number("training.clip_norm", kRefused, TALMACH_FIELD(training.clip_norm), AtLeast(0),
               "longest gradient, per target token; 0: no limit");
  table.Also(
      {"clip_grad_norm", "max_grad_norm", "clip_gradients", "grad_clip", "gradient_clipping"});
  table.Number("training.weight_decay", kRefused, TALMACH_FIELD(training.weight_decay), AtLeast(0),
               "share of the weights an update takes away, times the rate");
  table.Also({"l2"});
  table.Number("training.beta1", kRefused, TALMACH_FIELD(training.beta1), Rate(),
               "Adam's memory of the mean gradient");
  table.Also({"adam_beta1", "adam_betas", "optimizer_params"});
  table.Number("training.beta2", kRefused, TALMACH_FIELD(training.beta2), Rate(),
               "Adam's memory of its square");
  table.Also({"adam_beta2"});
  table.Number("training.epsilon", kRefused, TALMACH_FIELD(training.epsilon), Positive(),
               "Adam's guard against division by zero");
  table.Also({"adam_epsilon", "adam_eps", "eps"});
  table.Number("training.ema_decay", kRefused, TALMACH_FIELD(training.ema_decay), Rate(),
               "moving average of the weights that is validated and kept; 0: none");
  table.Also({"exponential_smoothing", "average_decay", "moving_average"});
}

void AddStart(ConfigKeyTable& table) {
  table.Model("training.initial_model", kReported, TALMACH_FIELD(training.initial_model),
              "the model whose weights and tokenizers a new run starts from: a model directory, a "
              "checkpoint or a model file; a resumed run does not read it");
  table.Also({"pretrained_model", "train_from", "load_model", "finetune_from_model", "load_encoder",
              "restore_file", "init_from"});
  table.List(
      "training.freeze", kRefused, TALMACH_LIST(training.freeze),
      "list of names of tensors, or beginnings of them up to a dot; `*` is any text",
      "what training leaves as it is: `encoder`, `embedding.weight`, `*.bias` (`talmach model info "
      "--tensors` lists the names)");
  table.Also({"freeze_layers", "freeze_word_vecs", "freeze_word_vecs_enc", "freeze_word_vecs_dec",
              "fixed_param_names", "fixed_param_strategy", "freeze_encoder"});
}

void AddRun(ConfigKeyTable& table) {
  table.Number("training.seed", kRefused, TALMACH_FIELD(training.seed),
               Bounds(0, 9007199254740991.0),
               "of the random numbers: initial weights, dropout, order of the batches");
  table.Also({"random_seed"});
  table.Number("training.workers", kReported, TALMACH_FIELD(training.workers), Bounds(1, 1024),
               "groups of threads that share the sentences of a batch");
  table.Also({"num_workers", "world_size"});
  table.Number("training.threads", ThreadsRule(), TALMACH_FIELD(training.threads), Bounds(0, 1024),
               "threads per worker; 0: all processors divided by the workers");
  table.Also({"cpu_threads", "num_threads"});
  table.Duration("training.save_every", kFree, TALMACH_FIELD(training.save_every),
                 "between checkpoints, in updates (u) or epochs (e)");
  table.Also({"save_freq", "save_interval", "save_steps", "save_checkpoint_steps",
              "save_interval_updates"});
  table.Number("training.keep_last", kFree, TALMACH_FIELD(training.keep_last), Bounds(1, 1e6),
               "checkpoints to keep");
  table.Also({"keep_checkpoint", "keep_last_ckpts", "keep_best_ckpts", "keep_interval_updates"});
  table.Number("training.average_best", kFree, TALMACH_FIELD(training.average_best),
               Bounds(0, 1000),
               "average the weights of this many best validations at the end; 0: none");
  table.Also({"average_checkpoints"});
  table.Number("training.early_stopping", kFree, TALMACH_FIELD(training.early_stopping), AtLeast(0),
               "validations without a new best before training ends; 0: never");
  table.Also({"patience", "early_stop", "early_stopping_patience"});
  table.Number("training.max_skipped", kFree, TALMACH_FIELD(training.max_skipped), AtLeast(1),
               "updates in a row skipped for a gradient that is not finite");
  table.Number("training.max_rollbacks", kFree, TALMACH_FIELD(training.max_rollbacks), AtLeast(0),
               "returns to the last checkpoint, with half the rate, before giving up");
}

// Of the first set: see corpus_keys.h.
void AddValidationSets(ConfigKeyTable& table) {
  table.Path("validation.sets.source", ReportedIf(HasValidation),
             TALMACH_FIELD(validation.sets.front().source),
             "text of a set beside `data.valid`; plain, .gz or .zst");
  table.Path("validation.sets.target", ReportedIf(HasValidation),
             TALMACH_FIELD(validation.sets.front().target), "its translation");
  table.Path("validation.sets.tsv", ReportedIf(HasValidation),
             TALMACH_FIELD(validation.sets.front().tsv),
             "instead of both: one file, a pair per line in columns separated by tabs");
  table.Columns("validation.sets.columns", ReportedIf(HasValidation),
                TALMACH_ENUM(validation.sets.front().columns),
                "where in the TSV the source and the target are");
  table.Text("validation.sets.name", kFree, TALMACH_FIELD(validation.sets.front().name), "a name",
             "of the set, in logs and records; by default the name of its first file");
}

void AddValidation(ConfigKeyTable& table) {
  table.Duration("validation.every", kFree, TALMACH_FIELD(validation.every),
                 "between validations, in updates (u) or epochs (e)");
  table.Also({"valid_freq", "validation_freq", "valid_steps", "eval_steps", "validate_interval",
              "validate_interval_updates"});
  AddValidationSets(table);
  table.Choices("validation.metrics", MetricRule(), TALMACH_ENUM(validation.metrics),
                WordsOf({ValidationMetric::kCrossEntropy, ValidationMetric::kPerplexity,
                         ValidationMetric::kBleu, ValidationMetric::kChrf, ValidationMetric::kTer,
                         ValidationMetric::kScript}),
                "what to measure; the first decides what is best");
  table.Also({"eval_metric", "eval_metrics", "valid_metrics", "early_stopping_metric"});
  table.Choice("validation.stop_on", kFree, TALMACH_ENUM(validation.stop_on),
               WordsOf({StopOn::kFirst, StopOn::kAny, StopOn::kAll}),
               "early stopping when the first metric, any one or all of them are without a new "
               "best for long enough");
  table.Also({"early_stopping_on", "early_stopping_criteria"});
  table.Switch("validation.keep_best", kFree, TALMACH_FIELD(validation.keep_best),
               "keep the best model by each metric as `DIR/checkpoints/best-METRIC`");
  table.Also({"keep_best_checkpoints", "best_checkpoint_metric"});
  table.Text("validation.script", ReportedIf(HasScript), TALMACH_FIELD(validation.script),
             "a command",
             "of the metric script: it gets the files of source, reference and "
             "translation as arguments, and the last line it prints is the score");
  table.Also({"valid_script_path", "external_evaluator"});
  table.Switch("validation.script_higher_is_better", RefusedIf(HasScript),
               TALMACH_FIELD(validation.script_higher_is_better),
               "whether a higher score of the script is a better one");
  table.Number("validation.beam_size", ReportedIf(IsChosenByTranslations),
               TALMACH_FIELD(validation.beam_size), Bounds(1, 1000),
               "hypotheses kept while translating for the metrics; 1: greedy");
  table.Also({"beam", "beam_width", "num_beams"});
  table.Number("validation.normalize", ReportedIf(IsChosenByTranslations),
               TALMACH_FIELD(validation.normalize), Bounds(0, 10),
               "exponent of the length by which scores are divided");
  table.Also({"length_penalty", "lenpen", "beam_alpha"});
  table.Number("validation.samples", kFree, TALMACH_FIELD(validation.samples), Bounds(0, 1000),
               "translations shown in the log");
  table.Also({"print_valid_sents"});
}

void AddTranslation(ConfigKeyTable& table) {
  table.Choice("translation.precision", kFree, TALMACH_ENUM(translation.precision),
               TranslationPrecisions(), "of matrix products; int8 rounds weights while loading");
  table.Number("translation.beam_size", kFree, TALMACH_FIELD(translation.beam_size),
               Bounds(1, 1000), "hypotheses kept per sentence; 1: greedy");
  table.Also({"beam", "beam_width", "num_beams"});
  table.Number("translation.normalize", kFree, TALMACH_FIELD(translation.normalize), Bounds(0, 10),
               "exponent of the length by which scores are divided; 0: none");
  table.Also({"length_penalty", "lenpen", "beam_alpha"});
  table.Number("translation.max_length_factor", kFree, TALMACH_FIELD(translation.max_length_factor),
               Bounds(0.01, 1000), "longest translation in lengths of the source, plus 10 tokens");
  table.Also({"max_output_length", "max_len_a"});
  table.Number("translation.max_length", kFree, TALMACH_FIELD(translation.max_length),
               Bounds(1, 10000), "source lines are cut to this many tokens");
  table.Number("translation.mini_batch", kFree, TALMACH_FIELD(translation.mini_batch),
               Bounds(1, 1024), "sentences translated together");
  table.Also({"eval_batch_size", "valid_batch_size"});
  table.Choice("translation.unk", kFree, TALMACH_ENUM(translation.unk),
               Words{{"allow", static_cast<int>(UnknownWords::kAllow)},
                     {"ban", static_cast<int>(UnknownWords::kBan)},
                     {"replace", static_cast<int>(UnknownWords::kReplace)}},
               "`<unk>` in translations: allowed, banned, or replaced by the most attended source "
               "word");
  table.Also({"allow_unk", "replace_unk", "ban_unk"});
}

std::vector<ConfigKey> MakeKeys() {
  ConfigKeyTable table;
  AddData(table);
  AddTokenizer(table);
  AddModel(table);
  AddDropout(table);
  AddBatches(table);
  AddOptimizer(table);
  AddStart(table);
  AddRun(table);
  AddValidation(table);
  AddTranslation(table);
  table.Duration("logging.display_every", kFree, TALMACH_FIELD(logging.display_every),
                 "between lines of progress, in updates (u) or epochs (e)");
  table.Also({"disp_freq", "logging_freq", "report_every", "log_interval", "logging_steps"});
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

const std::string& NameOf(const Config& config, const void* field) {
  const auto found = std::ranges::find_if(
      ConfigKeys(), [&](const ConfigKey& key) { return key.address(config) == field; });
  Require(found != ConfigKeys().end(), "every field of a configuration has a key");
  return found->name;
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
      text += fmt::format(
          "{}## {}\n\n| key | values | default | when resumed | meaning |\n|---|---|---|---|---|\n",
          text.empty() ? "" : "\n", of_key);
      section = of_key;
    }
    const std::string value = ValueText(key, defaults);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, key.values,
                        value.empty() ? "none" : "`" + value + "`", ToString(key.resume.change),
                        key.meaning);
  }
  return text;
}

}  // namespace talmach
