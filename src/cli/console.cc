#include "cli/console.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/log.h"
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

}  // namespace

void SetUpConsoleLog() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<SeverityFlag>('*').set_pattern("[%Y-%m-%d %H:%M:%S] %*%v");
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
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

void PrintError(std::string_view message) {
  // fmt::print would throw where stderr is closed or full.
  std::fputs((std::string(message) + "\n").c_str(), stderr);
  std::fflush(stderr);
}

bool StderrIsTerminal() { return isatty(STDERR_FILENO) != 0; }

}  // namespace talmach
