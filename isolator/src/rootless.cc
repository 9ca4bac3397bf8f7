#include <isolator/rootless.h>

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace isolator {

void become_nobody() {
  if (geteuid() != 0) return;
  const auto must = [](int result, const char* what) {
    if (result != 0) throw std::system_error(errno, std::generic_category(), what);
  };
  must(setgroups(0, nullptr), "setgroups");
  must(setresgid(nobody, nobody, nobody), "setresgid");
  must(setresuid(nobody, nobody, nobody), "setresuid");
  // A change of uid makes the process undumpable, and what is below /proc/PID root's: no id map could be
  // written.
  must(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
}

}  // namespace isolator
