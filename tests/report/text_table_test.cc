#include "report/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::HasSubstr;

TEST(TextTableTest, EscapesWhatLatexWouldTakeForCommands) {
  EXPECT_THAT(
      LatexTable({{"a"}, {"\\^~<&#${}"}}),
      HasSubstr(" \\textbackslash{}\\^{}\\textasciitilde{}\\ensuremath{<}\\&\\#\\$\\{\\} \\\\"));
}

}  // namespace
}  // namespace talmach
