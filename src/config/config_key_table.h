// The kinds of configuration keys: numbers, switches, words, paths and periods, each with the way
// its text is read, checked and printed.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/numbers.h"
#include "config/config_keys.h"

namespace talmach {

inline constexpr double kAny = std::numeric_limits<double>::max();

inline std::string BoundsText(double lowest, double highest) {
  if (highest < kAny) return fmt::format("from {} to {}", NumberText(lowest), NumberText(highest));
  return fmt::format("≥ {}", NumberText(lowest));
}

/// The numbers a key accepts; `text` is how errors and the manual call them.
struct Bounds {
  Bounds(double lowest_value, double highest_value)
      : lowest(lowest_value), highest(highest_value), text(BoundsText(lowest, highest)) {}
  Bounds(double lowest_value, double highest_value, std::string bounds_text)
      : lowest(lowest_value), highest(highest_value), text(std::move(bounds_text)) {}

  double lowest;
  double highest;
  std::string text;
};

inline Bounds AtLeast(double lowest) { return Bounds(lowest, kAny); }

inline Bounds Positive() { return Bounds(std::numeric_limits<double>::min(), kAny, "> 0"); }

// [0, 1) in float.
inline Bounds Rate() { return Bounds(0, 0.99999994, "in [0, 1)"); }

inline std::optional<Complaint> Mistake(std::string expected, std::string got,
                                        std::string hint = {}) {
  return Complaint{.expected = std::move(expected), .got = std::move(got), .hint = std::move(hint)};
}

/// Collects keys. `field` is an accessor, called with a Config&, that returns a reference to the
/// field of the key.
class ConfigKeyTable {
 public:
  std::vector<ConfigKey> keys;

  /// A number; the field's type decides whether it must be an integer.
  template <typename Field>
  void Number(const char* name, const Field& field, const Bounds& bounds, const char* meaning) {
    using T = std::remove_reference_t<decltype(field(std::declval<Config&>()))>;
    Add(name, bounds.text, meaning, field, [bounds](T& value, const std::string& text) {
      constexpr bool kInteger = std::is_integral_v<T>;
      const auto any = ParseNumber(text, {-kAny, kAny}, kInteger);
      if (!any) return Mistake(kInteger ? "an integer" : "a number", text);
      const double highest = kInteger ? std::min(bounds.highest, Largest<T>()) : bounds.highest;
      if (!(*any >= bounds.lowest && *any <= highest)) return Mistake(bounds.text, text);
      value = static_cast<T>(*any);
      return std::optional<Complaint>();
    });
  }

  template <typename Field>
  void Switch(const char* name, const Field& field, const char* meaning) {
    Add(name, "true, false", meaning, field, [](bool& value, const std::string& text) {
      if (text != "true" && text != "false") return Mistake("true or false", text);
      value = text == "true";
      return std::optional<Complaint>();
    });
  }

  template <typename Field>
  void Path(const char* name, const Field& field, const char* meaning) {
    Add(name, "a path", meaning, field, [](std::string& value, const std::string& text) {
      if (text.empty()) return Mistake("a path", "nothing");
      value = text;
      return std::optional<Complaint>();
    });
    keys.back().is_path = true;
  }

  template <typename Field>
  void Duration(const char* name, const Field& field, const char* meaning) {
    Add(name, "500u, 1e, 0", meaning, field, [](Period& value, const std::string& text) {
      try {
        value = ParsePeriod(text, "");
      } catch (const ConfigError&) {
        return Mistake("updates (500u), epochs (1e) or 0 for never", text);
      }
      return std::optional<Complaint>();
    });
  }

  template <typename Enum>
  using Words = std::vector<std::pair<std::string, Enum>>;

  /// One of several words.
  template <typename Enum, typename Field>
  void Choice(const char* name, const Field& field, const Words<Enum>& words, const char* meaning) {
    keys.push_back({.name = name, .values = Join(words), .meaning = meaning});
    keys.back().set = [field, words](Config& config, const std::vector<std::string>& items) {
      return SetWord(words, items.front(), [&](Enum value) { field(config) = value; });
    };
    keys.back().get = [field, words](const Config& config) {
      Config copy = config;  // one accessor serves reading and writing
      return std::vector<std::string>{WordOf(words, field(copy))};
    };
  }

  /// Some of several words, at least one.
  template <typename Enum, typename Field>
  void Choices(const char* name, const Field& field, const Words<Enum>& words,
               const char* meaning) {
    keys.push_back(
        {.name = name, .values = "list of " + Join(words), .meaning = meaning, .is_list = true});
    keys.back().set = [field, words](Config& config, const std::vector<std::string>& items) {
      if (items.empty()) return Mistake("at least one of " + Join(words), "none");
      std::vector<Enum> values;
      for (const std::string& item : items) {
        auto mistake = SetWord(words, item, [&](Enum value) { values.push_back(value); });
        if (mistake) return mistake;
      }
      field(config) = values;
      return std::optional<Complaint>();
    };
    keys.back().get = [field, words](const Config& config) {
      Config copy = config;
      std::vector<std::string> items;
      for (const Enum value : field(copy)) items.push_back(WordOf(words, value));
      return items;
    };
  }

 private:
  template <typename T>
  static constexpr double Largest() {
    return static_cast<double>(std::numeric_limits<T>::max());
  }

  static std::string TextOf(bool value) { return value ? "true" : "false"; }
  static std::string TextOf(const std::string& value) { return value; }
  static std::string TextOf(const Period& value) { return ToString(value); }
  template <typename T>
  requires(std::is_floating_point_v<T>) static std::string TextOf(T value) {
    return fmt::format("{}", value);
  }
  template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) static std::string TextOf(T value) {
    return std::to_string(value);
  }

  template <typename Field, typename Parse>
  void Add(const char* name, std::string values, const char* meaning, const Field& field,
           const Parse& parse) {
    keys.push_back({.name = name, .values = std::move(values), .meaning = meaning});
    keys.back().set = [field, parse](Config& config, const std::vector<std::string>& items) {
      return parse(field(config), items.front());
    };
    keys.back().get = [field](const Config& config) {
      Config copy = config;
      const std::string text = TextOf(field(copy));
      return text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
    };
  }

  template <typename Enum>
  static std::string Join(const Words<Enum>& words) {
    std::string text;
    for (const auto& [word, value] : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }

  template <typename Enum>
  static std::string WordOf(const Words<Enum>& words, Enum value) {
    const auto found = std::ranges::find(words, value, [](const auto& w) { return w.second; });
    Require(found != words.end(), "every value of an enumeration has a word");
    return found->first;
  }

  template <typename Enum, typename Store>
  static std::optional<Complaint> SetWord(const Words<Enum>& words, const std::string& text,
                                          const Store& store) {
    std::vector<std::string> known;
    for (const auto& [word, value] : words) {
      if (word == text) {
        store(value);
        return std::nullopt;
      }
      known.push_back(word);
    }
    return Mistake("one of " + Join(words), text, DidYouMean(text, known));
  }
};

}  // namespace talmach
