#include "calibrate.h"

#include "calibrate_layers.h"
#include "controls.h"
#include "host.h"
#include "judge.h"
#include "report_text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace escapement {
namespace {

using Layers = std::set<std::string>;

/// A cell to be: this probe, without these layers.
struct Attack {
  std::size_t probe;
  Layers without;
  const isolator::Profile* profile;
};

constexpr std::size_t most_parts = 7;  // of an opening: 128 sandboxes

class Attacks {
 public:
  Attacks(const Request& request, std::string path) : request_(request), path_(std::move(path)) {}

  // What a layer takes away is at times also a part of an opening: then once is enough.
  void add(std::size_t probe, const std::vector<const Layer*>& without) {
    std::vector<std::string> settings;
    Layers names;
    for (const Layer* layer : without) {
      names.insert(layer->name);
      settings.insert(settings.end(), layer->settings.begin(), layer->settings.end());
    }
    const isolator::Profile* profile = with(settings);
    if (profile != nullptr && tried_.emplace(probe, profile).second) all_.push_back({probe, names, profile});
  }

  void add_all(const std::vector<Layer>& layers) {
    for (std::size_t probe = 0; probe < request_.probes.size(); ++probe) {
      add(probe, {});
      for (const Layer& layer : layers) add(probe, {&layer});
      const std::vector<Layer> parts = by_layer(request_.probes[probe].opening);
      if (parts.size() > most_parts)
        throw std::runtime_error(request_.probes[probe].id + ": its opening has too many parts");
      for (unsigned chosen = 1; chosen < 1U << parts.size(); ++chosen) {
        std::vector<const Layer*> without;
        for (std::size_t i = 0; i < parts.size(); ++i)
          if ((chosen >> i & 1) != 0) without.push_back(&parts[i]);
        add(probe, without);
      }
    }
  }

  const std::vector<Attack>& all() const { return all_; }

 private:
  // One for all attacks that need it: each sandbox is a fork of this process, which has to stay small. Null
  // where the settings contradict each other: no profile has them.
  const isolator::Profile* with(const std::vector<std::string>& settings) {
    const auto [found, fresh] = profiles_.try_emplace(settings);
    if (fresh) {
      try {
        found->second = isolator::load_profile(path_, settings);
      } catch (const isolator::ProfileError&) {
      }
    }
    return found->second ? &*found->second : nullptr;
  }

  const Request& request_;
  std::string path_;
  std::map<std::vector<std::string>, std::optional<isolator::Profile>> profiles_;  // by settings
  std::set<std::pair<std::size_t, const isolator::Profile*>> tried_;
  std::vector<Attack> all_;
};

bool contains(const Layers& all, const Layers& part) {
  return std::includes(all.begin(), all.end(), part.begin(), part.end());
}

/// Those that contain no other of them.
std::vector<Layers> smallest(std::vector<Layers> sets) {
  std::sort(sets.begin(), sets.end(), [](const Layers& a, const Layers& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  std::vector<Layers> out;
  for (const Layers& set : sets)
    if (std::none_of(out.begin(), out.end(), [&](const Layers& each) { return contains(set, each); }))
      out.push_back(set);
  return out;
}

std::string words(const Layers& layers) {
  return layers.empty() ? "as it is" : "without " + text::join({layers.begin(), layers.end()}, ", ");
}

}  // namespace

Calibration calibrate(const Request& request,
                      const std::function<void(std::size_t, std::size_t, const std::string&)>& progress) {
  const auto began = std::chrono::steady_clock::now();
  const isolator::Profile& profile = request.profiles.at(0);
  const std::vector<Layer> layers = removable_layers(profile.spec);
  Calibration out{.host = this_host(), .profile = profile.name};
  for (const Layer& layer : layers) out.layers.push_back(layer.name);

  Attacks attacks(request, request.profile_paths.at(0));
  attacks.add_all(layers);
  const Demand demand = demand_of(profile.spec);
  std::vector<Cell> cells;
  for (const Attack& attack : attacks.all())
    cells.push_back({.profile = attack.profile, .probe = &request.probes[attack.probe], .demand = demand});
  const Attacked attacked = attack_with_controls(
      request, demand, cells,
      [&](std::size_t done, std::size_t total, const Cell& cell) { progress(done, total, cell.probe->id); });

  const std::size_t probes = request.probes.size();
  std::vector<std::vector<Layers>> escaped(probes);
  for (std::size_t i = 0; i < probes; ++i) {
    const ProbeInfo& probe = request.probes[i];
    out.probes.push_back({.id = probe.id,
                          .cls = probe.cls,
                          .guarantee = probe.guarantee,
                          .control = control_of(request, i, attacked.controls[i])});
  }
  for (std::size_t i = 0; i < attacks.all().size(); ++i) {
    const Attack& attack = attacks.all()[i];
    const Record& record = attacked.records[i];
    if (!record.not_built.empty()) {
      out.unbuilt.insert({words(attack.without), record.not_built});
      continue;
    }
    const Judgement judged =
        judge(request.probes[attack.probe], attack.profile->spec, record, attacked.controls[attack.probe]);
    if (judged.verdict == Verdict::escaped) escaped[attack.probe].push_back(attack.without);
    if (judged.verdict == Verdict::broken)
      out.probes[attack.probe].broken.push_back(words(attack.without) + ": " + judged.reason);
  }
  for (std::size_t i = 0; i < probes; ++i) out.probes[i].openers = smallest(escaped[i]);
  out.sandboxes = probes + cells.size();
  out.changed = attacked.changed;
  out.elapsed = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  return out;
}

std::vector<std::string> vacuous_probes(const Calibration& calibration) {
  std::vector<std::string> out;
  for (const ProbeCalibration& probe : calibration.probes)
    if (probe.openers.empty() && probe.control.verdict != Verdict::escaped && !probe.control.absent)
      out.push_back(probe.id);
  return out;
}

std::vector<std::string> untested_layers(const Calibration& calibration) {
  Layers tested;
  for (const ProbeCalibration& probe : calibration.probes)
    for (const Layers& opener : probe.openers) tested.insert(opener.begin(), opener.end());
  std::vector<std::string> out;
  for (const std::string& layer : calibration.layers)
    if (!tested.contains(layer)) out.push_back(layer);
  return out;
}

std::map<std::string, Depth> depths(const Calibration& calibration) {
  std::map<std::string, Depth> out;
  for (const ProbeCalibration& probe : calibration.probes)
    for (const Layers& opener : probe.openers) {
      const auto [found, fresh] = out.try_emplace(probe.guarantee, Depth{opener.size(), opener, probe.id});
      if (!fresh && opener.size() < found->second.number) found->second = {opener.size(), opener, probe.id};
    }
  return out;
}

std::map<std::string, std::vector<std::string>> matrix(const Calibration& calibration) {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string& layer : calibration.layers) out[layer];
  for (const ProbeCalibration& probe : calibration.probes)
    for (const Layers& opener : probe.openers)
      if (opener.size() == 1) out[*opener.begin()].push_back(probe.id);
  return out;
}

int exit_code(const Calibration& calibration) {
  const auto broken = [](const ProbeCalibration& probe) { return !probe.broken.empty(); };
  if (!calibration.changed.empty() ||
      std::any_of(calibration.probes.begin(), calibration.probes.end(), broken))
    return 3;
  return vacuous_probes(calibration).empty() && untested_layers(calibration).empty() ? 0 : 1;
}

}  // namespace escapement
