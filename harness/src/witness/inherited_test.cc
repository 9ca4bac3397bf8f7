// What the process that starts a sandbox leaves to it: real children that use what they inherit, or do not.

#include "worker.h"

#include "../nonce.h"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using testing::seen_of;
using testing::value_of;
using testing::Worker;

std::string nothing(const std::string&) { return ""; }

std::string read_all(int fd) {
  char text[256];
  const ssize_t size = read(fd, text, sizeof text);
  return std::string(text, std::size_t(std::max<ssize_t>(size, 0)));
}

int descriptor(const std::string& order) { return std::stoi(value_of(order, "descriptor")); }

/// A directory with a canary, as the run plants it.
class Inherited : public ::testing::Test {
 protected:
  Inherited() : directory_(::testing::TempDir() + "/inherited-" + nonce()) {
    std::filesystem::create_directory(directory_);
    plantings_.canary_path = directory_ / "canary";
    plantings_.canary_nonce = nonce();
    std::ofstream(plantings_.canary_path) << plantings_.canary_nonce;
  }
  ~Inherited() override { std::filesystem::remove_all(directory_); }

  Finding of_descriptor(const std::string& kind, const Worker::Work& work) {
    return seen_of([&] { return descriptor_witness(kind, plantings_); }, work).finding;
  }

  std::filesystem::path directory_;
  Plantings plantings_;
};

TEST_F(Inherited, ADirectory) {
  const auto read_canary = [](const std::string& order) {
    return read_all(openat(descriptor(order), "canary", O_RDONLY | O_CLOEXEC));
  };
  EXPECT_EQ(of_descriptor("directory", read_canary), Finding::reached);
  EXPECT_EQ(of_descriptor("directory", nothing), Finding::unchanged);
  EXPECT_EQ(of_descriptor("directory", [](const std::string&) { return nonce(); }), Finding::unchanged);
}

TEST_F(Inherited, ASocket) {
  const auto say = [](const std::string& text) {
    return [text](const std::string& order) {
      const std::string all = text + value_of(order, "nonce");
      return write(descriptor(order), all.data(), all.size()) < 0 ? "failed" : "";
    };
  };
  EXPECT_EQ(of_descriptor("socket", say("")), Finding::reached);
  EXPECT_EQ(of_descriptor("socket", say("not ")), Finding::unchanged);
  EXPECT_EQ(of_descriptor("socket", nothing), Finding::unchanged);
}

TEST_F(Inherited, Memory) {
  const auto put = [](std::size_t lost) {
    return [lost](const std::string& order) {
      const std::string text = value_of(order, "nonce").substr(lost);
      return pwrite(descriptor(order), text.data(), text.size(), 0) < 0 ? "failed" : "";
    };
  };
  EXPECT_EQ(of_descriptor("memory", put(0)), Finding::reached);
  EXPECT_EQ(of_descriptor("memory", put(1)), Finding::unchanged);
  EXPECT_EQ(of_descriptor("memory", nothing), Finding::unchanged);
}

TEST_F(Inherited, ALogThatMayOnlyBeAddedTo) {
  const auto reopen = [](const std::string& order) {
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor(order));
    return read_all(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  };
  const auto read_it = [](const std::string& order) { return read_all(descriptor(order)); };
  EXPECT_EQ(of_descriptor("log", reopen), Finding::reached);
  EXPECT_EQ(of_descriptor("log", read_it), Finding::unchanged) << "it is open to be written to";
  EXPECT_EQ(of_descriptor("log", nothing), Finding::unchanged);
}

TEST_F(Inherited, EachIsThereAfterAnExec) {
  for (const char* kind : {"directory", "socket", "memory", "log"}) {
    SCOPED_TRACE(kind);
    std::string path;
    {
      const auto witness = descriptor_witness(kind, plantings_);
      const int left = descriptor(witness->plant({}).order);
      EXPECT_EQ(fcntl(left, F_GETFD), 0);
      path = "/proc/self/fd/" + std::to_string(left);
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path)))
        << "it goes with the witness";
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1) << "so does the log";
  EXPECT_THROW(descriptor_witness("door", plantings_), std::invalid_argument);
}

TEST(Variable, IsKnownToWhoInheritsIt) {
  const auto make = [] { return variable_witness("ESCAPEMENT_TEST_SECRET"); };
  const auto get = [](const std::string& order) {
    const char* value = std::getenv(value_of(order, "variable").c_str());
    return std::string(value != nullptr ? value : "none");
  };
  EXPECT_EQ(seen_of(make, get).finding, Finding::reached);
  EXPECT_EQ(seen_of(make, [&](const std::string& order) { return "/run/" + get(order) + "/notify"; }).finding,
            Finding::reached);
  EXPECT_EQ(seen_of(make, get, [] { clearenv(); }).finding, Finding::unchanged);
}

TEST(Session, IsSharedUntilThereIsANewOne) {
  EXPECT_EQ(seen_of(session_witness, nothing).finding, Finding::reached);
  EXPECT_EQ(seen_of(session_witness, nothing, [] { setsid(); }).finding, Finding::unchanged);
}

TEST(Session, OfNobodyIsUnknown) {
  Worker worker(nothing);
  const auto witness = session_witness();
  witness->plant({.pid = worker.pid()});
  worker.end();
  EXPECT_EQ(witness->observe({}).finding, Finding::unknown);
}

/// Writes the nonce, or another, to the terminal that it has or inherited.
Worker::Work write_to_terminal(const std::string& before) {
  return [before](const std::string& order) -> std::string {
    const std::string number = value_of(order, "descriptor");
    const int fd = number.empty() ? open("/dev/tty", O_WRONLY | O_CLOEXEC) : std::stoi(number);
    const std::string text = before.empty() ? value_of(order, "nonce") : before;
    return write(fd, text.data(), text.size()) < 0 ? "failed" : "";
  };
}

TEST(Terminal, ShowsWhatWasWrittenToIt) {
  const auto make = [] { return terminal_witness(""); };
  EXPECT_EQ(seen_of(make, write_to_terminal("")).finding, Finding::reached);
  EXPECT_EQ(seen_of(make, write_to_terminal("hello")).finding, Finding::unchanged);
  EXPECT_EQ(seen_of(make, nothing).finding, Finding::unchanged);
}

TEST(Terminal, IsNotThatOfANewSessionUnlessItWasLeftOpen) {
  const auto leave = [] { setsid(); };
  EXPECT_EQ(seen_of([] { return terminal_witness(""); }, write_to_terminal(""), leave).finding,
            Finding::unchanged);
  EXPECT_EQ(seen_of([] { return terminal_witness("left-open"); }, write_to_terminal(""), leave).finding,
            Finding::reached);
}

}  // namespace
}  // namespace escapement
