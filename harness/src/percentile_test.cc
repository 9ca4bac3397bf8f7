#include "percentile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace escapement {
namespace {

std::vector<microseconds> shuffled(int n) {
  std::vector<microseconds> out;
  for (int i = 1; i <= n; ++i) out.emplace_back(i);
  std::shuffle(out.begin(), out.end(), std::mt19937(1));
  return out;
}

TEST(Percentile, nothing_of_nothing) { EXPECT_FALSE(distribution({})); }

TEST(Percentile, one_sample_is_all_of_them) {
  auto d = distribution({microseconds(7)});
  ASSERT_TRUE(d);
  EXPECT_EQ(d->p50.count(), 7);
  EXPECT_EQ(d->p90.count(), 7);
  EXPECT_EQ(d->p99.count(), 7);
  EXPECT_EQ(d->samples, 1u);
}

// The percentile is the smallest sample that at least p per cent of all samples do not exceed.
TEST(Percentile, nearest_rank_for_every_size) {
  for (int n = 1; n <= 205; ++n) {
    auto d = distribution(shuffled(n));
    ASSERT_TRUE(d);
    auto expected = [&](int p) {
      int k = 1;
      while (100 * k < p * n) ++k;
      return k;
    };
    EXPECT_EQ(d->p50.count(), expected(50)) << n;
    EXPECT_EQ(d->p90.count(), expected(90)) << n;
    EXPECT_EQ(d->p99.count(), expected(99)) << n;
    EXPECT_EQ(d->samples, static_cast<std::size_t>(n));
  }
}

}  // namespace
}  // namespace escapement
