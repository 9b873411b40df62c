#include "engine/third.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/connect_private.h"

enum { POOL = 1 }; /* counters of their own, apart from those of synapses */

enum ecp_status ecp_third_init(struct ecp_third *third, const struct ecp_plan *plan,
                               const struct ecp_plan_third *what)
{
    const struct ecp_plan_projection *primary = plan->projection[what->primary];
    struct ecp_third made = {.plan = what,
                             .key = ecp_rng_key(plan->seed, ECP_FOR_THIRD, what->index),
                             .n_astrocytes = plan->population[what->astrocytes]->size,
                             .n_targets = plan->population[primary->target]->size,
                             .pool = ecp_array(what->pool_size, sizeof *made.pool),
                             .of = UINT64_MAX};
    made.seen = ecp_array(made.n_astrocytes / 64 + 1, sizeof *made.seen);
    if (!made.pool || !made.seen) {
        ecp_third_clear(&made);
        return ecp_fail(ECP_ENOMEM, "no memory for the pools of %s", what->name);
    }
    *third = made;
    return ECP_OK;
}

void ecp_third_clear(struct ecp_third *third)
{
    free(third->pool);
    free(third->seen);
    memset(third, 0, sizeof *third);
}

static int take(uint64_t *bits, uint64_t k)
{
    const uint64_t mask = UINT64_C(1) << (k & 63);
    const int is_new = (bits[k >> 6] & mask) == 0;
    bits[k >> 6] |= mask;
    return is_new;
}

/* Without repeats (Floyd), or those that lie at the target's place. */
static void find_pool(struct ecp_third *t, ecp_lid target)
{
    const uint64_t n = t->n_astrocytes, size = t->plan->pool_size;
    struct ecp_stream stream = {t->key, 0, target, POOL};
    t->of = target;
    for (uint64_t k = 0; k < size; k++) {
        uint64_t chosen = (target * n / t->n_targets + k) % n;
        if (!t->plan->block) {
            chosen = ecp_stream_below(&stream, n - size + k + 1);
            if (!take(t->seen, chosen)) {
                chosen = n - size + k;
                (void)take(t->seen, chosen);
            }
        }
        t->pool[k] = (ecp_lid)chosen;
    }
    for (uint64_t k = 0; k < size; k++)
        t->seen[t->pool[k] >> 6] = 0;
}

int ecp_third_of(struct ecp_third *t, ecp_lid target, uint32_t ordinal, ecp_lid *astrocyte)
{
    uint32_t word[4];
    ecp_rng_words(t->key, ordinal, target, 0, word);
    if (!(ecp_rng_uniform(word[0]) < t->plan->probability))
        return 0;
    if (t->of != target)
        find_pool(t, target);
    const uint64_t number = (uint64_t)word[1] << 32 | word[2];
    *astrocyte = t->pool[(uint64_t)(((__uint128_t)number * t->plan->pool_size) >> 64)];
    return 1;
}

/* ---- the two connections ------------------------------------------------------- */

struct listing {
    struct ecp_wiring *w;
    struct ecp_third third;
    uint32_t *ordinal; /* of the next synapse of each target listed */
    ecp_lid first;
    int to_third;
};

static void list_batch(void *context, const struct ecp_batch *batch)
{
    struct listing *list = context;
    struct ecp_wiring *w = list->w;
    for (size_t k = 0; k < batch->n; k++) {
        const ecp_lid target = batch->target[k];
        const uint32_t ordinal = list->ordinal[target - list->first]++;
        ecp_lid astrocyte;
        if (!ecp_third_of(&list->third, target, ordinal, &astrocyte))
            continue;
        if (!list->to_third)
            ecp_wiring_add(w, astrocyte, target, target, ordinal);
        else if (astrocyte - w->first < w->n)
            ecp_wiring_add(w, batch->source[k], astrocyte, target, ordinal);
    }
}

static void list_thirds(struct ecp_wiring *w, int to_third)
{
    const struct ecp_connector *c = w->c, *primary = c->primary;
    const ecp_lid first = to_third ? 0 : w->first;
    const ecp_lid n = to_third ? (ecp_lid)primary->n_target : w->n;
    struct listing list = {.w = w, .first = first, .to_third = to_third};
    const struct ecp_emit emit = {list_batch, &list, 0};
    enum ecp_status status = ECP_OK;
    list.ordinal = ecp_array(n, sizeof *list.ordinal);
    if (!list.ordinal)
        status = ecp_fail(ECP_ENOMEM, "no memory to list synapses");
    if (status == ECP_OK)
        status = ecp_third_init(&list.third, c->whole, c->plan->third);
    if (status == ECP_OK)
        status = ecp_connect(primary, first, n, &emit);
    ecp_third_clear(&list.third);
    free(list.ordinal);
    w->status = status;
}

/* Any synapse may have its astrocyte here: all of them are looked at. */
void ecp_rule_to_third(struct ecp_wiring *w)
{
    list_thirds(w, 1);
}

void ecp_rule_from_third(struct ecp_wiring *w)
{
    list_thirds(w, 0);
}
