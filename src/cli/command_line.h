// The flags of one command: declared once with the variable they set, whose value at the time is
// the default that --help shows.
//
//   CommandLine line("talmach translate -m DIR [-i FILE]", "Translates text, line by line.");
//   line.Group("Search").Number("beam-size,b", &options.beam_size, {1, 1000}, "places …");
//   if (!line.Parse(arguments)) return;   // --help was printed
//
// Names are "long-name" or "long-name,s"; `-` and `_` are the same inside names. Wrong flags and
// values throw ConfigError: "--beam-size: expected an integer ≥ 1, got 0". Every command gets
// --help, --quiet, --log-level and --threads. Built on Boost.ProgramOptions.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/types.h"
#include "cli/command.h"

// Its header would triple the time to compile every command.
namespace boost::program_options {
class options_description;
}  // namespace boost::program_options

namespace talmach {

/// The comma-separated words of `text` as positions in `words`, each once, in the order of the
/// text. Throws ConfigError that begins with `flag` if a word is not among them.
std::vector<std::size_t> ParseWords(const std::string& flag, const std::string& text,
                                    const std::vector<std::string>& words);

/// Throws ConfigError "where: expected …, got …; hint" unless the condition holds.
void RequireUsage(bool condition, const std::string& where, const std::string& expected,
                  const std::string& got, const std::string& hint = {});

/// Flags under one heading of --help. Variables must live until Parse has returned.
class FlagGroup {
 public:
  explicit FlagGroup(const std::string& heading);
  ~FlagGroup();

  FlagGroup& Switch(const std::string& name, bool* target, const std::string& help);
  /// A text flag. A `value_name` that begins with FILE or DIR, here and in lists, marks an input.
  FlagGroup& Text(const std::string& name, std::string* target, const std::string& value_name,
                  const std::string& help);
  /// May be given several times, each time with one value.
  FlagGroup& Repeated(const std::string& name, std::vector<std::string>* target,
                      const std::string& value_name, const std::string& help);
  /// A file or directory that is written: Parse refuses those that would write over an input, over
  /// another output or over a model. `endings` are appended to the value to make the files' names.
  FlagGroup& Output(const std::string& name, std::string* target, const std::string& value_name,
                    const std::string& help, std::vector<std::string> endings = {""});
  /// May be given several times, or with several values.
  FlagGroup& List(const std::string& name, std::vector<std::string>* target,
                  const std::string& value_name, const std::string& help);
  FlagGroup& Number(const std::string& name, Index* target, NumberRange range,
                    const std::string& help);
  FlagGroup& Number(const std::string& name, double* target, NumberRange range,
                    const std::string& help);
  FlagGroup& Number(const std::string& name, float* target, NumberRange range,
                    const std::string& help);

  /// The value of the flag, or `implicit` where the flag stands alone (`--n-best`, `--n-best 3`),
  /// goes to `set`, which throws ConfigError if it is wrong.
  FlagGroup& Custom(const std::string& name, const std::string& value_name,
                    std::optional<std::string> implicit, const std::string& help,
                    std::function<void(const std::string&)> set);
  /// The same for a flag that may be given several times, or with several values.
  FlagGroup& CustomList(const std::string& name, const std::string& value_name,
                        const std::string& help,
                        std::function<void(const std::vector<std::string>&)> set);

  /// One of several words.
  template <typename Enum>
  FlagGroup& Choice(const std::string& name, Enum* target,
                    std::initializer_list<std::pair<std::string, Enum>> choices,
                    const std::string& help) {
    std::vector<std::string> words;
    std::vector<Enum> values;
    std::string default_word;
    for (const auto& [word, value] : choices) {
      words.push_back(word);
      values.push_back(value);
      if (value == *target) default_word = word;
    }
    return AddChoice(name, words, default_word, help,
                     [target, values](std::size_t i) { *target = values[i]; });
  }

 private:
  friend class CommandLine;
  FlagGroup& AddChoice(const std::string& name, const std::vector<std::string>& words,
                       const std::string& default_word, const std::string& help,
                       std::function<void(std::size_t)> set);
  FlagGroup& AddNumber(const std::string& name, double default_value, NumberRange range,
                       bool integer, const std::string& help, std::function<void(double)> set);

  /// A flag that names files, and the variable with their paths.
  struct NamedFiles {
    std::string flag;  // "--output"
    std::function<std::vector<std::string>()> paths;
    bool are_written = false;
  };
  void AddInputs(const std::string& name, const std::string& value_name,
                 std::function<std::vector<std::string>()> paths);

  std::unique_ptr<boost::program_options::options_description> description_;
  std::vector<NamedFiles> files_;
};

class CommandLine {
 public:
  /// `usage` is the first line of --help, `summary` what follows it.
  CommandLine(std::string usage, std::string summary);

  /// A new group of flags; the reference stays valid.
  FlagGroup& Group(const std::string& heading);
  /// Arguments without a flag, e.g. `talmach config check FILE`, as if given to flag `name`, which
  /// must be declared. Without this call they are errors.
  void Positional(const std::string& name);
  /// Another spelling of a flag, such as sacreBLEU's "-tok" for "--tokenize".
  void Alias(const std::string& spelling, const std::string& flag);
  /// Flags without which Parse throws, as long names.
  void Mandatory(std::initializer_list<const char*> names);

  /// Sets the variables, the log level, and the number of threads of the kernels that this thread
  /// will call. Returns false if --help was asked for and printed.
  bool Parse(const Arguments& arguments);

  /// Whether the flag (long name) was on the command line.
  bool Given(const std::string& name) const { return given_.contains(name); }
  /// Throws ConfigError "--FLAG: what" if one of the flags (long names) was on the command line.
  void Refuse(std::initializer_list<const char*> flags, const std::string& what) const;
  /// --threads, by default the number of processors this process may use.
  Index threads() const { return threads_; }
  /// --quiet: no progress, warnings only.
  bool quiet() const { return quiet_; }

 private:
  void SettleThreads();
  std::string Help() const;
  void CheckFiles() const;
  Arguments Normalise(const Arguments& arguments) const;
  std::vector<std::string> FlagNames() const;

  std::string usage_;
  std::string summary_;
  std::list<FlagGroup> groups_;
  std::map<std::string, std::string> aliases_;
  std::vector<std::string> mandatory_;
  std::string positional_;
  std::set<std::string> given_;
  Index threads_;
  bool quiet_ = false;
  std::string log_level_ = "info";
};

}  // namespace talmach
