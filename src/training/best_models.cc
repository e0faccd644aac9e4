#include "training/best_models.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/file_operations.h"

namespace talmach {

namespace fs = std::filesystem;

BestModels::BestModels(const std::string& model_directory, Index count, bool higher_is_better)
    : run_(model_directory),
      count_(static_cast<std::size_t>(count)),
      higher_is_better_(higher_is_better) {}

std::string BestModels::PathOf(Index update) const { return run_.BestModel(update); }

void BestModels::Offer(double score, const ParameterSet& parameters, ConstView slab,
                       const ModelMetadata& metadata, std::vector<RankedModel>* ranking) const {
  if (count_ == 0 || !std::isfinite(score)) return;
  const auto better = [&](const RankedModel& other) {
    return higher_is_better_ ? other.score >= score : other.score <= score;
  };
  // Equal scores: the earlier one stays ahead.
  const auto place = std::ranges::find_if_not(*ranking, better);
  if (static_cast<std::size_t>(place - ranking->begin()) >= count_) return;
  MakeDirectory(run_.BestModels());
  SaveModel(PathOf(metadata.updates), parameters, slab, metadata);
  ranking->insert(place, {.update = metadata.updates, .score = score});
  if (ranking->size() <= count_) return;
  std::error_code ignored;  // a file left over does no harm
  fs::remove(PathOf(ranking->back().update), ignored);
  ranking->pop_back();
}

std::vector<std::string> BestModels::Paths(const std::vector<RankedModel>& ranking) const {
  std::vector<std::string> paths;
  for (const RankedModel& model : ranking) {
    if (fs::exists(PathOf(model.update))) paths.push_back(PathOf(model.update));
  }
  return paths;
}

void BestModels::Clear() const {
  std::error_code ignored;  // files left over are overwritten when their turn comes
  fs::remove_all(run_.BestModels(), ignored);
}

}  // namespace talmach
