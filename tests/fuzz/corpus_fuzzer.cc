// Any bytes are pairs of lines that statistics, filters and the splitter accept: nothing throws,
// and every pair is counted once.

#include <vector>

#include "fuzz/fuzz_file.h"
#include "text/corpus_split.h"
#include "text/corpus_statistics.h"
#include "text/pair_filter.h"

namespace {

// The next line, or what is left.
std::string TakeLine(std::string_view* bytes) {
  const std::size_t end = std::min(bytes->find('\n'), bytes->size());
  const std::string line(bytes->substr(0, end));
  bytes->remove_prefix(std::min(end + 1, bytes->size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  talmach::CorpusStatisticsCollector collector(nullptr, nullptr);
  talmach::PairFilter filter({.max_characters = 20,
                              .max_length_ratio = 2,
                              .identical = true,
                              .min_letters = 0.5,
                              .duplicates = true});
  talmach::CorpusSplitter splitter;
  talmach::Index num_kept = 0;
  for (std::string_view rest = talmach::AsText(data, size); !rest.empty();) {
    std::string source = TakeLine(&rest);
    std::string target = TakeLine(&rest);
    collector.Add(std::move(source), std::move(target));
    num_kept += !filter.Judge(collector.source(), collector.target());
    splitter.Add(collector.source(), collector.target());
  }
  const talmach::CorpusStatistics& statistics = collector.statistics();
  talmach::Check(filter.counts().num_pairs == statistics.num_pairs);
  talmach::Check(filter.counts().num_dropped() + num_kept == statistics.num_pairs);
  talmach::Check(statistics.source.characters.num_lines() == statistics.num_pairs);
  const auto parts = splitter.Split({.num_valid = 2, .num_test = 1});
  talmach::Check(std::ssize(parts) == statistics.num_pairs);
  return 0;
}
