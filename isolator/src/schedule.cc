// When and where it runs: nice value, I/O priority, processors.

#include "builder.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>

namespace isolator {

void set_schedule(Builder& b) {
  const Process& process = b.spec().process;
  if (process.nice) {
    b.at(Step::schedule, "nice " + std::to_string(*process.nice));
    CALL(b, setpriority, FLAGS(PRIO_PROCESS), 0, *process.nice);
  }
  if (process.ioprio) {
    b.at(Step::schedule, "I/O priority");
    CALL(b, ioprio_set, FLAGS(IOPRIO_WHO_PROCESS), 0, *process.ioprio);
  }
  if (!process.processors.empty()) {
    b.at(Step::schedule, "processors");
    cpu_set_t set;
    CPU_ZERO(&set);
    std::string shown;
    for (const unsigned processor : process.processors) {
      CPU_SET(processor, &set);
      shown += (shown.empty() ? "" : ", ") + std::to_string(processor);
    }
    CALL(b, sched_setaffinity, 0, sizeof set, b.keep(set, "{" + shown + "}"));
  }
}

}  // namespace isolator
