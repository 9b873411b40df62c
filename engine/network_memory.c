#include "engine/network_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/checkpoint.h"
#include "engine/stimulus.h"
#include "mpi/comm.h"

/* One link at work. Counts are those since the beginning, of the neurons read. */
struct linked {
    const struct ecp_memory_link *plan;
    size_t memory, index; /* of the memory; of the link among the memory's */
    ecp_step every, start, stop;
    uint64_t *key_before, *value_before; /* rank 0: at the last time */
    double *key, *value, *level;         /* rows; level on all ranks */
    size_t n_level;
    int is_driven; /* levels have been told */
};

struct ecp_network_memories {
    struct ecp_memories *all; /* on rank 0 */
    size_t n_links;
    struct linked *link;
    uint64_t **total; /* of each population that is read: all counts, after gathering */
};

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the memories beside the network");
}

static size_t size_of(const struct ecp_network *network, int population)
{
    return network->plan->population[population]->size;
}

/* ---- building ------------------------------------------------------------------ */

/* Spikes of this population are counted from here on. */
static enum ecp_status read_population(struct ecp_network *network, int p)
{
    struct ecp_network_memories *m = network->memories;
    if (m->total[p])
        return ECP_OK;
    m->total[p] = ecp_array(size_of(network, p) + 1, sizeof **m->total);
    if (!m->total[p])
        return no_memory();
    for (int w = 0; w < network->n_workers; w++) {
        struct ecp_share *share = &network->worker[w].share[p];
        share->tally = ecp_array((size_t)share->n + 1, sizeof *share->tally);
        if (!share->tally)
            return no_memory();
    }
    return ECP_OK;
}

static enum ecp_status build_link(struct ecp_network *network, struct linked *l)
{
    const struct ecp_memory_link *plan = l->plan;
    const double dt = network->plan->dt;
    const size_t n_values = plan->value.every > 0 ? plan->value.source.count : 0;
    enum ecp_status status = ECP_OK;
    l->every = (ecp_step)llround(plan->key.every / dt);
    l->start = (ecp_step)llround(plan->key.start / dt);
    l->stop = isinf(plan->key.stop) ? INT64_MAX : (ecp_step)llround(plan->key.stop / dt);
    l->key_before = ecp_array(plan->key.source.count + 1, sizeof *l->key_before);
    l->key = ecp_array(plan->key.source.count + 1, sizeof *l->key);
    l->value_before = ecp_array(n_values + 1, sizeof *l->value_before);
    l->value = ecp_array(n_values + 1, sizeof *l->value);
    if (plan->stimulus >= 0)
        l->n_level = network->plan->stimulus[plan->stimulus]->target.count;
    l->level = ecp_array(l->n_level + 1, sizeof *l->level);
    if (!l->key_before || !l->key || !l->value_before || !l->value || !l->level)
        return no_memory();
    ECP_TRY(read_population(network, plan->key.source.population));
    if (n_values > 0)
        ECP_TRY(read_population(network, plan->value.source.population));
    for (int w = 0; plan->stimulus >= 0 && w < network->n_workers; w++)
        ECP_TRY(ecp_stimulus_own_levels(&network->worker[w], plan->stimulus));
done:
    return status;
}

enum ecp_status ecp_network_memories_build(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    if (plan->n_memories == 0)
        return ECP_OK;
    struct ecp_network_memories *m = network->memories = ecp_array(1, sizeof *m);
    for (size_t k = 0; k < plan->n_memories; k++)
        n += plan->memory[k]->n_links;
    if (m) {
        m->link = ecp_array(n + 1, sizeof *m->link);
        m->total = ecp_array(plan->n_populations + 1, sizeof *m->total);
    }
    if (!m || !m->link || !m->total)
        return no_memory();
    for (size_t k = 0; k < plan->n_memories; k++)
        for (size_t j = 0; j < plan->memory[k]->n_links; j++) {
            struct linked *l = &m->link[m->n_links++];
            l->plan = &plan->memory[k]->link[j];
            l->memory = k;
            l->index = j;
            ECP_TRY(build_link(network, l));
        }
    if (network->rank == 0)
        ECP_TRY(ecp_memories_create(plan, &m->all));
done:
    return status;
}

void ecp_network_memories_clear(struct ecp_network *network)
{
    struct ecp_network_memories *m = network->memories;
    if (!m)
        return;
    for (size_t k = 0; m->link && k < m->n_links; k++) {
        free(m->link[k].key_before);
        free(m->link[k].value_before);
        free(m->link[k].key);
        free(m->link[k].value);
        free(m->link[k].level);
    }
    for (int p = 0; m->total && p < network->n_populations; p++) {
        for (int w = 0; m->total[p] && w < network->n_workers; w++)
            free(network->worker[w].share[p].tally);
        free(m->total[p]);
    }
    ecp_memories_destroy(m->all);
    free(m->link);
    free(m->total);
    free(m);
    network->memories = NULL;
}

struct ecp_memories *ecp_network_memories(const struct ecp_network *network)
{
    return network->memories ? network->memories->all : NULL;
}

/* ---- when ------------------------------------------------------------------------- */

/* Is `now` one of its times? At `start` it only begins to count. */
static int is_due(const struct linked *l, ecp_step now)
{
    return now >= l->start && now <= l->stop && (now - l->start) % l->every == 0;
}

static ecp_step next_of(const struct linked *l, ecp_step now)
{
    const ecp_step next =
        now < l->start ? l->start : l->start + ((now - l->start) / l->every + 1) * l->every;
    return next <= l->stop ? next : INT64_MAX;
}

ecp_step ecp_network_memories_next(const struct ecp_network *network, ecp_step now)
{
    const struct ecp_network_memories *m = network->memories;
    ecp_step next = INT64_MAX;
    if (!m)
        return next;
    for (size_t k = 0; k < m->n_links; k++) {
        const ecp_step one = next_of(&m->link[k], now);
        next = one < next ? one : next;
    }
    const double time = m->all ? ecp_memories_next(m->all) / network->plan->dt : INFINITY;
    if (time < 1e15 && (ecp_step)ceil(time - 1e-6) < next)
        next = (ecp_step)ceil(time - 1e-6);
    return next > now ? next : now + 1;
}

/* ---- rates ------------------------------------------------------------------------- */

/* Counts of all neurons of a population, as sums over the ranks: each has only its own. */
static void gather(struct ecp_network *network, int p)
{
    uint64_t *total = network->memories->total[p];
    const size_t n = size_of(network, p);
    memset(total, 0, n * sizeof *total);
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_share *share = &network->worker[w].share[p];
        for (ecp_lid j = 0; j < share->n; j++)
            total[share->first + j] = share->tally[j];
    }
    ecp_comm_sum(network->comm, total, n);
}

enum ecp_status ecp_network_memories_gather(struct ecp_network *network)
{
    for (int p = 0; network->memories && p < network->n_populations; p++)
        if (network->memories->total[p])
            gather(network, p);
    return ECP_OK;
}

static ecp_lid neuron_at(const struct ecp_subset *subset, size_t k)
{
    return subset->list ? subset->list[k]
                        : (ecp_lid)(subset->first + k * (subset->stride ? subset->stride : 1));
}

/* The rates since `before` as a row. */
static void read_row(const struct ecp_memory_reading *r, const uint64_t *total, uint64_t *before,
                     double *row)
{
    const double below = r->form == ECP_FORM_SIGNS ? -1 : 0;
    for (size_t k = 0; k < r->source.count; k++) {
        const uint64_t now = total[neuron_at(&r->source, k)];
        const double rate = (double)(now - before[k]) / r->every * 1000;
        row[k] = r->scale * (rate - r->offset);
        if (r->form != ECP_FORM_REAL)
            row[k] = row[k] > r->threshold ? 1 : below;
        before[k] = now;
    }
}

/* ---- at one of its times --------------------------------------------------------------- */

static enum ecp_status use(struct ecp_network *network, struct linked *l, int *driven)
{
    struct ecp_network_memories *m = network->memories;
    const double time = (double)network->now * network->plan->dt;
    const int is_first = network->now == l->start;
    const int p = l->plan->key.source.population;
    if (network->rank > 0)
        return ECP_OK;
    read_row(&l->plan->key, m->total[p], l->key_before, l->key);
    if (l->plan->value.every > 0)
        read_row(&l->plan->value, m->total[l->plan->value.source.population], l->value_before,
                 l->value);
    if (is_first)
        return ECP_OK;
    if (l->plan->use == ECP_USE_STORE)
        return ecp_memories_link_store(m->all, l->memory, l->key,
                                       l->plan->value.every > 0 ? l->value : NULL);
    return ecp_memories_link_recall(m->all, l->memory, l->index, time, l->key,
                                    l->n_level > 0 ? l->level : NULL, driven);
}

static enum ecp_status drive(struct ecp_network *network, const struct linked *l)
{
    enum ecp_status status = ECP_OK;
    for (int w = 0; w < network->n_workers && status == ECP_OK; w++)
        status = ecp_stimulus_assign(&network->worker[w], l->plan->stimulus, l->level, l->n_level);
    return status;
}

static void to_levels(const struct ecp_network *network, struct linked *l)
{
    const int is_rate = network->plan->stimulus[l->plan->stimulus]->kind == ECP_STIMULUS_POISSON;
    for (size_t k = 0; k < l->n_level; k++) {
        l->level[k] = l->plan->base + l->plan->gain * l->level[k];
        if (is_rate && l->level[k] < 0)
            l->level[k] = 0;
    }
}

static enum ecp_status look_at_link(struct ecp_network *network, struct linked *l)
{
    int driven = 0;
    enum ecp_status status;
    gather(network, l->plan->key.source.population);
    if (l->plan->value.every > 0)
        gather(network, l->plan->value.source.population);
    ECP_TRY(ecp_comm_agree(network->comm, use(network, l, &driven)));
    if (l->n_level == 0)
        goto done;
    ecp_comm_tell(network->comm, &driven, sizeof driven);
    if (!driven)
        goto done;
    if (network->rank == 0)
        to_levels(network, l);
    ecp_comm_tell(network->comm, l->level, l->n_level * sizeof *l->level);
    l->is_driven = 1;
    ECP_TRY(drive(network, l));
done:
    return status;
}

enum ecp_status ecp_network_memories_look(struct ecp_network *network)
{
    struct ecp_network_memories *m = network->memories;
    enum ecp_status status = ECP_OK;
    if (!m)
        return ECP_OK;
    if (m->all)
        status = ecp_memories_until(m->all, (double)network->now * network->plan->dt, NULL);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    for (size_t k = 0; k < m->n_links; k++)
        if (is_due(&m->link[k], network->now))
            ECP_TRY(look_at_link(network, &m->link[k]));
done:
    return status;
}

/* ---- checkpoints --------------------------------------------------------------------------- */

void ecp_network_memories_put(const struct ecp_network *network, struct ecp_archive *archive)
{
    const struct ecp_network_memories *m = network->memories;
    if (!m || !m->all)
        return;
    for (int p = 0; p < network->n_populations; p++)
        if (m->total[p])
            ecp_archive_put(archive, m->total[p], size_of(network, p), sizeof **m->total,
                            "memories.counts.%d", p);
    for (size_t k = 0; k < m->n_links; k++) {
        const struct linked *l = &m->link[k];
        const int64_t driven = l->is_driven;
        ecp_archive_put(archive, l->key_before, l->plan->key.source.count, sizeof *l->key_before,
                        "memories.link.%zu.key", k);
        ecp_archive_put(archive, l->value_before,
                        l->plan->value.every > 0 ? l->plan->value.source.count : 0,
                        sizeof *l->value_before, "memories.link.%zu.value", k);
        ecp_archive_put(archive, l->level, l->n_level, sizeof *l->level, "memories.link.%zu.level",
                        k);
        ecp_archive_put(archive, &driven, 1, sizeof driven, "memories.link.%zu.driven", k);
    }
    ecp_memories_put(m->all, archive);
}

static enum ecp_status get_counts(struct ecp_network *network,
                                  const struct ecp_archive_reader *reader, int p)
{
    const void *data;
    const enum ecp_status status = ecp_checkpoint_find(
        reader, 0, sizeof(uint64_t), size_of(network, p), &data, "memories.counts.%d", p);
    if (status != ECP_OK)
        return status;
    const uint64_t *total = data;
    for (int w = 0; w < network->n_workers; w++) {
        struct ecp_share *share = &network->worker[w].share[p];
        for (ecp_lid j = 0; j < share->n; j++)
            share->tally[j] = (uint32_t)total[share->first + j];
    }
    return ECP_OK;
}

static enum ecp_status get_link(struct ecp_network *network,
                                const struct ecp_archive_reader *reader, size_t k)
{
    struct linked *l = &network->memories->link[k];
    const size_t n_values = l->plan->value.every > 0 ? l->plan->value.source.count : 0;
    const void *key, *value, *level, *driven;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint64_t), l->plan->key.source.count, &key,
                                "memories.link.%zu.key", k));
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint64_t), n_values, &value,
                                "memories.link.%zu.value", k));
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(double), l->n_level, &level,
                                "memories.link.%zu.level", k));
    ECP_TRY(
        ecp_checkpoint_find(reader, 0, sizeof(int64_t), 1, &driven, "memories.link.%zu.driven", k));
    memcpy(l->key_before, key, l->plan->key.source.count * sizeof *l->key_before);
    memcpy(l->value_before, value, n_values * sizeof *l->value_before);
    memcpy(l->level, level, l->n_level * sizeof *l->level);
    l->is_driven = *(const int64_t *)driven != 0;
    if (l->is_driven)
        ECP_TRY(drive(network, l));
done:
    return status;
}

enum ecp_status ecp_network_memories_get(struct ecp_network *network,
                                         const struct ecp_archive_reader *reader)
{
    struct ecp_network_memories *m = network->memories;
    enum ecp_status status = ECP_OK;
    if (!m)
        return ECP_OK;
    for (int p = 0; p < network->n_populations; p++)
        if (m->total[p])
            ECP_TRY(get_counts(network, reader, p));
    for (size_t k = 0; k < m->n_links; k++)
        ECP_TRY(get_link(network, reader, k));
    if (m->all)
        ECP_TRY(ecp_memories_get(m->all, reader));
done:
    return status;
}
