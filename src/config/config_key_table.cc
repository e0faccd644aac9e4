// Tested by tests/config/config_test.cc.
#include "config/config_key_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/numbers.h"

namespace talmach {
namespace {

constexpr double kAny = std::numeric_limits<double>::max();

constexpr char kColumnsText[] = "[source, target], columns from 1";

using Mistake = std::optional<Complaint>;

Mistake Expected(std::string expected, std::string got, std::string hint = {}) {
  return Complaint{.expected = std::move(expected), .got = std::move(got), .hint = std::move(hint)};
}

// Reads an integer that a `T` holds.
template <typename T>
Mistake ReadInteger(const std::string& text, const Bounds& bounds, T* value) {
  const auto number = ParseNumber(text, {-kAny, kAny}, /*integer=*/true);
  if (!number) return Expected("an integer", text);
  constexpr auto kLargest = static_cast<double>(std::numeric_limits<T>::max());
  if (*number < bounds.lowest || *number > std::min(bounds.highest, kLargest)) {
    return Expected(bounds.text, text);
  }
  *value = static_cast<T>(*number);
  return std::nullopt;
}

Mistake ReadNumber(const std::string& text, const Bounds& bounds, double* value) {
  const auto number = ParseNumber(text, {-kAny, kAny}, /*integer=*/false);
  if (!number) return Expected("a number", text);
  if (*number < bounds.lowest || *number > bounds.highest) return Expected(bounds.text, text);
  *value = *number;
  return std::nullopt;
}

Mistake ReadNumber(const std::string& text, const Bounds& bounds, float* value) {
  double number = 0;
  if (Mistake mistake = ReadNumber(text, bounds, &number)) return mistake;
  if (IsTooWideForFloat(text)) return Expected(std::string(kFloatText), text);
  *value = static_cast<float>(number);
  return std::nullopt;
}

Mistake ReadNumber(const std::string& text, const Bounds& bounds, const FieldPointer& field) {
  switch (field.type) {
    case FieldPointer::Type::kIndex:
      return ReadInteger(text, bounds, static_cast<Index*>(field.address));
    case FieldPointer::Type::kInt:
      return ReadInteger(text, bounds, static_cast<int*>(field.address));
    case FieldPointer::Type::kUnsigned:
      return ReadInteger(text, bounds, static_cast<std::uint64_t*>(field.address));
    case FieldPointer::Type::kFloat:
      return ReadNumber(text, bounds, static_cast<float*>(field.address));
    case FieldPointer::Type::kDouble:
      return ReadNumber(text, bounds, static_cast<double*>(field.address));
    default:
      Require(false, "this field holds no number");
      return std::nullopt;
  }
}

Mistake ReadSwitch(const std::string& text, const FieldPointer& field) {
  if (text != "true" && text != "false") return Expected("true or false", text);
  *static_cast<bool*>(field.address) = text == "true";
  return std::nullopt;
}

Mistake ReadPath(const std::string& text, const FieldPointer& field) {
  if (text.empty()) return Expected("a path", "nothing");
  *static_cast<std::string*>(field.address) = text;
  return std::nullopt;
}

Mistake ReadColumns(const std::vector<std::string>& items, std::vector<int>* columns) {
  constexpr double kMost = 1e6;
  for (const std::string& item : items) {
    const auto number = ParseNumber(item, {1, kMost}, /*integer=*/true);
    if (number) columns->push_back(static_cast<int>(*number));
  }
  if (items.size() == 2 && columns->size() == 2) return std::nullopt;
  return Expected(kColumnsText, fmt::format("[{}]", fmt::join(items, ", ")));
}

Mistake ReadPeriod(const std::string& text, const FieldPointer& field) {
  try {
    *static_cast<Period*>(field.address) = ParsePeriod(text, "");
  } catch (const ConfigError&) {
    return Expected("updates (500u), epochs (1e) or 0 for never", text);
  }
  return std::nullopt;
}

std::string TextOf(const FieldPointer& field) {
  switch (field.type) {
    case FieldPointer::Type::kIndex:
      return std::to_string(*static_cast<const Index*>(field.address));
    case FieldPointer::Type::kInt:
      return std::to_string(*static_cast<const int*>(field.address));
    case FieldPointer::Type::kUnsigned:
      return std::to_string(*static_cast<const std::uint64_t*>(field.address));
    case FieldPointer::Type::kFloat:
      return fmt::format("{}", *static_cast<const float*>(field.address));
    case FieldPointer::Type::kDouble:
      return fmt::format("{}", *static_cast<const double*>(field.address));
    case FieldPointer::Type::kBool:
      return *static_cast<const bool*>(field.address) ? "true" : "false";
    case FieldPointer::Type::kString:
      return *static_cast<const std::string*>(field.address);
    case FieldPointer::Type::kPeriod:
      return ToString(*static_cast<const Period*>(field.address));
  }
  Require(false, "every type of field has a text");
  return {};
}

nlohmann::json JsonOf(const FieldPointer& field) {
  switch (field.type) {
    case FieldPointer::Type::kIndex:
      return *static_cast<const Index*>(field.address);
    case FieldPointer::Type::kInt:
      return *static_cast<const int*>(field.address);
    case FieldPointer::Type::kUnsigned:
      return *static_cast<const std::uint64_t*>(field.address);
    case FieldPointer::Type::kFloat:
      return *static_cast<const float*>(field.address);
    case FieldPointer::Type::kDouble:
      return *static_cast<const double*>(field.address);
    case FieldPointer::Type::kBool:
      return *static_cast<const bool*>(field.address);
    case FieldPointer::Type::kString:
    case FieldPointer::Type::kPeriod:
      break;
  }
  return TextOf(field);
}

std::string Join(const Words& words) {
  std::string text;
  for (const auto& [word, value] : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string WordOf(const Words& words, int value) {
  const auto found = std::ranges::find(words, value, [](const auto& w) { return w.second; });
  // A program can set what the language has no word for; reading it back is refused.
  return found == words.end() ? std::to_string(value) : found->first;
}

Mistake ReadWord(const Words& words, const std::string& text, std::vector<int>* values) {
  std::vector<std::string> known;
  for (const auto& [word, value] : words) {
    if (word == text) {
      values->push_back(value);
      return std::nullopt;
    }
    known.push_back(word);
  }
  return Expected("one of " + Join(words), text, DidYouMean(text, known));
}

std::string BoundsText(double lowest, double highest) {
  if (highest < kAny) return fmt::format("from {} to {}", NumberText(lowest), NumberText(highest));
  return fmt::format("≥ {}", NumberText(lowest));
}

}  // namespace

Bounds::Bounds(double lowest_value, double highest_value)
    : lowest(lowest_value), highest(highest_value), text(BoundsText(lowest, highest)) {}

Bounds AtLeast(double lowest) { return Bounds(lowest, kAny); }

Bounds Positive() { return Bounds(std::numeric_limits<double>::min(), kAny, "> 0"); }

// The largest float below 1.
Bounds Rate() { return Bounds(0, 0.99999994, "in [0, 1)"); }

void ConfigKeyTable::Add(const char* name, const ResumeRule& resume, Field field,
                         std::string values, const char* meaning, ReadText read) {
  keys.push_back({.name = name, .values = std::move(values), .meaning = meaning, .resume = resume});
  keys.back().set = [field, read = std::move(read)](Config& config,
                                                    const std::vector<std::string>& items) {
    return read(items.front(), field(config));
  };
  keys.back().address = [field](const Config& config) -> const void* {
    return field(const_cast<Config&>(config)).address;
  };
  keys.back().json = [field](const Config& config) {
    return JsonOf(field(const_cast<Config&>(config)));
  };
  keys.back().get = [field](const Config& config) {
    // One accessor serves reading and writing.
    const std::string text = TextOf(field(const_cast<Config&>(config)));
    return text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
  };
}

void ConfigKeyTable::Also(std::initializer_list<const char*> habits) {
  keys.back().habits.assign(habits.begin(), habits.end());
}

void ConfigKeyTable::Number(const char* name, const ResumeRule& resume, Field field,
                            const Bounds& bounds, const char* meaning) {
  Add(name, resume, field, bounds.text, meaning,
      [bounds](const std::string& text, const FieldPointer& to) {
        return ReadNumber(text, bounds, to);
      });
}

void ConfigKeyTable::Switch(const char* name, const ResumeRule& resume, Field field,
                            const char* meaning) {
  Add(name, resume, field, "true, false", meaning, ReadSwitch);
}

void ConfigKeyTable::Path(const char* name, const ResumeRule& resume, Field field,
                          const char* meaning) {
  Add(name, resume, field, "a path", meaning, ReadPath);
  keys.back().is_path = true;
}

void ConfigKeyTable::Text(const char* name, const ResumeRule& resume, Field field,
                          const char* values, const char* meaning) {
  Add(name, resume, field, values, meaning,
      [values](const std::string& text, const FieldPointer& to) -> Mistake {
        if (text.find_first_not_of(' ') == text.npos) return Expected(values, "nothing");
        *static_cast<std::string*>(to.address) = text;
        return std::nullopt;
      });
}

void ConfigKeyTable::Columns(const char* name, const ResumeRule& resume, EnumField field,
                             const char* meaning) {
  keys.push_back({.name = name,
                  .values = kColumnsText,
                  .meaning = meaning,
                  .resume = resume,
                  .is_list = true});
  keys.back().set = [field](Config& config, const std::vector<std::string>& items) {
    std::vector<int> columns;
    Mistake mistake = ReadColumns(items, &columns);
    if (!mistake) field.set(config, columns);
    return mistake;
  };
  keys.back().address = field.address;
  keys.back().json = [field](const Config& config) { return nlohmann::json(field.get(config)); };
  keys.back().get = [field](const Config& config) {
    std::vector<std::string> items;
    for (const int column : field.get(config)) items.push_back(std::to_string(column));
    return items;
  };
}

void ConfigKeyTable::UnsetAtZero() {
  keys.back().get = [get = std::move(keys.back().get)](const Config& config) {
    std::vector<std::string> items = get(config);
    if (items.front() == "0") items.clear();
    return items;
  };
}

void ConfigKeyTable::Model(const char* name, const ResumeRule& resume, Field field,
                           const char* meaning) {
  Path(name, resume, field, meaning);
  keys.back().is_model = true;
}

void ConfigKeyTable::Duration(const char* name, const ResumeRule& resume, Field field,
                              const char* meaning) {
  Add(name, resume, field, "500u, 1e, 0", meaning, ReadPeriod);
}

void ConfigKeyTable::Choice(const char* name, const ResumeRule& resume, EnumField field,
                            const Words& words, const char* meaning) {
  Choices(name, resume, field, words, meaning);
  keys.back().values = Join(words);
  keys.back().is_list = false;
}

void ConfigKeyTable::Choices(const char* name, const ResumeRule& resume, EnumField field,
                             const Words& words, const char* meaning) {
  keys.push_back({.name = name,
                  .values = "list of " + Join(words),
                  .meaning = meaning,
                  .resume = resume,
                  .is_list = true});
  keys.back().set = [field, words](Config& config, const std::vector<std::string>& items) {
    if (items.empty()) return Expected("at least one of " + Join(words), "none");
    std::vector<int> values;
    for (const std::string& item : items) {
      if (Mistake mistake = ReadWord(words, item, &values)) return mistake;
    }
    field.set(config, values);
    return Mistake();
  };
  keys.back().address = field.address;
  keys.back().json = [field, words](const Config& config) {
    return nlohmann::json(WordOf(words, field.get(config).front()));
  };
  keys.back().get = [field, words](const Config& config) {
    std::vector<std::string> items;
    for (const int value : field.get(config)) items.push_back(WordOf(words, value));
    return items;
  };
}

void ConfigKeyTable::List(const char* name, const ResumeRule& resume, ListField field,
                          const char* values, const char* meaning) {
  keys.push_back(
      {.name = name, .values = values, .meaning = meaning, .resume = resume, .is_list = true});
  keys.back().set = [field](Config& config, const std::vector<std::string>& items) {
    *field(config) = items;
    return Mistake();
  };
  // One accessor serves reading and writing.
  const auto read = [field](const Config& config) -> const std::vector<std::string>& {
    return *field(const_cast<Config&>(config));
  };
  keys.back().address = [read](const Config& config) -> const void* { return &read(config); };
  keys.back().json = [read](const Config& config) { return nlohmann::json(read(config)); };
  keys.back().get = read;
}

}  // namespace talmach
