#include "drawing/page_template.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace talmach {
namespace {

std::string_view OneFile(std::string_view name) { return name == "a.css" ? "{{b}}" : ""; }

TEST(PageTemplateTest, NamesStandForTextsOrFilesThatAreNotSearchedAgain) {
  const std::array<Replacement, 1> texts = {{{"b", "{{a.css}}"}}};
  EXPECT_EQ(FillIn("x{{b}}y{{a.css}}{{b}}", OneFile, texts), "x{{a.css}}y{{b}}{{a.css}}");
}

TEST(PageTemplateTest, UnknownNamesAndOpenBracesAreMistakes) {
  EXPECT_THROW(FillIn("{{c.css}}", OneFile, {}), std::logic_error);
  EXPECT_THROW(FillIn("{{a.css", OneFile, {}), std::logic_error);
}

TEST(PageTemplateTest, APartGoesToTheNextComment) {
  constexpr std::string_view kParts =
      "<!-- What this is. -->\n\n<!-- a -->\n<p>\n<b>\n\n<!-- ab -->\n<i>\n";
  EXPECT_EQ(PagePart(kParts, "a"), "<p>\n<b>\n");
  EXPECT_EQ(PagePart(kParts, "ab"), "<i>\n");
  EXPECT_THROW(PagePart(kParts, "b"), std::logic_error);
}

TEST(PageTemplateTest, EscapesWhatHtmlReads) {
  EXPECT_EQ(EscapeHtml("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
}

}  // namespace
}  // namespace talmach
