// Real processes that come to a listener of the host, by each way that leads there, or do not come.

#include "worker.h"

#include "../nonce.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using testing::seen_of;
using testing::value_of;
using testing::Worker;

const Plantings on_the_loopback{.address = "127.0.0.1"};

/// A user has a directory for such sockets, and a test may run where nobody has made it.
std::unique_ptr<Witness> make_listener(const std::string& kind) {
  setenv("XDG_RUNTIME_DIR", ::testing::TempDir().c_str(), 1);
  return listener_witness(kind, on_the_loopback);
}

std::string nothing(const std::string&) { return ""; }

/// A socket that is connected to where the order points; of TCP, UDP and UNIX.
int go_to(const std::string& kind, const std::string& order) {
  sockaddr_storage at{};
  socklen_t size = 0;
  const std::string name = value_of(order, "name"), path = value_of(order, "path");
  if (!name.empty() || !path.empty()) {
    auto& address = reinterpret_cast<sockaddr_un&>(at);
    address.sun_family = AF_UNIX;
    const std::string text = path.empty() ? '\0' + name : path + '\0';
    std::memcpy(address.sun_path, text.data(), text.size());
    size = socklen_t(offsetof(sockaddr_un, sun_path) + text.size());
  } else if (kind == "tcp6") {
    auto& address = reinterpret_cast<sockaddr_in6&>(at);
    address = {.sin6_family = AF_INET6,
               .sin6_port = htons(std::uint16_t(std::stoi(value_of(order, "port")))),
               .sin6_flowinfo = 0,
               .sin6_addr = in6addr_loopback,
               .sin6_scope_id = 0};
    size = sizeof address;
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(at);
    const std::string where = value_of(order, "address");
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(std::stoi(value_of(order, "port"))));
    address.sin_addr.s_addr = inet_addr(where.empty() ? "127.0.0.1" : where.c_str());
    size = sizeof address;
  }
  const int fd = socket(at.ss_family, (kind.ends_with("udp") ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  return connect(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 ? fd : -1;
}

class Listener : public ::testing::TestWithParam<const char*> {
 protected:
  const std::string kind_ = GetParam();
  const std::unique_ptr<Witness> witness_ = make_listener(kind_);

  /// Says this and the nonce.
  Finding of(const std::string& text, bool with_nonce) {
    Worker worker([&](const std::string& order) {
      const std::string all = text + (with_nonce ? value_of(order, "nonce") : "");
      const int fd = go_to(kind_, order);
      return fd >= 0 && send(fd, all.data(), all.size(), 0) == ssize_t(all.size()) ? "" : "it cannot be said";
    });
    const Planted planted = witness_->plant({});
    EXPECT_EQ(planted.not_planted, "");
    EXPECT_EQ(worker.go(planted.order), "");
    return witness_->observe({}).finding;
  }
};

TEST_P(Listener, HearsTheNonce) { EXPECT_EQ(of("", true), Finding::reached); }
TEST_P(Listener, HearsItAmongOtherWords) { EXPECT_EQ(of("hello ", true), Finding::reached); }

// By UDP anything may come from anybody; who connects knew where to.
TEST_P(Listener, DoesNotTakeAnyWordForIt) {
  EXPECT_EQ(of("hello", false), kind_.ends_with("udp") ? Finding::unchanged : Finding::reached);
}

TEST_P(Listener, HearsNothingWhereNobodyComes) {
  EXPECT_EQ(witness_->plant({}).not_planted, "");
  EXPECT_EQ(witness_->observe({}).finding, Finding::unchanged);
  EXPECT_EQ(witness_->observe_after({}, {}).finding, Finding::unchanged);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Listener,
                         ::testing::Values("tcp", "udp", "host tcp", "host udp", "abstract", "path"));

TEST(HiddenListener, IsFoundByWhoSeesMoreThanItWasTold) {
  const std::string order = listener_witness("hidden tcp", on_the_loopback)->plant({}).order;
  EXPECT_EQ(value_of(order, "port"), "");
  EXPECT_TRUE(value_of(order, "address").starts_with("127.")) << order;
}

TEST(ShimListener, TellsAllOfItsNameButTheEnd) {
  const auto witness = listener_witness("shim", on_the_loopback);
  const std::string prefix = value_of(witness->plant({}).order, "prefix");
  ASSERT_TRUE(prefix.starts_with("/containerd-shim/")) << prefix;
  Worker worker([&](const std::string&) -> std::string {
    std::ifstream file("/proc/net/unix");
    for (std::string line; std::getline(file, line);)
      if (const std::size_t at = line.find("@" + prefix); at != line.npos)
        return go_to("shim", "name=" + line.substr(at + 1)) >= 0 ? "" : "it cannot be reached";
    return "nobody of that name";
  });
  EXPECT_EQ(worker.go(), "");
  EXPECT_EQ(witness->observe({}).finding, Finding::reached);
}

TEST(PathListener, IsThereForItsOwnerOrForEverybody) {
  for (const auto& [kind, mode] : {std::pair{"path", 0666}, std::pair{"root path", 0600}}) {
    std::string path;
    {
      const auto witness = make_listener(kind);
      path = value_of(witness->plant({}).order, "path");
      EXPECT_EQ(int(std::filesystem::status(path).permissions()), mode) << kind;
    }
    EXPECT_FALSE(std::filesystem::exists(path)) << "it goes with the witness";
  }
}

TEST(ListenerOfNoHost, SaysWhatItCouldNot) {
  const Plantings elsewhere{.address = "192.0.2.1"};  // for documentation: RFC 5737
  EXPECT_THAT(listener_witness("host tcp", elsewhere)->plant({}).not_planted,
              ::testing::HasSubstr("nobody can listen on the host: bind"));
}

/// A host with a canary and somebody who gives it away.
class Giver : public ::testing::Test {
 protected:
  Giver() {
    plantings_.canary_path = ::testing::TempDir() + "/given-" + nonce();
    plantings_.canary_nonce = nonce();
    std::ofstream(plantings_.canary_path) << plantings_.canary_nonce;
  }
  ~Giver() override { std::filesystem::remove(plantings_.canary_path); }
  Plantings plantings_;
};

std::string take(const std::string& order) {
  const int fd = go_to("giver", order);
  char byte, text[64];
  iovec room{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  int file = -1;
  if (recvmsg(fd, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != nullptr)
    std::memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof file);
  const ssize_t size = read(file, text, sizeof text);
  return std::string(text, std::size_t(std::max<ssize_t>(size, 0)));
}

TEST_F(Giver, GivesToWhoComes) {
  const auto make = [&] { return giver_witness(plantings_); };
  EXPECT_EQ(seen_of(make, take).finding, Finding::reached);
  EXPECT_EQ(seen_of(make, nothing).finding, Finding::unchanged);
  EXPECT_EQ(seen_of(make, [](const std::string&) { return nonce(); }).finding, Finding::unchanged);
}

TEST_F(Giver, NeedsSomethingToGiveAndIsGoneWithTheWitness) {
  auto witness = giver_witness(plantings_);
  EXPECT_EQ(witness->plant({}).not_planted, "");
  const pid_t helper = witness->helpers().at(0);
  EXPECT_EQ(kill(helper, 0), 0);
  witness.reset();
  EXPECT_EQ(kill(helper, 0), -1);
  const Plantings none;
  EXPECT_NE(giver_witness(none)->plant({}).not_planted, "");
}

}  // namespace
}  // namespace escapement
