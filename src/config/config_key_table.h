// The kinds of configuration keys: numbers, switches, words, paths and periods, each with the way
// its text is read, checked and printed.
//
// A key reaches its field through a function without state, whose result forgets the field's type
// at once: everything else here is compiled once, not once per key.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/config_keys.h"

namespace talmach {

/// The numbers a key accepts; `text` is how errors and the manual call them.
struct Bounds {
  Bounds(double lowest_value, double highest_value);
  Bounds(double lowest_value, double highest_value, std::string bounds_text)
      : lowest(lowest_value), highest(highest_value), text(std::move(bounds_text)) {}

  double lowest;
  double highest;
  std::string text;
};

Bounds AtLeast(double lowest);
Bounds Positive();
Bounds Rate();  // [0, 1)

/// The words of an enumeration, each with its value as a number.
using Words = std::vector<std::pair<std::string, int>>;

/// The words of an enumeration that has ToString.
template <typename Enum>
Words WordsOf(std::initializer_list<Enum> values) {
  Words words;
  for (const Enum value : values) words.emplace_back(ToString(value), static_cast<int>(value));
  return words;
}

/// Reads and writes an enumeration, an optional one (none: −1), a list of one, or an array of
/// integers, as numbers.
struct EnumField {
  std::vector<int> (*get)(const Config& config);
  void (*set)(Config& config, const std::vector<int>& values);
  const void* (*address)(const Config& config);
};

template <typename Enum>
void Assign(Enum* field, const std::vector<int>& values) {
  *field = static_cast<Enum>(values.front());
}
template <typename Enum>
void Assign(std::optional<Enum>* field, const std::vector<int>& values) {
  field->reset();
  if (values.front() >= 0) *field = static_cast<Enum>(values.front());
}
template <typename Enum>
void Assign(std::vector<Enum>* field, const std::vector<int>& values) {
  field->clear();
  for (const int value : values) field->push_back(static_cast<Enum>(value));
}

template <std::size_t N>
void Assign(std::array<Index, N>* field, const std::vector<int>& values) {
  std::ranges::copy(values, field->begin());
}

template <typename Enum>
std::vector<int> NumbersOf(const Enum& field) {
  return {static_cast<int>(field)};
}
template <typename Enum>
std::vector<int> NumbersOf(const std::optional<Enum>& field) {
  return {field ? static_cast<int>(*field) : -1};
}
template <typename Enum>
std::vector<int> NumbersOf(const std::vector<Enum>& field) {
  std::vector<int> values;
  for (const Enum value : field) values.push_back(static_cast<int>(value));
  return values;
}
template <std::size_t N>
std::vector<int> NumbersOf(const std::array<Index, N>& field) {
  return {field.begin(), field.end()};
}

/// Collects keys.
class ConfigKeyTable {
 public:
  using Field = FieldPointer (*)(Config& config);
  using ListField = std::vector<std::string>* (*)(Config& config);

  /// A number; the field's type decides whether it must be an integer and what it can hold.
  void Number(const char* name, const ResumeRule& resume, Field field, const Bounds& bounds,
              const char* meaning);
  void Switch(const char* name, const ResumeRule& resume, Field field, const char* meaning);
  void Path(const char* name, const ResumeRule& resume, Field field, const char* meaning);
  /// Any text; `values` is how errors and the manual call it.
  void Text(const char* name, const ResumeRule& resume, Field field, const char* values,
            const char* meaning);
  /// Two columns of a file, from 1.
  void Columns(const char* name, const ResumeRule& resume, EnumField field, const char* meaning);
  /// A model directory, a checkpoint or a model file.
  void Model(const char* name, const ResumeRule& resume, Field field, const char* meaning);
  void Duration(const char* name, const ResumeRule& resume, Field field, const char* meaning);
  /// One of several words.
  void Choice(const char* name, const ResumeRule& resume, EnumField field, const Words& words,
              const char* meaning);
  /// Some of several words, at least one.
  void Choices(const char* name, const ResumeRule& resume, EnumField field, const Words& words,
               const char* meaning);
  /// Any texts; `values` says of what kind.
  void List(const char* name, const ResumeRule& resume, ListField field, const char* values,
            const char* meaning);

  /// The number that was added last is unset while it is 0, which is out of its range.
  void UnsetAtZero();

  /// What other programs call the key that was added last.
  void Also(std::initializer_list<const char*> habits);

  std::vector<ConfigKey> keys;

 private:
  void Add(const char* name, const ResumeRule& resume, Field field, std::string values,
           const char* meaning, ReadText read);
};

}  // namespace talmach
