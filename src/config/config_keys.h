// The table of configuration keys.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/resume_rule.h"

namespace talmach {

/// A field of a Config that holds one value, without its type.
struct FieldPointer {
  enum class Type { kIndex, kInt, kUnsigned, kFloat, kDouble, kBool, kString, kPeriod };

  // Implicit: accessors return the address of their field.
  FieldPointer(Index* field) : address(field), type(Type::kIndex) {}
  FieldPointer(int* field) : address(field), type(Type::kInt) {}
  FieldPointer(std::uint64_t* field) : address(field), type(Type::kUnsigned) {}
  FieldPointer(float* field) : address(field), type(Type::kFloat) {}
  FieldPointer(double* field) : address(field), type(Type::kDouble) {}
  FieldPointer(bool* field) : address(field), type(Type::kBool) {}
  FieldPointer(std::string* field) : address(field), type(Type::kString) {}
  FieldPointer(Period* field) : address(field), type(Type::kPeriod) {}

  void* address;
  Type type;
};

/// Stores the value that `text` is, or says what is wrong with it and leaves the field alone.
using ReadText =
    std::function<std::optional<Complaint>(const std::string& text, const FieldPointer& field)>;

/// One key of the configuration.
struct ConfigKey {
  std::string name;     // with its sections: "training.batch_tokens"
  std::string values;   // what may be given, for people: "> 0", "tanh, relu", "a path"
  std::string meaning;  // with the unit
  ResumeRule resume = {};
  bool is_list = false;
  bool is_path = false;
  bool is_model = false;                 // a path that may lead to a model or checkpoint directory
  std::vector<std::string> habits = {};  // what other programs call it: "lr", "epochs"

  /// Sets the field from the scalar, or the items of the list. Returns `expected` and `got` of the
  /// mistake if there is one and leaves the field alone then.
  std::function<std::optional<Complaint>(Config& config, const std::vector<std::string>& items)>
      set = {};
  /// The value as `set` takes it; empty for an unset path.
  std::function<std::vector<std::string>(const Config& config)> get = {};
  /// The value with its type, as checkpoints note it; for keys with one value.
  std::function<nlohmann::json(const Config& config)> json = {};
  /// Where the value lies in `config`.
  std::function<const void*(const Config& config)> address = {};
};

/// All keys, section by section.
const std::vector<ConfigKey>& ConfigKeys();

/// The key of that name; null if there is none.
const ConfigKey* FindConfigKey(std::string_view name);

/// The name of the key whose value lies at `field` in `config`, so that names are spelled in the
/// table alone: NameOf(config, &config.training.seed).
const std::string& NameOf(const Config& config, const void* field);

/// The same where no configuration is at hand:
/// KeyName(&Config::training, &TrainingOptions::seed).
template <typename... Members>
const std::string& KeyName(Members... path) {
  static const Config config;
  return NameOf(config, &(config.*....*path));
}

/// True if `name` is the beginning of keys: "training", "model.dropout".
bool IsConfigSection(std::string_view name);

/// The value as one text: "64", "[cross_entropy, bleu]".
std::string ValueText(const ConfigKey& key, const Config& config);

/// Tables of all keys with values, defaults, meanings and what a resumed run does with them, in
/// Markdown: the body of docs/configuration.md.
std::string ConfigKeysAsMarkdown();

}  // namespace talmach
