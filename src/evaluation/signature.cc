#include "evaluation/signature.h"

namespace talmach {

std::string JoinSignature(const EvaluationSetting& setting, const SignatureFields& fields) {
  const Index num_references = setting.num_references;
  std::string joined = "nrefs:" + (num_references < 0 ? "var" : std::to_string(num_references));
  auto append = [&joined](std::string_view key, const std::string& value) {
    joined.append("|").append(key).append(":").append(value);
  };
  if (setting.num_resamples) append("bs", std::to_string(*setting.num_resamples));
  if (setting.num_randomisations) append("ar", std::to_string(*setting.num_randomisations));
  if (setting.seed) append("seed", std::to_string(*setting.seed));
  for (const auto& [key, value] : fields) append(key, value);
  append("version", TALMACH_VERSION);
  return joined;
}

}  // namespace talmach
