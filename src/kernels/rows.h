// Moving whole rows: embedding look-up and its gradient, sums over rows.
#pragma once

#include <span>

#include "kernels/operand.h"
#include "kernels/quantize.h"

namespace talmach {

/// out[i] = table[ids[i]], or zeros where ids[i] is −1 (dropped or padding).
void GatherRows(ConstView table, std::span<const TokenId> ids, View out);
void GatherRows(const QuantizedView& table, std::span<const TokenId> ids, View out);

/// d_table[ids[i]] += d_out[i], in ascending i whatever the number of threads; −1 is skipped.
void ScatterAddRows(ConstView d_out, std::span<const TokenId> ids, View d_table);

/// sums[c] += Σ_rows x[r, c], in ascending r whatever the number of threads. Counts the first
/// `num_columns` columns; the row stride is x.cols().
void AccumulateColumnSums(const Operand& x, Index num_columns, float* sums);

}  // namespace talmach
