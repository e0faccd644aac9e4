// Tested by tests/config/corpus_list_test.cc.
#include "config/corpus_keys.h"

#include <fmt/format.h>

namespace talmach {

bool IsOfCorpus(const ConfigKey& key) {
  return key.name.starts_with(kCorpusSection) && key.name[kCorpusSection.size()] == '.';
}

std::string NameInList(const std::string& key, std::size_t index, std::size_t num_corpora) {
  if (num_corpora == 1) return key;
  return fmt::format("{}[{}]{}", kCorpusSection, index + 1, key.substr(kCorpusSection.size()));
}

void ForEachKey(const Config& config,
                const std::function<void(const ConfigKey& key, const std::string& name,
                                         const Config& view)>& visit) {
  const std::size_t num_corpora = config.data.train.size();
  Config view = config;
  for (std::size_t i = 0; i < num_corpora; ++i) {
    view.data.train = {config.data.train[i]};
    for (const ConfigKey& key : ConfigKeys()) {
      if (IsOfCorpus(key)) visit(key, NameInList(key.name, i, num_corpora), view);
    }
  }
  for (const ConfigKey& key : ConfigKeys()) {
    if (!IsOfCorpus(key)) visit(key, key.name, config);
  }
}

}  // namespace talmach
