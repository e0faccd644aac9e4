#include "cli/attention_file.h"

#include <iostream>

namespace talmach {

AttentionReader OpenAttentionFile(const std::string& path) {
  if (path == "-") return AttentionReader(std::cin, "standard input");
  return AttentionReader(path);
}

}  // namespace talmach
