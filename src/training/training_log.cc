// Records are written one by one and flushed, so a killed run leaves every update it displayed. A
// checkpoint notes how many bytes of them there were; resuming cuts the file back to that, and the
// updates that are done again are not recorded twice. The log for people is never cut: it tells
// what happened, repetitions included.
#include "training/training_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "model/model_directory.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// Always in append mode, so that cutting the file also moves the place of writing.
void Open(const std::string& path, bool fresh, std::ofstream* file) {
  if (fresh) std::ofstream(path, std::ios::trunc);
  file->open(path, std::ios::app | std::ios::binary);
  if (!*file) throw Error({.where = path, .what = "cannot be opened: " + ErrnoText(errno)});
}

std::string TimeStamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("[{:%Y-%m-%d %H:%M:%S}]", local);
}

// "captions 4.1234, news 4.5678 : "
std::string CostsOf(const std::vector<CorpusCost>& corpora) {
  std::string text;
  for (const CorpusCost& corpus : corpora) {
    text += fmt::format("{}{} {:.4f}", text.empty() ? "" : ", ", corpus.name, corpus.cost);
  }
  return text.empty() ? "" : text + " : ";
}

}  // namespace

std::string FormatDuration(double seconds) {
  const auto minutes = static_cast<Index>(std::llround(seconds / 60.0));
  return fmt::format("{}h{:02}m", minutes / 60, minutes % 60);
}

std::string FormatDisplay(const DisplayRecord& record) {
  std::string line = fmt::format(
      "Ep. {} : Up. {} : Sen. {} : Cost {:.4f} : {}{}Time {:.2f}s : {:.2f} words/s : gNorm {:.4f} "
      ": "
      "L.r. {:.4e}",
      record.epoch, record.update, GroupDigits(record.sentences), record.cost,
      CostsOf(record.corpora),
      record.alignment_cost ? fmt::format("Align {:.4f} : ", *record.alignment_cost) : "",
      record.seconds, record.words_per_second, record.gradient_norm, record.learning_rate);
  if (record.seconds_left >= 0.0) line += " : ETA " + FormatDuration(record.seconds_left);
  return line;
}

TrainingLog::TrainingLog(const std::string& directory, bool fresh)
    : record_path_(ModelDirectory(directory).Records()) {
  Open(record_path_, fresh, &records_);
  Open(ModelDirectory(directory).Log(), fresh, &lines_);
  record_bytes_ = static_cast<Index>(fs::file_size(record_path_));
}

void TrainingLog::TruncateRecords(Index bytes) {
  record_bytes_ = std::min(record_bytes_, bytes);
  std::error_code error;
  fs::resize_file(record_path_, static_cast<std::uintmax_t>(record_bytes_), error);
  if (error) throw Error({.where = record_path_, .what = "cannot be cut: " + error.message()});
}

void TrainingLog::MovedTo(const std::string& directory) {
  record_path_ = ModelDirectory(directory).Records();
}

void TrainingLog::Display(const DisplayRecord& record) {
  Say(FormatDisplay(record));
  Record line = {{"event", "display"},
                 {"update", record.update},
                 {"epoch", record.epoch},
                 {"sentences", record.sentences},
                 {"cost", record.cost},
                 {"words_per_second", record.words_per_second},
                 {"gradient_norm", record.gradient_norm},
                 {"learning_rate", record.learning_rate},
                 {"seconds", record.seconds},
                 {"elapsed_seconds", record.elapsed_seconds}};
  for (const CorpusCost& corpus : record.corpora) {
    line["corpora"][corpus.name] = {{"cost", corpus.cost}, {"target_tokens", corpus.num_tokens}};
  }
  if (record.alignment_cost) line["alignment_cost"] = *record.alignment_cost;
  Write(line);
}

// A half-written record (a full disk) is cut away, so that the file stays one record per line.
void TrainingLog::Write(const Record& record) {
  const std::string line = record.dump() + "\n";
  records_ << line << std::flush;
  if (records_) {
    record_bytes_ += std::ssize(line);
    return;
  }
  if (lost_records_++ == 0) Warn(record_path_ + ": cannot be written: " + ErrnoText(errno));
  records_.close();         // empties its buffer, whose rest would come before the next record
  std::error_code ignored;  // reported already
  fs::resize_file(record_path_, static_cast<std::uintmax_t>(record_bytes_), ignored);
  records_.open(record_path_, std::ios::binary | std::ios::app);  // good again, if it opens
}

void TrainingLog::Say(std::string_view line) {
  Log().info(line);
  AppendLine(line);
}

void TrainingLog::Warn(std::string_view line) {
  Log().warn(line);
  AppendLine(line);
}

void TrainingLog::AppendLine(std::string_view line) {
  lines_ << TimeStamp() << ' ' << line << std::endl;
  lines_.clear();
}

}  // namespace talmach
