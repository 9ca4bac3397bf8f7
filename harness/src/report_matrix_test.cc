#include "report_matrix.h"

#include <gmock/gmock.h>

#include "report_sample.h"
#include "report_text.h"

namespace escapement {
namespace {

const std::vector<std::string> ladder = {"open",      "chroot", "unshare",  "pivot", "cgroup", "capdrop",
                                         "container", "strict", "rootless", "judge", "agent"};

class MatrixTest : public testing::Test {
 protected:
  MatrixTest() {
    for (int i = 0; i < 11; ++i)
      results_.push_back(sample_result("chown-without-cap-chown", "privilege", "privilege.chown",
                                       i < 6 ? Verdict::escaped : Verdict::contained, i > 6, ""));
    Row row{"privilege", "chown-without-cap-chown", {}};
    for (const Result& r : results_) row.cells.push_back(&r);
    rows_ = {row};
  }
  std::vector<std::string> draw(unsigned width) {
    Style style;
    style.width = width;
    return matrix(rows_, ladder, style);
  }
  std::vector<Result> results_;
  std::vector<Row> rows_;
};

TEST_F(MatrixTest, side_by_side_where_there_is_room) {
  EXPECT_THAT(
      draw(120),
      testing::ElementsAre(
          "                           open  chroot  unshare  pivot  cgroup  capdrop  container  strict  "
          "rootless  judge  agent",
          "privilege",
          "  chown-without-cap-chown  ○     ○       ○        ○      ○       ○        •          ✓       ✓    "
          " "
          "    ✓      ✓"));
}

TEST_F(MatrixTest, staggered_where_there_is_less) {
  EXPECT_THAT(draw(80),
              testing::ElementsAre(
                  "                           open     unshare cgroup    container rootless agent",
                  "                           │ chroot │ pivot │ capdrop │ strict  │ judge  │", "privilege",
                  "  chown-without-cap-chown  ○ ○      ○ ○     ○ ○       • ✓       ✓ ✓      ✓"));
}

TEST_F(MatrixTest, in_blocks_where_there_is_little) {
  EXPECT_THAT(draw(60),
              testing::ElementsAre("                           open         unshare     cgroup",
                                   "                           │     chroot │     pivot │", "privilege",
                                   "  chown-without-cap-chown  ○     ○      ○     ○     ○", "",
                                   "                           capdrop      strict      judge",
                                   "                           │  container │  rootless │  agent",
                                   "privilege", "  chown-without-cap-chown  ○  •         ✓  ✓        ✓  ✓"));
}

TEST_F(MatrixTest, every_glyph_stands_below_its_heading_at_every_width) {
  for (unsigned width = 40; width <= 140; ++width) {
    std::vector<std::string> lines = draw(width);
    std::size_t seen = 0;
    std::vector<std::string> heads;
    for (const std::string& line : lines) {
      ASSERT_LE(text::width(line), width) << line;
      if (line.find("chown") == std::string::npos) {
        if (line.empty() || line == "privilege") continue;
        heads.push_back(line);
        continue;
      }
      // Replace each character by one byte, so that columns are indices.
      auto flat = [](const std::string& text) {
        std::string out;
        for (char c : text)
          if ((c & 0xc0) != 0x80) out += c;
        return out;
      };
      std::string cells = flat(line);
      for (std::size_t at = 27; at < cells.size(); ++at) {
        if (cells[at] == ' ') continue;
        ASSERT_LT(seen, ladder.size());
        bool below = false;
        for (const std::string& head : heads) {
          std::string text = flat(head);
          below = below || (at < text.size() && text.compare(at, ladder[seen].size(), ladder[seen]) == 0);
        }
        EXPECT_TRUE(below) << ladder[seen] << " at width " << width;
        ++seen;
      }
      heads.clear();
    }
    EXPECT_EQ(seen, ladder.size()) << width;
  }
}

TEST_F(MatrixTest, a_probe_that_was_not_run_leaves_a_blank) {
  rows_[0].cells[1] = nullptr;
  rows_[0].cells[10] = nullptr;
  EXPECT_EQ(draw(120)[2],
            "  chown-without-cap-chown  ○             ○        ○      ○       ○        •          ✓       "
            "✓         ✓");
}

TEST(Matrix, nothing_of_nothing) { EXPECT_THAT(matrix({}, {}, Style{}), testing::IsEmpty()); }

}  // namespace
}  // namespace escapement
