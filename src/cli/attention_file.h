// The attention records that a flag names.
#pragma once

#include <string>

#include "attention/attention_reader.h"

namespace talmach {

/// Reads the file at `path`, or standard input if that is "-", which errors call "standard input".
/// Throws DataError if the file cannot be opened.
AttentionReader OpenAttentionFile(const std::string& path);

}  // namespace talmach
