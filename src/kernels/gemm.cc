#include "kernels/gemm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "kernels/parallel.h"

namespace talmach {
namespace {

using dnnl::matmul;
using dnnl::memory;

// K of bfloat16 products is padded with zeros to a multiple of this (see gemm.h).
constexpr Index kBFloat16Padding = 32;
// Blocked layouts are chosen for this M and used for every M.
constexpr Index kPackingRows = 64;
// More shapes than this in one thread are forgotten all at once; they are cheap to make again.
constexpr std::size_t kMaxCachedProducts = 2048;

dnnl::engine& Engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& Stream() {
  thread_local dnnl::stream stream(Engine());
  return stream;
}

// Memory of this thread that keeps its size between products.
class Scratch {
 public:
  template <typename T>
  T* Reserve(std::size_t count) {
    const std::size_t lines = (count * sizeof(T) + sizeof(Line) - 1) / sizeof(Line);
    if (lines > lines_.size()) lines_ = std::vector<Line>(lines);
    return reinterpret_cast<T*>(lines_.data());
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> lines_;
};

// How the elements of a matrix lie in memory: row by row, column by column, or as the library
// prefers.
enum class Layout { kRows, kColumns, kPacked };

memory::data_type TypeOf(Precision precision) {
  return precision == Precision::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory::desc Describe(Index rows, Index cols, memory::data_type type, Layout layout) {
  const memory::dims dims = {rows, cols};
  switch (layout) {
    case Layout::kRows:
      return {dims, type, memory::dims{cols, 1}};
    case Layout::kColumns:
      return {dims, type, memory::dims{1, rows}};
    case Layout::kPacked:
      break;
  }
  return {dims, type, memory::format_tag::any};
}

// c [m, n] = a [m, k] · b [k, n]: everything a primitive depends on.
struct ProductKey {
  Index m = 0;
  Index n = 0;
  Index k = 0;
  Precision precision = Precision::kFloat32;
  Layout a = Layout::kRows;
  Layout b = Layout::kRows;
  bool bias = false;
  bool accumulate = false;
  int packing_threads = 0;  // with n and k, decides the layout of a packed b
  int threads = 0;          // the library bakes them into a primitive

  bool operator==(const ProductKey&) const = default;
};

struct ProductKeyHash {
  std::size_t operator()(const ProductKey& key) const {
    std::uint64_t hash = 0;
    for (const Index part :
         {key.m, key.n, key.k, static_cast<Index>(key.precision), static_cast<Index>(key.a),
          static_cast<Index>(key.b), Index{key.bias}, Index{key.accumulate},
          Index{key.packing_threads}, Index{key.threads}}) {
      hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

matmul::primitive_desc DescribeProduct(const ProductKey& key, const memory::desc& b) {
  const memory::desc a = Describe(key.m, key.k, TypeOf(key.precision), key.a);
  const memory::desc c = Describe(key.m, key.n, memory::data_type::f32, Layout::kRows);
  const memory::desc bias = Describe(1, key.n, memory::data_type::f32, Layout::kRows);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (key.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
#if DNNL_VERSION_MAJOR >= 3
  if (key.bias) return {Engine(), a, b, bias, c, attributes};
  return {Engine(), a, b, c, attributes};
#else
  if (key.bias) return {matmul::desc(a, b, bias, c), attributes, Engine()};
  return {matmul::desc(a, b, c), attributes, Engine()};
#endif
}

// A product of fixed shape, ready to run on any data. Belongs to one thread.
class Product {
 public:
  explicit Product(const matmul::primitive_desc& description)
      : primitive_(description), scratchpad_size_(description.scratchpad_desc().get_size()) {
    Add(DNNL_ARG_SRC, description.src_desc());
    Add(DNNL_ARG_WEIGHTS, description.weights_desc());
    Add(DNNL_ARG_BIAS, description.bias_desc());
    Add(DNNL_ARG_DST, description.dst_desc());
    Add(DNNL_ARG_SCRATCHPAD, description.scratchpad_desc());
  }

  void Run(const void* a, const void* b, const float* bias, void* c) {
    Point(DNNL_ARG_WEIGHTS, b);
    Run(a, bias, c);
  }

  // Setting the handle of a blocked memory writes its padding, so packed weights bring their own
  // memory object, which several threads may read.
  void Run(const void* a, const memory& b, const float* bias, void* c) {
    arguments_.insert_or_assign(DNNL_ARG_WEIGHTS, b);
    Run(a, bias, c);
  }

 private:
  void Add(int argument, const memory::desc& description) {
    if (description.get_size() == 0) return;
    arguments_.emplace(argument, memory(description, Engine(), nullptr));
  }

  void Point(int argument, const void* data) {
    arguments_.at(argument).set_data_handle(const_cast<void*>(data));
  }

  void Run(const void* a, const float* bias, void* c) {
    thread_local Scratch scratchpad;
    Point(DNNL_ARG_SRC, a);
    Point(DNNL_ARG_DST, c);
    if (bias != nullptr) Point(DNNL_ARG_BIAS, bias);
    if (scratchpad_size_ > 0) {
      Point(DNNL_ARG_SCRATCHPAD, scratchpad.Reserve<std::byte>(scratchpad_size_));
    }
    primitive_.execute(Stream(), arguments_);
    Stream().wait();
  }

  matmul primitive_;
  std::size_t scratchpad_size_;
  std::unordered_map<int, memory> arguments_;
};

// The product of this shape, made at its first use in this thread. `b` is needed for packed ones.
Product& FindProduct(const ProductKey& key, const memory::desc& packed_b = {}) {
  thread_local std::unordered_map<ProductKey, Product, ProductKeyHash> products;
  const auto found = products.find(key);
  if (found != products.end()) return found->second;
  if (products.size() >= kMaxCachedProducts) products.clear();
  const memory::desc b =
      key.b == Layout::kPacked ? packed_b : Describe(key.k, key.n, TypeOf(key.precision), key.b);
  return products.emplace(key, Product(DescribeProduct(key, b))).first->second;
}

void Reorder(const memory& from, const memory& to) {
  dnnl::reorder(from, to).execute(Stream(), const_cast<memory&>(from), const_cast<memory&>(to));
  Stream().wait();
}

const void* DataOf(const Operand& x) {
  if (x.precision() == Precision::kBFloat16) return x.bfloat16();
  return x.float32();
}

// Copies a matrix into the corner of a larger one of zeros.
template <typename T>
void CopyPadded(const T* from, Index rows, Index cols, Index padded_rows, Index padded_cols,
                T* to) {
  for (Index r = 0; r < rows; ++r) {
    std::copy_n(from + r * cols, cols, to + r * padded_cols);
    std::fill_n(to + r * padded_cols + cols, padded_cols - cols, T());
  }
  std::fill_n(to + rows * padded_cols, (padded_rows - rows) * padded_cols, T());
}

// x itself, or a copy of it in `scratch` with zeros up to the given size.
Operand Pad(const Operand& x, Index rows, Index cols, Scratch& scratch) {
  if (x.rows() == rows && x.cols() == cols) return x;
  auto* copy = scratch.Reserve<BFloat16>(static_cast<std::size_t>(rows * cols));
  CopyPadded(x.bfloat16(), x.rows(), x.cols(), rows, cols, copy);
  return Operand(TensorView<BFloat16>(copy, {rows, cols}));
}

Index PaddedInner(Precision precision, Index k) {
  return precision == Precision::kBFloat16 ? RoundUp(k, kBFloat16Padding) : k;
}

// What remains of a product over no inputs.
void FillBias(const float* bias, bool accumulate, View y) {
  for (Index r = 0; r < y.rows(); ++r) {
    for (Index c = 0; c < y.cols(); ++c) {
      y(r, c) = (accumulate ? y(r, c) : 0.0f) + (bias != nullptr ? bias[c] : 0.0f);
    }
  }
}

bool ProbeBFloat16() {
  const ProductKey key = {
      .m = 2, .n = 2, .k = 32, .precision = Precision::kBFloat16, .threads = NumThreads()};
  const std::vector<BFloat16> ones(64, BFloat16(1.0f));
  std::array<float, 4> result = {};
  try {
    FindProduct(key).Run(ones.data(), ones.data(), nullptr, result.data());
  } catch (const dnnl::error&) {
    return false;
  }
  return std::ranges::all_of(result, [](float value) { return value == 32.0f; });
}

std::string IsaText() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "another instruction set";
  }
}

}  // namespace

bool BFloat16Supported() {
  static const bool supported = ProbeBFloat16();
  return supported;
}

std::string ProductLibraryText() {
  const dnnl::version_t& version = *dnnl::version();
  return "oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch) + ", " + IsaText();
}

struct PackedMatrix::State {
  Side side = Side::kForward;
  Precision precision = Precision::kFloat32;
  Index inputs = 0;
  Index outputs = 0;
  const float* plain = nullptr;  // float32: the weight itself
  memory packed;                 // bfloat16: inputs padded
  int packing_threads = 0;
};

PackedMatrix::PackedMatrix() : state_(std::make_unique<State>()) {}
PackedMatrix::PackedMatrix(Side side, Precision precision) : PackedMatrix() {
  state_->side = side;
  state_->precision = precision;
}
PackedMatrix::~PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;

Index PackedMatrix::inputs() const { return state_->inputs; }
Index PackedMatrix::outputs() const { return state_->outputs; }
Precision PackedMatrix::precision() const { return state_->precision; }

void PackedMatrix::Pack(ConstView weight) {
  State& s = *state_;
  const bool forward = s.side == Side::kForward;
  s.inputs = forward ? weight.cols() : weight.rows();
  s.outputs = forward ? weight.rows() : weight.cols();
  if (s.precision == Precision::kFloat32) {
    s.plain = weight.data();
    return;
  }
  if (s.inputs == 0 || s.outputs == 0) return;
  const Index k = PaddedInner(s.precision, s.inputs);
  const Index rows = forward ? s.outputs : k;
  const Index cols = forward ? k : s.outputs;
  thread_local Scratch scratch;
  const float* source = weight.data();
  if (k != s.inputs) {
    auto* copy = scratch.Reserve<float>(static_cast<std::size_t>(rows * cols));
    CopyPadded(weight.data(), weight.rows(), weight.cols(), rows, cols, copy);
    source = copy;
  }
  const memory::desc plain =
      Describe(k, s.outputs, memory::data_type::f32, forward ? Layout::kColumns : Layout::kRows);
  const ProductKey key = {.m = kPackingRows, .n = s.outputs, .k = k, .precision = s.precision};
  const memory::desc preferred =
      DescribeProduct(key, Describe(k, s.outputs, TypeOf(s.precision), Layout::kPacked))
          .weights_desc();
  if (!s.packed || s.packed.get_desc() != preferred) {
    s.packed = memory(preferred, Engine());
    s.packing_threads = NumThreads();
  }
  Reorder(memory(plain, Engine(), const_cast<float*>(source)), s.packed);
}

void MultiplyPacked(const Operand& x, const PackedMatrix& w, const float* bias, bool accumulate,
                    View y) {
  const PackedMatrix::State& s = *w.state_;
  Require(x.cols() == s.inputs && y.cols() == s.outputs && x.rows() == y.rows(),
          "a product [M, K] · [K, N] is [M, N]");
  Require(y.empty() || s.inputs == 0 || x.precision() == s.precision,
          "x has the precision of the weight");
  if (y.empty()) return;
  if (s.inputs == 0) return FillBias(bias, accumulate, y);
  ProductKey key = {.m = y.rows(),
                    .n = s.outputs,
                    .k = PaddedInner(s.precision, s.inputs),
                    .precision = s.precision,
                    .bias = bias != nullptr,
                    .accumulate = accumulate,
                    .threads = NumThreads()};
  if (s.precision == Precision::kFloat32) {
    key.b = s.side == PackedMatrix::Side::kForward ? Layout::kColumns : Layout::kRows;
    FindProduct(key).Run(x.float32(), s.plain, bias, y.data());
    return;
  }
  key.b = Layout::kPacked;
  key.packing_threads = s.packing_threads;
  thread_local Scratch scratch;
  const Operand padded = Pad(x, key.m, key.k, scratch);
  FindProduct(key, s.packed.get_desc()).Run(padded.bfloat16(), s.packed, bias, y.data());
}

void AccumulateWeightGradient(const Operand& d_y, const Operand& x, View d_weight) {
  Require(d_y.rows() == x.rows() && d_weight.rows() == d_y.cols() && d_weight.cols() == x.cols(),
          "the gradient of a weight [N, K] is [M, N]ᵀ · [M, K]");
  if (d_weight.empty() || x.empty()) return;
  Require(d_y.precision() == x.precision(), "both factors have one precision");
  const Index rows = PaddedInner(x.precision(), x.rows());
  thread_local std::array<Scratch, 2> scratch;
  const Operand left = Pad(d_y, rows, d_y.cols(), scratch[0]);
  const Operand right = Pad(x, rows, x.cols(), scratch[1]);
  const ProductKey key = {.m = d_weight.rows(),
                          .n = d_weight.cols(),
                          .k = rows,
                          .precision = x.precision(),
                          .a = Layout::kColumns,
                          .accumulate = true,
                          .threads = NumThreads()};
  FindProduct(key).Run(DataOf(left), DataOf(right), nullptr, d_weight.data());
}

void MultiplyTransposed(ConstView a, ConstView b, View c) {
  Require(a.cols() == b.cols() && c.rows() == a.rows() && c.cols() == b.rows(),
          "a product [M, K] · [N, K]ᵀ is [M, N]");
  if (c.empty()) return;
  if (a.cols() == 0) return FillBias(nullptr, false, c);
  const ProductKey key = {
      .m = c.rows(), .n = c.cols(), .k = a.cols(), .b = Layout::kColumns, .threads = NumThreads()};
  FindProduct(key).Run(a.data(), b.data(), nullptr, c.data());
}

}  // namespace talmach
