// From the errors of the rooms to those of the public interface.
#pragma once

namespace talmach::front {

/// Called while an exception is handled: throws it again, an error of the rooms (base/error.h) as
/// the public one of its kind with the same text (talmach/error.h).
[[noreturn]] void RethrowPublic();

}  // namespace talmach::front
