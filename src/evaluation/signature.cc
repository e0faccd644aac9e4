#include "evaluation/signature.h"

namespace talmach {

std::string JoinSignature(const EvaluationSetting& setting, const SignatureFields& fields) {
  std::string joined;
  auto append = [&](const SignatureField& field) {
    if (!joined.empty()) joined += '|';
    joined.append(setting.short_names ? field.short_name : field.name).append(":");
    joined += field.value;
  };
  const Index num_references = setting.num_references;
  append({"nrefs", "#", num_references < 0 ? "var" : std::to_string(num_references)});
  if (setting.num_resamples) append({"bs", "bs", std::to_string(*setting.num_resamples)});
  if (setting.num_randomisations) append({"ar", "ar", std::to_string(*setting.num_randomisations)});
  if (setting.seed) append({"seed", "rs", *setting.seed});
  for (const SignatureField& field : fields) append(field);
  append({"version", "v", "talmach-" TALMACH_VERSION});
  return joined;
}

}  // namespace talmach
