/* Waiting for other workers: look, then sleep.
 *
 * A few looks cost nothing where every worker has a core. Where a core is
 * shared with another program, spinning (or yielding, which gives the other
 * program a whole time slice) would stop the network for milliseconds at every
 * epoch; so a worker that has looked in vain sleeps until it is woken. */
#include <sched.h>
#include <stdint.h>
#include <time.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "engine/machine.h"

/* Under the thread sanitizer a look takes a hundred times as long; and bells and counts of
 * sleepers, which order the same accesses now and then, must not hide a gate that does not. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FEWER 100
#define ASIDE memory_order_relaxed
#endif
#endif
#ifndef FEWER
#define FEWER 1
#define ASIDE memory_order_seq_cst
#endif

enum {
    SPINS = 60000 / FEWER,     /* looks before sleeping, some 100 us (bench/README.md, "busy") */
    NAP_NANOSECONDS = 50000000 /* a failed worker rings no bell */
};

/* No pause instruction: a virtual machine takes a row of them for a lost wait
 * and gives the core away, which costs more than a whole epoch of a small
 * network (0.37 against 0.07 s for a model second). */
static inline void relax(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

static void sleep_until_rung(struct ecp_gate *other, uint32_t seen)
{
#if defined(__linux__)
    const struct timespec nap = {0, NAP_NANOSECONDS};
    (void)syscall(SYS_futex, &other->bell, FUTEX_WAIT_PRIVATE, seen, &nap, NULL, 0);
#else
    (void)other;
    (void)seen;
    (void)sched_yield();
#endif
}

static int is_done(const struct ecp_gate *other, int64_t epoch)
{
    return atomic_load(&other->done) >= epoch;
}

int ecp_gate_wait(struct ecp_network *network, struct ecp_gate *other, int64_t epoch)
{
    for (int spins = 0; spins < SPINS; spins++) {
        if (is_done(other, epoch))
            return 1;
        relax();
    }
    int failed = 0;
    atomic_fetch_add_explicit(&network->sleepers, 1, ASIDE);
    for (;;) {
        /* The bell is read before `done`: if it rings in between, the sleep
         * ends at once. */
        const uint32_t seen = atomic_load_explicit(&other->bell, ASIDE);
        if (is_done(other, epoch))
            break;
        failed = atomic_load(&network->failed);
        if (failed)
            break;
        sleep_until_rung(other, seen);
    }
    atomic_fetch_sub_explicit(&network->sleepers, 1, ASIDE);
    return !failed;
}

int ecp_worker_wait(struct ecp_worker *worker, int64_t epoch)
{
    struct ecp_network *network = worker->network;
    for (int w = 0; w < network->n_workers; w++)
        if (!ecp_gate_wait(network, &network->worker[w].gate, epoch))
            return 0;
    return 1;
}

void ecp_gate_open(struct ecp_network *network, struct ecp_gate *gate, int64_t epoch)
{
    /* Sequentially consistent with the sleepers' count: either this worker
     * sees the sleeper, or the sleeper sees the epoch. */
    atomic_store(&gate->done, epoch);
    if (atomic_load_explicit(&network->sleepers, ASIDE) == 0)
        return;
    atomic_fetch_add_explicit(&gate->bell, 1, ASIDE);
#if defined(__linux__)
    (void)syscall(SYS_futex, &gate->bell, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#endif
}
