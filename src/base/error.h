// Errors a user can cause or meet. Each prints as one line:
//   where: what; expected …, got …; hint
// or, where the place says it all (a configuration key), where: expected …, got …; hint.
// Programmer mistakes are std::logic_error instead (see Require). Only main prints and exits.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace talmach {

/// The parts of an error line. Empty parts are left out.
struct Complaint {
  std::string where = {};     // file, file:line, key, tensor name
  std::string what = {};      // what is wrong
  std::string expected = {};  // what would have been right
  std::string got = {};       // what was found
  std::string hint = {};      // what to do about it
};

/// Joins the parts as "where: what; expected …, got …; hint".
std::string ToString(const Complaint& complaint);

/// A failure while running that is none of the kinds below: a full disk, a broken pipe. Exit
/// code 1.
class Error : public std::runtime_error {
 public:
  explicit Error(const Complaint& complaint) : std::runtime_error(ToString(complaint)) {}
};

/// A wrong flag or a wrong configuration. Exit code 2.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A corpus or another input file that cannot be used. Exit code 3.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A model file or checkpoint that cannot be used. Exit code 4.
class CheckpointError : public Error {
 public:
  using Error::Error;
};

/// Training that diverged. Exit code 5.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// The message of errno value `error_number`, e.g. "No space left on device".
std::string ErrnoText(int error_number);

/// Throws std::logic_error naming the calling place unless `condition` holds: for mistakes of the
/// programmer, never for mistakes of the user. (clang 14 does not know std::source_location.)
void Require(bool condition, std::string_view what, const char* file = __builtin_FILE(),
             int line = __builtin_LINE());

}  // namespace talmach
