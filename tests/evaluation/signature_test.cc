#include "evaluation/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/ter.h"

namespace talmach {
namespace {

TEST(SignatureTest, NamesCanBeShort) {
  const EvaluationSetting setting{
      .num_references = -1, .num_resamples = 1000, .seed = "none", .short_names = true};
  const std::string version = "|v:talmach-" TALMACH_VERSION;
  EXPECT_EQ(Bleu().Signature(setting),
            "#:var|bs:1000|rs:none|c:mixed|e:no|tok:13a|s:exp" + version);
  EXPECT_EQ(Chrf().Signature({.num_randomisations = 10, .seed = "1", .short_names = true}),
            "#:1|ar:10|rs:1|c:mixed|e:yes|nc:6|nw:0|s:no" + version);
  EXPECT_EQ(Ter().Signature({.short_names = true}),
            "#:1|c:lc|t:tercom|nr:no|pn:yes|as:no" + version);
}

}  // namespace
}  // namespace talmach
