#include "base/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>

namespace talmach {
namespace {

TEST(LogTest, TheLibraryIsSilentUntilAProgramGivesItAPlaceToWrite) {
  EXPECT_TRUE(Log().sinks().empty());
  Log().warn("nobody hears this");
  std::ostringstream heard;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(heard);
  sink->set_pattern("%v");
  Log().sinks().push_back(sink);
  Log().warn("{} lines", 3);
  Log().sinks().clear();
  EXPECT_EQ(heard.str(), "3 lines\n");
}

}  // namespace
}  // namespace talmach
