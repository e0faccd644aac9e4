// Tested by tests/report/html_report_test.cc and tests/report/corpus_report_test.cc.
#include "report/page_sections.h"

#include <array>

#include "report/embedded_file.h"

namespace talmach {

std::string Part(std::string_view name, std::initializer_list<Replacement> replacements) {
  return FillIn(PagePart(report::EmbeddedFile("parts.html"), name), report::EmbeddedFile,
                {replacements.begin(), replacements.size()});
}

std::string ChartSection(std::string_view heading, Chart chart) {
  chart.legend = false;
  std::string legend;
  for (std::size_t index = 0; index < chart.series.size(); ++index) {
    legend += Part("legend entry", {{"series", std::to_string(index % 6)},
                                    {"name", EscapeHtml(chart.series[index].name)}});
  }
  return Part(
      "chart",
      {{"heading", EscapeHtml(heading)}, {"legend", legend}, {"chart", ChartElement(chart)}});
}

std::string ReportPage(std::string_view title, std::string_view sections) {
  const std::string escaped = EscapeHtml(title);
  return FillIn(report::EmbeddedFile("report.html"), report::EmbeddedFile,
                std::array<Replacement, 2>{{{"title", escaped}, {"sections", sections}}});
}

}  // namespace talmach
