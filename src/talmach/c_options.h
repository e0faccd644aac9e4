// The options of the C interface, which are text.
#pragma once

#include <string_view>

#include "talmach/translator.h"

namespace talmach::front {

struct COptions {
  v1::TranslatorOptions translator = {};
  v1::TranslateOptions call = {};
};

/// Parses words NAME=VALUE between white space; see talmach_create. Throws ConfigError that names
/// what is unknown or of the wrong form.
COptions ParseCOptions(std::string_view text);

}  // namespace talmach::front
