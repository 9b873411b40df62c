/* Columns, parameters and initial values of one worker's neurons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/draw.h"
#include "engine/machine.h"

enum { SLOT_PAD = 64 };

/* Inputs have a column only where a probe reads them. */
static int has_values(const struct ecp_population *population, size_t f)
{
    const enum ecp_field_kind kind = population->model->fields[f].kind;
    return kind == ECP_PARAM_EACH || kind == ECP_STATE || kind == ECP_COUNTER ||
           (population->probed >> f & 1);
}

double ecp_field_value(const struct ecp_law *law, struct ecp_philox_key key, size_t field,
                       ecp_lid neuron)
{
    uint32_t word[4] = {0};
    if (law->knot)
        ecp_rng_words(key, neuron, (uint32_t)field, 0, word);
    return ecp_law_value(law, word[0], neuron);
}

static enum ecp_status fill_values(struct ecp_worker *worker, int p, size_t f)
{
    const struct ecp_population *population = &worker->network->population[p];
    struct ecp_share *share = &worker->share[p];
    const struct ecp_philox_key key =
        ecp_rng_key(worker->network->plan->seed, ECP_FOR_PARAMETER, (size_t)p);
    struct ecp_law law;
    const enum ecp_status status = ecp_law_init(&law, &population->plan->field[f]);
    if (status != ECP_OK)
        return status;
    for (ecp_lid j = 0; j < share->n; j++) {
        const double value = ecp_field_value(&law, key, f, share->first + j);
        if (share->counter[f])
            share->counter[f][j] = (uint16_t)value;
        else
            share->column[f][j] = (ecp_real)value;
    }
    ecp_law_clear(&law);
    return ECP_OK;
}

static enum ecp_status fill_field(struct ecp_worker *worker, int p, size_t f)
{
    const int counter = worker->network->population[p].model->fields[f].kind == ECP_COUNTER;
    struct ecp_share *share = &worker->share[p];
    void *values =
        ecp_array((size_t)share->n + ECP_BLOCK, counter ? sizeof(uint16_t) : sizeof(ecp_real));
    if (!values)
        return ecp_fail(ECP_ENOMEM, "no memory for neurons");
    if (counter)
        share->counter[f] = values;
    else
        share->column[f] = values;
    return fill_values(worker, p, f);
}

enum ecp_status ecp_neurons_restart(struct ecp_worker *worker)
{
    enum ecp_status status = ECP_OK;
    for (int p = 0; p < worker->network->n_populations; p++) {
        const struct ecp_population *population = &worker->network->population[p];
        for (size_t f = 0; f < population->n_fields && status == ECP_OK; f++) {
            const enum ecp_field_kind kind = population->model->fields[f].kind;
            if (kind == ECP_STATE || kind == ECP_COUNTER)
                status = fill_values(worker, p, f);
        }
    }
    return status;
}

/* Where a parameter differs from neuron to neuron: each one's own parameters
 * and derived constants. */
static enum ecp_status fill_own(struct ecp_worker *worker, int p)
{
    const struct ecp_population *population = &worker->network->population[p];
    const struct ecp_plan *plan = worker->network->plan;
    struct ecp_share *share = &worker->share[p];
    const struct ecp_philox_key key = ecp_rng_key(plan->seed, ECP_FOR_PARAMETER, (size_t)p);
    const size_t width = population->n_fields;
    struct ecp_law law[ECP_MAX_FIELDS] = {{{0}, 0, 0, NULL}};
    enum ecp_status status = ECP_OK;

    share->own_param = ecp_array((size_t)share->n * width, sizeof(double));
    share->own_derived = ecp_array((size_t)share->n * ECP_MAX_DERIVED, sizeof(ecp_real));
    if (!share->own_param || !share->own_derived)
        return ecp_fail(ECP_ENOMEM, "no memory for the parameters of %s", population->plan->name);
    for (size_t f = 0; f < width; f++)
        ECP_TRY(ecp_law_init(&law[f], &population->plan->field[f]));
    for (ecp_lid j = 0; j < share->n; j++) {
        double *param = share->own_param + (size_t)j * width;
        for (size_t f = 0; f < width; f++)
            param[f] = ecp_field_value(&law[f], key, f, share->first + j);
        if (population->model->derive)
            ECP_TRY(population->model->derive(param, plan->dt,
                                              share->own_derived + (size_t)j * ECP_MAX_DERIVED));
    }
done:
    for (size_t f = 0; f < width; f++)
        ecp_law_clear(&law[f]);
    return status;
}

static enum ecp_status fill_statistics(struct ecp_share *share)
{
    share->count = ecp_array(share->n, sizeof *share->count);
    share->intervals = ecp_array(share->n, sizeof *share->intervals);
    share->interval_sum = ecp_array(share->n, sizeof *share->interval_sum);
    share->interval_square_sum = ecp_array(share->n, sizeof *share->interval_square_sum);
    share->last = ecp_array(share->n, sizeof *share->last);
    if (!share->count || !share->intervals || !share->interval_sum || !share->interval_square_sum ||
        !share->last)
        return ecp_fail(ECP_ENOMEM, "no memory for the statistics of spikes");
    for (ecp_lid j = 0; j < share->n; j++)
        share->last[j] = -1;
    return ECP_OK;
}

void ecp_accumulators_turn(struct ecp_worker *worker, ecp_step step)
{
    const size_t n_lanes = worker->network->n_ports * (size_t)(worker->n_slots / ECP_SECTION + 1);
    const size_t at = ((size_t)step & (worker->n_slices - 1)) * worker->slice_size;
    worker->compact = worker->arriving + at;
    for (size_t lane = 0; lane < n_lanes && lane < ECP_LANES; lane++)
        worker->lane[lane] = worker->lane_of_first[lane] + at;
}

void ecp_accumulators_empty(struct ecp_worker *worker)
{
    memset(worker->arriving, 0, worker->n_slices * worker->slice_size * sizeof(int32_t));
    memset(worker->slice_events, 0, sizeof worker->slice_events);
}

enum ecp_status ecp_accumulators_init(struct ecp_worker *worker, uint32_t n_slices)
{
    const struct ecp_network *network = worker->network;
    const size_t n = network->n_ports * worker->n_slots;
    const uint32_t sections = worker->n_slots / ECP_SECTION + 1;
    int32_t *arriving = ecp_array(n * n_slices + ECP_BLOCK, sizeof *arriving);
    if (!arriving)
        return ecp_fail(ECP_ENOMEM, "no memory for the inputs of neurons");
    free(worker->arriving);
    worker->arriving = arriving;
    worker->n_slices = n_slices;
    worker->slice_size = n;
    for (size_t port = 0; port < network->n_ports; port++)
        for (uint32_t section = 0; section < sections; section++) {
            const size_t lane = port * sections + section;
            if (lane < ECP_LANES)
                worker->lane_of_first[lane] =
                    arriving + port * worker->n_slots + (size_t)section * ECP_SECTION;
        }
    ecp_accumulators_turn(worker, 0);
    return ECP_OK;
}

static enum ecp_status fill_accumulators(struct ecp_worker *worker)
{
    const size_t n = worker->network->n_ports * worker->n_slots;
    worker->wide = ecp_array(n + ECP_BLOCK, sizeof *worker->wide);
    if (!worker->wide)
        return ecp_fail(ECP_ENOMEM, "no memory for the inputs of neurons");
    return ecp_accumulators_init(worker, 1);
}

enum ecp_status ecp_population_change(struct ecp_network *network, int population, int field,
                                      double value)
{
    struct ecp_population *p = &network->population[population];
    const double dt = network->plan->dt;
    enum ecp_status status = ECP_OK;
    p->param[field] = value;
    if (p->model->derive && !p->spread)
        ECP_TRY(p->model->derive(p->param, dt, p->derived));
    for (int w = 0; w < network->n_workers; w++) {
        struct ecp_share *share = &network->worker[w].share[population];
        for (ecp_lid j = 0; share->column[field] && j < share->n; j++)
            share->column[field][j] = (ecp_real)value;
        for (ecp_lid j = 0; p->spread && j < share->n; j++) {
            double *param = share->own_param + (size_t)j * p->n_fields;
            param[field] = value;
            if (p->model->derive)
                ECP_TRY(
                    p->model->derive(param, dt, share->own_derived + (size_t)j * ECP_MAX_DERIVED));
        }
    }
done:
    return status;
}

enum ecp_status ecp_neurons_build(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    uint32_t slot = 0;
    for (int p = 0; p < network->n_populations; p++) {
        const struct ecp_population *population = &network->population[p];
        struct ecp_share *share = &worker->share[p];
        const size_t size = population->plan->size;
        share->first = ecp_share_first(network, size, network->rank, worker->id);
        share->n = ecp_share_first(network, size, network->rank, worker->id + 1) - share->first;
        share->slot = slot;
        slot += (share->n + SLOT_PAD - 1) / SLOT_PAD * SLOT_PAD;
        for (size_t f = 0; f < population->n_fields; f++)
            if (has_values(population, f))
                ECP_TRY(fill_field(worker, p, f));
        if (population->spread)
            ECP_TRY(fill_own(worker, p));
        ECP_TRY(fill_statistics(share));
    }
    worker->n_slots = slot;
    ECP_TRY(fill_accumulators(worker));
done:
    return status;
}

void ecp_neurons_clear(struct ecp_worker *worker)
{
    for (int p = 0; p < worker->network->n_populations && worker->share; p++) {
        struct ecp_share *share = &worker->share[p];
        for (int f = 0; f < ECP_MAX_FIELDS; f++) {
            free(share->column[f]);
            free(share->counter[f]);
        }
        free(share->own_param);
        free(share->own_derived);
        free(share->count);
        free(share->intervals);
        free(share->interval_sum);
        free(share->interval_square_sum);
        free(share->last);
    }
    free(worker->share);
    free(worker->arriving);
    free(worker->wide);
}
