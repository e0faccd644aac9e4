// The records of a run: DIR/train.jsonl for programs, DIR/train.log for people, and the same lines
// in the process's log.
//
//   Ep. 1 : Up. 1000 : Sen. 64,000 : Cost 4.21 : Time 12.30s : 9000.12 words/s : gNorm 1.23 :
//   L.r. 3.0000e-04 : ETA 0h42m                                     (one line, as Marian's)
// Cost is the label-smoothed cross-entropy per target token (nats), words are target tokens with
// </s> and without padding, gNorm is the norm of the mean loss's gradient before clipping, all
// averaged over the updates since the last line; Sen. counts the pairs of the epoch. With several
// corpora "captions 4.12, news 4.56" follows Cost: the cost of each; train.jsonl has an object
// "corpora" with "cost" and "target_tokens" by name. With guided
// alignment "Align 0.53" follows Cost: the cross-entropy of the attention per target token that has
// links (nats), without its weight.
//
// A record that cannot be written is reported once and counted, and training goes on: losing a log
// is better than losing a run.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// The cost of one corpus of several.
struct CorpusCost {
  std::string name = {};
  double cost = 0.0;  // nats per target token of the corpus, smoothed
  Index num_tokens = 0;
};

struct DisplayRecord {
  Index update = 0;
  Index epoch = 0;
  Index sentences = 0;                        // of the epoch
  double cost = 0.0;                          // nats per target token, smoothed
  std::vector<CorpusCost> corpora = {};       // of several, those that had a share
  std::optional<double> alignment_cost = {};  // nats per target token with links
  double seconds = 0.0;  // since the last record, without validations and saves
  double words_per_second = 0.0;
  double gradient_norm = 0.0;
  double learning_rate = 0.0;
  double elapsed_seconds = 0.0;  // since the beginning, over all resumed parts
  double seconds_left = -1.0;    // < 0: unknown, and not shown
};

/// The line shown above, without a date.
std::string FormatDisplay(const DisplayRecord& record);
/// "0h42m".
std::string FormatDuration(double seconds);

/// One thread at a time.
class TrainingLog {
 public:
  using Record = nlohmann::ordered_json;

  /// Appends to the files in `directory`, or begins them anew. Throws Error if they cannot be
  /// opened.
  TrainingLog(const std::string& directory, bool fresh);

  /// Forgets the records after the first `bytes` bytes: training goes on from there.
  void TruncateRecords(Index bytes);
  /// Tells the log that its files have moved to another directory.
  void MovedTo(const std::string& directory);
  /// The size of train.jsonl.
  Index record_bytes() const { return record_bytes_; }
  /// Records that could not be written.
  Index lost_records() const { return lost_records_; }

  void Display(const DisplayRecord& record);
  /// Any other event: a line of JSON.
  void Write(const Record& record);
  /// A line for people.
  void Say(std::string_view line);
  void Warn(std::string_view line);

 private:
  void AppendLine(std::string_view line);

  std::string record_path_;
  Index record_bytes_ = 0;
  std::ofstream records_;
  std::ofstream lines_;
  Index lost_records_ = 0;
};

}  // namespace talmach
