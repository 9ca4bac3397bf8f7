#pragma once

#include <string>
#include <vector>

namespace escapement {

/// The program of that name in PATH, or in the directories of root's; empty where there is none.
std::string find_program(const std::string& name);

/// "NAME is not installed", naming the first of `names` that is not to be found; empty where all are.
std::string missing_program(const std::vector<std::string>& names);

/// In a child of fork(2): becomes the program, or ends with 127, as a shell does.
[[noreturn]] void execute(const std::vector<std::string>& argv);

/// What a program says on standard output and standard error, and how it ended.
struct Said {
  int status = -1;  ///< as wait(2) gives it
  std::string text;
};

/// Runs it to its end, with nothing on its standard input. Throws std::system_error where it cannot be
/// started, or does not end within `seconds`.
Said run_program(const std::vector<std::string>& argv, unsigned seconds = 60);

/// The same command in a mount namespace of its own, in an empty /run: what it keeps there goes with it,
/// however it ends.
std::vector<std::string> with_own_run(const std::vector<std::string>& argv);

/// The first line that `NAME --version` prints.
std::string version_of(const std::string& name);

/// As a shell would be told it.
std::string quoted(const std::vector<std::string>& argv);

}  // namespace escapement
