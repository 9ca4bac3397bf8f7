#include "bundle.h"

#include "report_text.h"
#include "target/target.h"
#include "write_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <regex>
#include <stdexcept>
#include <system_error>

namespace escapement {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Entry {
  std::string kind, path, rest;
};

Entry entry_from(const std::string& words) {
  const std::size_t first = words.find(' '), second = words.find(' ', first + 1);
  Entry out{words.substr(0, first), "", ""};
  if (first != words.npos) out.path = words.substr(first + 1, second - first - 1);
  if (second != words.npos) out.rest = words.substr(second + 1);
  if (out.path.empty() || (out.kind != "symlink" && out.kind != "directory" && out.kind != "file") ||
      (out.kind == "symlink" && out.rest.empty()))
    throw std::invalid_argument(
        "bundle: " + words +
        ": expected \"symlink PATH TARGET\", \"directory PATH\" or \"file PATH CONTENT\"");
  const fs::path path(out.path);
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end())
    throw std::invalid_argument("bundle: " + words + ": expected a path below the root directory");
  return out;
}

void fill_in(json& value, const Place& place) {
  if (value.is_string()) {
    value = text::replaced(text::replaced(value, "{root}", place.root), "{directory}", place.directory);
  } else if (value.is_structured()) {
    for (json& each : value) fill_in(each, place);
  }
}

void check(bool made, const std::string& path) {
  if (!made) throw std::system_error(errno, std::generic_category(), "bundle: " + path);
}

}  // namespace

Bundle bundle_from(const json& described) {
  Bundle out{described.at("patch"), described.at("entries"), described.at("refusals")};
  if (!out.patch.is_array()) throw std::invalid_argument("bundle: the patch is no list of changes");
  for (const std::string& entry : out.entries) entry_from(entry);
  for (const std::string& refusal : out.refusals) {
    // One that matches nothing said would take every failure for a defence.
    if (std::regex_search("", std::regex(refusal)))
      throw std::invalid_argument("bundle: " + refusal +
                                  ": expected an expression that does not match everything");
  }
  return out;
}

json changed_config(const json& config, const Bundle& bundle, const Place& place) {
  json patch = bundle.patch;
  fill_in(patch, place);
  try {
    return config.patch(patch);
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("bundle: config.json cannot be changed so: ") + e.what());
  }
}

void make_entries(const Bundle& bundle, const Place& place) {
  const fs::path root = fs::canonical(place.root);
  for (const std::string& words : bundle.entries) {
    const Entry entry = entry_from(words);
    const fs::path path = root / entry.path;
    // An entry that was made before may be a link: nothing is made through it.
    if (fs::canonical(path.parent_path()) != path.parent_path())
      throw std::invalid_argument("bundle: " + words + ": there is a link on the way");
    if (entry.kind == "directory") {
      if (!fs::is_directory(fs::symlink_status(path))) check(mkdir(path.c_str(), 0755) == 0, path);
      continue;
    }
    // Only what the skeleton left empty gives way: unlink(2) of a probe would be a mistake of the bundle.
    if (rmdir(path.c_str()) != 0) check(errno == ENOENT, path);
    if (entry.kind == "symlink")
      check(symlink(entry.rest.c_str(), path.c_str()) == 0, path);
    else
      write_file(path, entry.rest);
  }
}

bool is_refusal(const Bundle& bundle, const std::string& complaint) {
  return std::any_of(bundle.refusals.begin(), bundle.refusals.end(), [&](const std::string& refusal) {
    return std::regex_search(complaint, std::regex(refusal));
  });
}

}  // namespace escapement
