// The configuration in a model directory. People may read and edit it, so its checksum stands in
// it, as a comment in the last line: `model verify` says whether the file is as it was written.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace talmach {

/// What a run writes for a configuration: YAML with absolute paths, then "# xxh3 <16 digits>".
std::string ConfigurationText(const Config& config);

/// Whether a text is, to the byte, one that ConfigurationText has made.
bool IsAsWritten(const std::string& text);

/// Whether one of these files, links followed, is that of `path`.
bool IsOneOf(const std::string& path, const std::vector<std::string>& files);

}  // namespace talmach
