#include "cli/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/log.h"
#include "support/message_of.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// What is logged at a level with three lines of different weight.
std::string LoggedAt(const char* level) {
  testing::internal::CaptureStderr();
  SetUpConsoleLog();
  SetLogLevel(level);
  Log().debug("fine");
  Log().info("plain");
  Log().warn("odd");
  Log().error("bad");
  Log().sinks().clear();
  SetLogLevel("info");
  return testing::internal::GetCapturedStderr();
}

TEST(ConsoleTest, LinesHaveTheirTimeAndWarningsAMark) {
  EXPECT_THAT(LoggedAt("info"), MatchesRegex("\\[....-..-.. ..:..:..\\] plain\n"
                                             "\\[....-..-.. ..:..:..\\] warning: odd\n"
                                             "\\[....-..-.. ..:..:..\\] error: bad\n"));
}

TEST(ConsoleTest, TheLevelHidesWhatWeighsLess) {
  EXPECT_THAT(LoggedAt("debug"), HasSubstr("fine"));
  EXPECT_THAT(LoggedAt("warning"), Not(HasSubstr("plain")));
  EXPECT_THAT(LoggedAt("error"), Not(HasSubstr("odd")));
  EXPECT_EQ(LoggedAt("off"), "");
}

TEST(ConsoleTest, OtherLevelsAreRefused) {
  EXPECT_THAT(MessageOf<ConfigError>([] { SetLogLevel("inof"); }),
              ::testing::AllOf(HasSubstr("--log-level: expected one of trace, debug"),
                               HasSubstr("did you mean info?")));
  EXPECT_THROW(SetLogLevel(""), ConfigError);
}

TEST(ConsoleTest, ResultsGoToStdoutAndErrorsToStderrUndecorated) {
  testing::internal::CaptureStdout();
  PrintResult("one\ntwo\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one\ntwo\n");
  testing::internal::CaptureStderr();
  PrintError("config.yaml:3: wrong");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "config.yaml:3: wrong\n");
  EXPECT_THROW(PrintResult("half a line"), std::logic_error);
}

}  // namespace
}  // namespace talmach
