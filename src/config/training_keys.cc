// Tested by tests/config/config_test.cc.
#include <algorithm>

#include "config/key_sections.h"

namespace talmach {
namespace {

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

}  // namespace

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

void AddTraining(ConfigKeyTable& table) {
  AddBatches(table);
  AddOptimizer(table);
  AddStart(table);
  AddRun(table);
}

}  // namespace talmach
