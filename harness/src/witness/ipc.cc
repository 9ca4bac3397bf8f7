// Something of the host's to be found by its name alone: a System V object, a message queue, a file in
// /dev/shm, a key. It is made for one attack, open to everybody, and goes with it: what keeps a sandbox from
// it is that the name means nothing there.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>
#include <isolator/ledger.h>

#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr int anybody = 0666;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class IpcWitness : public Witness {
 public:
  /// System V objects and queues have no owner that they would go with.
  IpcWitness(bool stays, const Plantings& plantings) : would_stay_(stays && !plantings.own_ipc) {}

  Planted plant(const Inside&) override {
    if (would_stay_)
      return {.order = "",
              .not_planted = "it would stay on the host if the run were killed: that takes root"};
    try {
      return {.order = make(), .not_planted = ""};
    } catch (const std::system_error& error) {
      return {.order = "", .not_planted = std::string("there is nothing to be found: ") + error.what()};
    }
  }

  Observation observe(const Record& record) override {
    const bool saw = std::find(record.saw.begin(), record.saw.end(), nonce_) != record.saw.end();
    if (saw) return {Finding::reached, "it read what the host had left there"};
    if (used()) return {Finding::reached, "the host sees that it was used"};
    return {Finding::unchanged, "nobody used it"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  bool would_stay_;

 protected:
  virtual std::string make() = 0;  ///< the order; throws std::system_error
  virtual bool used() { return false; }

  const std::string nonce_ = nonce();
  const std::string name_ = "escapement-" + nonce();
  const key_t key_ = key_t(std::random_device()() % 0x7fffffff + 1);  // 0 is IPC_PRIVATE
};

class SharedMemory : public IpcWitness {
 public:
  explicit SharedMemory(const Plantings& plantings) : IpcWitness(true, plantings) {}
  ~SharedMemory() override {
    if (id_ >= 0) shmctl(id_, IPC_RMID, nullptr);
  }

 private:
  std::string make() override {
    id_ = shmget(key_, nonce_.size() + 1, IPC_CREAT | IPC_EXCL | anybody);
    if (id_ < 0) fail("shmget");
    return "shm=" + std::to_string(key_);
  }
  bool used() override {
    shmid_ds state{};
    return shmctl(id_, IPC_STAT, &state) == 0 && state.shm_nattch > 0;
  }
  int id_ = -1;
};

class Semaphore : public IpcWitness {
 public:
  explicit Semaphore(const Plantings& plantings) : IpcWitness(true, plantings) {}
  ~Semaphore() override {
    if (id_ >= 0) semctl(id_, 0, IPC_RMID);
  }

 private:
  std::string make() override {
    id_ = semget(key_, 1, IPC_CREAT | IPC_EXCL | anybody);
    if (id_ < 0) fail("semget");
    return "sem=" + std::to_string(key_);
  }
  bool used() override { return semctl(id_, 0, GETVAL) > 0; }
  int id_ = -1;
};

class MessageQueue : public IpcWitness {
 public:
  explicit MessageQueue(const Plantings& plantings) : IpcWitness(true, plantings) {}
  ~MessageQueue() override {
    if (id_ >= 0) msgctl(id_, IPC_RMID, nullptr);
  }

 private:
  std::string make() override {
    id_ = msgget(key_, IPC_CREAT | IPC_EXCL | anybody);
    if (id_ < 0) fail("msgget");
    return "msg=" + std::to_string(key_);
  }
  bool used() override {
    msqid_ds state{};
    return msgctl(id_, IPC_STAT, &state) == 0 && state.msg_qnum > 0;
  }
  int id_ = -1;
};

class PosixQueue : public IpcWitness {
 public:
  explicit PosixQueue(const Plantings& plantings) : IpcWitness(true, plantings) {}
  ~PosixQueue() override {
    if (queue_ < 0) return;
    mq_unlink(("/" + name_).c_str());
    mq_close(queue_);
  }

 private:
  std::string make() override {
    mq_attr attributes{};
    attributes.mq_maxmsg = 1;
    attributes.mq_msgsize = 64;
    queue_ = mq_open(("/" + name_).c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, anybody, &attributes);
    if (queue_ < 0) fail("mq_open");
    if (fchmod(queue_, anybody) != 0) fail("fchmod");  // whatever the umask took away
    return "name=" + name_;
  }
  bool used() override {
    mq_attr attributes{};
    return mq_getattr(queue_, &attributes) == 0 && attributes.mq_curmsgs > 0;
  }
  mqd_t queue_ = -1;
};

class SharedFile : public IpcWitness {
 public:
  explicit SharedFile(const Plantings& plantings) : IpcWitness(false, plantings) {}
  ~SharedFile() override {
    if (made_) unlink(path_.c_str());
  }

 private:
  std::string make() override {
    entry_ = isolator::ledger::Entry(path_);
    const isolator::Fd file(open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, anybody));
    if (!file) fail(path_.c_str());
    made_ = true;
    if (fchmod(file.get(), anybody) != 0) fail("fchmod");
    if (write(file.get(), nonce_.data(), nonce_.size()) != ssize_t(nonce_.size())) fail("write");
    return "path=" + path_;
  }
  const std::string path_ = "/dev/shm/" + name_;
  isolator::ledger::Entry entry_;
  bool made_ = false;
};

// A session keyring is inherited, so the key has to be there before the sandbox is; and it is this process's
// own keyring, so that the caller's stays as it was.
class SessionKey : public IpcWitness {
 public:
  explicit SessionKey(const Plantings& plantings) : IpcWitness(false, plantings) {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 ||
        syscall(SYS_add_key, "user", name_.c_str(), nonce_.data(), nonce_.size(), KEY_SPEC_SESSION_KEYRING) <
            0)
      error_ = errno;
  }

 private:
  std::string make() override {
    errno = error_;
    if (error_ != 0) fail("add_key");
    return "name=" + name_;
  }
  int error_ = 0;
};

}  // namespace

std::unique_ptr<Witness> ipc_witness(const std::string& kind, const Plantings& plantings) {
  if (kind == "shm") return std::make_unique<SharedMemory>(plantings);
  if (kind == "sem") return std::make_unique<Semaphore>(plantings);
  if (kind == "msg") return std::make_unique<MessageQueue>(plantings);
  if (kind == "mq") return std::make_unique<PosixQueue>(plantings);
  if (kind == "file") return std::make_unique<SharedFile>(plantings);
  if (kind == "key") return std::make_unique<SessionKey>(plantings);
  throw std::invalid_argument("no such object to be found: " + kind);
}

}  // namespace escapement
