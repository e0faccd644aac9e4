#include "base/log.h"

namespace talmach {

spdlog::logger& Log() {
  static spdlog::logger logger("talmach");
  return logger;
}

}  // namespace talmach
