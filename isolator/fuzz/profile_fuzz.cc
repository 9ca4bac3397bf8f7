// Any bytes as a profile: it is taken or refused by one line that says where, and what is taken can be
// planned. Lines that begin with "#set " are settings laid over it; to TOML they are comments.

#include <isolator/plan.h>
#include <isolator/posture.h>
#include <isolator/profile.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace isolator;

constexpr std::string_view setting_mark = "#set ";

std::vector<std::string> settings_in(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(setting_mark)) out.emplace_back(line.substr(setting_mark.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return out;
}

[[noreturn]] void broken(const char* what, const std::string& said) {
  std::fprintf(stderr, "%s: %s\n", what, said.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Profile profile;
  try {
    profile = parse_profile(text, "profile", settings_in(text));
  } catch (const ProfileError& e) {
    const std::string said = e.what();
    if (said.find('\n') != said.npos) broken("more than one line", said);
    if (!said.starts_with("profile") && !said.starts_with("--set ")) broken("no place", said);
    return 0;
  }
  layers(profile.spec);
  expected(profile.spec);
  profile.spec.process.argv = {"x"};
  try {
    describe(compile(profile.spec));
  } catch (const Error& e) {  // of this host, or of this user
    if (e.step == Step::validate && e.object.find("need root") == e.object.npos)
      broken("taken as a profile, refused as a plan", e.what());
  }
  return 0;
}
