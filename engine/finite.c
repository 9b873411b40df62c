#include "engine/finite.h"

#include <math.h>
#include <string.h>

#include "mpi/comm.h"

/* Zero times what is not finite is not a number. */
static int all_finite(const ecp_real *restrict column, ecp_lid n)
{
    ecp_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (ecp_lid j = 0; j < n; j++)
        sum += column[j] * 0;
    return sum == 0;
}

/* The first neuron of the share and, of its states, the first. */
static int find(const struct ecp_population *population, const struct ecp_share *share,
                struct ecp_stray *out)
{
    int found = 0;
    for (size_t f = 0; f < population->n_fields; f++) {
        const ecp_real *column = share->column[f];
        ecp_lid j = 0;
        if (population->model->fields[f].kind != ECP_STATE || all_finite(column, share->n))
            continue;
        while (isfinite(column[j]))
            j++;
        if (found && share->first + j >= out->neuron)
            continue;
        out->neuron = share->first + j;
        out->field = (int)f;
        out->value = isnan(column[j]) ? (double)NAN : (double)column[j]; /* without a sign */
        found = 1;
    }
    return found;
}

void ecp_finite_look(struct ecp_worker *worker, ecp_step now)
{
    const struct ecp_network *network = worker->network;
    struct ecp_stray *stray = &worker->stray;
    if ((now % ECP_FINITE_STEPS != 0 && now != network->phase_end) || stray->step > 0)
        return;
    for (int p = 0; p < network->n_populations; p++)
        if (find(&network->population[p], &worker->share[p], stray)) {
            stray->population = p;
            stray->step = now;
            return;
        }
}

static int comes_before(const struct ecp_stray *a, const struct ecp_stray *b)
{
    if (a->step != b->step)
        return a->step < b->step;
    if (a->population != b->population)
        return a->population < b->population;
    return a->neuron < b->neuron;
}

/* The smallest of all ranks' numbers, which are not negative. */
static int64_t least(const struct ecp_network *network, int64_t mine)
{
    int64_t most = -mine;
    ecp_comm_most(network->comm, &most, 1);
    return -most;
}

/* *stray becomes the first of all ranks' (step INT64_MAX: none); 0 when there is none. */
static int find_first(const struct ecp_network *network, struct ecp_stray *stray)
{
    const struct ecp_stray own = *stray;
    stray->step = least(network, own.step);
    if (stray->step == INT64_MAX)
        return 0;
    const int64_t place = (int64_t)own.population << 32 | own.neuron;
    const int64_t first = least(network, own.step == stray->step ? place : INT64_MAX);
    int64_t rest[2] = {-1, INT64_MIN};
    if (own.step == stray->step && place == first) {
        rest[0] = own.field;
        memcpy(&rest[1], &own.value, sizeof own.value);
    }
    ecp_comm_most(network->comm, rest, 2);
    stray->population = (int)(first >> 32);
    stray->neuron = (ecp_lid)(first & UINT32_MAX);
    stray->field = (int)rest[0];
    memcpy(&stray->value, &rest[1], sizeof stray->value);
    return 1;
}

enum ecp_status ecp_finite_agree(const struct ecp_network *network)
{
    struct ecp_stray first = {.step = INT64_MAX};
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_stray *stray = &network->worker[w].stray;
        if (stray->step > 0 && comes_before(stray, &first))
            first = *stray;
    }
    if (!find_first(network, &first))
        return ECP_OK;
    const struct ecp_population *population = &network->population[first.population];
    return ecp_fail(ECP_ENUMERIC, "%s[%u] (%s): %s is %g at %g ms", population->plan->name,
                    first.neuron, population->model->name,
                    population->model->fields[first.field].name, first.value,
                    (double)first.step * network->plan->dt);
}
