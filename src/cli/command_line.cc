// A thin layer over Boost.ProgramOptions that adds what it lacks: ranges of numbers, words with
// suggestions, defaults shown as users would type them, `-` and `_` as the same character, and one
// form for all errors. Flags register what they read and write as they are declared; after parsing,
// all outputs of a command are checked against all inputs in one place, so no command can forget
// it.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "base/available_cores.h"
#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/log.h"
#include "base/split.h"
#include "base/start_thread.h"
#include "cli/console.h"
#include "cli/file_flags.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

namespace po = boost::program_options;

// The name under which arguments without a flag are kept where none are expected.
constexpr const char* kStray = "stray argument";

// "beam-size,b" → "beam-size".
std::string LongName(const std::string& name) { return name.substr(0, name.find(',')); }

std::string FlagText(const std::string& name) { return "--" + LongName(name); }

std::string WithDefault(const std::string& value_name, const std::string& default_value) {
  return default_value.empty() ? value_name : fmt::format("{} (= {})", value_name, default_value);
}

}  // namespace

std::vector<std::size_t> ParseWords(const std::string& flag, const std::string& text,
                                    const std::vector<std::string>& words) {
  std::vector<std::size_t> positions;
  for (const std::string_view word : Split(text, ',')) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
      throw ConfigError(
          {.where = flag,
           .expected = fmt::format("{} or several with commas", fmt::join(words, ", ")),
           .got = std::string(word),
           .hint = DidYouMean(word, words)});
    }
    const auto position = static_cast<std::size_t>(found - words.begin());
    if (std::ranges::find(positions, position) == positions.end()) positions.push_back(position);
  }
  return positions;
}

void RequireUsage(bool condition, const std::string& where, const std::string& expected,
                  const std::string& got, const std::string& hint) {
  if (condition) return;
  throw ConfigError({.where = where, .expected = expected, .got = got, .hint = hint});
}

FlagGroup::FlagGroup(const std::string& heading)
    : description_(std::make_unique<po::options_description>(heading, 100, 50)) {}

FlagGroup::~FlagGroup() = default;

FlagGroup& FlagGroup::Switch(const std::string& name, bool* target, const std::string& help) {
  description_->add_options()(name.c_str(), po::bool_switch(target), help.c_str());
  return *this;
}

FlagGroup& FlagGroup::Text(const std::string& name, std::string* target,
                           const std::string& value_name, const std::string& help) {
  AddInputs(name, value_name, [target] { return std::vector{*target}; });
  return Custom(name, WithDefault(value_name, *target), std::nullopt, help,
                [target](const std::string& value) { *target = value; });
}

FlagGroup& FlagGroup::Repeated(const std::string& name, std::vector<std::string>* target,
                               const std::string& value_name, const std::string& help) {
  AddInputs(name, value_name, [target] { return *target; });
  auto* value = po::value<std::vector<std::string>>(target)->composing()->value_name(value_name);
  description_->add_options()(name.c_str(), value, help.c_str());
  return *this;
}

FlagGroup& FlagGroup::Output(const std::string& name, std::string* target,
                             const std::string& value_name, const std::string& help,
                             std::vector<std::string> endings) {
  const auto paths = [target, endings = std::move(endings)] {
    std::vector<std::string> result;
    for (const std::string& ending : endings) {
      if (!target->empty()) result.push_back(*target + ending);
    }
    return result;
  };
  files_.push_back({.flag = FlagText(name), .paths = paths, .are_written = true});
  return Custom(name, WithDefault(value_name, *target), std::nullopt, help,
                [target](const std::string& value) { *target = value; });
}

void FlagGroup::AddInputs(const std::string& name, const std::string& value_name,
                          std::function<std::vector<std::string>()> paths) {
  if (!value_name.starts_with("FILE") && !value_name.starts_with("DIR")) return;
  files_.push_back({.flag = FlagText(name), .paths = std::move(paths)});
}

FlagGroup& FlagGroup::List(const std::string& name, std::vector<std::string>* target,
                           const std::string& value_name, const std::string& help) {
  AddInputs(name, value_name, [target] { return *target; });
  auto* value = po::value<std::vector<std::string>>(target)->multitoken()->composing();
  value->value_name(WithDefault(value_name, fmt::format("{}", fmt::join(*target, " "))));
  description_->add_options()(name.c_str(), value, help.c_str());
  return *this;
}

FlagGroup& FlagGroup::Number(const std::string& name, Index* target, NumberRange range,
                             const std::string& help) {
  return AddNumber(name, static_cast<double>(*target), range, true, help,
                   [target](double value) { *target = static_cast<Index>(value); });
}

FlagGroup& FlagGroup::Number(const std::string& name, double* target, NumberRange range,
                             const std::string& help) {
  return AddNumber(name, *target, range, false, help, [target](double value) { *target = value; });
}

FlagGroup& FlagGroup::Number(const std::string& name, float* target, NumberRange range,
                             const std::string& help) {
  return Custom(
      name, WithDefault("N", NumberText(static_cast<double>(*target))), std::nullopt, help,
      [name, target, range](const std::string& text) {
        const std::optional<float> value = ParseFloat(text, range);
        if (!value) {
          throw ConfigError({.where = FlagText(name),
                             .expected = IsTooWideForFloat(text) ? std::string(kFloatText)
                                                                 : RangeText(range, false),
                             .got = text});
        }
        *target = *value;
      });
}

FlagGroup& FlagGroup::AddNumber(const std::string& name, double default_value, NumberRange range,
                                bool integer, const std::string& help,
                                std::function<void(double)> set) {
  return Custom(
      name, WithDefault("N", NumberText(default_value)), std::nullopt, help,
      [name, range, integer, set = std::move(set)](const std::string& text) {
        const std::optional<double> value = ParseNumber(text, range, integer);
        if (!value) {
          throw ConfigError(
              {.where = FlagText(name), .expected = RangeText(range, integer), .got = text});
        }
        set(*value);
      });
}

FlagGroup& FlagGroup::AddChoice(const std::string& name, const std::vector<std::string>& words,
                                const std::string& default_word, const std::string& help,
                                std::function<void(std::size_t)> set) {
  return Custom(name, WithDefault(fmt::format("{}", fmt::join(words, "|")), default_word),
                std::nullopt, help, [name, words, set = std::move(set)](const std::string& text) {
                  const auto found = std::ranges::find(words, text);
                  if (found == words.end()) {
                    throw ConfigError({.where = FlagText(name),
                                       .expected = fmt::format("one of {}", fmt::join(words, ", ")),
                                       .got = text,
                                       .hint = DidYouMean(text, words)});
                  }
                  set(static_cast<std::size_t>(found - words.begin()));
                });
}

FlagGroup& FlagGroup::Custom(const std::string& name, const std::string& value_name,
                             std::optional<std::string> implicit, const std::string& help,
                             std::function<void(const std::string&)> set) {
  auto* value = po::value<std::string>()->value_name(value_name)->notifier(std::move(set));
  if (implicit) value->implicit_value(*implicit, *implicit);
  description_->add_options()(name.c_str(), value, help.c_str());
  return *this;
}

FlagGroup& FlagGroup::CustomList(const std::string& name, const std::string& value_name,
                                 const std::string& help,
                                 std::function<void(const std::vector<std::string>&)> set) {
  auto* value = po::value<std::vector<std::string>>()->multitoken()->composing();
  value->value_name(value_name)->notifier(std::move(set));
  description_->add_options()(name.c_str(), value, help.c_str());
  return *this;
}

CommandLine::CommandLine(std::string usage, std::string summary)
    : usage_(std::move(usage)), summary_(std::move(summary)), threads_(AvailableCores()) {}

FlagGroup& CommandLine::Group(const std::string& heading) { return groups_.emplace_back(heading); }

void CommandLine::Positional(const std::string& name) { positional_ = name; }

void CommandLine::Alias(const std::string& spelling, const std::string& flag) {
  aliases_[spelling] = flag;
}

void CommandLine::Mandatory(std::initializer_list<const char*> names) {
  mandatory_.insert(mandatory_.end(), names.begin(), names.end());
}

void CommandLine::Refuse(std::initializer_list<const char*> flags, const std::string& what) const {
  for (const char* flag : flags) {
    if (Given(flag)) throw ConfigError({.where = FlagText(flag), .what = what});
  }
}

void CommandLine::CheckFiles() const {
  std::vector<FileFlag> inputs;
  std::vector<FileFlag> outputs;
  for (const FlagGroup& group : groups_) {
    for (const FlagGroup::NamedFiles& files : group.files_) {
      for (const std::string& path : files.paths()) {
        if (!path.empty()) (files.are_written ? outputs : inputs).push_back({files.flag, path});
      }
    }
  }
  RequireHarmlessOutputs(inputs, outputs);
}

std::string CommandLine::Help() const {
  std::ostringstream text;
  text << "Usage: " << usage_ << "\n" << summary_ << "\n";
  for (const FlagGroup& group : groups_) text << "\n" << *group.description_;
  return text.str();
}

std::vector<std::string> CommandLine::FlagNames() const {
  std::vector<std::string> names;
  for (const FlagGroup& group : groups_) {
    for (const auto& option : group.description_->options()) {
      names.push_back("--" + option->long_name());
    }
  }
  return names;
}

// Underscores inside flag names become hyphens, aliases the flags they stand for.
Arguments CommandLine::Normalise(const Arguments& arguments) const {
  Arguments result;
  for (std::string argument : arguments) {
    if (argument.starts_with("--")) {
      const std::size_t end = std::min(argument.find('='), argument.size());
      std::replace(argument.begin() + 2, argument.begin() + static_cast<std::ptrdiff_t>(end), '_',
                   '-');
    }
    const std::size_t end = std::min(argument.find('='), argument.size());
    const auto alias = aliases_.find(argument.substr(0, end));
    if (alias != aliases_.end()) argument.replace(0, end, alias->second);
    result.push_back(argument);
  }
  return result;
}

namespace {

[[noreturn]] void ThrowUnknownFlag(const std::string& flag, const std::vector<std::string>& names) {
  throw ConfigError({.where = flag, .what = "unknown flag", .hint = DidYouMean(flag, names)});
}

// Translates Boost's exceptions into ours; `flags` are the known ones.
[[noreturn]] void Rethrow(const std::vector<std::string>& flags) {
  try {
    throw;
  } catch (const po::unknown_option& error) {
    ThrowUnknownFlag(error.get_option_name(), flags);
  } catch (const po::multiple_occurrences& error) {
    throw ConfigError({.where = error.get_option_name(), .what = "given more than once"});
  } catch (const po::error_with_option_name& error) {
    throw ConfigError({.where = error.get_option_name(), .what = "a value is missing"});
  } catch (const po::error& error) {
    throw ConfigError({.where = "command line", .what = error.what()});
  }
}

}  // namespace

// Flags of the command have been declared; those of every command join them here. The order counts:
// --help must work although mandatory flags are missing, and values are set (notify) only after it
// is certain that all flags are known, so that the first error reported is the first mistake. What
// a flag's own function throws is one of our errors already and passes through.
bool CommandLine::Parse(const Arguments& arguments) {
  bool help = false;
  Group("General")
      .Switch("help,h", &help, "print this text")
      .Switch("quiet", &quiet_, "no messages but warnings and errors, no progress")
      .Text("log-level", &log_level_, "LEVEL",
            "least severe messages to print: trace, debug, info, warning, error, off")
      .Number("threads", &threads_, {1, 1024}, "processors to use");
  po::options_description all;
  for (const FlagGroup& group : groups_) all.add(*group.description_);
  std::vector<std::string> stray;
  if (positional_.empty()) all.add_options()(kStray, po::value(&stray));
  po::positional_options_description positional;
  positional.add(positional_.empty() ? kStray : positional_.c_str(), -1);
  po::variables_map values;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto parsed = po::command_line_parser(Normalise(arguments))
                            .options(all)
                            .style(style)
                            .positional(positional)
                            .run();
    for (const auto& option : parsed.options) {
      if (option.string_key == kStray) {
        throw ConfigError({.where = option.value.front(),
                           .what = "unexpected argument",
                           .hint = "flags begin with - or --"});
      }
      given_.insert(option.string_key);
    }
    po::store(parsed, values);
    if (given_.contains("help")) {
      PrintResult(Help());
      return false;
    }
    for (const std::string& name : mandatory_) {
      if (!Given(name)) throw ConfigError({.where = FlagText(name), .what = "must be given"});
    }
    po::notify(values);
  } catch (const po::error&) {
    Rethrow(FlagNames());
  }
  CheckFiles();
  SetLogLevel(log_level_);
  if (quiet_) SetLogLevel("warning");
  SettleThreads();
  return true;
}

// Threads that were asked for must be available; by default there are as many as the system allows.
void CommandLine::SettleThreads() {
  const Index cores = AvailableCores();
  if (Given("threads")) {
    RequireThreads(static_cast<int>(threads_ - 1), "--threads");
    if (threads_ > cores) {
      Log().info("--threads: {} threads share {} processors; {} would be as fast", threads_, cores,
                 cores);
    }
  } else {
    threads_ = 1 + CountStartableThreads(static_cast<int>(cores - 1));
    if (threads_ < cores) {
      Log().warn("--threads: the system lets {} of {} threads start", threads_, cores);
    }
  }
  SetNumThreads(static_cast<int>(threads_));  // of kernels called from this thread
}

}  // namespace talmach
