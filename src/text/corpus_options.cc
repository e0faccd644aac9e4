// Tested by tests/text/corpus_test.cc.
#include "text/corpus_options.h"

#include <filesystem>

namespace talmach {

CorpusSide CorpusOptions::SourceSide() const {
  return tsv.empty() ? CorpusSide(source) : CorpusSide(tsv, columns[0]);
}

CorpusSide CorpusOptions::TargetSide() const {
  return tsv.empty() ? CorpusSide(target) : CorpusSide(tsv, columns[1]);
}

std::string CorpusOptions::DisplayName() const {
  if (!name.empty()) return name;
  const std::filesystem::path file = std::filesystem::path(SourceSide().path).filename();
  const bool is_compressed = file.extension() == ".gz" || file.extension() == ".zst";
  return is_compressed ? file.stem() : file;
}

std::string ToString(CorpusMixing mixing) {
  return mixing == CorpusMixing::kAll ? "all" : "weights";
}

}  // namespace talmach
