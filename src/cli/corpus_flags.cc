// Tested by tests/cli/corpus_command_test.cc.
#include "cli/corpus_flags.h"

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/numbers.h"
#include "base/split.h"
#include "cli/file_flags.h"

namespace talmach {
namespace {

void ReadColumns(const std::string& text, CorpusOptions* corpus) {
  constexpr NumberRange kColumns = {1, 1e6};
  const std::vector<std::string_view> parts = Split(text, ',');
  for (std::size_t i = 0; i < corpus->columns.size(); ++i) {
    const auto column = parts.size() == corpus->columns.size()
                            ? ParseNumber(parts[i], kColumns, /*integer=*/true)
                            : std::nullopt;
    RequireUsage(column.has_value(), "--columns", "two columns from 1, such as 1,2", text);
    corpus->columns[i] = static_cast<Index>(*column);
  }
}

}  // namespace

void DeclareCorpus(CorpusOptions* corpus, FlagGroup* group) {
  group->Text("source,s", &corpus->source, "FILE", "source text")
      .Text("target,t", &corpus->target, "FILE", "its translation, line by line")
      .Text("tsv", &corpus->tsv, "FILE", "instead of both: a pair per line, separated by tabs")
      .Custom("columns", "SOURCE,TARGET (= 1,2)", std::nullopt, "where they are in the TSV",
              [corpus](const std::string& text) { ReadColumns(text, corpus); });
}

void CheckCorpus(const CorpusOptions& corpus, const CommandLine& line) {
  const bool has_both = !corpus.source.empty() && !corpus.target.empty();
  const bool has_any = !corpus.source.empty() || !corpus.target.empty();
  RequireUsage(corpus.tsv.empty() ? has_both : !has_any, "--source, --target, --tsv",
               "both files, or a TSV alone", has_any ? "one of them, or a TSV beside" : "none");
  if (corpus.tsv.empty()) line.Refuse({"columns"}, "is for --tsv only");
  RequireUsage(corpus.tsv != "-", "--tsv", "a file: it is read once for each side",
               "standard input", "write the text to a file first");
  RequireOneStandardInput({{"--source", corpus.source}, {"--target", corpus.target}});
}

}  // namespace talmach
