#include "base/counted.h"

#include "base/group_digits.h"

namespace talmach {

std::string Counted(Index count, std::string_view unit) {
  return GroupDigits(count) + " " + std::string(unit) + (count == 1 ? "" : "s");
}

void LineNumbers::Add(Index number) {
  constexpr std::size_t kNamed = 5;
  if (first_.size() < kNamed) first_.push_back(number);
  ++count_;
}

std::string LineNumbers::Text(std::string_view unit) const {
  if (count_ == 1) return std::string(unit) + " " + std::to_string(first_.front());
  std::string numbers;
  for (const Index number : first_) {
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
  }
  if (count_ > static_cast<Index>(first_.size())) numbers += ", …";
  return Counted(count_, unit) + (numbers.empty() ? "" : " (" + numbers + ")");
}

}  // namespace talmach
