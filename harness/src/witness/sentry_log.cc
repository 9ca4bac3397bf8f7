#include "sentry_log.h"

#include <seccomp.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

/// The number that begins `text`; 0 where none does.
long number_at(std::string_view text) {
  long out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

// I1123 04:13:36.393298 29430 strace.go:602] [ 1: 1] busybox X kill(0x63, SIGKILL) = 0 (0x0) errno=3 (no such
// process)
Answer answer_of_sentry(const std::string& line) {
  Answer out{};
  out.call.number = -1;
  // The name of the program may hold anything, so the call is looked for behind the task's number.
  const std::size_t traced = line.find("strace.go:"), task = line.find("] [", traced);
  const std::size_t ended = line.find(" X ", task), open = line.find('(', ended), result = line.rfind(") = ");
  if (traced == line.npos || task == line.npos || ended == line.npos || open == line.npos ||
      result == line.npos)
    return out;
  const std::string name = line.substr(ended + 3, open - ended - 3);
  const bool plain =
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!plain) return out;
  // Those that it does not know either have a number.
  out.call.number = name.starts_with("sys_") ? number_at(std::string_view(name).substr(4))
                                             : seccomp_syscall_resolve_name(name.c_str());
  const std::size_t error = line.find(" errno=", result);
  out.value = error == line.npos ? number_at(std::string_view(line).substr(result + 4))
                                 : -number_at(std::string_view(line).substr(error + 7));
  return out;
}

std::vector<Answer> answers_of_sentry(const std::string& directory) {
  std::vector<Answer> out;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry(directory, gone), end; !gone && entry != end;
       entry.increment(gone)) {
    if (entry->path().string().find(".boot") == std::string::npos) continue;  // the others are of its helpers
    std::ifstream file(entry->path());
    for (std::string line; std::getline(file, line);)
      if (const Answer answer = answer_of_sentry(line); answer.call.number >= 0) out.push_back(answer);
  }
  return out;
}

}  // namespace escapement
