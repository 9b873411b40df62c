/* Spikes into counts, checksum and recordings: the same for both ways through
 * time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine.h"
#include "engine/stimulus.h"

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void count_interval(struct ecp_share *share, ecp_lid j, ecp_step step)
{
    if (share->last[j] >= 0) {
        const uint64_t interval = (uint64_t)(step - share->last[j]);
        share->intervals[j]++;
        share->interval_sum[j] += interval;
        share->interval_square_sum[j] += (double)interval * (double)interval;
    }
    share->last[j] = step;
    share->count[j]++;
}

/* Does a spike probe of a part of the population, or of a part of the time,
 * ask for this one? */
static int is_wanted(const struct ecp_network *network, int p, ecp_lid neuron, ecp_step stamp)
{
    const struct ecp_plan *plan = network->plan;
    const double time = (double)stamp * network->results_dt, half = plan->dt / 2;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        if (probe->kind == ECP_PROBE_SPIKES && probe->target.population == p &&
            time > probe->start - half && time < probe->stop - half &&
            ecp_subset_position(&probe->target, neuron) >= 0)
            return 1;
    }
    return 0;
}

void ecp_worker_record(struct ecp_worker *worker, int p, ecp_lid j, ecp_step stamp)
{
    const struct ecp_network *network = worker->network;
    const struct ecp_population *population = &network->population[p];
    struct ecp_share *share = &worker->share[p];
    struct ecp_events *events = &worker->events[p];
    const ecp_gid source = population->plan->first + share->first + j;
    worker->n_spikes++;
    worker->checksum += mixed(mixed(source + 1) + (uint64_t)stamp);
    if (share->tally)
        share->tally[j]++;
    if (network->counting)
        count_interval(share, j, stamp);
    if (!population->record ||
        (population->record_part && !is_wanted(network, p, share->first + j, stamp)))
        return;
    struct ecp_spike *event =
        ecp_room_for_one(events->event, events->n, &events->capacity, sizeof *event);
    if (!event) {
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory to record spikes"));
        return;
    }
    events->event = event;
    events->event[events->n++] = (struct ecp_spike){stamp, share->first + j};
}
