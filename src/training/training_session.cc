// Tested by tests/training/trainer_test.cc and tests/training/training_benchmark_test.cc.
//
// What training resumes from is decided here once: the newest checkpoint that loads, each damaged
// one being reported and passed over. Loading checks the settings first, so a run with other
// settings is refused before anything is changed. RollBack is the same search with the condition
// that the weights must be others than those that just failed; the clock and the log go on, since
// they tell what really happened.
#include "training/training_session.h"

#include <fmt/format.h>

#include "base/available_cores.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/processor.h"
#include "base/temporary_files.h"
#include "config/config_keys.h"
#include "kernels/gemm.h"
#include "model/model_directory.h"
#include "model/model_layers.h"
#include "training/pretrained_embeddings.h"
#include "training/resume_settings.h"

namespace talmach {

TrainingSession::TrainingSession(const TrainingSetup& setup)
    : setup_(setup),
      lock_(setup.lock ? setup.lock : LockForTraining(setup.directory)),
      files_(setup.start ? setup.start->files() : ModelDirectory(setup.directory)),
      settings_(SettingsOf(setup)),
      store_(files_.path, setup.training.keep_last),
      updater_(std::make_unique<ModelUpdater>(NewModel(setup), setup.training,
                                              setup.data.train.size())) {
  std::vector<std::string> folders = files_.AllBest();
  folders.insert(folders.end(), {files_.path, files_.Checkpoints(), files_.BestModels()});
  for (const std::string& folder : folders) RemoveTemporaryFiles(folder);
  const bool starts_anew = store_.List().empty();
  log_ = std::make_unique<TrainingLog>(files_.path, starts_anew);
  const bool is_single = updater_->model().precision() == Precision::kFloat32;
  log_->Say(fmt::format("{}; {}; products in {}", ProcessorName(), ProductLibraryText(),
                        is_single ? "float32" : "bfloat16"));
  WarnOfTooManyThreads();
  if (!setup.training.freeze.empty()) SayWhatIsFrozen();
  if (starts_anew) {
    StartAnew();
  } else {
    Resume(store_.List(), /*check_settings=*/true);
    resumed_ = true;
    if (!setup.training.initial_model.empty() && origin_.path.empty()) {
      log_->Warn(fmt::format("{}: not read, since the run goes on from its own checkpoint",
                             KeyName(&Config::training, &TrainingOptions::initial_model)));
    }
    log_->TruncateRecords(state_.log_bytes);
    RecordSave();
  }
}

void TrainingSession::WarnOfTooManyThreads() {
  const Workers& workers = updater_->workers();
  const int num_threads = workers.size() * workers.threads_per_worker();
  if (num_threads <= AvailableCores()) return;
  log_->Warn(fmt::format(
      "{}: {} workers of {} threads share {} processors, where they wait for each other",
      KeyName(&Config::training, &TrainingOptions::workers), workers.size(),
      workers.threads_per_worker(), AvailableCores()));
}

void TrainingSession::SayWhatIsFrozen() {
  const ParameterSet& parameters = updater_->model().parameters();
  Index num_frozen = 0;
  for (const Parameter& parameter : parameters.list()) {
    if (!parameter.is_trained) num_frozen += parameter.size();
  }
  log_->Say(fmt::format("{} of {} parameters are frozen", num_frozen, parameters.num_values()));
}

void TrainingSession::StartAnew() {
  log_->Say(fmt::format("New training in {}: {} parameters, {} worker(s) of {} thread(s)",
                        setup_.directory, updater_->model().parameters().num_values(),
                        updater_->workers().size(), updater_->workers().threads_per_worker()));
  if (!setup_.training.initial_model.empty()) TakeInitialWeights();
  if (!setup_.training.pretrained_embeddings.empty()) TakePretrainedEmbeddings();
}

void TrainingSession::TakeInitialWeights() {
  Require(setup_.initial_model != nullptr, "the initial model is at hand");
  const InitialModel& initial = *setup_.initial_model;
  Seq2SeqModel& model = updater_->model();
  const TakenWeights taken =
      TakeWeights(initial, *setup_.source_tokenizer, *setup_.target_tokenizer, &model);
  model.PackWeights();
  origin_ = {.path = initial.path, .checksum = taken.checksum};
  log_->Say(fmt::format("Starting from {} (checksum {}): {}", origin_.path,
                        origin_.checksum.empty() ? "none" : origin_.checksum,
                        Describe(taken.rows)));
  log_->Write({{"event", "initial_model"},
               {"path", origin_.path},
               {"checksum", origin_.checksum},
               {"source_pieces", taken.rows.source},
               {"target_pieces", taken.rows.target}});
  for (const std::string& difference : taken.differences) log_->Warn(difference);
}

void TrainingSession::TakePretrainedEmbeddings() {
  const std::string& path = setup_.training.pretrained_embeddings;
  Seq2SeqModel& model = updater_->model();
  const EmbeddingMatrices& matrices = model.layers().embeddings;
  std::vector<EmbeddingTable> tables =
      EmbeddingTables(setup_.model, *setup_.source_tokenizer, *setup_.target_tokenizer);
  tables.front().rows = model.parameters().Value(matrices.source);
  tables.back().rows = model.parameters().Value(matrices.target);
  const PretrainedCounts counts =
      ReadPretrainedEmbeddings(path, setup_.model.embedding_size, tables);
  model.PackWeights();
  log_->Say(fmt::format("{}: {}", path, Describe(counts, tables)));
  log_->Write({{"event", "pretrained_embeddings"},
               {"path", path},
               {"vectors", counts.vectors},
               {"unused", counts.unused},
               {"rows", counts.rows}});
}

void TrainingSession::Begin() {
  setup_.start->Begin();
  files_ = ModelDirectory(setup_.directory);
  store_ = CheckpointStore(files_.path, setup_.training.keep_last);
  log_->MovedTo(files_.path);
}

// The directory of a checkpoint, as it is called once the run has begun.
std::string TrainingSession::NameOf(Index update) const {
  return ModelDirectory(setup_.directory).Checkpoint(update).path;
}

// Loads the first of these checkpoints that is usable.
void TrainingSession::Resume(const std::vector<Index>& updates, bool check_settings) {
  for (const Index update : updates) {
    try {
      const CheckpointRecord record = store_.ReadRecord(update);
      if (check_settings) {
        for (const std::string& notice :
             CompareSettings(record.settings, settings_, store_.PathOf(update))) {
          log_->Warn(notice);
        }
      }
      Load(update, record);
      return;
    } catch (const CheckpointError& error) {
      log_->Warn(fmt::format("{}; the checkpoint before it is used", error.what()));
    }
  }
  throw CheckpointError({.where = ModelDirectory(setup_.directory).Checkpoints(),
                         .what = fmt::format("none of {} checkpoints is usable", updates.size()),
                         .hint = "see the warnings above; --fresh starts anew"});
}

void TrainingSession::Load(Index update, const CheckpointRecord& record) {
  Seq2SeqModel& model = updater_->model();
  store_.ReadSlabs(update, model.parameters(), updater_->adam());
  model.PackWeights();
  updater_->adam().set_step(record.state.optimizer_steps);
  state_ = record.state;
  origin_ = ReadModelMetadata(SafetensorsFile(CheckpointDirectory(store_.PathOf(update)).Model()))
                .initial_model;
  loaded_settings_ = record.settings;
  loaded_path_ = NameOf(update);
  log_->Say(fmt::format("Resumed from {}", loaded_path_));
}

void TrainingSession::CheckCorpora(const std::vector<CorpusChecksums>& checksums) {
  const TrainingSettings corpora = CorpusSettings(setup_, checksums);
  CompareSettings(loaded_settings_, corpora, loaded_path_);
  settings_.update(corpora);
}

ModelMetadata TrainingSession::Metadata() const {
  const Seq2SeqModel& model = updater_->model();
  return {.config = model.config(),
          .vocabulary = model.vocabulary(),
          .source_vocabulary_hash = setup_.source_tokenizer->Hash(),
          .target_vocabulary_hash = setup_.target_tokenizer->Hash(),
          .source_tokenizer_checksum = setup_.source_tokenizer->file_checksum(),
          .target_tokenizer_checksum = setup_.target_tokenizer->file_checksum(),
          .initial_model = origin_,
          .updates = state_.update};
}

void TrainingSession::Save() {
  state_.log_bytes = log_->record_bytes();
  state_.optimizer_steps = updater_->adam().step();
  store_.Save(updater_->model().parameters(), updater_->adam(), Metadata(), state_, settings_);
  RecordSave();
  log_->Say("Saved " + NameOf(state_.update));
}

// Only what is on the disk is called saved, so the record comes after the checkpoint and is not
// part of what the checkpoint knows of train.jsonl. A resumed run writes it again.
void TrainingSession::RecordSave() {
  log_->Write({{"event", "save"}, {"update", state_.update}, {"path", NameOf(state_.update)}});
}

void TrainingSession::WriteModel() {
  const ParameterSet& parameters = updater_->model().parameters();
  SaveModel(files_.Model(), parameters, parameters.slab(), Metadata());
}

void TrainingSession::WriteBest(const std::string& score) {
  const CheckpointDirectory best(files_.BestBy(score));
  const ParameterSet& parameters = updater_->model().parameters();
  MakeDirectory(best.path);
  SaveModel(best.Model(), parameters, parameters.slab(), Metadata());
}

// Each step of the optimizer changes the weights, so that its number names them.
bool TrainingSession::HasWeightsOfNow(Index update) const {
  try {
    return store_.ReadRecord(update).state.optimizer_steps == updater_->adam().step();
  } catch (const CheckpointError&) {
    return false;  // Resume warns of it
  }
}

bool TrainingSession::RollBack() {
  std::vector<Index> failing;
  std::vector<Index> others;
  for (const Index update : store_.List()) {
    (HasWeightsOfNow(update) ? failing : others).push_back(update);
  }
  if (others.empty()) return false;
  const TrainingState before = state_;
  Resume(others, /*check_settings=*/false);
  for (const Index update : failing) {
    log_->Warn(NameOf(update) + ": all updates after it fail; it is removed");
  }
  if (!failing.empty()) store_.Drop(failing);
  state_.seconds = before.seconds;
  state_.log_bytes = before.log_bytes;
  state_.skipped = before.skipped;
  state_.skipped_in_row = 0;
  state_.rollbacks = before.rollbacks + 1;
  state_.rate_scale = before.rate_scale * 0.5;
  log_->Warn(fmt::format("Back at update {} with {} of the learning rate", state_.update,
                         state_.rate_scale));
  log_->Write({{"event", "rollback"},
               {"update", state_.update},
               {"from", before.update},
               {"rate_scale", state_.rate_scale}});
  return true;
}

}  // namespace talmach
