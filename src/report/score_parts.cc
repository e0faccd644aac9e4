#include "report/score_parts.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <variant>

#include "report/length_scores.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

// Counts as integers; smoothing may have made them fractions.
Json CountsJson(const std::array<double, kBleuOrder>& counts) {
  Json list = Json::array();
  for (const double count : counts) {
    const auto integer = static_cast<Index>(count);
    if (static_cast<double>(integer) == count) {
      list.push_back(integer);
    } else {
      list.push_back(count);
    }
  }
  return list;
}

struct TextOf {
  std::string operator()(std::monostate /*none*/) const { return {}; }
  std::string operator()(const TerScore& /*score*/) const { return {}; }
  std::string operator()(const BleuScore& score) const {
    return fmt::format("{:.1f} (BP = {:.3f} ratio = {:.3f} hyp_len = {} ref_len = {})",
                       fmt::join(score.precisions, "/"), score.brevity_penalty, score.LengthRatio(),
                       score.hypothesis_length, score.reference_length);
  }
  std::string operator()(const AlignmentError& error) const {
    return fmt::format(
        "(precision = {:.1f} recall = {:.1f} F1 = {:.1f} links = {} sure = {} possible = {})",
        100 * error.Precision(), 100 * error.Recall(), 100 * error.F1(), error.num_links(),
        error.num_sure(), error.num_possible());
  }
};

struct JsonOf {
  Json operator()(std::monostate /*none*/) const { return Json::object(); }
  Json operator()(const TerScore& score) const {
    return {{"num_edits", score.num_edits}, {"ref_length", score.reference_length}};
  }
  Json operator()(const BleuScore& score) const {
    return {{"precisions", score.precisions},     {"bp", score.brevity_penalty},
            {"ratio", score.LengthRatio()},       {"counts", CountsJson(score.counts)},
            {"totals", CountsJson(score.totals)}, {"sys_len", score.hypothesis_length},
            {"ref_len", score.reference_length}};
  }
  Json operator()(const AlignmentError& error) const {
    return {{"precision", 100 * error.Precision()},
            {"recall", 100 * error.Recall()},
            {"f1", 100 * error.F1()},
            {"links", error.num_links()},
            {"sure", error.num_sure()},
            {"possible", error.num_possible()}};
  }
};

}  // namespace

std::string PartsText(const MetricResult& result) { return std::visit(TextOf(), result.parts); }

Json PartsJson(const MetricResult& result) {
  Json json = std::visit(JsonOf(), result.parts);
  if (!result.by_length.empty()) json["by_length"] = LengthJson(result.by_length);
  return json;
}

}  // namespace talmach
