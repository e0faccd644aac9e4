#include "training/score_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/numbers.h"
#include "base/scratch_directory.h"
#include "base/shell_command.h"
#include "base/utf8.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

constexpr std::size_t kMostMessages = 50;

void WriteLines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path, std::ios::binary);
  for (const std::string& line : lines) file << line << '\n';
  file.close();
  if (!file) throw Error({.where = path, .what = "cannot be written: " + ErrnoText(errno)});
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// The lines that are not blank, in UTF-8, which records have to be.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = Trimmed(text.substr(begin, end - begin));
    if (!line.empty()) lines.push_back(RepairUtf8(line));
    begin = end + 1;
  }
  return lines;
}

std::string FailureText(std::string what, std::string expected, std::string got) {
  return ToString(Complaint{.where = KeyName(&Config::validation, &ValidationOptions::script),
                            .what = std::move(what),
                            .expected = std::move(expected),
                            .got = std::move(got)});
}

ScriptVerdict VerdictOn(const CommandResult& result) {
  ScriptVerdict verdict;
  verdict.messages = Lines(result.errors);
  if (verdict.messages.size() > kMostMessages) {
    verdict.messages.erase(verdict.messages.begin(), verdict.messages.end() - kMostMessages);
  }
  if (result.exit_code != 0) {
    verdict.failure = FailureText("failed", "exit code 0", std::to_string(result.exit_code));
    return verdict;
  }
  constexpr double kMost = std::numeric_limits<double>::max();
  const std::vector<std::string> lines = Lines(result.output);
  const std::string last = lines.empty() ? "nothing" : lines.back();
  verdict.score = ParseNumber(last, {-kMost, kMost}, /*integer=*/false);
  if (!verdict.score) verdict.failure = FailureText("", "a number as the last line printed", last);
  return verdict;
}

}  // namespace

std::optional<ScriptVerdict> RunScoreScript(const std::string& command, const ScoredTexts& texts,
                                            const std::function<bool()>& should_stop) {
  try {
    const ScratchDirectory directory;
    const std::vector<std::string> paths = {directory.path() + "/source",
                                            directory.path() + "/reference",
                                            directory.path() + "/translation"};
    WriteLines(paths[0], texts.source);
    WriteLines(paths[1], texts.reference);
    WriteLines(paths[2], texts.translation);
    const auto result = RunShellCommand(command, paths, should_stop);
    if (!result) return std::nullopt;
    return VerdictOn(*result);
  } catch (const Error& error) {  // no room for the files, no process
    return ScriptVerdict{.failure = FailureText(error.what(), "", "")};
  }
}

}  // namespace talmach
