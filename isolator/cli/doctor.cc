// What this host and this user can build, and what to do about the rest.

#include "commands.h"

#include <isolator/features.h>
#include <isolator/keeper.h>
#include <isolator/paths.h>

#include <nlohmann/json.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

namespace isolator::cli {
namespace {

// Each profile that ships, as it ships.
void add_profiles(std::vector<Feature>& out) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(share_directory() + "/profiles"))
    if (entry.path().extension() == ".toml") files.insert(entry.path());
  for (const std::filesystem::path& file : files) {
    Feature one = sandbox(load_profile(file));
    one.name = "profile." + file.stem().string();
    one.needed = false;
    out.push_back(std::move(one));
  }
}

bool lacks(const Feature& one) { return one.needed && !one.available; }

void print_json(const std::string& profile, const std::vector<Feature>& found, bool ready) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Feature& one : found)
    rows.push_back({{"name", one.name},
                    {"needed", one.needed},
                    {"available", one.available},
                    {"errno", one.err},
                    {"detail", one.detail},
                    {"remedy", one.remedy}});
  const nlohmann::ordered_json out = {
      {"profile", profile.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(profile)},
      {"ready", ready},
      {"features", std::move(rows)}};
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

std::string host() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine + ", uid " +
         std::to_string(geteuid());
}

// The remedies below the table: they are long, and one may serve several features.
void print_remedies(const std::vector<Feature>& found) {
  std::vector<std::string> told;
  for (const Feature& one : found) {
    if (one.remedy.empty() || std::find(told.begin(), told.end(), one.remedy) != told.end()) continue;
    told.push_back(one.remedy);
    std::string names;
    for (const Feature& other : found)
      if (other.remedy == one.remedy) names += (names.empty() ? "" : ", ") + other.name;
    std::printf("%s\n  %s\n", names.c_str(), one.remedy.c_str());
  }
  if (!told.empty()) std::puts("");
}

void print_text(const std::string& profile, const std::vector<Feature>& found, bool ready) {
  std::printf("%s\n\n", host().c_str());
  std::size_t width = 0;
  for (const Feature& one : found) width = std::max(width, one.name.size());
  std::string lacking;
  for (const Feature& one : found) {
    const std::string why = one.err == 0 ? "" : std::strerror(one.err);
    const std::string detail = one.detail + (one.detail.empty() || why.empty() ? "" : ": ") + why;
    std::printf("%c %-*s  %-7s  %s\n", lacks(one) ? '!' : ' ', int(width), one.name.c_str(),
                one.available ? "ok" : "missing", detail.c_str());
    if (lacks(one)) lacking += (lacking.empty() ? "" : ", ") + one.name;
  }
  std::puts("");
  print_remedies(found);
  const std::string what = profile.empty() ? "A sandbox" : profile;
  if (ready)
    std::printf("%s can be built here.\n", what.c_str());
  else
    std::printf("%s cannot be built here: %s.\n", what.c_str(), lacking.c_str());
}

}  // namespace

int doctor(const Options& options) try {
  const Profile profile = options.profile.empty() ? Profile() : load(options);
  if (options.profile.empty() && !options.settings.empty())
    throw std::runtime_error("--set is laid over a profile: name one with --profile");
  return under_keeper([&] {
    try {
      std::vector<Feature> found = options.profile.empty() ? features() : features(profile);
      if (options.profile.empty()) add_profiles(found);
      const bool ready = std::none_of(found.begin(), found.end(), lacks);
      options.json ? print_json(profile.name, found, ready) : print_text(profile.name, found, ready);
      std::fflush(stdout);
      return ready ? 0 : 1;
    } catch (const std::exception& e) {
      return explain(e);
    }
  });
} catch (const std::exception& e) {
  explain(e);
  return bad_usage;
}

}  // namespace isolator::cli
