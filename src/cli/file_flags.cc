// Tested by tests/integration/outputs_test.py and tests/integration/program_test.py.
//
// Two paths are the same file if the system says so (links, "..", /proc/self/fd) or, where one does
// not exist yet, if they resolve to the same path. Devices are exempt: /dev/null may be given
// twice. Whether a file can be written is found out by creating the temporary file that a later
// write would create, and dropping it.
#include "cli/file_flags.h"

#include <filesystem>

#include "base/atomic_file.h"
#include "base/error.h"
#include "project/model_output.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

bool AreSame(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return a == b;
  std::error_code error;  // of files that do not exist yet
  if (fs::exists(a, error) && !fs::is_regular_file(a, error)) return false;  // /dev/null
  if (fs::equivalent(a, b, error)) return true;
  return fs::weakly_canonical(fs::absolute(a), error) ==
         fs::weakly_canonical(fs::absolute(b), error);
}

[[noreturn]] void ThrowClash(const FileFlag& first, const FileFlag& second,
                             const std::string& what) {
  throw ConfigError({.where = first.flag + " and " + second.flag,
                     .what = what,
                     .got = "'" + second.path + "' for both"});
}

void RequireDifferent(const std::vector<FileFlag>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = i + 1; j < outputs.size(); ++j) {
      if (!AreSame(outputs[i].path, outputs[j].path)) continue;
      ThrowClash(outputs[i], outputs[j], "they would write over each other");
    }
  }
}

void RequireOtherThan(const std::vector<FileFlag>& inputs, const FileFlag& output) {
  std::error_code ignored;  // a path that cannot be looked at cannot be written
  const fs::file_status status = fs::status(output.path, ignored);
  const bool exists = fs::is_regular_file(status);
  for (const FileFlag& input : inputs) {
    if (input.path == "-" || !exists || !IsFileOf(input.path, output.path)) continue;
    throw ConfigError({.where = output.flag,
                       .what = "it would write over what " + input.flag + " reads",
                       .expected = "another file",
                       .got = "'" + output.path + "'"});
  }
  const bool is_device = fs::exists(status) && !exists && !fs::is_directory(status);
  if (is_device || !IsFileOfModel(output.path)) return;
  throw ConfigError({.where = output.flag,
                     .what = "it would write over a file of a model",
                     .expected = "a directory or a file that no model keeps for itself",
                     .got = "'" + output.path + "'"});
}

}  // namespace

void RequireHarmlessOutputs(const std::vector<FileFlag>& inputs,
                            const std::vector<FileFlag>& outputs) {
  RequireDifferent(outputs);
  for (const FileFlag& output : outputs) {
    if (output.path != "-") RequireOtherThan(inputs, output);
  }
}

void RequireWritable(std::initializer_list<FileFlag> outputs) {
  for (const FileFlag& output : outputs) {
    if (output.path.empty() || output.path == "-") continue;
    std::error_code error;
    if (fs::is_directory(output.path, error)) {
      throw Error({.where = output.path, .what = "cannot be written: it is a directory"});
    }
    if (fs::exists(output.path, error) && !fs::is_regular_file(output.path, error)) continue;
    const AtomicFile attempt(output.path);  // never committed
  }
}

void RequireOneStandardInput(std::initializer_list<FileFlag> inputs) {
  const FileFlag* first = nullptr;
  for (const FileFlag& input : inputs) {
    if (input.path != "-") continue;
    if (first != nullptr) ThrowClash(*first, input, "standard input can be read once");
    first = &input;
  }
}

}  // namespace talmach
