// Widths are counted in code points, cell by cell, and a row is as high as its highest cell. The
// rules above, below and between are the same line with other corners.
#include "report/text_table.h"

#include <algorithm>
#include <string_view>

#include "base/types.h"
#include "base/utf8.h"

namespace talmach {
namespace {

constexpr Index kHeadingMargin = 2;  // columns are this much wider than their headings

std::vector<std::string> SplitLines(const std::string& cell) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start <= cell.size();) {
    const std::size_t end = std::min(cell.find('\n', start), cell.size());
    lines.push_back(cell.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::vector<Index> ColumnWidths(const TableRows& rows) {
  std::vector<Index> widths;
  for (const std::string& heading : rows.front()) {
    widths.push_back(CountCodePoints(heading) + kHeadingMargin);
  }
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      for (const std::string& line : SplitLines(row[column])) {
        widths[column] = std::max(widths[column], CountCodePoints(line));
      }
    }
  }
  return widths;
}

std::string Spaces(Index count) { return std::string(static_cast<std::size_t>(count), ' '); }

// One line of a cell with its margins.
std::string Padded(const std::string& text, Index width, bool flush_right) {
  const Index missing = width - CountCodePoints(text);
  const Index left = flush_right ? missing : missing / 2;
  return Spaces(left + 1) + text + Spaces(missing - left + 1);
}

struct Rule {
  std::string_view left, line, crossing, right;
};

std::string RuleText(const Rule& rule, const std::vector<Index>& widths) {
  std::string text(rule.left);
  for (std::size_t column = 0; column < widths.size(); ++column) {
    if (column > 0) text += rule.crossing;
    for (Index i = 0; i < widths[column] + 2; ++i) text += rule.line;
  }
  return text.append(rule.right).append("\n");
}

std::string GridRow(const std::vector<std::string>& row, const std::vector<Index>& widths) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (const std::string& cell : row) {
    cells.push_back(SplitLines(cell));
    height = std::max(height, cells.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string part = line < cells[column].size() ? cells[column][line] : "";
      text += "│" + Padded(part, widths[column], column == 0);
    }
    text += "│\n";
  }
  return text;
}

std::string EscapeLatex(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        escaped.append("\\").push_back(c);
        break;
      case '^':
        escaped += "\\^{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '<':
      case '>':
        escaped.append("\\ensuremath{").append(1, c).append("}");
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string GridTable(const TableRows& rows) {
  const std::vector<Index> widths = ColumnWidths(rows);
  std::string text = RuleText({"╒", "═", "╤", "╕"}, widths);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (row == 1) text += RuleText({"╞", "═", "╪", "╡"}, widths);
    if (row > 1) text += RuleText({"├", "─", "┼", "┤"}, widths);
    text += GridRow(rows[row], widths);
  }
  return text + RuleText({"╘", "═", "╧", "╛"}, widths);
}

std::string LatexTable(const TableRows& rows) {
  const std::vector<Index> widths = ColumnWidths(rows);
  std::string text = "\\begin{tabular}{r" + std::string(widths.size() - 1, 'c') + "}\n\\toprule\n";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (row == 1) text += "\\midrule\n";
    for (std::size_t column = 0; column < widths.size(); ++column) {
      if (column > 0) text += "&";
      text += EscapeLatex(Padded(rows[row][column], widths[column], column == 0));
    }
    text += "\\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace talmach
