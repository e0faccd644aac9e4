// The numbers of corpora as text, as JSON, and as a self-contained HTML page with charts.
#pragma once

#include <string>
#include <vector>

#include "text/corpus_statistics.h"

namespace talmach {

struct CorpusReport {
  std::vector<CorpusStatistics> corpora = {};  // at least one
  std::vector<CorpusOverlap> overlaps = {};
};

/// Tables for the terminal, with a final line break.
std::string FormatCorpora(const CorpusReport& report);

/// {"corpora": [{"name", "pairs", …, "source": {…}, "target": {…}}], "overlaps": […]} on one line.
std::string CorporaJson(const CorpusReport& report);

std::string CorporaHtml(const CorpusReport& report);

}  // namespace talmach
