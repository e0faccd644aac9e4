// HTML pages kept in files of their own: {{name}} in a page stands for a text that the program
// makes or for another embedded file. A page that repeats itself, a table for example, is put
// together from parts, which stand in a file below a comment each:
//   <!-- row -->
//   <tr><td>{{name}}</td></tr>
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace talmach {

struct Replacement {
  std::string_view name;
  std::string_view content;
};

/// `page` with every {{name}} replaced: by the replacement of that name or else by what `file` has
/// for it, which may not be empty. What is put in is not searched again.
std::string FillIn(std::string_view page, std::string_view (*file)(std::string_view name),
                   std::span<const Replacement> replacements);

/// The part of `parts` below the comment `name`, with its last line break. It must be there.
std::string_view PagePart(std::string_view parts, std::string_view name);

/// Text made safe for HTML and SVG, in content and attributes.
std::string EscapeHtml(std::string_view text);

}  // namespace talmach
