#include "replaced.h"
#include "test_sandbox.h"

#include <isolator/keeper.h>
#include <isolator/pool.h>
#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <algorithm>
#include <filesystem>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Output;
using testing::run;
using testing::shell;

Spec target(const std::string& script = "sleep 60") {
  Spec spec = shell(script);
  spec.unshare = spec.unshare | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup;
  spec.process.hostname = "target";
  return spec;
}

Spec joined(std::vector<Join> joins, const std::string& script) {
  Spec spec;
  spec.join = std::move(joins);
  spec.process.argv = {"/bin/sh", "-c", script};
  spec.process.environment = {{"PATH", "/usr/bin:/bin"}};
  return spec;
}

std::string ns(pid_t pid, const std::string& kind) {
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/" + kind);
}

TEST(Join, EntersAllThatAProcessIsIn) {
  Spec wanted = target();
  if (testing::exec_enters_time_namespace()) wanted.unshare = wanted.unshare | Ns::time;
  const Child in = launch(compile(wanted));
  const auto [outcome, output] =
      run(joined({{.pid = in.pid()}},
                 "for kind in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$kind; done;"
                 "cat /proc/sys/kernel/hostname; id -u; exit 5"));
  EXPECT_EQ(outcome.code, 5);
  std::string expected;
  for (const char* kind : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"})
    expected += ns(in.pid(), kind) + "\n";
  EXPECT_EQ(output, expected + "target\n0\n");
  EXPECT_THAT(children_of(getpid()), ::testing::ElementsAre(in.pid()));  // who joined has gone
}

TEST(Join, EntersOnlyWhatIsNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "without its user namespace another takes privilege";
  const Child in = launch(compile(target()));
  const std::string path = "/proc/" + std::to_string(in.pid()) + "/ns/net";
  const std::string script = "readlink /proc/self/ns/net /proc/self/ns/uts /proc/self/ns/ipc";
  const std::string expected =
      ns(in.pid(), "net") + "\n" + ns(in.pid(), "uts") + "\n" + ns(getpid(), "ipc") + "\n";
  EXPECT_EQ(
      run(joined({{.namespaces = Ns::net, .path = path}, {.namespaces = Ns::uts, .pid = in.pid()}}, script))
          .output,
      expected);
}

TEST(Join, CallsAreAnsweredThereToo) {
  const Child in = launch(compile(target()));
  Spec spec = joined({{.pid = in.pid()}}, "mkdir /nowhere/made");
  spec.seccomp = Seccomp{.rules = {{"mkdir", {Seccomp::Action::Kind::notify}, {}}}};
  const Outcome outcome = launch(compile(spec)).wait();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.notified.at("mkdir"), 1U);
}

TEST(Join, TheRestCanBeNew) {
  if (geteuid() != 0) GTEST_SKIP() << "without its user namespace another takes privilege";
  const Child in = launch(compile(target()));
  Spec spec = shell("readlink /proc/self/ns/net; echo $$; id -u");
  spec.join = {{.namespaces = Ns::net, .pid = in.pid()}};
  spec.identity.uid = 1000;
  EXPECT_EQ(run(spec).output, ns(in.pid(), "net") + "\n1\n1000\n");
}

TEST(Join, AUserEntersWhatIsTheirs) {
  const auto enters = [] {
    const Child in = launch(compile(target()));
    const std::string output =
        run(joined({{.pid = in.pid()}}, "cat /proc/sys/kernel/hostname; id -u")).output;
    return output == "target\n0\n" ? 0 : 1;
  };
  if (geteuid() != 0) {
    EXPECT_EQ(enters(), 0);
    return;
  }
  EXPECT_EQ(under_keeper([&] {
              become_nobody();
              return enters();
            }),
            0);
}

// What waits in a pool waits at the end of its set-up, in sight of those who are there. It is not taken: its
// payload may be read, for an instant still under the name of the launcher.
std::string seen_from_inside(const std::function<void(const Plan&)>& with) {
  Output output;
  Spec watcher = target(
      "while :; do for p in /proc/[0-9]*; do"
      "  read name < $p/comm && [ \"$name\" = joins ] || continue;"
      "  x=$(readlink $p/fd/0) && echo descriptors; read -r x < $p/environ && echo environment; echo seen;"
      "done; done 2>&-");
  watcher.process.fds = {{output.fds()[0].first, 1}};
  Child in = launch(compile(watcher));
  const Plan plan = compile(joined({{.pid = in.pid()}}, "true"));
  char name[16]{};
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_NAME, "joins");
  with(plan);
  prctl(PR_SET_NAME, name);
  in.kill();
  in.wait();
  return output.read();
}

TEST(Join, WhoJoinsCannotBeTracedOrReadFromInside) {
  const std::string seen = seen_from_inside([](const Plan& plan) {
    Pool pool(plan, 1);
    pool.fill();
    usleep(300'000);
  });
  EXPECT_THAT(seen, HasSubstr("seen\n"));
  EXPECT_THAT(seen, Not(HasSubstr("descriptors")));
  EXPECT_THAT(seen, Not(HasSubstr("environment")));
}

// That the test above can fail.
TEST(Join, WithoutTheCallThatClosesItItCouldBeRead) {
  const std::string seen = seen_from_inside([](const Plan& plan) {
    const auto& ops = plan.store().ops;
    const auto closes = std::find_if(ops.begin(), ops.end(), [](const Op& op) {
      return op.nr == SYS_prctl && op.arg[0] == PR_SET_DUMPABLE;
    });
    ASSERT_NE(closes, ops.end());
    const Replaced call(plan, std::size_t(closes - ops.begin()), SYS_getpid, {});
    Pool pool(plan, 1);
    pool.fill();
    usleep(300'000);
  });
  EXPECT_THAT(seen, HasSubstr("descriptors"));
}

struct Refused {
  Join join;
  Step step;
  int err;
  const char* object;
};

TEST(Join, RefusesWhatIsNotThere) {
  const Refused cases[] = {
      {{.pid = 4194304}, Step::namespaces, ESRCH, "pid 4194304"},
      {{.pid = getpid()}, Step::namespaces, EINVAL, nullptr},
      {{.namespaces = Ns::net, .path = "/no/such"}, Step::namespaces, ENOENT, "/no/such"},
      {{.namespaces = Ns::net, .path = "/etc/passwd"}, Step::namespaces, EINVAL, "/etc/passwd"},
      {{.namespaces = Ns::net, .path = "/proc/self/ns/uts"}, Step::namespaces, EINVAL, "/proc/self/ns/uts"},
      {{}, Step::validate, 0, nullptr},
      {{.pid = 1, .path = "/proc/self/ns/uts"}, Step::validate, 0, nullptr},
  };
  for (const Refused& each : cases) try {
      compile(joined({each.join}, "true"));
      ADD_FAILURE() << "it was taken";
    } catch (const Error& e) {
      EXPECT_EQ(e.step, each.step) << e.what();
      EXPECT_EQ(e.code().value(), each.err) << e.what();
      if (each.object != nullptr) {
        EXPECT_EQ(e.object, each.object);
      }
    }
}

TEST(Join, RefusesANamespaceThatIsNewToo) {
  const Child in = launch(compile(target()));
  Spec spec = joined({{.namespaces = Ns::uts, .pid = in.pid()}}, "true");
  spec.unshare = Ns::uts;
  EXPECT_THROW(compile(spec), Error);
}

TEST(Join, TellsThatTheProcessHasEnded) {
  std::optional<Child> in(launch(compile(target())));
  const Plan plan = compile(joined({{.pid = in->pid()}}, "true"));
  in.reset();
  try {
    launch(plan);
    FAIL() << "it joined nobody";
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::namespaces);
    EXPECT_EQ(e.code().value(), ESRCH);
  }
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(Join, APlanShowsTheProcessInBetween) {
  const Child in = launch(compile(target()));
  Spec spec = joined({{.namespaces = Ns::net | Ns::uts, .pid = in.pid()}}, "true");
  spec.unshare = Ns::pid;
  const std::string text = describe(compile(spec));
  const std::string begin =
      "clone         clone3(0)\n"
      "parent        prctl(PR_SET_PDEATHSIG, SIGKILL)\n"
      "namespaces    prctl(PR_SET_DUMPABLE, 0)\n"
      "namespaces    setns(pidfd, CLONE_NEWNET|CLONE_NEWUTS)\n"
      "clone         clone3(CLONE_PARENT|CLONE_NEWPID)\n"
      "fds           close_range(";
  EXPECT_EQ(text.substr(0, begin.size()), begin);
}

}  // namespace
}  // namespace isolator
