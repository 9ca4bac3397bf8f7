// Many launches at once: four threads, each with one after the other. What is measured is the time of one
// round of all four, divided by the launches in it.

#include <exception>
#include <thread>

#include "launches.h"

namespace bench {
namespace {

constexpr int threads = 4, launches_each = 5;

// Throws what any of them threw.
void in_threads(const std::function<void()>& work) {
  std::vector<std::thread> crowd;
  std::exception_ptr failed[threads];
  for (int t = 0; t < threads; ++t)
    crowd.emplace_back([&, t] {
      try {
        for (int i = 0; i < launches_each; ++i) work();
      } catch (...) {
        failed[t] = std::current_exception();
      }
    });
  for (std::thread& each : crowd) each.join();
  for (const std::exception_ptr& each : failed)
    if (each) std::rethrow_exception(each);
}

Way crowd(const std::string& name, std::function<Work()> prepare) {
  return {"four_threads/" + name, [=]() -> Work {
            const Work round = timed([work = prepare()] { in_threads([&] { work(); }); });
            return [=] { return round() / (threads * launches_each); };
          }};
}

}  // namespace

std::vector<Way> crowds() {
  return {
      crowd("library_strict_no_net", [] { return way("library/strict_no_net_no_limits").prepare(); }),
      crowd("bwrap_share_net", [] { return way("peer/bwrap_share_net").prepare(); }),
      crowd("library_strict", [] { return way("library/strict").prepare(); }),
      crowd("bwrap", [] { return way("peer/bwrap").prepare(); }),
  };
}

}  // namespace bench
