#include "units.h"

#include <gmock/gmock.h>

namespace isolator {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

TEST(Units, SizesNeedAUnit) {
  EXPECT_THAT(parse_size("0B"), Optional(0U));
  EXPECT_THAT(parse_size("512B"), Optional(512U));
  EXPECT_THAT(parse_size("16KiB"), Optional(16U << 10));
  EXPECT_THAT(parse_size("64MiB"), Optional(64U << 20));
  EXPECT_THAT(parse_size("3GiB"), Optional(3ULL << 30));
  EXPECT_THAT(parse_size("1TiB"), Optional(1ULL << 40));
  for (const char* bad :
       {"", "64", "MiB", "64M", "64MB", "64 MiB", " 64MiB", "64mib", "-1MiB", "+1MiB", "1.5MiB", "64MiBs"})
    EXPECT_THAT(parse_size(bad), Eq(std::nullopt)) << bad;
}

TEST(Units, SizesDoNotWrapAround) {
  EXPECT_THAT(parse_size("16777215TiB"), Optional(16777215ULL << 40));
  EXPECT_THAT(parse_size("16777216TiB"), Eq(std::nullopt));  // 2^64
  EXPECT_THAT(parse_size("18446744073709551615B"), Optional(~0ULL));
  EXPECT_THAT(parse_size("18446744073709551616B"), Eq(std::nullopt));
}

TEST(Units, ListsAreThoseOfCpuset) {
  EXPECT_THAT(parse_list("0", 7), Optional(ElementsAre(0)));
  EXPECT_THAT(parse_list("5,0-2,2-3", 7), Optional(ElementsAre(0, 1, 2, 3, 5)));
  EXPECT_THAT(parse_list("7", 7), Optional(ElementsAre(7)));
  for (const char* bad : {"", ",", "0,", ",0", "0-", "-1", "2-1", "8", "0-8", "0x1", "0 1", "+1", "0-1-2"})
    EXPECT_THAT(parse_list(bad, 7), Eq(std::nullopt)) << bad;
  EXPECT_EQ(list_text({}), "");
  EXPECT_EQ(list_text({5, 0, 2, 1, 7, 8}), "0-2,5,7-8");
}

TEST(Units, DurationsNeedAUnit) {
  EXPECT_THAT(parse_duration("500ms"), Optional(milliseconds(500)));
  EXPECT_THAT(parse_duration("10s"), Optional(milliseconds(10'000)));
  EXPECT_THAT(parse_duration("2m"), Optional(milliseconds(120'000)));
  EXPECT_THAT(parse_duration("1h"), Optional(milliseconds(3'600'000)));
  EXPECT_THAT(parse_duration("0s"), Optional(milliseconds(0)));
  for (const char* bad : {"", "10", "s", "10 s", "1.5s", "-1s", "10sec", "10us", "9223372036854775807h"})
    EXPECT_THAT(parse_duration(bad), Eq(std::nullopt)) << bad;
}

TEST(Units, LongestDurationFitsADeadlineInNanoseconds) {
  const std::optional<milliseconds> longest = parse_duration("4611686018427ms");
  ASSERT_TRUE(longest);
  EXPECT_GT((std::chrono::nanoseconds(*longest) + std::chrono::nanoseconds(*longest)).count(), 0);
  EXPECT_THAT(parse_duration("4611686018428ms"), Eq(std::nullopt));
}

TEST(Units, OctalIsAMode) {
  EXPECT_THAT(parse_octal("1777"), Optional(01777U));
  EXPECT_THAT(parse_octal("0022"), Optional(022U));
  EXPECT_THAT(parse_octal("7777"), Optional(07777U));
  for (const char* bad : {"", "8", "10000", "0o22", "-1", "22 ", "rwx"})
    EXPECT_THAT(parse_octal(bad), Eq(std::nullopt)) << bad;
}

TEST(Units, NumbersAreDecimalOrHexadecimal) {
  EXPECT_THAT(parse_unsigned("0"), Optional(0U));
  EXPECT_THAT(parse_unsigned("16"), Optional(16U));
  EXPECT_THAT(parse_unsigned("0xff"), Optional(255U));
  EXPECT_THAT(parse_unsigned("18446744073709551615"), Optional(~0ULL));
  for (const char* bad :
       {"", "0x", "010", "-1", "1_000", "18446744073709551616", "0x10000000000000000", "ff"})
    EXPECT_THAT(parse_unsigned(bad), Eq(std::nullopt)) << bad;
}

}  // namespace
}  // namespace isolator
