// What the HTML reports of this folder are put together from: one page, pieces of parts.html,
// charts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "drawing/chart.h"
#include "drawing/page_template.h"

namespace talmach {

/// The piece of parts.html below the comment `name`, with its {{names}} replaced.
std::string Part(std::string_view name, std::initializer_list<Replacement> replacements);

/// A heading, a legend of the names of the series (for names of any length) and the chart. The
/// heading is plain text.
std::string ChartSection(std::string_view heading, Chart chart);

/// The self-contained page. The title is plain text.
std::string ReportPage(std::string_view title, std::string_view sections);

}  // namespace talmach
