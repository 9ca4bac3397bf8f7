// Witnesses by their names, several of one attack, and those that only tell a probe what it may ask for.

#include "worker.h"

#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <sstream>
#include <stdexcept>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::value_of;
using testing::Worker;

ProbeInfo probe_with(const std::vector<std::string>& witness) {
  return {.id = "p",
          .cls = "c",
          .guarantee = "c.g",
          .summary = "",
          .witness = witness,
          .attempts = {},
          .opening = {},
          .program = "",
          .description = {}};
}

/// What these witnesses say together of a process with the umask 027.
Observation of_all(const std::vector<std::string>& names) {
  const ProbeInfo probe = probe_with(names);
  const auto witness = make_witness(probe, {}, {});
  Worker worker([](const std::string&) { return umask(027), ""; });
  EXPECT_EQ(witness->plant({.pid = worker.pid()}).not_planted, "");
  worker.go();
  return witness->observe({});
}

constexpr char is_so[] = "status Umask: 0027", is_not[] = "status Umask: 0000", unseen[] = "status Uma: 0";

TEST(Together, ReachedWhereOneOfThemSaysSo) {
  EXPECT_EQ(of_all({is_so, is_not}).finding, Finding::reached);
  EXPECT_EQ(of_all({is_not, is_so}).finding, Finding::reached);
  EXPECT_EQ(of_all({unseen, is_so}).finding, Finding::reached);
  EXPECT_EQ(of_all({is_so, unseen}).finding, Finding::reached);
  EXPECT_EQ(of_all({is_not, is_not}).finding, Finding::unchanged);
}

TEST(Together, UnknownWhereOneOfThemCannotTell) {
  EXPECT_EQ(of_all({unseen, is_not}).finding, Finding::unknown);
  EXPECT_EQ(of_all({is_not, unseen}).finding, Finding::unknown);
}

TEST(Together, SayAllThatTheySaw) {
  EXPECT_EQ(of_all({is_so, unseen}).text, "the host sees Umask: 0027; the host sees no Uma: in its status");
}

TEST(Together, GiveOneOrder) {
  const ProbeInfo probe = probe_with({"boottime", "session", "owner"});
  const std::string order = make_witness(probe, {}, {})->plant({.pid = getpid()}).order;
  EXPECT_NE(value_of(order, "boottime"), "");
  EXPECT_NE(value_of(order, "uid"), "");
  EXPECT_THAT(order, ::testing::Not(HasSubstr("  ")));
}

TEST(Together, PlantNothingWhereOneOfThemCannot) {
  const ProbeInfo probe = probe_with({"session", "ipc shm"});
  EXPECT_THAT(make_witness(probe, {}, {})->plant({}).not_planted, HasSubstr("would stay on the host"));
}

TEST(MakeWitness, KnowsThemByTheirNames) {
  EXPECT_THROW(make_witness(probe_with({"nobody"}), {}, {}), std::invalid_argument);
  EXPECT_THROW(make_witness(probe_with({}), {}, {}), std::invalid_argument);
}

TEST(InterfaceWitness, IsToldTheRestOfTheLine) {
  const Plantings plantings{.interface_line = "lo/1/00:00:00:00:00:00", .interface_prefix = "lo/"};
  const auto witness = interface_witness(plantings);
  Worker worker([](const std::string& order) {
    return value_of(order, "prefix") + std::to_string(if_nametoindex("lo")) + "/00:00:00:00:00:00";
  });
  Record record;
  record.saw = {worker.go(witness->plant({}).order)};
  EXPECT_EQ(witness->observe(record).finding, Finding::reached);
  record.saw = {"lo/"};
  EXPECT_EQ(witness->observe(record).finding, Finding::unchanged);
  const Plantings none{.no_interface = "no interface"};
  EXPECT_EQ(interface_witness(none)->plant({}).not_planted, "no interface");
}

TEST(FamiliesWitness, NamesThoseThatAreThere) {
  std::istringstream order(families_witness()->plant({}).order);
  std::string families, netlink, diag;
  order >> families >> netlink >> diag;
  const auto numbers = [](std::string list) {
    std::vector<int> out;
    std::replace(list.begin(), list.end(), ',', ' ');
    std::istringstream words(list.substr(list.find('=') + 1));
    for (int number; words >> number;) out.push_back(number);
    return out;
  };
  for (const int family : numbers(families)) {
    const isolator::Fd any(socket(family, SOCK_RAW | SOCK_CLOEXEC, 0));
    EXPECT_TRUE(any || errno != EAFNOSUPPORT) << family;
  }
  EXPECT_THAT(numbers(netlink), ::testing::Contains(0)) << "NETLINK_ROUTE, which every network has";
  for (const int protocol : numbers(netlink)) {
    const isolator::Fd any(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    EXPECT_TRUE(any || errno != EPROTONOSUPPORT) << protocol;
  }
  EXPECT_THAT(diag, ::testing::MatchesRegex("diag=[01]"));
}

}  // namespace
}  // namespace escapement
