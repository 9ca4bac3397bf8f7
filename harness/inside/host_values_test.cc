#include "host_values.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace escapement::unwitnessed {
namespace {

const HostValues host{.boot_id = "b",
                      .release = "6.1",
                      .hostname = "outside",
                      .namespaces = {{"net", "net:[5]"}, {"pid", "pid:[6]"}},
                      .root = "1:2",
                      .interfaces = {"eth0", "lo"}};

Standing standing_in(const std::vector<Likeness>& all, const std::string& what) {
  for (const Likeness& each : all)
    if (each.what == what) return each.standing;
  ADD_FAILURE() << "nothing is said of " << what;
  return Standing::unknown;
}

TEST(HostValues, AreReadAsTheyWereWritten) {
  HostValues here = values_here({"/", "/no/such"});
  EXPECT_FALSE(here.boot_id.empty());
  EXPECT_EQ(here.files.size(), 1U);
  EXPECT_EQ(to_json(values_of(to_json(here).dump(), "file")), to_json(here));
}

TEST(HostValues, OfSomethingElseAreRefused) {
  for (const char* text : {"", "{}", "[]", "{\"host_values\": 2}"})
    EXPECT_THROW(values_of(text, "file"), std::invalid_argument) << text;
}

TEST(HostValues, AreTheHostsWhereAllIsTheSame) {
  for (const Likeness& each : compare(values_here({}), values_here({})))
    if (each.what != "interfaces") {
      EXPECT_EQ(each.standing, Standing::shared) << each.what << ": " << each.text;
    }
}

TEST(HostValues, TellWhichNamespacesAreTheHosts) {
  HostValues here = host;
  here.namespaces["pid"] = "pid:[7]";
  here.hostname = "inside";
  here.interfaces = {"eth1", "lo"};
  const std::vector<Likeness> all = compare(host, here);
  EXPECT_EQ(standing_in(all, "kernel"), Standing::shared);
  EXPECT_EQ(standing_in(all, "root"), Standing::shared);
  EXPECT_EQ(standing_in(all, "net"), Standing::shared);
  EXPECT_EQ(standing_in(all, "pid"), Standing::own);
  EXPECT_EQ(standing_in(all, "uts"), Standing::unknown);
  EXPECT_EQ(standing_in(all, "hostname"), Standing::own);
  EXPECT_EQ(standing_in(all, "interfaces"), Standing::own);
}

TEST(HostValues, MeanNothingToAnotherKernel) {
  HostValues here = host;
  here.boot_id = "another";
  const std::vector<Likeness> all = compare(host, here);
  for (const char* what : {"kernel", "root", "net", "pid"})
    EXPECT_EQ(standing_in(all, what), Standing::own) << what;
}

TEST(Standings, WithoutAHostAreOfTheFirstOfTheirKindAlone) {
  HostValues here = host;
  here.namespaces = {{"pid", "pid:[4026531836]"}, {"uts", "uts:[4026532000]"}};
  const Standings found = standings_of(nullptr, here);
  EXPECT_EQ(found.at("pid"), Standing::shared);
  EXPECT_FALSE(found.contains("uts"));  // it may be the host's yet
}

TEST(Standings, KnowTheFirstNetworkByItsSettings) {
  const std::string proc = testing::TempDir() + "proc";
  const std::string core = proc + "/sys/net/core";
  std::filesystem::create_directories(core);
  EXPECT_EQ(first_network(proc), Standing::unknown);
  std::ofstream(core + "/somaxconn") << 1;
  EXPECT_EQ(first_network(proc), Standing::unknown);
  std::ofstream(core + "/bpf_jit_enable") << 1;
  EXPECT_EQ(first_network(proc), Standing::shared);
  std::filesystem::remove_all(proc);
}

}  // namespace
}  // namespace escapement::unwitnessed
