// What a public translator and the scorers beside it share.
#pragma once

#include <string>
#include <vector>

#include "talmach/engines.h"
#include "talmach/translator.h"

namespace talmach::front {

v1::ScoredText ToPublic(ScoredText text);

/// The options of the engines for models and the options they are opened with.
EnginesOptions MakeEnginesOptions(const std::vector<std::string>& directories,
                                  const v1::TranslatorOptions& options);

}  // namespace talmach::front

namespace talmach::v1 {

struct Translator::Shared : front::Engines {
  using Engines::Engines;
};

}  // namespace talmach::v1
