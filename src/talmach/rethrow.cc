// Tested by tests/talmach/translator_test.cc.
#include "talmach/rethrow.h"

#include "base/error.h"
#include "talmach/error.h"

namespace talmach::front {

void RethrowPublic() {
  try {
    throw;
  } catch (const talmach::ConfigError& error) {
    throw v1::ConfigError(error.what());
  } catch (const talmach::DataError& error) {
    throw v1::DataError(error.what());
  } catch (const talmach::CheckpointError& error) {
    throw v1::ModelError(error.what());
  } catch (const talmach::NumericError& error) {
    throw v1::NumericError(error.what());
  } catch (const talmach::Error& error) {
    throw v1::Error(error.what());
  }
}

}  // namespace talmach::front
