// Objects that have a name: real processes that find them by it, use them, or leave them alone.

#include "worker.h"

#include "../nonce.h"

#include <gmock/gmock.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include <filesystem>
#include <stdexcept>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::seen_of;
using testing::value_of;
using testing::Worker;

const Plantings with_ipc{.own_ipc = true};

std::string nothing(const std::string&) { return ""; }

/// In a namespace of its own, so that nothing is left even if the test is killed.
Finding of(const std::string& kind, const Worker::Work& work) {
  return seen_of(
             [&] {
               testing::go_apart(CLONE_NEWIPC);
               return ipc_witness(kind, with_ipc);
             },
             work)
      .finding;
}

key_t key(const std::string& order, const std::string& kind) { return std::stoi(value_of(order, kind)); }

TEST(IpcWitness, SeesThatMemoryIsAttached) {
  const auto attach = [](const std::string& order) {
    return shmat(shmget(key(order, "shm"), 0, 0), nullptr, 0) == nullptr ? "no memory" : "";
  };
  const auto find = [](const std::string& order) {
    return shmget(key(order, "shm"), 0, 0) < 0 ? "no memory" : "";
  };
  EXPECT_EQ(of("shm", attach), Finding::reached);
  EXPECT_EQ(of("shm", find), Finding::unchanged) << "to find it is not to use it";
  EXPECT_EQ(of("shm", nothing), Finding::unchanged);
}

TEST(IpcWitness, SeesThatASemaphoreIsRaised) {
  const auto raise_it = [](const std::string& order) {
    sembuf up{0, 1, 0};
    return semop(semget(key(order, "sem"), 0, 0), &up, 1) < 0 ? "semop" : "";
  };
  EXPECT_EQ(of("sem", raise_it), Finding::reached);
  EXPECT_EQ(of("sem", nothing), Finding::unchanged);
}

TEST(IpcWitness, SeesAMessage) {
  const auto send = [](const std::string& order) {
    const struct {
      long type;
      char text[1];
    } message{1, {'m'}};
    return msgsnd(msgget(key(order, "msg"), 0), &message, 1, IPC_NOWAIT) < 0 ? "msgsnd" : "";
  };
  EXPECT_EQ(of("msg", send), Finding::reached);
  EXPECT_EQ(of("msg", nothing), Finding::unchanged);
}

TEST(IpcWitness, SeesAMessageInAPosixQueue) {
  const auto send = [](const std::string& order) {
    const mqd_t queue = mq_open(("/" + value_of(order, "name")).c_str(), O_WRONLY | O_CLOEXEC);
    return mq_send(queue, "m", 1, 0) < 0 ? "mq_send" : "";
  };
  EXPECT_EQ(of("mq", send), Finding::reached);
  EXPECT_EQ(of("mq", nothing), Finding::unchanged);
}

TEST(IpcWitness, HearsWhatAFileHolds) {
  const auto witness = ipc_witness("file", {});
  Worker worker([](const std::string& order) {
    const isolator::Fd file(open(value_of(order, "path").c_str(), O_RDONLY | O_CLOEXEC));
    char text[64];
    const ssize_t size = read(file.get(), text, sizeof text);
    return std::string(text, std::size_t(std::max<ssize_t>(size, 0)));
  });
  const std::string order = witness->plant({}).order;
  EXPECT_EQ(witness->observe({}).finding, Finding::unchanged);
  Record record;
  record.saw = {worker.go(order)};
  EXPECT_EQ(witness->observe(record).finding, Finding::reached);
  record.saw = {nonce()};
  EXPECT_EQ(witness->observe(record).finding, Finding::unchanged);
  EXPECT_TRUE(std::filesystem::exists(value_of(order, "path")));
}

TEST(IpcWitness, HearsWhatAKeyHolds) {
  const auto read_key = [](const std::string& order) {
    const long found = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
                               value_of(order, "name").c_str(), 0);
    char text[64];
    const long size = syscall(SYS_keyctl, KEYCTL_READ, found, text, sizeof text);
    return size < 0 ? "no key" : std::string(text, std::size_t(size));
  };
  const auto elsewhere = [] { syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr); };
  const auto make = [] { return ipc_witness("key", {}); };
  EXPECT_EQ(seen_of(make, read_key).finding, Finding::reached);
  EXPECT_EQ(seen_of(make, read_key, elsewhere).finding, Finding::unchanged);
  EXPECT_EQ(seen_of(make, nothing).finding, Finding::unchanged);
}

TEST(IpcWitness, MakesNothingThatWouldStay) {
  for (const char* kind : {"shm", "sem", "msg", "mq"})
    EXPECT_THAT(ipc_witness(kind, {})->plant({}).not_planted, HasSubstr("would stay")) << kind;
  EXPECT_THROW(ipc_witness("door", {}), std::invalid_argument);
}

TEST(IpcWitness, TakesAwayWhatItMade) {
  std::string path;
  {
    const auto witness = ipc_witness("file", {});
    path = value_of(witness->plant({}).order, "path");
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));

  // In /proc/sysvipc, as everybody sees it: a line for the columns, one for each object.
  const auto count = [](const std::string& kind) {
    std::ifstream file("/proc/sysvipc/" + kind);
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  const auto counted = [&](const std::string&) {
    std::string out;
    for (const char* kind : {"shm", "sem", "msg"}) {
      auto witness = ipc_witness(kind, with_ipc);
      EXPECT_EQ(witness->plant({}).not_planted, "");
      out += std::to_string(count(kind));
      witness.reset();
      out += std::to_string(count(kind));
    }
    return out;
  };
  Worker alone(counted, [] { testing::go_apart(CLONE_NEWIPC); });
  EXPECT_EQ(alone.go(), "212121");
}

}  // namespace
}  // namespace escapement
