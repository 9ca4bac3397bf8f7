#include <isolator/profile.h>

#include <gmock/gmock.h>

namespace isolator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> layers_of(const std::string& toml) {
  return layers(parse_profile("name = \"p\"\n" + toml, "p.toml").spec);
}

TEST(Layers, OfAnEmptyProfile) {
  EXPECT_THAT(layers_of(""), ElementsAre("no_new_privs"));
  EXPECT_THAT(layers_of("[process]\nno_new_privs = false"), IsEmpty());
}

TEST(Layers, OfWhatIsOnlySometimesThere) {
  EXPECT_THAT(layers_of(R"(
[namespaces]
new = ["mount"]
[root]
method = "chroot"
masked_paths = ["/a"]
read_only_paths = ["/b"]
[identity]
gid = 3
[rlimits]
nofile = 5
as = "1GiB"
[limits]
memory = "1MiB"
swap = 0
[process]
no_new_privs = false)"),
              ElementsAre("mount", "chroot", "masked paths", "read-only paths", "identity", "limits.memory",
                          "rlimits.as", "rlimits.nofile"));
}

TEST(Layers, OfACgroupByWhatItLimits) {
  EXPECT_THAT(layers_of("[limits]\ndevices = []\ncpuset.mems = \"0\"\nio.weight = 50"),
              ElementsAre("no_new_privs", "limits.cpuset", "limits.io", "limits.devices"));
}

TEST(Layers, AreInTheirOrderWhateverTheProfiles) {
  EXPECT_THAT(layers_of("[root]\nmethod = \"move\"\n[namespaces]\nnew = [\"time\", \"mount\"]"),
              ElementsAre("mount", "time", "move", "no_new_privs"));
}

TEST(Layers, DoNotNameWhatChangesNothing) {
  EXPECT_THAT(layers_of("[identity]\nuid = 0\ngid = 0\n[seccomp]\nmode = \"off\""),
              ElementsAre("no_new_privs"));
}

TEST(Layers, NameAnIdentityByAnyPartOfIt) {
  EXPECT_THAT(layers_of("[identity]\nuid = 1"), ElementsAre("identity", "no_new_privs"));
  EXPECT_THAT(layers_of("[identity]\ngroups = [1]"), ElementsAre("identity", "no_new_privs"));
  EXPECT_THAT(layers_of("[namespaces]\nnew = [\"user\"]\n[identity]\nuid_map = [\"0 0 1\"]"),
              ElementsAre("user", "identity", "no_new_privs"));
}

}  // namespace
}  // namespace isolator
