/* One rank of a job whose other ranks are not there. */
#include <math.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/draw.h"
#include "engine/exchange_private.h"

/* The others of one population. */
struct others {
    uint64_t first, n;         /* numbers that they have here; own ones left out: */
    uint64_t own_first, own_n; /* ... these lie between them */
    double spikes;             /* own, lately: sum that decays */
    double neuron_ms;          /* own, in which these fell */
};

struct ecp_pretence {
    struct others *population;
    struct ecp_stream stream;
    ecp_step last;
    double given_hz; /* rate of the others until the own neurons have run a while; 0: none */
};

/* Rates are means over about so long (ms). */
static const double MEMORY_MS = 50;

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory to imitate the other ranks");
}

void ecp_exchange_stop_pretending(struct ecp_pretence *pretence)
{
    if (pretence)
        free(pretence->population);
    free(pretence);
}

/* ---- where own spikes go -------------------------------------------------- */

/* Targets that one neuron of population p has on other ranks. */
static double targets_elsewhere(const struct ecp_network *network, int p)
{
    double targets = 0;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const struct ecp_plan_projection *projection = network->plan->projection[k];
        if (projection->source == p)
            targets += ecp_connector_indegree(&network->connector[k]) *
                       (double)network->plan->population[projection->target]->size /
                       (double)network->plan->population[p]->size;
    }
    return targets * (network->n_ranks - 1) / network->n_ranks;
}

/* Ranks among them, when targets fall on ranks by chance. */
static double ranks_reached(const struct ecp_network *network, double targets)
{
    const double others = network->n_ranks - 1;
    return -others * expm1(-targets / others);
}

static enum ecp_status address(struct ecp_network *network, struct ecp_stream *stream)
{
    struct ecp_exchange *x = network->exchange;
    const uint32_t n_seats = x->seat_first[network->n_populations];
    const int others = network->n_ranks - 1;
    uint64_t total = 0;
    int *ranks = ecp_array((size_t)network->n_ranks, sizeof *ranks), n = 0;
    if (!ranks)
        return no_memory();
    for (int r = 0; r < network->n_ranks; r++)
        if (r != network->rank)
            ranks[n++] = r;
    ecp_mail_close(&x->mail);
    const enum ecp_status status =
        ecp_mail_open(network->comm, ranks, others, ranks, others, &x->mail);
    free(ranks);
    if (status != ECP_OK)
        return status;
    for (int p = 0; p < network->n_populations; p++) {
        const double reached = ranks_reached(network, targets_elsewhere(network, p));
        for (uint32_t s = x->seat_first[p]; s < x->seat_first[p + 1]; s++) {
            x->to_first[s] = total;
            total += (uint64_t)(reached + (double)(ecp_stream_next(stream) >> 11) * 0x1p-53);
        }
    }
    x->to_first[n_seats] = total;
    free(x->to);
    free(x->to_brief);
    free(x->number);
    x->to = NULL;
    x->to_brief = NULL;
    x->number = NULL;
    if (others <= UINT16_MAX + 1)
        x->to_brief = ecp_array(total + 1, sizeof *x->to_brief);
    else
        x->to = ecp_array(total + 1, sizeof *x->to);
    if (network->sources.bits)
        x->number = ecp_array(total + 1, sizeof *x->number);
    if ((!x->to && !x->to_brief) || (network->sources.bits && !x->number))
        return no_memory();
    for (uint64_t k = 0; k < total; k++) {
        const uint64_t letter = ecp_stream_below(stream, (uint64_t)others);
        if (x->to_brief)
            x->to_brief[k] = (uint16_t)letter;
        else
            x->to[k] = (uint32_t)letter;
        if (x->number)
            x->number[k] = (uint32_t)ecp_stream_below(stream, network->sources.n);
    }
    return ECP_OK;
}

/* ---- what others fire ------------------------------------------------------ */

static void find_others(const struct ecp_network *network, int p, struct others *o)
{
    const struct ecp_plan_population *population = network->plan->population[p];
    const struct ecp_sources *sources = &network->sources;
    const ecp_gid first = population->first, end = first + population->size;
    const ecp_gid own = first + ecp_share_first(network, population->size, network->rank, 0);
    const ecp_gid own_end =
        first + ecp_share_first(network, population->size, network->rank + 1, 0);
    o->first = ecp_source_number(sources, first);
    o->own_first = ecp_source_number(sources, own);
    o->own_n = ecp_source_number(sources, own_end) - o->own_first;
    o->n = ecp_source_number(sources, end) - o->first - o->own_n;
}

enum ecp_status ecp_exchange_pretend(struct ecp_network *network)
{
    struct ecp_pretence *pretence = ecp_array(1, sizeof *pretence);
    if (!pretence)
        return no_memory();
    network->exchange->pretence = pretence;
    pretence->given_hz = network->options.pretended_hz;
    pretence->stream = (struct ecp_stream){
        ecp_rng_key(network->plan->seed, ECP_FOR_PRETENCE, (size_t)network->rank), 0, 0, 0};
    pretence->population =
        ecp_array((size_t)network->n_populations + 1, sizeof *pretence->population);
    if (!pretence->population)
        return no_memory();
    for (int p = 0; p < network->n_populations; p++)
        find_others(network, p, &pretence->population[p]);
    return address(network, &pretence->stream);
}

/* Own spikes of the last epoch, and those of before that fade. */
static void measure(struct ecp_network *network, int64_t epoch, double span_ms)
{
    struct others *others = network->exchange->pretence->population;
    const double keep = exp(-span_ms / MEMORY_MS);
    for (int p = 0; p < network->n_populations; p++) {
        const struct ecp_share *first = &network->worker[0].share[p];
        const struct ecp_share *last = &network->worker[network->n_workers - 1].share[p];
        others[p].spikes *= keep;
        others[p].neuron_ms =
            others[p].neuron_ms * keep + span_ms * (double)(last->first + last->n - first->first);
    }
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_shots *shots = &network->worker[w].out[(epoch - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            int p = network->n_populations - 1;
            while (network->plan->population[p]->first > shots->shot[k].source)
                p--;
            others[p].spikes++;
        }
    }
}

static int imitate_one(struct ecp_exchange *x, const struct others *o, double mean, ecp_step steps)
{
    struct ecp_stream *stream = &x->pretence->stream;
    int fine = 1;
    const uint64_t n = o->n > 0 ? ecp_draw_binomial(stream, fmin(1, mean / (double)o->n), o->n) : 0;
    for (uint64_t k = 0; k < n; k++) {
        uint64_t number = o->first + ecp_stream_below(stream, o->n);
        if (number >= o->own_first)
            number += o->own_n;
        fine &= ecp_exchange_add(x, &x->own, number,
                                 (uint32_t)ecp_stream_below(stream, (uint64_t)steps));
    }
    return fine;
}

int ecp_exchange_imitate(struct ecp_network *network, int64_t epoch, ecp_step end)
{
    struct ecp_exchange *x = network->exchange;
    struct ecp_pretence *pretence = x->pretence;
    const ecp_step steps = end - pretence->last;
    int fine = 1;
    if (steps < 1)
        return 1;
    const double span_ms = (double)steps * network->plan->dt;
    measure(network, epoch, span_ms);
    for (int p = 0; p < network->n_populations; p++) {
        const struct others *o = &pretence->population[p];
        double per_ms = o->neuron_ms > 0 ? o->spikes / o->neuron_ms : 0;
        if (pretence->given_hz > 0)
            per_ms = pretence->given_hz * 1e-3;
        fine &= imitate_one(x, o, (double)o->n * per_ms * span_ms, steps);
    }
    pretence->last = end;
    return fine;
}
