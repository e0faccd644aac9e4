// Lets a model compute with other weights for a while: the moving average, an average of models.
#pragma once

#include <algorithm>

#include "model/seq2seq_model.h"

namespace talmach {

/// Exchanges the model's weights with those in `slab` (and packs them) until destruction, which
/// exchanges them back. An empty slab stands for the model's own weights. Both must outlive it.
class ScopedWeights {
 public:
  ScopedWeights(Seq2SeqModel& model, View slab) : model_(model), slab_(slab) {
    Exchange();
    try {
      Pack();
    } catch (...) {
      Exchange();
      throw;
    }
  }
  ScopedWeights(const ScopedWeights&) = delete;
  ScopedWeights& operator=(const ScopedWeights&) = delete;
  ~ScopedWeights() {
    Exchange();
    Pack();  // what was packed once needs no more memory
  }

 private:
  void Exchange() {
    if (slab_.empty()) return;
    std::ranges::swap_ranges(model_.parameters().slab().span(), slab_.span());
  }
  void Pack() {
    if (!slab_.empty()) model_.PackWeights();
  }

  Seq2SeqModel& model_;
  View slab_;
};

}  // namespace talmach
