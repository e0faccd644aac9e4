#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "support/message_of.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

Arguments seen;

constexpr std::array kCommands = {
    Command{"peel", "take the skin off", [](const Arguments& arguments) { seen = arguments; }},
    Command{"press", "make juice", [](const Arguments&) { throw DataError({.what = "dry"}); }},
};

void Call(const Arguments& arguments) {
  RunSubcommand("fruit", "Does things to fruit.", kCommands, arguments);
}

std::string Complaint(const Arguments& arguments) {
  return MessageOf<ConfigError>([&] { Call(arguments); });
}

TEST(RunSubcommandTest, HandsOverWhatStandsBehindTheName) {
  Call({"peel", "-n", "3", "peel"});
  EXPECT_EQ(seen, (Arguments{"-n", "3", "peel"}));
}

TEST(RunSubcommandTest, ErrorsOfTheCommandPassThrough) { EXPECT_THROW(Call({"press"}), DataError); }

TEST(RunSubcommandTest, HelpListsAllCommands) {
  for (const char* help : {"--help", "-h", "help"}) {
    testing::internal::CaptureStdout();
    Call({help});
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_THAT(text, HasSubstr("Usage: fruit COMMAND"));
    EXPECT_THAT(text, HasSubstr("  peel         take the skin off\n"));
    EXPECT_THAT(text, HasSubstr("  press        make juice\n"));
  }
}

TEST(RunSubcommandTest, UnknownCommandsAreNamedWithTheProbableOne) {
  EXPECT_EQ(Complaint({}), "fruit: no command given; see fruit --help");
  EXPECT_EQ(Complaint({"pres"}), "fruit pres: unknown command; did you mean press?");
  EXPECT_EQ(Complaint({"squash"}), "fruit squash: unknown command; see fruit --help");
  EXPECT_EQ(Complaint({"--version"}), "fruit --version: unknown command; see fruit --help");
}

}  // namespace
}  // namespace talmach
