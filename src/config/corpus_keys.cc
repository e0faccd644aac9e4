// Tested by tests/config/corpus_list_test.cc.
#include "config/corpus_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace talmach {

const std::array<CorpusList, 2> kCorpusLists = {
    {{kCorpusSection, [](Config& config) -> auto& {return config.data.train;
}
}
, {"validation.sets", [](Config& config) -> auto& {return config.validation.sets;
}
}
,
}
}
;

const CorpusList* FindCorpusList(std::string_view section) {
  const auto found = std::ranges::find(kCorpusLists, section, &CorpusList::section);
  return found == kCorpusLists.end() ? nullptr : found;
}

const CorpusList* CorpusListOf(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == key.npos ? nullptr : FindCorpusList(key.substr(0, dot));
}

std::string NameInList(const std::string& key, std::size_t index, std::size_t num_corpora) {
  if (num_corpora == 1) return key;
  const std::string_view section = CorpusListOf(key)->section;
  return fmt::format("{}[{}]{}", section, index + 1, key.substr(section.size()));
}

void ForEachKey(const Config& config,
                const std::function<void(const ConfigKey& key, const std::string& name,
                                         const Config& view)>& visit) {
  Config view = config;
  for (const CorpusList& list : kCorpusLists) {
    const std::vector<CorpusOptions> corpora = list.of(view);
    if (corpora.size() == 1 && corpora.front() == CorpusOptions()) continue;
    for (std::size_t i = 0; i < corpora.size(); ++i) {
      list.of(view) = {corpora[i]};
      for (const ConfigKey& key : ConfigKeys()) {
        if (CorpusListOf(key.name) != &list) continue;
        visit(key, NameInList(key.name, i, corpora.size()), view);
      }
    }
    list.of(view) = corpora;
  }
  for (const ConfigKey& key : ConfigKeys()) {
    if (!IsOfCorpus(key)) visit(key, key.name, config);
  }
}

}  // namespace talmach
