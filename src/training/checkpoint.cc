// A checkpoint is written into a directory of a temporary name, in which every file is atomic and
// synced, and then renamed. If one of the same update exists already, the two exchange names in one
// system call, so that at no moment there is none of that name; where the file system cannot do
// that, the old one is renamed out of the way first, and CleanUp gives it its name back if the
// process dies in between. LATEST is written after the rename, old checkpoints are removed last.
//
// Loading goes by names, newest first; checksums decide whether one can be used.
#include "training/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/checksum.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "io/json_outline.h"
#include "kernels/adam_update.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

constexpr char kTemporaryPrefix[] = ".tmp-";
constexpr char kReplacedPrefix[] = ".tmp-old-";
constexpr char kFirstMoment[] = "first_moment.";
constexpr char kSecondMoment[] = "second_moment.";
constexpr int kStateVersion = 1;
constexpr char kFiles[] = "files";
constexpr char kModel[] = "model";
constexpr char kOptimizer[] = "optimizer";
constexpr std::uintmax_t kMaxStateBytes = 1 << 17;

// Calls a filesystem operation and turns its failure into an Error that names the path.
template <typename Operation>
void Check(const std::string& path, const char* action, const Operation& operation) {
  std::error_code error;
  operation(error);
  if (error) throw Error({.where = path, .what = action + (": " + error.message())});
}

void RemoveAll(const fs::path& path) {
  Check(path, "cannot be removed", [&](auto& error) { fs::remove_all(path, error); });
}

void Rename(const fs::path& from, const fs::path& to) {
  Check(to, "cannot be renamed to", [&](auto& error) { fs::rename(from, to, error); });
}

// Two paths take each other's names at once. False where the file system cannot do that.
bool Exchange(const fs::path& one, const fs::path& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS) return false;
  throw Error({.where = other, .what = "cannot be renamed to: " + ErrnoText(errno)});
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  Check(folder, "cannot be listed", [&](auto& error) {
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename());
    }
  });
  return names;
}

}  // namespace

std::vector<Index> ListCheckpoints(const ModelDirectory& directory) {
  const std::string folder = directory.Checkpoints();
  std::vector<Index> updates;
  for (const std::string& name : NamesIn(folder)) {
    const Index update = ParseCheckpointName(name);
    if (update >= 0 && fs::is_directory(fs::path(folder) / name)) updates.push_back(update);
  }
  std::ranges::sort(updates, std::greater());
  return updates;
}

namespace {

std::string ReadSmallFile(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw CheckpointError({.where = path, .what = error.message()});
  if (size > kMaxStateBytes) {
    throw CheckpointError({.where = path,
                           .what = "not the state of a training run",
                           .expected = fmt::format("at most {} bytes", kMaxStateBytes),
                           .got = std::to_string(size)});
  }
  try {
    return ReadFile(path);
  } catch (const Error& unreadable) {
    throw CheckpointError({.where = unreadable.what()});
  }
}

std::string ToText(const nlohmann::ordered_json& record) { return record.dump(1) + "\n"; }

std::string RecordText(const CheckpointRecord& written) {
  nlohmann::ordered_json record = {
      {"format_version", kStateVersion},
      {"state", ToJson(written.state)},
      {"settings", written.settings},
      {kFiles, {{kModel, written.model_checksum}, {kOptimizer, written.optimizer_checksum}}}};
  record["checksum"] = ChecksumOf(record.dump());
  return ToText(record);
}

// The checksum of a file beside state.json, which those of earlier versions do not hold.
std::string ChecksumIn(const nlohmann::ordered_json& record, const char* file) {
  return record.contains(kFiles) ? record.at(kFiles).at(file).get<std::string>() : "";
}

void CheckBelongs(const SafetensorsFile& file, const std::string& state,
                  const std::string& expected) {
  if (expected.empty() || file.checksum() == expected) return;
  throw CheckpointError({.where = file.path(),
                         .what = "it does not belong to " + state,
                         .expected = "checksum " + expected,
                         .got = file.checksum().empty() ? "none" : file.checksum()});
}

}  // namespace

bool HasCheckpoints(const std::string& model_directory) {
  const ModelDirectory directory(model_directory);
  return fs::is_directory(directory.Checkpoints()) && !ListCheckpoints(directory).empty();
}

CheckpointRecord ReadCheckpointRecord(const std::string& directory) {
  const std::string path = CheckpointDirectory(directory).State();
  constexpr int kMaxDepth = 4;  // record, state, kept, one of them
  const std::string text = ReadSmallFile(path);
  if (const std::string mistake = FindJsonMistake(text, kMaxDepth); !mistake.empty()) {
    throw CheckpointError({.where = path, .what = "damaged: it " + mistake});
  }
  auto json = nlohmann::ordered_json::parse(text);
  try {
    if (json.at("format_version") != kStateVersion) {
      throw CheckpointError({.where = path,
                             .what = "unknown version of the checkpoint format",
                             .expected = std::to_string(kStateVersion),
                             .got = json.at("format_version").dump()});
    }
    const std::string checksum = json.at("checksum").get<std::string>();
    const bool is_as_written = ToText(json) == text;
    json.erase("checksum");
    if (ChecksumOf(json.dump()) != checksum || !is_as_written) {
      throw CheckpointError({.where = path,
                             .what = "damaged",
                             .expected = "checksum " + checksum,
                             .got = ChecksumOf(json.dump())});
    }
    if (!json.at("settings").is_object()) {
      throw CheckpointError({.where = path, .what = "damaged: its settings are no object"});
    }
    return {.state = TrainingStateFromJson(json.at("state")),
            .settings = json.at("settings"),
            .model_checksum = ChecksumIn(json, kModel),
            .optimizer_checksum = ChecksumIn(json, kOptimizer)};
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError({.where = path, .what = std::string("damaged: ") + error.what()});
  }
}

void CheckBelonging(const CheckpointDirectory& checkpoint, const CheckpointRecord& record,
                    const SafetensorsFile& model, const SafetensorsFile& optimizer) {
  const Index update = ReadModelMetadata(model).updates;
  if (update != record.state.update) {
    throw CheckpointError({.where = checkpoint.State(),
                           .what = "it does not belong to " + model.path(),
                           .expected = fmt::format("update {}", update),
                           .got = fmt::format("update {}", record.state.update)});
  }
  CheckBelongs(model, checkpoint.State(), record.model_checksum);
  CheckBelongs(optimizer, checkpoint.State(), record.optimizer_checksum);
}

void CheckMoments(const SafetensorsFile& model, const SafetensorsFile& optimizer) {
  for (const std::string& name : model.names()) {
    for (const std::string prefix : {kFirstMoment, kSecondMoment}) {
      const std::string shape = ShapeText(optimizer.Layout(prefix + name));
      if (shape == ShapeText(model.Layout(name))) continue;
      throw CheckpointError({.where = optimizer.path() + ": tensor " + prefix + name,
                             .what = "it does not belong to " + model.path(),
                             .expected = ShapeText(model.Layout(name)),
                             .got = shape});
    }
  }
}

CheckpointStore::CheckpointStore(const std::string& model_directory, Index keep_last,
                                 AtomicFileOptions options)
    : run_(model_directory),
      directory_(run_.Checkpoints()),
      keep_last_(keep_last),
      options_(std::move(options)) {
  Require(keep_last >= 1, "at least one checkpoint is kept");
  MakeDirectory(directory_);
  CleanUp();
}

// Removes what a crash left. A checkpoint that was being replaced gets its name back if its
// successor never got it.
void CheckpointStore::CleanUp() const {
  for (const std::string& name : NamesIn(directory_)) {
    if (!name.starts_with(kTemporaryPrefix)) continue;
    const fs::path path = fs::path(directory_) / name;
    if (name.starts_with(kReplacedPrefix)) {
      const fs::path before = fs::path(directory_) / name.substr(sizeof(kReplacedPrefix) - 1);
      if (!fs::exists(before)) Rename(path, before);
    }
    RemoveAll(path);
  }
}

std::vector<Index> CheckpointStore::List() const { return ListCheckpoints(run_); }

std::string CheckpointStore::PathOf(Index update) const { return run_.Checkpoint(update).path; }

void CheckpointStore::Save(const ParameterSet& parameters, const Adam& adam,
                           const ModelMetadata& metadata, const TrainingState& state,
                           const TrainingSettings& settings) {
  const std::string name = CheckpointName(state.update);
  const fs::path temporary = fs::path(directory_) / (kTemporaryPrefix + name);
  const fs::path replaced = fs::path(directory_) / (kReplacedPrefix + name);
  RemoveAll(temporary);
  try {
    Check(temporary, "cannot be created",
          [&](auto& error) { fs::create_directory(temporary, error); });
    WriteFiles(temporary, parameters, adam, metadata, state, settings);
    const fs::path path = PathOf(state.update);
    const bool replaces = fs::exists(path);
    // One of the same update keeps its name until its successor has it, or is given it back by
    // CleanUp.
    if (!replaces || !Exchange(temporary, path)) {
      if (replaces) Rename(path, replaced);
      Rename(temporary, path);
    }
  } catch (...) {
    UndoSave();
    throw;
  }
  SyncDirectory(directory_);
  NameLatest(state.update);
  for (const fs::path& old : {temporary, replaced}) RemoveAll(old);
  if (state.skipped_in_row == 0) RemoveOld();
}

// Brings back what was to be replaced. The first error is the one to report.
void CheckpointStore::UndoSave() const {
  try {
    CleanUp();
  } catch (const Error&) {
  }
}

void CheckpointStore::WriteSmallFile(const std::string& path, std::string_view text) const {
  AtomicFile file(path, std::ssize(text), options_);
  file.Write(text);
  file.Commit();
}

void CheckpointStore::NameLatest(Index update) const {
  WriteSmallFile(run_.Latest(), CheckpointName(update) + "\n");
}

void CheckpointStore::WriteFiles(const std::string& directory, const ParameterSet& parameters,
                                 const Adam& adam, const ModelMetadata& metadata,
                                 const TrainingState& state,
                                 const TrainingSettings& settings) const {
  const CheckpointDirectory checkpoint(directory);
  SaveModel(checkpoint.Model(), parameters, parameters.slab(), metadata, options_);
  std::vector<NamedTensor> tensors;
  std::vector<Tensor<float>> memory;
  AppendStoredTensors(parameters, adam.first_moment(), kFirstMoment, &tensors, &memory);
  AppendStoredTensors(parameters, adam.second_moment(), kSecondMoment, &tensors, &memory);
  if (adam.has_average()) {
    AppendStoredTensors(parameters, adam.average(), "average.", &tensors, &memory);
  }
  WriteSafetensors(checkpoint.Optimizer(), tensors, {}, options_);
  WriteSmallFile(
      checkpoint.State(),
      RecordText({.state = state,
                  .settings = settings,
                  .model_checksum = SafetensorsFile(checkpoint.Model()).checksum(),
                  .optimizer_checksum = SafetensorsFile(checkpoint.Optimizer()).checksum()}));
}

// A checkpoint that is to go first loses its name, so that none is ever half there.
void CheckpointStore::Remove(Index update) const {
  const fs::path gone = fs::path(directory_) / (kTemporaryPrefix + CheckpointName(update));
  Rename(PathOf(update), gone);
  RemoveAll(gone);
}

void CheckpointStore::Drop(const std::vector<Index>& updates) const {
  const auto is_dropped = [&](Index update) {
    return std::ranges::find(updates, update) != updates.end();
  };
  for (const Index update : List()) {
    if (is_dropped(update)) continue;
    NameLatest(update);
    break;
  }
  for (const Index update : updates) Remove(update);
}

void CheckpointStore::RemoveOld() const {
  const std::vector<Index> updates = List();
  for (std::size_t i = static_cast<std::size_t>(keep_last_); i < updates.size(); ++i) {
    Remove(updates[i]);
  }
}

CheckpointRecord CheckpointStore::ReadRecord(Index update) const {
  return ReadCheckpointRecord(PathOf(update));
}

void CheckpointStore::ReadSlabs(Index update, ParameterSet& parameters, Adam& adam) const {
  const CheckpointDirectory checkpoint = run_.Checkpoint(update);
  const SafetensorsFile model(checkpoint.Model());
  const SafetensorsFile optimizer(checkpoint.Optimizer());
  CheckBelonging(checkpoint, ReadCheckpointRecord(checkpoint.path), model, optimizer);
  model.Verify();
  optimizer.Verify();
  // Loading does not touch the gaps between tensors, which what ruined the weights may have ruined.
  for (const View slab :
       {parameters.slab(), adam.first_moment(), adam.second_moment(), adam.average()}) {
    std::ranges::fill(slab.span(), 0.0f);
  }
  LoadSlab(model, parameters, "", parameters.slab());
  LoadSlab(optimizer, parameters, kFirstMoment, adam.first_moment());
  LoadSlab(optimizer, parameters, kSecondMoment, adam.second_moment());
  if (adam.has_average()) LoadSlab(optimizer, parameters, "average.", adam.average());
  for (const ConstView slab : {ConstView(parameters.slab()), ConstView(adam.first_moment()),
                               ConstView(adam.second_moment()), ConstView(adam.average())}) {
    // In double precision, squares of floats do not overflow.
    if (std::isfinite(SumOfSquares(slab.span()))) continue;
    throw CheckpointError(
        {.where = checkpoint.path, .what = "its weights or moments are not finite"});
  }
}

}  // namespace talmach
