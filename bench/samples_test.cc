#include "samples.h"

#include <gtest/gtest.h>

#include <numeric>

namespace bench {
namespace {

Samples backwards_from(int n) {
  Samples samples(static_cast<std::size_t>(n));
  std::iota(samples.rbegin(), samples.rend(), 1);
  return samples;
}

TEST(Percentiles, AreValuesThatWereMeasured) {
  const Percentiles p = percentiles(backwards_from(200));
  EXPECT_EQ(p.p50, 100);
  EXPECT_EQ(p.p90, 180);
  EXPECT_EQ(p.p99, 198);
}

TEST(Percentiles, OfFewSamplesEndAtTheLargest) {
  const Percentiles p = percentiles({3, 1, 2});
  EXPECT_EQ(p.p50, 2);
  EXPECT_EQ(p.p90, 3);
  EXPECT_EQ(p.p99, 3);
}

TEST(Percentiles, OfNothingAreZero) { EXPECT_EQ(percentiles({}).p99, 0); }

}  // namespace
}  // namespace bench
