// Programs of the host in a root that holds nothing else.

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run;
namespace fs = std::filesystem;

Spec with(std::vector<std::string> programs, std::vector<std::string> argv) {
  Spec spec;
  spec.unshare = Ns::user | Ns::mount | Ns::pid;
  spec.root = {.method = Root::Method::pivot_root, .from = std::move(programs)};
  spec.process.argv = std::move(argv);
  return spec;
}

struct Scratch {
  Scratch() {
    char name[] = "/tmp/escapement-test-XXXXXX";
    path = mkdtemp(name) != nullptr ? name : "";
  }
  ~Scratch() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(path + "/" + name) << content;
    fs::permissions(path + "/" + name, fs::perms(0755));
    return path + "/" + name;
  }
  std::string path;
};

TEST(RootFrom, BashAndLsRun) {
  const std::string seen =
      run(with({"/bin/bash", "/bin/ls"}, {"bash", "-c", "echo $((6 * 7)); ls /; cat /etc/passwd"})).output;
  EXPECT_THAT(seen, HasSubstr("42\n"));
  EXPECT_THAT(seen, HasSubstr("\nbin\nlib"));
  EXPECT_THAT(seen, Not(HasSubstr("etc\n"))) << "the C library is where its loader looks by itself";
  EXPECT_THAT(seen, HasSubstr("cat: command not found"));
}

// /bin is a link of the host's where /usr is merged, and a directory where not.
TEST(RootFrom, KeepsTheLinksOnTheWay) {
  const std::string seen = run(with({"/bin/bash", "/bin/ls"}, {"/bin/ls", "-ld", "/bin"})).output;
  EXPECT_EQ(seen[0], fs::is_symlink("/bin") ? 'l' : 'd') << seen;
}

TEST(RootFrom, BringsTheInterpreterOfAScript) {
  const Scratch scratch;
  const std::string script = scratch.file("script", "#!  /bin/bash -eu\necho from $0\n");
  EXPECT_EQ(run(with({script}, {script})).output, "from " + script + "\n");
}

TEST(RootFrom, TakesALibraryFromBesideItsProgram) {
  Spec spec = with({ESCAPEMENT_NEEDS}, {ESCAPEMENT_NEEDS});
  spec.mounts = {{.type = Mount::Type::proc, .target = "/proc"}};  // where the loader asks for $ORIGIN
  EXPECT_EQ(run(spec).output, "found beside\n");
}

TEST(RootFrom, GivesNoPrivilegeAlong) {
  const Scratch scratch;
  const std::string program = scratch.file("program", "");
  ASSERT_EQ(chmod(program.c_str(), 06755), 0);
  const std::string seen = run(with({program, "/bin/ls"}, {"/bin/ls", "-l", program})).output;
  EXPECT_THAT(seen, ::testing::StartsWith("-rwxr-xr-x "));
}

TEST(RootFrom, WritesNothingBack) {
  const Scratch scratch;
  const std::string script = scratch.file("script", "#!/bin/bash\necho overwritten > $0\n");
  run(with({script}, {script}));
  std::ifstream file(script);
  std::string first;
  EXPECT_TRUE(std::getline(file, first) && first == "#!/bin/bash");
}

struct Lack {
  const char* name;
  const char* content;
  const char* object;
  int err;
};
class Lacks : public ::testing::TestWithParam<Lack> {};

TEST_P(Lacks, AreNamed) {
  const Scratch scratch;
  const std::string file = scratch.file("file", GetParam().content);
  try {
    compile(with({file}, {file}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(name(e.step), "root");
    EXPECT_EQ(e.object, GetParam().object + (", for " + file));
    EXPECT_EQ(e.code().value(), GetParam().err);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Lacks,
                         ::testing::Values(Lack{"interpreter", "#!/no/such/shell", "/no", ENOENT},
                                           Lack{"directory", "#!/usr", "/usr", EISDIR},
                                           Lack{"device", "#!/dev/null", "/dev/null", EINVAL}),
                         [](const auto& param) { return param.param.name; });

TEST(RootFrom, NamesAFileThatIsNotThere) { EXPECT_THROW(compile(with({"/no/such/program"}, {"x"})), Error); }

// What the caller cannot read it cannot copy, and says so.
TEST(RootFrom, NamesALibraryThatIsNowhere) {
  try {
    compile(with({ESCAPEMENT_LACKS}, {ESCAPEMENT_LACKS}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("root libescapement_gone.so, for " ESCAPEMENT_LACKS ": No such file"));
  }
}

// A missing command and a missing loader give the same errno.
TEST(Exec, TellsAMissingCommandFromAMissingLoader) {
  const auto error = [](Spec spec) {
    try {
      launch(compile(std::move(spec))).wait();
    } catch (const Error& e) {
      return std::string(e.what()) + "; " + e.hint;
    }
    return std::string("it ran");
  };
  Spec spec = with({}, {"/bin/bash"});
  EXPECT_THAT(error(spec),
              HasSubstr("exec /bin/bash: No such file or directory; there is no /bin/bash in the "
                        "fresh root: "));
  spec.process.argv = {"bash"};
  EXPECT_THAT(error(spec), HasSubstr("exec bash: No such file or directory; there is no bash in "
                                     "/usr/local/bin:/usr/bin:/bin of the fresh root: "));
  spec.mounts = {{.source = "/bin/bash", .target = "/bin/bash", .read_only = true}};
  EXPECT_THAT(error(spec),
              HasSubstr("exec bash: No such file or directory; the file is there, but not the loader"));
  spec.process.argv = {"/bin/bash"};
  EXPECT_THAT(error(spec), HasSubstr("exec /bin/bash: No such file or directory; the file is there"));
}

}  // namespace
}  // namespace isolator
