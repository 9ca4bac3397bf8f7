#include "way.h"

#include <isolator/paths.h>

#include <stdexcept>

#include "samples.h"

namespace bench {

const char* const payload = BENCH_PAYLOAD;

isolator::Profile profile(const std::string& name) {
  isolator::Profile out = isolator::load_profile(isolator::profile_path(name));
  out.spec.process.program = payload;
  out.spec.process.argv = {"payload"};
  return out;
}

Work timed(std::function<void()> work) {
  return [work = std::move(work)] {
    const Clock::time_point began = Clock::now();
    work();
    return since(began);
  };
}

std::vector<Way> all_ways() {
  std::vector<Way> all = processes();
  for (const auto& group : {peers(), floors(), launches(), hosts(), crowds()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

Way way(const std::string& name) {
  for (const Way& one : all_ways())
    if (one.name == name) return one;
  throw std::out_of_range("no benchmark is called " + name);
}

}  // namespace bench
