// Without a bias e(q, k) = v · tanh(q + k) is an odd function: e(−q, −k) = −e(q, k). A product is
// even: e(−q, −k) = e(q, k), so it cannot tell "both present" from "both absent". A bias takes the
// symmetry away.
#include <algorithm>
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {

Report Parity() {
  constexpr AttentionDims kDims{.batch = 1, .queries = 8, .values = 8, .value_size = 1};
  const AttentionOptions projected{.query_size = 4, .key_size = 4, .projection_size = 8};
  AttentionOptions dot = projected;
  dot.score = AttentionScore::kScaledDot;
  AttentionOptions with_bias = projected;
  with_bias.bias = true;

  Report report{.table = {{"score", "max |e(−q,−k) − e(q,k)|", "max |e(−q,−k) + e(q,k)|"}}};
  report.picture = {{"Query and key turned round", "e(q, k)", "e(−q, −k)"}};
  struct Candidate {
    std::string name;
    AttentionOptions options;
    int sign;  // 1: even, −1: odd, 0: neither
  };
  for (const Candidate& candidate :
       {Candidate{"scaled dot", dot, 1}, Candidate{"additive", projected, -1},
        Candidate{"additive, bias", with_bias, 0}}) {
    Learner learner(candidate.options, kDims, /*seed=*/5);
    RandomStream random(3);
    FillNormal(learner.query(), random);
    FillNormal(learner.key(), random);
    if (candidate.options.bias) FillNormal(learner.Weights("bias"), random);
    const std::vector<float> energies = learner.Energies();
    for (float& x : learner.query().span()) x = -x;
    for (float& x : learner.key().span()) x = -x;
    const std::vector<float> turned = learner.Energies();
    double even = 0, odd = 0;
    ChartSeries points{.name = candidate.name, .mark = ChartMark::kPoints};
    for (std::size_t i = 0; i < energies.size(); ++i) {
      even = std::max<double>(even, std::abs(turned[i] - energies[i]));
      odd = std::max<double>(odd, std::abs(turned[i] + energies[i]));
      points.x.push_back(energies[i]);
      points.y.push_back(turned[i]);
    }
    report.table.rows.push_back({candidate.name, Number(even, 6), Number(odd, 6)});
    report.picture[0].series.push_back(points);
    constexpr double kRounding = 1e-5;
    if (candidate.sign == 1) {
      report.findings.push_back({"products are even", even < kRounding && odd > 0.1});
    } else if (candidate.sign == -1) {
      report.findings.push_back({"additive energies are odd", odd < kRounding && even > 0.1});
    } else {
      report.findings.push_back({"with a bias they are neither", even > 0.1 && odd > 0.1});
    }
  }
  return report;
}

}  // namespace talmach::lab
