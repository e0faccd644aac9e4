// `talmach model verify`: reads everything a model directory, a checkpoint or a model file holds.
//
// Every byte of the files is under a checksum: tensors and headers carry their own, state.json its
// own and those of the files beside it, the model those of its tokenizers, the configuration its
// own. The records of a run, train.log and train.jsonl, have none.
#pragma once

#include <functional>
#include <string>

#include "base/types.h"

namespace talmach {

/// What was found about one file.
struct Finding {
  enum class Verdict {
    kOk,
    kNotice,  // nothing is wrong, but it is not what was written, or cannot be checked
    kBad,     // damaged, missing, or of something else
  };
  Verdict verdict;
  std::string text;  // one line, which begins with the path
};

using ReportFinding = std::function<void(const Finding&)>;

/// Checks a model directory with its checkpoints, one checkpoint, or one model file, continues
/// after bad findings, and returns their number. Throws std::filesystem errors.
Index VerifyModel(const std::string& path, const ReportFinding& report);

}  // namespace talmach
