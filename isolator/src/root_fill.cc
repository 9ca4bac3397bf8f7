// A fresh root that is filled by the parent, who alone has the host's files.

#include "beside.h"

#include <fcntl.h>
#include <sys/sendfile.h>

#include <cerrno>
#include <clocale>

namespace isolator {
namespace {

[[noreturn]] void fail(const std::string& object) { throw Error(Step::root, object, errno); }

Fd open_on_host(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) fail(path);
  return fd;
}

void copy_file(int from, const Copy& copy) {
  const Fd to(open(copy.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) fail(copy.path);
  for (ssize_t n; (n = sendfile(to.get(), from, nullptr, 1 << 30)) != 0;)
    if (n < 0) fail(copy.path);
  if (fchmod(to.get(), copy.mode) != 0) fail(copy.path);
}

void make_copies(const std::vector<Copy>& copies, const std::vector<Fd>& sources) {
  for (std::size_t i = 0; i < copies.size(); ++i) {
    const Copy& copy = copies[i];
    if (copy.kind == Copy::Kind::directory && mkdir(copy.path.c_str(), copy.mode) != 0) fail(copy.path);
    if (copy.kind == Copy::Kind::symlink && symlink(copy.target.c_str(), copy.path.c_str()) != 0)
      fail(copy.path);
    if (copy.kind == Copy::Kind::file) copy_file(sources[i].get(), copy);
  }
}

}  // namespace

void fill_root(const Beside& beside, const std::string& temporary) {
  const Plan::Store& plan = beside.plan();
  const Root& root = plan.spec.root;
  beside.run([&] {
    // What the host has, while this is still its caller.
    Fd archive;
    if (!root.archive.empty()) archive = open_on_host(root.archive);
    std::vector<Fd> sources(plan.root_copies.size());
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (plan.root_copies[i].kind == Copy::Kind::file) sources[i] = open_on_host(plan.root_copies[i].path);
    setlocale(LC_CTYPE, "C.UTF-8");  // the names in an archive

    beside.join();
    umask(022);
    const std::string& directory = beside.own_mounts() ? plan.attach_point : temporary;
    // Before the first byte of an archive: then nothing that it names is outside.
    if (chroot(directory.c_str()) != 0 || chdir("/") != 0) fail(directory);
    make_copies(plan.root_copies, sources);
    // On a directory of the host no nosuid would keep its users from a program with more rights than theirs.
    if (archive) extract_archive(archive.get(), root.archive, root, beside.own_mounts());
  });
}

}  // namespace isolator
