#include <isolator/error.h>

#include <array>

namespace isolator {

std::string_view name(Step step) noexcept {
  constexpr std::array names{
      "validate",     "cgroup",   "clone",       "maps",         "fds",      "session",    "hostname",
      "loopback",     "network",  "propagation", "mount",        "root",     "namespaces", "limits",
      "schedule",     "keyring",  "personality", "capabilities", "identity", "parent",     "cwd",
      "no_new_privs", "landlock", "seccomp",     "exec",         "wait"};
  static_assert(names.size() == std::size_t(Step::wait) + 1);
  return names[std::size_t(step)];
}

namespace {

std::string text(Step step, const std::string& object) {
  std::string out(name(step));
  if (!object.empty()) out += " " + object;
  return out;
}

}  // namespace

Error::Error(Step failed, std::string on, int err, std::string advice)
    : std::system_error(err, std::generic_category(), text(failed, on)),
      step(failed),
      object(std::move(on)),
      hint(std::move(advice)),
      failed_(text(step, object)) {}

const char* Error::what() const noexcept {
  return code().value() == 0 ? failed_.c_str() : std::system_error::what();
}

}  // namespace isolator
