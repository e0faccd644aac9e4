// The errors of the library. Each reads `where: what; expected …, got …; hint` on one line.
//
//   try {
//     const talmach::Translator translator({"no/such/model"});
//   } catch (const talmach::ModelError& error) {
//     std::cerr << error.what() << '\n';  // no/such/model: no model here; expected a directory …
//   }
//
// Functions name the kinds they throw. Besides these, a call that the program should not have made
// (lists of different lengths, for example) is a std::logic_error, and memory that has run out a
// std::bad_alloc. What a callback throws passes through the function that called it.
#pragma once

#include <stdexcept>

#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

/// Something failed while running: a full disk, a limit on threads, a call that was stopped. The
/// kinds below are errors too.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option or a configuration that is wrong.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A text or another input file that cannot be used.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A model or checkpoint that cannot be used: missing, damaged, of a newer format.
class ModelError : public Error {
 public:
  using Error::Error;
};

/// Training diverged, or numbers of a model are not finite.
class NumericError : public Error {
 public:
  using Error::Error;
};

}  // namespace TALMACH_NAMESPACE
