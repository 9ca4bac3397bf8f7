#include "skeleton.h"

#include "../nonce.h"
#include "../write_file.h"
#include "expressed.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace escapement {
namespace fs = std::filesystem;

void make_directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 || chmod(path.c_str(), mode) != 0)
    throw std::system_error(errno, std::generic_category(), path);
}

void make_root(const std::string& root, const std::string& program) {
  make_directory(root);
  for (const char* name :
       {"dev", "etc", "home", "proc", "root", "run", "run/notify", "sys", "usr", "usr/bin", "var", "var/tmp"})
    make_directory(root + "/" + name);
  // run/notify is where runc wants to mount a socket when its caller has NOTIFY_SOCKET.
  make_directory(root + "/tmp", 01777);
  write_file(root + "/etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
  write_file(root + "/etc/group", "root:x:0:\nnogroup:x:65534:\n");
  write_file(root + "/etc/os-release",
             "ID=escapement\nNAME=Escapement\n");  // systemd-nspawn takes no other tree
  fs::copy_file(program, root + probe_inside);
  fs::permissions(root + probe_inside, fs::perms(0755));
}

Place make_place(const std::string& parent, const std::string& program) {
  Place out;
  out.name = "escapement-" + nonce().substr(0, 16);
  out.directory = parent + "/" + out.name;
  make_directory(out.directory);
  out.root = out.directory + "/root";
  out.program = out.root + probe_inside;
  make_root(out.root, program);
  return out;
}

}  // namespace escapement
