// Tested by tests/integration/program_test.py and tests/integration/waiting_test.py.
#include "cli/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <utility>

#include "base/descriptor_io.h"
#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stop.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

// "%*": nothing for messages, "warning: " or "error: " for the rest.
class SeverityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    std::string_view mark;
    if (message.level == spdlog::level::warn) mark = "warning: ";
    if (message.level >= spdlog::level::err) mark = "error: ";
    out.append(mark.data(), mark.data() + mark.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SeverityFlag>();
  }
};

// spdlog's own would wait for whoever does not read stderr, and for nothing else.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    WriteToStderr({line.data(), line.size()});
  }
  void flush_() override {}
};

}  // namespace

void OccupyStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is the one that open uses. Opened the wrong way round, the file cannot
    // be used; but the log must not fail.
    open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

void WriteToStderr(std::string_view text) {
  try {
    WriteAll(STDERR_FILENO, text);
  } catch (const Interrupted&) {  // its reader does not read
  }
}

void SetUpConsoleLog() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<SeverityFlag>('*').set_pattern("[%Y-%m-%d %H:%M:%S] %*%v");
  auto sink = std::make_shared<StderrSink>();
  sink->set_formatter(std::move(formatter));
  Log().sinks() = {sink};
  Log().flush_on(spdlog::level::trace);
}

void SetLogLevel(std::string_view level) {
  static const std::array<std::string, 6> kLevels = {"trace",   "debug", "info",
                                                     "warning", "error", "off"};
  for (const std::string& name : kLevels) {
    if (level == name) {
      Log().set_level(spdlog::level::from_str(name));
      return;
    }
  }
  throw ConfigError({.where = "--log-level",
                     .expected = fmt::format("one of {}", fmt::join(kLevels, ", ")),
                     .got = std::string(level),
                     .hint = DidYouMean(level, kLevels)});
}

void PrintResult(std::string_view lines) {
  Require(lines.ends_with('\n'), "a result is whole lines");
  lines.remove_suffix(1);
  TextWriter writer("-");
  writer.WriteLine(lines);
  writer.Finish();
}

void PrintError(std::string_view message) { WriteToStderr(std::string(message) + "\n"); }

bool StderrIsTerminal() { return isatty(STDERR_FILENO) != 0; }

}  // namespace talmach
