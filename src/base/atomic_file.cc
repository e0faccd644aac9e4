// The order of the calls is what makes the promise hold:
//
//   open(temporary, O_EXCL), write …   the old file is still under its name
//   fsync(temporary)                   the bytes are on the disk before the name points at them
//   rename(temporary, path)            readers see the old file or the new one, never half of one
//   fsync(directory)                   the new name itself is on the disk
//
// Without the first fsync, a crash after the rename can leave an empty file under the name; without
// the second, the old file may come back. An error at any call removes the temporary file and
// reports the path, the system's reason and, if the disk is full, how many bytes were needed.
#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/temporary_files.h"

namespace talmach {
namespace {

std::string DirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path, Index expected_bytes, AtomicFileOptions options)
    : path_(path), expected_bytes_(expected_bytes), options_(std::move(options)) {
  if (!options_.write) options_.write = ::write;
  if (!options_.sync) options_.sync = ::fsync;
  if (!options_.rename) options_.rename = std::rename;
  // A killed process of the same number, 1 in every container, may have left a file of that name.
  do {
    temporary_path_ = TemporaryPath(path);
    descriptor_ = open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) Fail("cannot be created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void AtomicFile::Write(std::string_view bytes) {
  Require(descriptor_ >= 0, "nothing is written after Commit");
  while (!bytes.empty()) {
    const ssize_t count = options_.write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = EIO;  // POSIX gives no other reason to write nothing
    if (count <= 0) Fail("cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
    written_bytes_ += count;
  }
}

void AtomicFile::Commit() {
  Require(descriptor_ >= 0, "a file is committed once");
  if (options_.sync(descriptor_) != 0) Fail("cannot be synced to the disk");
  // Some file systems report a failed write only here.
  if (close(std::exchange(descriptor_, -1)) != 0) Fail("cannot be closed");
  if (options_.rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    Fail("cannot be put in its place");
  }
  temporary_path_.clear();
  SyncDirectory(DirectoryOf(path_));
}

void AtomicFile::Fail(std::string_view action) {
  const int error = errno;
  Complaint complaint{.where = path_, .what = std::string(action) + ": " + ErrnoText(error)};
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    complaint.expected = "room for " + std::to_string(expected_bytes_) + " bytes";
    if (expected_bytes_ == 0) complaint.expected = "more room";
    complaint.got = "room for " + std::to_string(written_bytes_);
  }
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  if (error != EEXIST) unlink(temporary_path_.c_str());
  temporary_path_.clear();
  throw Error(complaint);
}

void WriteFileAtomically(const std::string& path, std::string_view bytes) {
  AtomicFile file(path, static_cast<Index>(bytes.size()));
  file.Write(bytes);
  file.Commit();
}

void SyncDirectory(const std::string& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  // Some file systems (FAT, some network ones) know no syncing of directories.
  if (synced || error == EINVAL || error == ENOTSUP) return;
  throw Error(Complaint{.where = directory,
                        .what = "the directory cannot be synced to the disk: " + ErrnoText(error)});
}

}  // namespace talmach
