#include <isolator/pool.h>

#include "builder.h"
#include "launching.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace isolator {
namespace {

struct Built {
  explicit Built(const Plan& plan) : launching(plan, stack, true) {}
  Stack stack;
  Launching launching;  // its end before that of its stack
};

}  // namespace

struct Pool::State {
  State(const Plan& wanted, unsigned how_many) : plan(wanted), ahead(how_many) {}

  const Plan plan;
  const unsigned ahead;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::unique_ptr<Built>> ready;
  std::exception_ptr error;  // building waits until somebody has been told
  bool ended = false;
  // The parent of all: PR_SET_PDEATHSIG is of the thread that made a process, not of its process (prctl(2)).
  std::thread builder;

  void build();
  template <typename Condition>
  void await(std::unique_lock<std::mutex>& lock, Condition condition);
};

void Pool::State::build() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ended || (ready.size() < ahead && !error); });
    if (ended) return;
    lock.unlock();
    std::unique_ptr<Built> built;
    std::exception_ptr failed;
    try {
      built = std::make_unique<Built>(plan);
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    if (built) ready.push_back(std::move(built));
    error = failed;
    changed.notify_all();
  }
}

template <typename Condition>
void Pool::State::await(std::unique_lock<std::mutex>& lock, Condition condition) {
  changed.wait(lock, [&] { return error || condition(); });
  if (condition()) return;
  const std::exception_ptr failed = std::exchange(error, nullptr);
  changed.notify_all();
  std::rethrow_exception(failed);
}

Pool::Pool(const Plan& plan, unsigned ahead) : state_(std::make_unique<State>(plan, ahead)) {
  if (ahead == 0) throw Error(Step::validate, "a pool of none", 0);
  if (plan.store().spec.process.oom_score_adj)
    throw Error(Step::validate,
                "a sandbox that waits has the memory of its caller, and with it the OOM score: leave "
                "oom_score_adj out of a pool",
                0);
  state_->builder = std::thread([state = state_.get()] { state->build(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->changed.notify_all();
  state_->builder.join();
}

Child Pool::take() {
  std::unique_lock lock(state_->mutex);
  state_->await(lock, [&] { return !state_->ready.empty(); });
  const std::unique_ptr<Built> built = std::move(state_->ready.front());
  state_->ready.pop_front();
  lock.unlock();
  Child child = built->launching.finish();
  state_->changed.notify_all();  // now, so that the next one is not built at the expense of this
  return child;
}

void Pool::fill() {
  std::unique_lock lock(state_->mutex);
  state_->await(lock, [&] { return state_->ready.size() >= state_->ahead; });
}

}  // namespace isolator
