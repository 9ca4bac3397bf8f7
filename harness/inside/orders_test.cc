#include "orders.h"

#include <gmock/gmock.h>

namespace escapement::unwitnessed {
namespace {

ProbeInfo probe(std::vector<std::string> witness) {
  return {.id = "probe", .witness = std::move(witness), .description = nlohmann::json::object()};
}

const HostValues here{.boot_id = "b", .namespaces = {{"uts", "uts:[4026531838]"}, {"net", "net:[5]"}}};

TEST(Orders, SayWhichNamespacesMayBeTheHosts) {
  EXPECT_EQ(
      order_for(probe({"trace"}), nullptr, here, {{"pid", Standing::own}, {"net", Standing::shared}}).text,
      "shared=cgroup,ipc,mount,net,time,user,uts,session");
}

TEST(Orders, LeaveOutWhatSomebodyOutsideHasToPlantOrToSee) {
  for (const char* kind : {"listener tcp", "victim", "root", "planted /tmp", "left /tmp", "memory",
                           "processes", "outlives", "session"}) {
    const Order order = order_for(probe({"trace", kind}), nullptr, here, {});
    EXPECT_NE(order.left_out, "") << kind;
    EXPECT_EQ(order.text, "") << kind;
  }
}

TEST(Orders, LeaveOutAWitnessThatIsNotKnown) {
  EXPECT_EQ(order_for(probe({"oracle"}), nullptr, here, {}).left_out,
            "needs the witness oracle, which is not known from within");
}

TEST(Orders, LeaveOutWhatAllOfAMachineWouldFeel) {
  ProbeInfo all = probe({"trace"});
  all.description["only_in_guest"] = true;
  EXPECT_EQ(order_for(all, nullptr, here, {}).left_out, "all of a machine would feel it");
}

TEST(Orders, LeaveOutWhatAttacksByABundle) {
  ProbeInfo bundled = probe({"trace"});
  bundled.bundle.emplace();
  EXPECT_EQ(order_for(bundled, nullptr, here, {}).left_out, "it attacks who starts a sandbox, by its bundle");
}

TEST(Orders, NameANamespaceWhereItIsKnown) {
  EXPECT_THAT(order_for(probe({"namespace uts"}), nullptr, here, {{"uts", Standing::shared}}).text,
              testing::EndsWith(" inode=4026531838"));
  EXPECT_EQ(order_for(probe({"namespace net"}), nullptr, here, {}).left_out,
            "needs values of the host: --host FILE");
  HostValues host = here;
  EXPECT_THAT(order_for(probe({"namespace net"}), &host, here, {{"net", Standing::shared}}).text,
              testing::EndsWith(" inode=5"));
  EXPECT_THAT(order_for(probe({"namespace net"}), &host, here, {{"net", Standing::own}}).text,
              testing::EndsWith(" inode=0"));
}

TEST(Orders, NameAFileOfTheHostToItsOwnKernelAlone) {
  HostValues host = here;
  host.files = {{"/etc/shadow", "12:34"}};
  EXPECT_THAT(order_for(probe({"file /etc/shadow"}), &host, here, {}).text,
              testing::EndsWith(" path=/etc/shadow device=12 inode=34"));
  EXPECT_EQ(order_for(probe({"file /etc/gone"}), &host, here, {}).left_out, "the host has no /etc/gone");
  host.boot_id = "another";
  EXPECT_NE(order_for(probe({"file /etc/shadow"}), &host, here, {}).left_out, "");
  EXPECT_NE(order_for(probe({"file /etc/shadow"}), nullptr, here, {}).left_out, "");
  EXPECT_THAT(files_of({probe({"file /a"}), probe({"trace"}), probe({"trace", "file /b"})}),
              testing::ElementsAre("/a", "/b"));
}

}  // namespace
}  // namespace escapement::unwitnessed
