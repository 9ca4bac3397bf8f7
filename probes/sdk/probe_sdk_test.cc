// The SDK, compiled natively: what of it can be tested without a probe.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/time.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "child.h"
#include "input.h"
#include "output.h"
#include "probe.h"

constinit const probe::Probes probe::probes = {};

namespace probe {
namespace {

struct TestPipe {
  Fd read, write;
  TestPipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

std::string read_all(const Fd& from) {
  std::string all;
  char bytes[4096];
  for (ssize_t size; (size = read(from.get(), bytes, sizeof bytes)) > 0;) all.append(bytes, size);
  return all;
}

std::string as_json(std::string_view text) {
  TestPipe pipe;
  EXPECT_TRUE(Output(pipe.write.get()).quoted(text).flush());
  pipe.write.reset();
  return read_all(pipe.read);
}

TEST(Output, StringsComeBackFromJson) {
  for (std::string text :
       {"", "plain", "a \"quoted\" \\ path", "line\nbreak\ttab", "\x01\x1f\x7f", "é 漢 🙂"})
    EXPECT_EQ(nlohmann::json::parse(as_json(text)), text) << text;
}

TEST(Output, BytesThatAreNotUtf8AreReplaced) {
  // A lone continuation, an overlong slash, a surrogate, a character cut in two, one above U+10FFFF.
  EXPECT_EQ(as_json("a\x80z"), R"("a\ufffdz")");
  EXPECT_EQ(as_json("\xC0\xAF"), R"("\ufffd\ufffd")");
  EXPECT_EQ(as_json("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(as_json("\xE6\xBC"), R"("\ufffd\ufffd")");
  EXPECT_EQ(as_json("\xF4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(Output, SurvivesSignalsAndShortWrites) {
  TestPipe pipe;
  ASSERT_EQ(fcntl(pipe.write.get(), F_SETPIPE_SZ, 4096), 4096);
  struct sigaction act {};
  act.sa_handler = [](int) {};  // and no SA_RESTART: write(2) ends with EINTR, or short
  sigaction(SIGALRM, &act, nullptr);

  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, nullptr);  // for the reader; the writer takes it back
  std::string got;
  std::thread reader([&] {
    char bytes[1000];
    for (ssize_t size; (size = read(pipe.read.get(), bytes, sizeof bytes)) > 0; usleep(1000))
      got.append(bytes, size);
  });
  pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  itimerval often{{0, 300}, {0, 300}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);

  std::string sent;
  for (int i = 0; i < 10000; ++i) sent += std::to_string(i) + " ";
  Output out(pipe.write.get());
  EXPECT_TRUE(out.raw(sent).flush());

  setitimer(ITIMER_REAL, &never, nullptr);
  pipe.write.reset();
  reader.join();
  EXPECT_EQ(got, sent);
}

TEST(Output, KeepsTheFirstFailure) {
  Output out(-1);
  EXPECT_EQ(out.raw("x").flush().error, EBADF);
  EXPECT_EQ(out.flush().error, EBADF);
}

TEST(Input, HandsOutLinesHoweverTheyArrive) {
  TestPipe pipe;
  Input input(pipe.read.get());
  std::thread writer([&] {
    for (const char* part : {"one\ntw", "o\n\nthr", "ee\nrest without newline"}) {
      EXPECT_GT(write(pipe.write.get(), part, strlen(part)), 0);
      usleep(2000);
    }
    pipe.write.reset();
  });
  for (const char* expected : {"one", "two", "", "three"}) EXPECT_STREQ(input.line(), expected);
  EXPECT_EQ(input.line(), nullptr);
  writer.join();
}

TEST(Input, GivesUpOnAnEndlessLine) {
  TestPipe pipe;
  std::string line(10000, 'x');
  ASSERT_EQ(write(pipe.write.get(), line.data(), line.size()), 10000);
  Input input(pipe.read.get());
  EXPECT_EQ(input.line(), nullptr);
}

TEST(Order, FindsWholeKeysOnly) {
  char pairs[] = "victim=12 value=-3 path=/a=b empty= prefixed=x";
  Order order(pairs);
  EXPECT_EQ(order.number("victim"), 12);
  EXPECT_STREQ(order.text("path"), "/a=b");
  EXPECT_STREQ(order.text("empty"), "");
  EXPECT_EQ(order.find("prefix"), nullptr);
  EXPECT_EQ(order.find("vic"), nullptr);
}

TEST(Order, NumbersAreStrict) {
  EXPECT_EQ(to_number("0"), 0);
  EXPECT_EQ(to_number("9223372036854775807"), 9223372036854775807L);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x10", "1e3", "9223372036854775808"})
    EXPECT_FALSE(to_number(bad)) << bad;
}

TEST(Text, IsCutAndNeverOverflows) {
  Text text;
  for (int i = 0; i < 200; ++i) text.add("0123456789");
  EXPECT_EQ(text.view().size(), 511u);
  EXPECT_EQ(std::string(text.c_str()).size(), 511u);
}

TEST(Text, WritesNumbers) {
  EXPECT_EQ(Text(0, " ", -1, " ", 1u, " ", LONG_MIN).view(), "0 -1 1 -9223372036854775808");
  EXPECT_EQ(Text(Hex{0}, Hex{0xaf}, quoted("x")).view(), "00af\"x\"");
}

TEST(Names, AgreeWithLibc) {
  for (int error = 1; error < 134; ++error) {
    const char* known = strerrorname_np(error);
    if (known == nullptr) continue;
    std::string expected = known;
    if (expected == "ENOTSUP") expected = "EOPNOTSUPP";  // one number, two names
    EXPECT_EQ(std::string(error_name(error).view()), expected);
    EXPECT_TRUE(is_result(error_name(error)));
  }
  for (int signal = 1; signal < 32; ++signal) {
    std::string expected = std::string("SIG") + sigabbrev_np(signal);
    if (expected == "SIGPOLL") expected = "SIGIO";
    EXPECT_EQ(std::string(signal_name(signal).view()), expected);
  }
  EXPECT_EQ(error_name(4000).view(), "E4000");
  EXPECT_FALSE(is_result("EPREM"));
}

bool alone(std::string_view name) { return name == "net"; }  // it shares the network with the host

constexpr std::initializer_list<Attempt> declared = {{"a", {"EPERM", "no effect"}}, {"b", {"ESRCH"}}};
using Made = std::pair<const char*, const char*>;

Claim claim_of(std::initializer_list<Made> attempts) {
  Tally tally;
  for (auto [name, result] : attempts) tally.count(declared, name, "call()", result, alone);
  return tally.claim();
}

TEST(Tally, TheClaimFollowsFromTheAttempts) {
  EXPECT_EQ(claim_of({}), Claim::undecided);
  EXPECT_EQ(claim_of({{"a", "EPERM"}}), Claim::contained);
  EXPECT_EQ(claim_of({{"a", "no effect"}, {"b", "ESRCH"}}), Claim::contained);
  EXPECT_EQ(claim_of({{"a", "EPERM"}, {"b", "ok"}}), Claim::escaped);
  EXPECT_EQ(claim_of({{"a", "ok"}, {"b", "EIO"}}), Claim::escaped);
  EXPECT_EQ(claim_of({{"a", "EPERM"}, {"b", "EPERM"}}), Claim::undecided) << "b declares ESRCH alone";
  EXPECT_EQ(claim_of({{"c", "EPERM"}}), Claim::undecided) << "c is not declared";
  EXPECT_EQ(claim_of({{"c", "ok"}}), Claim::undecided) << "c is not declared";
}

TEST(Tally, AnErrorMayPassAndANamespaceOfItsOwnEndIt) {
  static constexpr std::initializer_list<Attempt> attempts = {{"boot", {"EPERM"}, {"EINVAL"}, {}, "pid"},
                                                              {"link", {"EPERM"}, {"EINVAL"}, {}, "net"}};
  const auto of = [&](const char* name, const char* result) {
    Tally tally;
    tally.count(attempts, name, "call()", result, alone);
    return tally.claim();
  };
  EXPECT_EQ(of("link", "EINVAL"), Claim::escaped);
  EXPECT_EQ(of("link", "EPERM"), Claim::contained);
  EXPECT_EQ(of("link", "ok"), Claim::undecided);
  EXPECT_EQ(of("boot", "EINVAL"), Claim::contained) << "its pid namespace is its own";
}

TEST(Tally, AnAttackCutShortIsNotContained) {
  Tally tally;
  tally.count(declared, "a", "call()", "EPERM", alone);
  tally.cut_short("no memory");
  EXPECT_EQ(tally.claim(), Claim::undecided);
  EXPECT_EQ(tally.reason().view(), "no memory");
}

TEST(Tally, SaysWhy) {
  Tally tally;
  EXPECT_EQ(tally.reason().view(), "no attempt was made");
  tally.count(declared, "a", "mount()", "EPERM", alone);
  EXPECT_EQ(tally.reason().view(), "mount(): EPERM");
  tally.count(declared, "b", "kill()", "ESRCH", alone);
  EXPECT_EQ(tally.reason().view(), "a: EPERM, b: ESRCH");
  tally.count(declared, "b", "kill()", "EIO", alone);
  EXPECT_EQ(tally.reason().view(), "kill(): EIO, neither passed nor denied");
  tally.count(declared, "a", "mount()", "ok", alone);
  EXPECT_EQ(tally.reason().view(), "mount() passed");
}

TEST(Sys, HandsBackValuesAndErrors) {
  EXPECT_EQ(sys(SYS_getpid).value, getpid());
  EXPECT_EQ(sys(SYS_close, -1).error, EBADF);
  errno = 0;
  EXPECT_FALSE(sys(SYS_kill, 0x7fffffff, 0));
  EXPECT_EQ(errno, 0);
}

}  // namespace
}  // namespace probe
