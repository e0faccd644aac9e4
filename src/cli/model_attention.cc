// Tested by tests/integration/program_test.py.
#include "cli/model_attention.h"

#include <vector>

#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "text/line_chunks.h"

namespace talmach {
namespace {

// The wanted lines of a chunk, with their numbers in the file.
struct WantedLines {
  std::vector<Index> numbers;
  std::vector<std::string> sources;
  std::vector<std::string> targets;
};

WantedLines Select(LineChunk& chunk, const LineRanges& lines) {
  WantedLines wanted;
  for (std::size_t i = 0; i < chunk.first.size(); ++i) {
    const Index number = chunk.first_line + static_cast<Index>(i);
    if (!lines.Contains(number + 1)) continue;
    wanted.numbers.push_back(number);
    wanted.sources.push_back(std::move(chunk.first[i]));
    if (!chunk.second.empty()) wanted.targets.push_back(std::move(chunk.second[i]));
  }
  return wanted;
}

}  // namespace

void ForEachAttention(const Translator& translator, const std::string& source,
                      const std::string& target, const LineRanges& lines,
                      const std::function<void(const AttentionMap&)>& use) {
  LineChunkReader reader(source, target);
  LineNumbers cut;
  for (LineChunk chunk; reader.Next(&chunk);) {
    ThrowIfStopped();
    const WantedLines wanted = Select(chunk, lines);
    if (wanted.numbers.empty()) continue;
    std::vector<Translation> results = target.empty()
                                           ? translator.Translate(wanted.sources)
                                           : translator.Score(wanted.sources, wanted.targets);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].source_cut) cut.Add(wanted.numbers[i] + 1);
      for (ScoredText& candidate : results[i].candidates) {
        candidate.attention.line = wanted.numbers[i];
        use(candidate.attention);
      }
    }
  }
  reader.LogInputRepairs();
  WarnOfCuts(source, cut, target.empty() ? "line" : "pair", translator.options().max_source_length);
}

}  // namespace talmach
