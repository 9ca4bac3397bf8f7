#include "sentry_log.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

const std::string head = "I1123 04:13:36.393298   29430 strace.go:602] [   1:   1] ";

std::pair<long, long> read(const std::string& line) {
  const Answer answer = answer_of_sentry(line);
  return {answer.call.number, answer.value};
}

TEST(SentryLog, HasCallsThatEnded) {
  using Pair = std::pair<long, long>;
  EXPECT_EQ(read(head + "busybox X kill(0x63, SIGKILL) = 0 (0x0) errno=3 (no such process) (2.614µs)"),
            Pair(SYS_kill, -ESRCH));
  EXPECT_EQ(read(head + "o2 X brk(0x0) = 4902144 (0x4acd00) (501ns)"), Pair(SYS_brk, 4902144));
  EXPECT_EQ(read(head + "o2 X sys_437(0xff, 0x0) = 0 (0x0) errno=38 (invalid system call number) (11.387µs)"),
            Pair(437, -ENOSYS));
  EXPECT_EQ(
      read(head + "a b X c X write(0x1 host:[1], \"= 7 errno=1) = 9\", 0x31) = 49 (0x31) (29.113µs)").first,
      -1)
      << "a name with a call in it is no call";
  EXPECT_EQ(read(head + "o2 X write(0x1 host:[1], \") = 7 errno=1 \", 0x31) = 49 (0x31) (29.113µs)"),
            Pair(SYS_write, 49));
}

TEST(SentryLog, HasOtherLines) {
  for (const char* line : {"", "o2 E kill(0x63, SIGKILL)", "o2 X no_such_call(0x0) = 0 (0x0) (1µs)"})
    EXPECT_LT(read(head + line).first, 0) << line;
  EXPECT_LT(
      read("I1123 04:13:36.393298   29430 loader.go:602] [   1:   1] o2 X kill(0x63) = 0 (0x0) (1µs)").first,
      0);
  EXPECT_LT(read("").first, 0);
}

TEST(SentryLog, IsThatOfTheKernelAlone) {
  char directory[] = "/tmp/sentry-log-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  const std::string top = directory;
  std::ofstream(top + "/runsc.log.1.boot.txt") << head << "o2 E brk(0x0)\n"
                                               << head << "o2 X brk(0x0) = 1 (0x1) (1µs)\n";
  std::ofstream(top + "/runsc.log.1.gofer.txt") << head << "o2 X brk(0x0) = 2 (0x2) (1µs)\n";
  const std::vector<Answer> answers = answers_of_sentry(top);
  std::filesystem::remove_all(top);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].value, 1);
  EXPECT_TRUE(answers_of_sentry(top).empty()) << "there is no log any more";
}

}  // namespace
}  // namespace escapement
