// The library's event interface (SAX) calls back for each bracket and key without building
// anything, and does not recurse; the first level that is too deep ends it. Only the names of the
// outermost object are kept, so memory is bounded whatever the text holds.
#include "io/json_outline.h"

#include <nlohmann/json.hpp>
#include <set>

namespace talmach {
namespace {

using nlohmann::json;

// A callback of json::parse could find the same, but makes parsing take quadratic time.
class OutlineCheck : public nlohmann::json_sax<json> {
 public:
  explicit OutlineCheck(int max_depth) : max_depth_(max_depth) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool key(std::string& name) override {
    if (depth_ > 1 || names_.insert(name).second) return true;
    return Fail("names \"" + name + "\" twice");
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return Fail("is not valid JSON");
  }

  const std::string& mistake() const { return mistake_; }

 private:
  bool Open() { return ++depth_ <= max_depth_ || Fail("is nested too deeply"); }
  bool Close() {
    --depth_;
    return true;
  }
  bool Fail(std::string mistake) {
    mistake_ = std::move(mistake);
    return false;
  }

  int max_depth_;
  int depth_ = 0;
  std::set<std::string> names_;
  std::string mistake_;
};

}  // namespace

std::string FindJsonMistake(std::string_view text, int max_depth) {
  OutlineCheck check(max_depth);
  json::sax_parse(text, &check);
  return check.mistake();
}

}  // namespace talmach
