// Help with keys that do not exist: mistyped ones, ones of another section, and habits from other
// programs (Marian, OpenNMT, JoeyNMT, fairseq), which the key table lists with the key they mean.
#pragma once

#include <string>

namespace talmach {

/// What the user of key `name`, which does not exist, probably wants.
std::string HintForUnknownKey(const std::string& name);

/// The keys and sections below `section` ("model.", "" for all), with commas.
std::string KeysOfSection(const std::string& section);

}  // namespace talmach
