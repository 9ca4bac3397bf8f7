// The main() of every GoogleTest program here. Where ESCAPEMENT_MUST_WORK is set, a test that skips has
// failed: a machine that can run every test, and does not, has proven nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace {

class MustWork : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    if (test.result()->Skipped()) ADD_FAILURE() << "skipped, and ESCAPEMENT_MUST_WORK is set";
  }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  const char* must = std::getenv("ESCAPEMENT_MUST_WORK");
  if (must != nullptr && std::string_view(must) == "1")
    testing::UnitTest::GetInstance()->listeners().Append(new MustWork);  // which then owns it
  return RUN_ALL_TESTS();
}
