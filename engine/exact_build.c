/* Building what the exact mode needs on one worker. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/exact.h"
#include "engine/exact_private.h"
#include "engine/stimulus.h"

double ecp_exact_window(const struct ecp_network *network)
{
    double shortest = ECP_EXACT_LONGEST_WINDOW;
    for (size_t k = 0; k < network->plan->n_projections; k++)
        shortest = fmin(shortest, ecp_connector_shortest_ms(&network->connector[k]));
    return shortest;
}

/* ---- neurons --------------------------------------------------------- */

/* Initial states, in double precision whatever the build's ecp_real. */
static enum ecp_status load_states(const struct ecp_worker *worker, int p)
{
    const struct ecp_population *population = &worker->network->population[p];
    const struct ecp_share *share = &worker->share[p];
    struct ecp_exact_share *exact = &worker->exact->share[p];
    const struct ecp_philox_key key =
        ecp_rng_key(worker->network->plan->seed, ECP_FOR_PARAMETER, (size_t)p);
    for (size_t f = 0; f < population->n_fields; f++) {
        const int position = ecp_exact_position(exact->table, (int)f);
        struct ecp_law law;
        if (position < 0)
            continue;
        const enum ecp_status status = ecp_law_init(&law, &population->plan->field[f]);
        if (status != ECP_OK)
            return status;
        for (ecp_lid j = 0; j < share->n; j++)
            exact->state[(size_t)j * ECP_EXACT_STATES + (size_t)position] =
                ecp_field_value(&law, key, f, share->first + j);
        ecp_law_clear(&law);
    }
    return ECP_OK;
}

static void set_constants(const struct ecp_worker *worker, int p)
{
    const struct ecp_population *population = &worker->network->population[p];
    const struct ecp_share *share = &worker->share[p];
    struct ecp_exact_share *exact = &worker->exact->share[p];
    const size_t sets = population->spread ? share->n : 1;
    for (size_t j = 0; j < sets; j++) {
        const double *param =
            population->spread ? share->own_param + j * population->n_fields : population->param;
        exact->constants[j] = ecp_exact_constants_of(exact->table, param);
    }
}

static enum ecp_status find_drives(struct ecp_worker *worker, int p)
{
    const struct ecp_plan *plan = worker->network->plan;
    struct ecp_exact_share *exact = &worker->exact->share[p];
    exact->drive = ecp_array(plan->n_stimuli + 1, sizeof *exact->drive);
    if (!exact->drive)
        return ecp_fail(ECP_ENOMEM, "no memory for stimuli");
    for (size_t k = 0; k < plan->n_stimuli; k++)
        if (plan->stimulus[k]->target.population == p &&
            plan->stimulus[k]->kind == ECP_STIMULUS_POISSON)
            exact->drive[exact->n_drives++] = (int)k;
    const size_t n = (size_t)worker->share[p].n * (size_t)exact->n_drives;
    exact->next = ecp_array(n + 1, sizeof *exact->next);
    exact->drawn = ecp_array(n + 1, sizeof *exact->drawn);
    return exact->next && exact->drawn ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for stimuli");
}

static enum ecp_status build_share(struct ecp_worker *worker, int p)
{
    const struct ecp_population *population = &worker->network->population[p];
    const size_t n = worker->share[p].n;
    struct ecp_exact_share *exact = &worker->exact->share[p];
    exact->table = population->model->exact;
    exact->constants_stride = population->spread ? 1 : 0;
    exact->constants = ecp_array(population->spread ? n + 1 : 1, sizeof *exact->constants);
    exact->state = ecp_array(n * ECP_EXACT_STATES + 1, sizeof *exact->state);
    exact->time = ecp_array(n, sizeof *exact->time);
    exact->free_at = ecp_array(n, sizeof *exact->free_at);
    exact->crossing = ecp_array(n, sizeof *exact->crossing);
    exact->current = ecp_array(n, sizeof *exact->current);
    exact->filed = ecp_array(n, sizeof *exact->filed);
    exact->fired = ecp_array(n, sizeof *exact->fired);
    if (!exact->constants || !exact->state || !exact->time || !exact->free_at || !exact->crossing ||
        !exact->current || !exact->filed || !exact->fired)
        return ecp_fail(ECP_ENOMEM, "no memory for the neurons of %s", population->plan->name);
    set_constants(worker, p);
    enum ecp_status status = load_states(worker, p);
    if (status == ECP_OK)
        status = find_drives(worker, p);
    for (ecp_lid j = 0; status == ECP_OK && j < n; j++) {
        exact->filed[j] = -1;
        exact->free_at[j] = -INFINITY;
        worker->exact->population[worker->share[p].slot + j] = p;
    }
    return status;
}

/* ---- synapses -------------------------------------------------------- */

enum { PROJECTIONS = 0xffffff }; /* that a synapse can tell apart */

struct listing {
    struct ecp_worker *worker;
    const struct ecp_plan_projection *projection;
    uint32_t index; /* of the projection */
    uint64_t *next; /* per source: counts, then places */
    int filling;
};

static void list_batch(void *context, const struct ecp_batch *batch)
{
    const struct listing *list = context;
    const struct ecp_plan_projection *p = list->projection;
    const ecp_gid first = list->worker->network->plan->population[p->source]->first;
    const struct ecp_share *share = &list->worker->share[p->target];
    for (size_t k = 0; k < batch->n; k++) {
        const uint64_t at = list->next[first + batch->source[k]]++;
        if (list->filling)
            list->worker->exact->synapse[at] = (struct ecp_exact_synapse){
                batch->weight[k], batch->delay_ms[k],
                share->slot + (batch->target[k] - share->first),
                (uint8_t)(batch->weight[k] < 0 ? p->port_negative : p->port_positive),
                list->index & PROJECTIONS};
    }
}

static enum ecp_status list_all(struct ecp_worker *worker, uint64_t *next, int filling)
{
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < network->plan->n_projections && status == ECP_OK; k++) {
        struct listing list = {worker, network->plan->projection[k], (uint32_t)k, next, filling};
        const struct ecp_emit emit = {list_batch, &list, ECP_EMIT_REAL_DELAYS};
        const struct ecp_share *share = &worker->share[list.projection->target];
        status = ecp_connect(&network->connector[k], share->first, share->n, &emit);
    }
    return status;
}

static enum ecp_status build_synapses(struct ecp_worker *worker)
{
    struct ecp_exact_worker *exact = worker->exact;
    const size_t n = worker->network->plan->n_neurons;
    uint64_t *next = ecp_array(n + 1, sizeof *next), total = 0;
    enum ecp_status status = ECP_OK;
    exact->row = ecp_array(n + 2, sizeof *exact->row);
    if (!next || !exact->row) {
        status = ecp_fail(ECP_ENOMEM, "no memory for synapses");
        goto done;
    }
    ECP_TRY(list_all(worker, next, 0));
    for (size_t s = 0; s < n; s++) {
        exact->row[s] = total;
        total += next[s];
        next[s] = exact->row[s];
    }
    exact->row[n] = total;
    exact->synapse_bytes = total * sizeof *exact->synapse;
    exact->synapse = ecp_pages(exact->synapse_bytes);
    if (!exact->synapse) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %.1f GB of synapses",
                          (double)exact->synapse_bytes * 1e-9);
        goto done;
    }
    ECP_TRY(list_all(worker, next, 1));
done:
    free(next);
    return status;
}

/* ---- all ------------------------------------------------------------- */

static enum ecp_status build_calendar(struct ecp_worker *worker)
{
    struct ecp_exact_worker *exact = worker->exact;
    const struct ecp_network *network = worker->network;
    const double window = ecp_exact_window(network);
    double longest = 0;
    for (size_t k = 0; k < network->plan->n_projections; k++)
        longest = fmax(longest, ecp_connector_longest_ms(&network->connector[k]));
    const double needed = longest / window + 3;
    if (needed > 1 << 22)
        return ecp_fail(ECP_ECONFIG,
                        "exact mode: delays from %g to %g ms lie too far apart; at most 1 : 4e6",
                        window, longest);
    exact->n_buckets = 256;
    while ((double)exact->n_buckets < needed)
        exact->n_buckets *= 2;
    exact->arriving = ecp_array(exact->n_buckets, sizeof *exact->arriving);
    exact->due = ecp_array(exact->n_buckets, sizeof *exact->due);
    exact->active = ecp_array(worker->n_slots / 64 + 1, sizeof *exact->active);
    exact->first = ecp_array((size_t)worker->n_slots + 1, sizeof *exact->first);
    exact->next_event = ecp_array(network->plan->n_stimuli + 1, sizeof *exact->next_event);
    if (!exact->arriving || !exact->due || !exact->active || !exact->first || !exact->next_event)
        return ecp_fail(ECP_ENOMEM, "no memory for events");
    return ECP_OK;
}

enum ecp_status ecp_exact_build(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    worker->exact = ecp_array(1, sizeof *worker->exact);
    if (!worker->exact)
        return ecp_fail(ECP_ENOMEM, "no memory for the exact mode");
    struct ecp_exact_worker *exact = worker->exact;
    exact->share = ecp_array((size_t)network->n_populations + 1, sizeof *exact->share);
    exact->population = ecp_array((size_t)worker->n_slots + 1, sizeof *exact->population);
    if (!exact->share || !exact->population)
        return ecp_fail(ECP_ENOMEM, "no memory for the exact mode");
    ECP_TRY(build_calendar(worker));
    for (int p = 0; p < network->n_populations; p++)
        ECP_TRY(build_share(worker, p));
    ECP_TRY(build_synapses(worker));
    exact->taken = -1;
    exact->stale = 1;
done:
    return status;
}

void ecp_exact_parameters(struct ecp_worker *worker)
{
    for (int p = 0; p < worker->network->n_populations; p++)
        set_constants(worker, p);
}

static void clear_share(struct ecp_exact_share *share)
{
    free(share->constants);
    free(share->state);
    free(share->time);
    free(share->free_at);
    free(share->crossing);
    free(share->current);
    free(share->filed);
    free(share->fired);
    free(share->drive);
    free(share->next);
    free(share->drawn);
}

void ecp_exact_clear(struct ecp_worker *worker)
{
    struct ecp_exact_worker *exact = worker->exact;
    if (!exact)
        return;
    for (int p = 0; exact->share && p < worker->network->n_populations; p++)
        clear_share(&exact->share[p]);
    for (size_t k = 0; k < exact->n_buckets; k++) {
        if (exact->arriving)
            free(exact->arriving[k].at);
        if (exact->due)
            free(exact->due[k].at);
    }
    free(exact->share);
    free(exact->row);
    ecp_pages_free(exact->synapse, exact->synapse_bytes);
    free(exact->arriving);
    free(exact->due);
    free(exact->far.at);
    free(exact->active);
    free(exact->first);
    free(exact->next);
    free(exact->mine.at);
    free(exact->population);
    free(exact->out[0].shot);
    free(exact->out[1].shot);
    free(exact->recent.shot);
    free(exact->next_event);
    free(exact);
    worker->exact = NULL;
}
