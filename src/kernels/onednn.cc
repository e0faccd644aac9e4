// Tested by tests/kernels/gemm_test.cc and tests/kernels/quantize_test.cc.
//
// Each thread keeps a table of the products it has used, keyed by everything that the compiled code
// depends on: shape, formats, layouts, number of threads. A look-up replaces 0.3 ms of compilation,
// and since tables belong to threads, nothing is locked.
//
// A packed factor lies in a layout that the library chose for 64 rows and is used for every number
// of rows: its layout is part of the key only through n, k and the number of threads that packed
// it. Packing again what has the same shape reuses all memory, so that packing weights after an
// update can no longer fail. Scratch memory is ours (scratchpad_mode::user), one buffer for each
// thread.
#include "kernels/onednn.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "kernels/compiling_room.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace talmach::onednn {
namespace {

using dnnl::matmul;
using dnnl::memory;

// Packed layouts are chosen for this number of rows and used for every number.
constexpr Index kPackingRows = 64;
// More products than this in one thread are forgotten all at once; they can be made again.
constexpr std::size_t kMaxProducts = 2048;

dnnl::engine& Engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& Stream() {
  thread_local dnnl::stream stream(Engine());
  return stream;
}

memory::data_type TypeOf(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return memory::data_type::f32;
    case Precision::kBFloat16:
      return memory::data_type::bf16;
    case Precision::kInt8:
      return memory::data_type::s8;
  }
  return memory::data_type::undef;
}

memory::data_type LeftTypeOf(Precision precision) {
  return precision == Precision::kInt8 ? memory::data_type::u8 : TypeOf(precision);
}

memory::data_type ResultTypeOf(Precision precision) {
  return precision == Precision::kInt8 ? memory::data_type::s32 : memory::data_type::f32;
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

matmul::primitive_desc DescribeProduct(const ProductShape& shape, const memory::desc& b) {
  const memory::desc a = Describe(shape.m, shape.k, LeftTypeOf(shape.precision), shape.a);
  const memory::desc c = Describe(shape.m, shape.n, ResultTypeOf(shape.precision), Layout::kRows);
  const memory::desc bias = Describe(1, shape.n, memory::data_type::f32, Layout::kRows);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
#if DNNL_VERSION_MAJOR >= 3
  if (shape.bias) return {Engine(), a, b, bias, c, attributes};
  return {Engine(), a, b, c, attributes};
#else
  if (shape.bias) return {matmul::desc(a, b, bias, c), attributes, Engine()};
  return {matmul::desc(a, b, c), attributes, Engine()};
#endif
}

// The layout the library prefers for b [k, n].
memory::desc DescribePacked(Precision precision, Index k, Index n) {
  const ProductShape shape = {.m = kPackingRows, .n = n, .k = k, .precision = precision};
  return DescribeProduct(shape, Describe(k, n, TypeOf(precision), Layout::kPacked)).weights_desc();
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

  void Run(const ProductMemory& data) {
    Point(DNNL_ARG_WEIGHTS, data.b);
    RunWithFactor(data);
  }

  // Giving a memory object its data makes the library write the padding of blocked layouts, so
  // packed factors bring their own object, which several threads may read.
  void Run(const ProductMemory& data, const memory& b) {
    arguments_.insert_or_assign(DNNL_ARG_WEIGHTS, b);
    RunWithFactor(data);
  }

 private:
  void Add(int argument, const memory::desc& description) {
    if (description.get_size() == 0) return;
    arguments_.emplace(argument, memory(description, Engine(), nullptr));
  }

  void Point(int argument, const void* data) {
    arguments_.at(argument).set_data_handle(const_cast<void*>(data));
  }

  void RunWithFactor(const ProductMemory& data) {
    thread_local Scratch scratchpad;
    Point(DNNL_ARG_SRC, data.a);
    Point(DNNL_ARG_DST, data.c);
    if (data.bias != nullptr) Point(DNNL_ARG_BIAS, data.bias);
    if (scratchpad_size_ > 0) {
      Point(DNNL_ARG_SCRATCHPAD, scratchpad.Reserve<std::byte>(scratchpad_size_));
    }
    // Some primitives compile their kernels when they run for the first time.
    std::optional<CompilingRoom> room;
    if (!compiled_) room.emplace();
    primitive_.execute(Stream(), arguments_);
    Stream().wait();
    compiled_ = true;
  }

  matmul primitive_;
  bool compiled_ = false;
  std::size_t scratchpad_size_;
  std::unordered_map<int, memory> arguments_;
};

// Everything a product depends on.
struct ProductKey {
  ProductShape shape;
  int threads = 0;          // baked into the primitive
  int packing_threads = 0;  // with n and k, decides the layout of a packed b

  bool operator==(const ProductKey&) const = default;
};

struct ProductKeyHash {
  std::size_t operator()(const ProductKey& key) const {
    const ProductShape& s = key.shape;
    std::uint64_t hash = 0;
    for (const Index part : {s.m, s.n, s.k, static_cast<Index>(s.precision),
                             static_cast<Index>(s.a), static_cast<Index>(s.b), Index{s.bias},
                             Index{s.accumulate}, Index{key.threads}, Index{key.packing_threads}}) {
      hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

// The product of this key. It is made at its first use in this thread, as that takes longer than
// many products; only then is `describe_b` asked for the layout of its factor b.
template <typename DescribeB>
Product& FindProduct(const ProductKey& key, const DescribeB& describe_b) {
  thread_local std::unordered_map<ProductKey, Product, ProductKeyHash> products;
  const auto found = products.find(key);
  if (found != products.end()) return found->second;
  if (products.size() >= kMaxProducts) products.clear();
  const auto make = [&] { return Product(DescribeProduct(key.shape, describe_b())); };
  return products.emplace(key, MakeWithRoom(make)).first->second;
}

bool BFloat16KernelIsMadeForIt() {
  ProductShape shape = {.m = 64, .n = 64, .k = 64, .precision = Precision::kBFloat16};
  try {
    const memory::desc b = Describe(64, 64, memory::data_type::bf16, Layout::kPacked);
    const std::string_view name = DescribeProduct(shape, b).impl_info_str();
    return name.starts_with("brg");
  } catch (const dnnl::error&) {
    return false;
  }
}

// Whether the library may use `wanted` here. The names of instruction sets are sets of bits; on
// processors other than x86, where they mean nothing, the library reports all bits as set.
bool Has([[maybe_unused]] dnnl::cpu_isa wanted) {
#if defined(__x86_64__)
  const auto bits = static_cast<unsigned>(wanted);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
#else
  return false;
#endif
}

std::string_view InstructionSetName() {
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
      return "other instruction set";
  }
}

}  // namespace

struct PackedFactor::State {
  memory packed;
  memory::desc plain;                      // of what was packed last
  dnnl::reorder reorder;                   // from it
  std::optional<memory::desc> scratchpad;  // of the reorder
  int threads = 0;

  void Prepare(Precision precision, Index k, Index n, const memory::desc& values);
};

PackedFactor::PackedFactor() : state_(std::make_unique<State>()) {}
PackedFactor::~PackedFactor() = default;
PackedFactor::PackedFactor(PackedFactor&&) noexcept = default;
PackedFactor& PackedFactor::operator=(PackedFactor&&) noexcept = default;

// Any thread may pack next, and the library's own scratch memory belongs to the thread that has
// made a primitive.
void PackedFactor::State::Prepare(Precision precision, Index k, Index n,
                                  const memory::desc& values) {
  const memory::desc wanted = DescribePacked(precision, k, n);
  if (!packed || packed.get_desc() != wanted) packed = memory(wanted, Engine());
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc description(Engine(), values, Engine(), wanted, attributes);
  reorder = dnnl::reorder(description);
  scratchpad = description.scratchpad_desc();
  plain = values;  // last, when nothing can fail any more
  threads = NumThreads();
}

// What was packed once is packed again without asking for memory, so that it cannot fail.
void PackedFactor::Pack(Precision precision, Index k, Index n, Layout layout, const void* values) {
  thread_local Scratch scratch;
  State& s = *state_;
  const memory::desc description = Describe(k, n, TypeOf(precision), layout);
  if (!s.packed || s.plain != description || s.threads != NumThreads()) {
    MakeWithRoom([&] { s.Prepare(precision, k, n, description); });
  }
  const memory plain(description, Engine(), const_cast<void*>(values));
  const memory scratchpad(*s.scratchpad, Engine(),
                          scratch.Reserve<std::byte>(s.scratchpad->get_size()));
  s.reorder.execute(
      Stream(),
      {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, s.packed}, {DNNL_ARG_SCRATCHPAD, scratchpad}});
  Stream().wait();
}

void RunProduct(const ProductShape& shape, const ProductMemory& memory) {
  FindProduct({.shape = shape, .threads = NumThreads()}, [&] {
    return Describe(shape.k, shape.n, TypeOf(shape.precision), shape.b);
  }).Run(memory);
}

void RunProduct(const ProductShape& shape, const PackedFactor& b, const ProductMemory& memory) {
  const PackedFactor::State& s = *b.state_;
  FindProduct({.shape = shape, .threads = NumThreads(), .packing_threads = s.threads}, [&] {
    return s.packed.get_desc();
  }).Run(memory, s.packed);
}

bool HasFastBFloat16() {
  static const bool fast = BFloat16KernelIsMadeForIt();
  return fast;
}

bool HasFastFloat32() { return Has(dnnl::cpu_isa::avx512_core); }

bool HasExactInt8() {
  return Has(dnnl::cpu_isa::avx512_core_vnni) || Has(dnnl::cpu_isa::avx2_vnni);
}

Instructions AllowedInstructions() {
  return {.avx512_vnni = Has(dnnl::cpu_isa::avx512_core_vnni),
          .avx512_bf16 = Has(dnnl::cpu_isa::avx512_core_bf16),
          .amx = Has(dnnl::cpu_isa::avx512_core_amx)};
}

Index MinRows(Precision precision) {
  constexpr Index kRowsOfATile = 16;
  if (precision == Precision::kInt8) return 2;
  return precision == Precision::kBFloat16 && Has(dnnl::cpu_isa::avx512_core_amx) ? kRowsOfATile
                                                                                  : 1;
}

std::string LibraryText() {
  const dnnl::version_t& version = *dnnl::version();
  return "oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch) + ", " + std::string(InstructionSetName());
}

}  // namespace talmach::onednn
