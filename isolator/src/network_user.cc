// The caller's network without privilege: a program in user mode opens the sockets that the sandbox asks for.

#include "network.h"

#include <isolator/error.h>
#include "programs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace isolator {

UserNetwork::UserNetwork(pid_t child) {
  const std::string program = find_program("slirp4netns", Step::network,
                                           "network.kind = \"user\" takes this program: install slirp4netns");
  int ready[2], alive[2];
  if (pipe2(ready, O_CLOEXEC) != 0) throw Error(Step::network, "pipe", errno);
  const Fd ready_here(ready[0]);
  Fd ready_there(ready[1]);
  if (pipe2(alive, O_CLOEXEC) != 0) throw Error(Step::network, "pipe", errno);
  Fd alive_there(alive[0]);
  alive_.reset(alive[1]);

  // Its numbers for the two, and no way to what listens on the caller's loopback.
  constexpr int ready_fd = 3, exit_fd = 4;
  Started started =
      start_program({program, "--configure", "--mtu=65520", "--disable-host-loopback",
                     "--ready-fd=" + std::to_string(ready_fd), "--exit-fd=" + std::to_string(exit_fd),
                     std::to_string(child), "tap0"},
                    {{ready_there.get(), ready_fd}, {alive_there.get(), exit_fd}}, Step::network);
  pid_ = started.pid;
  ready_there.reset();
  alive_there.reset();
  char up = 0;
  if (read(ready_here.get(), &up, 1) == 1) return;
  alive_.reset();
  const std::string said = started.errors();
  end_program(pid_);
  throw Error(Step::network, said.empty() ? program : said, ENETDOWN,
              "slirp4netns needs /dev/net/tun, for this user");
}

UserNetwork::~UserNetwork() {
  alive_.reset();
  end_program(pid_);
}

}  // namespace isolator
