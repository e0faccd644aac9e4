#include "kernels/instruction_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(InstructionSetTest, KnowsTheNamesOfTheLibraryInAnyCase) {
  for (const char* name : {"SSE41", "AVX2", "avx2", "AVX512_CORE_AMX", "ALL", "Default"}) {
    EXPECT_NO_THROW(CheckInstructionSetName("ONEDNN_MAX_CPU_ISA", name)) << name;
  }
}

TEST(InstructionSetTest, OtherNamesAreErrorsThatListThem) {
  for (const char* name : {"AVX3", "SSE4", "AVX2 ", "*"}) {
    EXPECT_THAT(
        [&] { CheckInstructionSetName("ONEDNN_MAX_CPU_ISA", name); },
        ThrowsMessage<ConfigError>(AllOf(HasSubstr("ONEDNN_MAX_CPU_ISA: unknown instruction set"),
                                         HasSubstr("AVX2_VNNI"), HasSubstr(name))));
  }
}

TEST(InstructionSetTest, ThisProcessorIsGoodEnough) { EXPECT_NO_THROW(CheckInstructionSet()); }

}  // namespace
}  // namespace talmach
