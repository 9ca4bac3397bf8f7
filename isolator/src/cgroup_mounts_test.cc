#include "cgroup_mounts.h"

#include <gmock/gmock.h>
#include <isolator/error.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

namespace isolator::cgroup {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Directories that stand for mount points, and the text of a mountinfo that says so.
class CgroupMounts : public testing::Test {
 protected:
  CgroupMounts() {
    std::string name = fs::temp_directory_path() / "cgroup_mounts.XXXXXX";
    top = ::mkdtemp(name.data());
    struct stat st;
    ::stat(top.c_str(), &st);
    device = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  }
  ~CgroupMounts() override { fs::remove_all(top); }

  std::string directory(const std::string& name) const {
    fs::create_directories(top + "/" + name);
    return top + "/" + name;
  }
  void add_v1(const std::string& point, const std::string& controllers, const std::string& root = "/") {
    tables.mountinfo += "40 31 " + device + " " + root + " " + top + "/" + point +
                        " rw,relatime shared:9 - cgroup cgroup rw," + controllers + "\n";
  }
  void add_v2(const std::string& point, const std::string& controllers) {
    std::ofstream(directory(point) + "/cgroup.controllers") << controllers << "\n";
    tables.mountinfo +=
        "41 31 " + device + " / " + top + "/" + point + " rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
  }
  Error failure(std::string_view controller) const {
    try {
      const Hierarchy found = find(tables, controller);
      ADD_FAILURE() << "found " << found.own;
    } catch (const Error& error) {
      return error;
    }
    return Error(Step::exec, "", 0);
  }

  std::string top, device;
  Tables tables{"22 27 0:21 / /proc rw,relatime - proc proc rw\n", ""};
};

TEST_F(CgroupMounts, AHybridHostDecidesForEachController) {
  directory("pids/a");
  directory("both");
  directory("unified/c");
  add_v1("pids", "pids");
  add_v1("both", "cpu,cpuacct");
  add_v1("cpuset", "cpuset");
  add_v2("unified", "io memory hugetlb");
  tables.membership = "3:cpuset:/\n2:cpu,cpuacct:/\n1:pids:/a\n0::/c\n";

  EXPECT_EQ(find(tables, "pids").own, top + "/pids/a");
  EXPECT_FALSE(find(tables, "pids").v2);
  EXPECT_EQ(find(tables, "cpu").own, top + "/both");
  const Hierarchy memory = find(tables, "memory");
  EXPECT_TRUE(memory.v2);
  EXPECT_EQ(memory.mount, top + "/unified");
  EXPECT_EQ(memory.own, top + "/unified/c");
}

TEST_F(CgroupMounts, NamesMayHoldSpacesAndColons) {
  directory("with space/a:b c");
  add_v1("with\\040space", "pids");
  tables.membership = "1:pids:/a:b c\n";
  EXPECT_EQ(find(tables, "pids").own, top + "/with space/a:b c");
}

TEST_F(CgroupMounts, APartOfTheHierarchyMountedIsTakenOffTheName) {
  directory("part/inner");
  add_v1("part", "pids", "/docker/abc");
  tables.membership = "1:pids:/docker/abc/inner\n";
  EXPECT_EQ(find(tables, "pids").own, top + "/part/inner");
  tables.membership = "1:pids:/docker/abc\n";
  EXPECT_EQ(find(tables, "pids").own, top + "/part");
}

TEST_F(CgroupMounts, ACgroupThatNoMountShowsIsAnError) {
  directory("part");
  directory("partdef");  // what a careless reader would find
  directory("other");
  const auto expect_hidden = [&](const std::string& path) {
    tables.membership = "1:pids:" + path + "\n";
    const Error error = failure("pids");
    EXPECT_EQ(error.code().value(), ENOENT) << path;
    EXPECT_THAT(error.hint, HasSubstr("not below any mount"));
  };
  add_v1("part", "pids", "/docker/abc");
  for (const char* path : {"/docker/abcdef", "/docker", "/", "/../other"}) expect_hidden(path);
  tables.mountinfo.clear();
  add_v1("part", "pids", "/");  // the root of a cgroup namespace, which the caller is not in
  expect_hidden("/../other");
  tables.mountinfo.clear();
  add_v1("part", "pids", "/..");  // above it: the names between are not known
  for (const char* path : {"/", "/../../other"}) expect_hidden(path);
}

TEST_F(CgroupMounts, AMountThatAnotherCoversIsPassedOver) {
  directory("covered");
  directory("open");
  add_v1("covered", "pids");
  tables.mountinfo.replace(tables.mountinfo.find(device), device.size(), "0:99999");
  add_v1("open", "pids");
  tables.membership = "1:pids:/\n";
  EXPECT_EQ(find(tables, "pids").own, top + "/open");
}

TEST_F(CgroupMounts, AMissingControllerIsAnError) {
  directory("cpuset");
  add_v1("cpuset", "cpuset");
  add_v2("unified", "cpuset hugetlb");
  tables.membership = "1:cpuset:/\n0::/\n";
  for (const char* controller : {"cpu", "memory", "pids"}) {
    const Error error = failure(controller);
    EXPECT_EQ(error.step, Step::cgroup);
    EXPECT_EQ(error.object, controller);
    EXPECT_EQ(error.code().value(), EOPNOTSUPP);
    EXPECT_THAT(error.hint, HasSubstr("no mounted cgroup hierarchy"));
  }
}

TEST_F(CgroupMounts, ThisHostsOwnTablesAreRead) {
  const Tables now = read_tables();
  EXPECT_THAT(now.mountinfo, HasSubstr(" - proc "));
  EXPECT_THAT(now.membership, HasSubstr(":/"));
}

}  // namespace
}  // namespace isolator::cgroup
