// bfloat16: the upper half of a float32 (1 sign, 8 exponent, 7 mantissa bits), a storage type.
#pragma once

#include <bit>
#include <cstdint>

namespace talmach {

/// A float rounded to the nearest bfloat16, ties to even. NaN stays NaN.
struct BFloat16 {
  BFloat16() = default;
  explicit BFloat16(float value) : bits(Round(value)) {}

  float ToFloat() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

  static std::uint16_t Round(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    if ((word & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((word >> 16) | 0x40);
    return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  }

  std::uint16_t bits = 0;
};

static_assert(sizeof(BFloat16) == 2);

}  // namespace talmach
