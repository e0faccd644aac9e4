// Loaded with LD_PRELOAD, makes one call by which a program changes files below a folder go wrong.
// Calls are counted from 1; the environment says
//   FAULT_FOLDER  below which folder
//   FAULT_AT      which call
//   FAULT_KIND    ENOSPC or EIO (it fails), FULL (it and all later ones fail with ENOSPC), SHORT
//                 (half is written, then ENOSPC), KILL (half is written, then SIGKILL)
//   FAULT_REPORT  a file for the number of calls at the end, if the program lives to see it, and in
//                 a second line the path of the call that went wrong
// Counted are write, writev, fsync, rename, renameat2, mkdir, truncate and ftruncate.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Plan {
  std::string folder = Variable("FAULT_FOLDER");
  std::string kind = Variable("FAULT_KIND");
  std::string report = Variable("FAULT_REPORT");
  long at = std::atol(Variable("FAULT_AT").c_str());
  std::atomic<long> calls = 0;
  std::string hit;  // the path of call `at`

  ~Plan();
};

Plan& ThePlan() {
  static Plan plan;
  return plan;
}

template <typename Function>
Function* Original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

Plan::~Plan() {
  if (report.empty()) return;
  const std::string text = std::to_string(calls) + "\n" + hit;
  const int file = open(report.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  [[maybe_unused]] const auto ignored =
      Original<ssize_t(int, const void*, size_t)>("write")(file, text.data(), text.size());
  close(file);
}

bool IsInFolder(std::string_view path) {
  const Plan& plan = ThePlan();
  return !plan.folder.empty() && path.starts_with(plan.folder);
}

// "path" seen from the directory the process stands in.
std::string Absolute(const char* path) {
  if (path[0] == '/') return path;
  std::array<char, 4096> folder;
  if (getcwd(folder.data(), folder.size()) == nullptr) return path;
  return std::string(folder.data()) + "/" + path;
}

std::string PathOf(int file) {
  std::array<char, 4096> path;
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? "" : std::string(path.data(), static_cast<std::size_t>(size));
}

enum class Fault { kNone, kFail, kHalf };

// Counts a call on `path` and says what is to become of it. Half a call that cannot be halved is
// none.
Fault NextFault(const std::string& path) {
  Plan& plan = ThePlan();
  if (!IsInFolder(path)) return Fault::kNone;
  const long call = ++plan.calls;
  const bool later = plan.kind == "FULL" || plan.kind == "SHORT";
  if (call < plan.at || (call > plan.at && !later)) return Fault::kNone;
  if (call == plan.at) plan.hit = path;
  errno = plan.kind == "EIO" ? EIO : ENOSPC;
  if (call > plan.at && plan.kind == "SHORT") {
    if (call > plan.at + 1) return Fault::kNone;
    plan.hit = path;  // the one before may be a call that cannot be halved
    return Fault::kFail;
  }
  return plan.kind == "SHORT" || plan.kind == "KILL" ? Fault::kHalf : Fault::kFail;
}

void KillIfPlanned() {
  if (ThePlan().kind == "KILL") raise(SIGKILL);
}

// A call that succeeds or fails as a whole.
template <typename Call>
int Whole(const std::string& path, const Call& call) {
  const Fault fault = NextFault(path);
  if (fault == Fault::kFail) return -1;
  if (fault == Fault::kHalf) KillIfPlanned();
  return call();
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  static auto* const original = Original<ssize_t(int, const void*, size_t)>("write");
  const Fault fault = NextFault(PathOf(file));
  if (fault == Fault::kFail) return -1;
  if (fault == Fault::kNone) return original(file, bytes, size);
  const ssize_t written = original(file, bytes, (size + 1) / 2);
  KillIfPlanned();
  return written;
}

ssize_t writev(int file, const struct iovec* parts, int num_parts) {
  static auto* const original = Original<ssize_t(int, const struct iovec*, int)>("writev");
  const Fault fault = NextFault(PathOf(file));
  if (fault == Fault::kFail) return -1;
  if (fault == Fault::kNone) return original(file, parts, num_parts);
  const ssize_t written = original(file, parts, 1);
  KillIfPlanned();
  return written;
}

int fsync(int file) {
  static auto* const original = Original<int(int)>("fsync");
  return Whole(PathOf(file), [&] { return original(file); });
}

int ftruncate(int file, off_t size) noexcept {
  static auto* const original = Original<int(int, off_t)>("ftruncate");
  return Whole(PathOf(file), [&] { return original(file, size); });
}

int truncate(const char* path, off_t size) noexcept {
  static auto* const original = Original<int(const char*, off_t)>("truncate");
  return Whole(Absolute(path), [&] { return original(path, size); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const original = Original<int(const char*, const char*)>("rename");
  return Whole(Absolute(to), [&] { return original(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  static auto* const original =
      Original<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return Whole(Absolute(to), [&] { return original(from_folder, from, to_folder, to, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const original = Original<int(const char*, mode_t)>("mkdir");
  return Whole(Absolute(path), [&] { return original(path, mode); });
}

}  // extern "C"
