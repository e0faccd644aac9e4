// Tested by tests/training/run_start_test.cc, tests/integration/kill_test.py and
// tests/integration/fault_test.py.
//
// Settle is written so that it can run at any point and more than once. It looks at which folders
// exist:
//
//   new-run          only begun: remove it
//   new-run-saved    an update is saved: move what it replaces to old-run, then rename it
//   new-run-moving   nothing is in the way any more: move its files into place, remove it
//   old-run          what was replaced: remove it once the new files are in place
//
// Each line is repeated harmlessly after a kill, as moved files are simply not found any more, and
// the directory is synced between the lines, so that no later step reaches the disk before an
// earlier one.
#include "training/run_start.h"

#include <filesystem>

#include "base/atomic_file.h"
#include "base/file_operations.h"
#include "base/log.h"
#include "training/checkpoint.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// The folders of the three steps, and what is replaced.
struct Steps {
  explicit Steps(const fs::path& directory)
      : begun(directory / "new-run"),
        saved(directory / "new-run-saved"),
        moving(directory / "new-run-moving"),
        old(directory / "old-run") {}

  fs::path begun, saved, moving, old;
};

// Whether the directory holds something that a new run would replace.
bool HoldsModel(const ModelDirectory& directory) {
  return HasCheckpoints(directory.path) || fs::exists(directory.Model());
}

}  // namespace

RunStart::RunStart(const ModelDirectory& directory)
    : directory_(directory), files_(Steps(directory.path).begun) {
  Settle(directory_);
  replaces_ = HoldsModel(directory_);
  MakeDirectory(files_.path);
}

RunStart::~RunStart() {
  try {
    Settle(directory_);
  } catch (const std::exception& error) {
    Log().warn("{}", error.what());
  }
}

void RunStart::Begin() {
  const Steps steps(directory_.path);
  SyncDirectory(files_.path);
  fs::rename(steps.begun, steps.saved);
  has_begun_ = true;
  Settle(directory_);
}

void RunStart::Settle(const ModelDirectory& directory) {
  const Steps steps(directory.path);
  fs::remove_all(steps.begun);
  if (fs::exists(steps.saved)) {
    SyncDirectory(directory.path);
    MakeDirectory(steps.old);
    for (const char* name : kRunFiles) {
      const fs::path replaced = fs::path(directory.path) / name;
      if (fs::exists(fs::symlink_status(replaced))) fs::rename(replaced, steps.old / name);
    }
    fs::rename(steps.saved, steps.moving);
  }
  if (fs::exists(steps.moving)) {
    SyncDirectory(directory.path);
    for (const char* name : kRunFiles) {
      if (fs::exists(steps.moving / name)) {
        fs::rename(steps.moving / name, fs::path(directory.path) / name);
      }
    }
    fs::remove_all(steps.moving);
  }
  if (!fs::exists(steps.old)) return;
  SyncDirectory(directory.path);
  fs::remove_all(steps.old);
}

}  // namespace talmach
