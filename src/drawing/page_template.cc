#include "drawing/page_template.h"

#include <algorithm>

#include "base/error.h"

namespace talmach {

std::string FillIn(std::string_view page, std::string_view (*file)(std::string_view name),
                   std::span<const Replacement> replacements) {
  std::string result;
  for (auto start = page.find("{{"); start != page.npos; start = page.find("{{")) {
    const auto end = page.find("}}", start);
    Require(end != page.npos, "an open {{ in a page");
    const std::string_view name = page.substr(start + 2, end - start - 2);
    const auto found = std::ranges::find(replacements, name, &Replacement::name);
    const bool is_file = found == replacements.end();
    const std::string_view content = is_file ? file(name) : found->content;
    Require(!is_file || !content.empty(), "a page asks for a file that is not embedded");
    result.append(page.substr(0, start)).append(content);
    page.remove_prefix(end + 2);
  }
  return result.append(page);
}

std::string_view PagePart(std::string_view parts, std::string_view name) {
  const std::string mark = "<!-- " + std::string(name) + " -->\n";
  const auto start = parts.find(mark);
  Require(start != parts.npos, "a page asks for a part that does not exist");
  parts.remove_prefix(start + mark.size());
  return parts.substr(0, parts.find("\n<!-- "));
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace talmach
