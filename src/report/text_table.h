// Tables of scores that look like sacreBLEU's, for scripts that parse them.
#pragma once

#include <string>
#include <vector>

namespace talmach {

/// Rows of equally many cells, the heading first. The first column is flush right, the others are
/// centred. Cells are UTF-8; those of a grid may have several lines.
using TableRows = std::vector<std::vector<std::string>>;

/// Cells in frames:  ╒═══╤═══╕ above, ╞═══╪═══╡ below the heading, ╘═══╧═══╛ at the end.
std::string GridTable(const TableRows& rows);

/// A tabular environment with the rules of LaTeX's booktabs; special characters are escaped.
std::string LatexTable(const TableRows& rows);

}  // namespace talmach
