#include "engine/retrieval_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/chance.h"
#include "engine/matrix.h"

enum { WEIGHTS = 0xfa0, SEQUENCES = 0xfa1 }; /* subjects of chance */

/* ---- life ------------------------------------------------------------------------ */

static struct ecp_retrieval_layout lay_out(const struct ecp_retrieval_setup *setup, size_t features)
{
    const size_t s = setup->pairs, d = setup->map.inputs, e = (size_t)(2.2 * (double)s);
    struct ecp_retrieval_layout a = {
        .s = s, .t = setup->replace ? 2 * s : s, .e = e, .d = d, .f = features};
    a.k_value = a.embedding + s * e;
    a.k = a.k_value + s * d;
    a.q = a.k + d * e;
    a.b_value = a.q + d * e;
    a.b = a.b_value + s;
    a.c = a.b + e;
    a.count = a.c + 1;
    return a;
}

static void fill(struct ecp_chance *chance, size_t n, double bound, double *x)
{
    for (size_t k = 0; k < n; k++)
        x[k] = bound * (2 * ecp_chance_uniform(chance) - 1);
}

enum ecp_status ecp_retrieval_create(const struct ecp_retrieval_setup *setup,
                                     struct ecp_retrieval **out)
{
    struct ecp_chance chance = ecp_chance(setup->seed, WEIGHTS, 0);
    struct ecp_retrieval *r = NULL;
    enum ecp_status status;
    if (setup->pairs < 2)
        return ecp_fail(ECP_ECONFIG, "retrieval of %zu pairs; allowed: 2 or more", setup->pairs);
    if (!ecp_feature_map_positive(setup->map.kind))
        return ecp_fail(ECP_ECONFIG, "retrieval with features that may be negative; allowed: elu, "
                                     "dpfp, favor, performer, truncated");
    r = calloc(1, sizeof *r);
    if (!r)
        return ecp_fail(ECP_ENOMEM, "no memory for retrieval");
    r->setup = *setup;
    ECP_TRY(ecp_feature_map_create(&setup->map, &r->map));
    r->at = lay_out(setup, ecp_feature_map_size(r->map));
    r->weight = ecp_array(r->at.count, sizeof *r->weight);
    if (!r->weight) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu weights", r->at.count);
        goto done;
    }
    const double bound = 1 / sqrt((double)(r->at.s + r->at.e));
    ecp_chance_normals(&chance, r->at.s * r->at.e, r->weight);
    fill(&chance, r->at.q - r->at.k_value, bound, r->weight + r->at.k_value);
    fill(&chance, r->at.d * r->at.e, 1 / sqrt((double)r->at.e), r->weight + r->at.q);
    fill(&chance, r->at.count - r->at.b_value, bound, r->weight + r->at.b_value);
    *out = r;
    return ECP_OK;
done:
    ecp_retrieval_destroy(r);
    return status;
}

void ecp_retrieval_destroy(struct ecp_retrieval *r)
{
    if (!r)
        return;
    ecp_feature_map_destroy(r->map);
    free(r->weight);
    free(r);
}

size_t ecp_retrieval_count(const struct ecp_retrieval *r)
{
    return r->at.count;
}

double *ecp_retrieval_weights(struct ecp_retrieval *r)
{
    return r->weight;
}

size_t ecp_retrieval_features(const struct ecp_retrieval *r)
{
    return r->at.f;
}

/* ---- a sequence -------------------------------------------------------------------- */

static void draw(const struct ecp_retrieval *r, struct ecp_chance *chance,
                 struct ecp_retrieval_run *x)
{
    const size_t s = r->at.s;
    for (size_t i = 0; i < s; i++)
        x->last[i] = r->at.t;
    if (!r->setup.replace) {
        ecp_chance_order(chance, s, x->key);
        ecp_chance_order(chance, s, x->value);
    }
    for (size_t t = 0; t < r->at.t; t++) {
        if (r->setup.replace) {
            x->key[t] = ecp_chance_below(chance, s);
            x->value[t] = ecp_chance_below(chance, s);
        }
        x->last[x->key[t]] = t;
    }
    x->asked = 0;
    for (size_t i = 0; i < s; i++)
        x->asked += x->last[i] < r->at.t;
}

/* Sum of n features; 0: they left the range of numbers, or vanished. */
static double look(const double *phi, size_t n)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += phi[c];
    return sum > 0 && isfinite(sum) ? sum : 0;
}

/* Keys of the sequence, their features and strengths. */
static enum ecp_status encode(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                              struct ecp_retrieval_run *x)
{
    const struct ecp_retrieval_layout *a = &r->at;
    for (size_t t = 0; t < a->t; t++) {
        const double *from = c->k + x->key[t] * a->d;
        const double *by_value = r->weight + a->k_value + x->value[t] * a->d;
        for (size_t j = 0; j < a->d; j++)
            x->k[t * a->d + j] = from[j] + by_value[j];
        x->b[t] = 1 / (1 + exp(-c->b[x->key[t]] - r->weight[a->b_value + x->value[t]]));
    }
    ecp_feature_map_apply(r->map, a->t, x->k, x->phi);
    for (size_t t = 0; t < a->t; t++) {
        x->sum[t] = look(x->phi + t * a->f, a->f);
        if (x->sum[t] == 0)
            return ECP_ENUMERIC;
        for (size_t j = 0; j < a->f && r->setup.delta; j++)
            x->phi[t * a->f + j] /= x->sum[t];
    }
    return ECP_OK;
}

static enum ecp_status one(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                           struct ecp_retrieval_run *x)
{
    const struct ecp_retrieval_layout *a = &r->at;
    enum ecp_status status;
    ECP_TRY(encode(r, c, x));
    (r->setup.delta ? ecp_retrieval_delta_rule : ecp_retrieval_sum_rule)(r, c, x, x->backward);
    if (!x->backward)
        return ECP_OK;
    ECP_TRY(ecp_feature_map_pull(r->map, a->t, x->k, x->phi, x->d_phi, x->d_x));
    memset(x->d_k, 0, a->s * a->d * sizeof *x->d_k);
    memset(x->d_value, 0, a->s * a->d * sizeof *x->d_value);
    for (size_t t = 0; t < a->t; t++)
        for (size_t j = 0; j < a->d; j++) {
            x->d_k[x->key[t] * a->d + j] += x->d_x[t * a->d + j];
            x->d_value[x->value[t] * a->d + j] += x->d_x[t * a->d + j];
        }
done:
    return status;
}

/* ---- a batch ------------------------------------------------------------------------- */

/* Parts of one block of memory, freed as one. */
static double *part(double **at, size_t n)
{
    double *x = *at;
    if (x)
        *at += n;
    return x;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Numbers a run needs; with `block`, they are dealt out. */
static size_t deal(const struct ecp_retrieval_layout *a, struct ecp_retrieval_run *x, double *block)
{
    double *at = block;
    const size_t work = larger(2 * a->f * a->s, a->s * a->t);
    double **const to[] = {&x->k, &x->phi,   &x->b,   &x->sum, &x->work,    &x->y,      &x->g,
                           &x->u, &x->d_phi, &x->d_x, &x->d_k, &x->d_value, &x->d_seen, &x->d_b};
    const size_t n[] = {a->t * a->d, a->t * a->f, a->t,        a->t,        work,
                        a->s * a->s, a->s * a->s, a->t * a->s, a->t * a->f, a->t * a->d,
                        a->s * a->d, a->s * a->d, a->s * a->f, a->t};
    size_t all = 0;
    for (size_t k = 0; k < sizeof n / sizeof *n; k++) {
        *to[k] = part(&at, n[k]);
        all += n[k];
    }
    return all;
}

static enum ecp_status prepare(struct ecp_retrieval *r, struct ecp_retrieval_common *c)
{
    const struct ecp_retrieval_layout *a = &r->at;
    const double *w = r->weight;
    ecp_matrix_abt(a->s, a->d, a->e, w + a->embedding, w + a->k, c->k);
    ecp_matrix_abt(a->s, a->d, a->e, w + a->embedding, w + a->q, c->q);
    ecp_matrix_times(a->s, a->e, w + a->embedding, w + a->b, c->b);
    ecp_feature_map_apply(r->map, a->s, c->q, c->phi);
    for (size_t i = 0; i < a->s; i++) {
        c->b[i] += w[a->c];
        c->total[i] = look(c->phi + i * a->f, a->f);
        if (c->total[i] == 0)
            return ecp_fail(ECP_ENUMERIC,
                            "retrieval: features of query %zu leave the range of "
                            "numbers, or vanish",
                            i);
        c->total[i] += r->setup.epsilon;
        for (size_t j = 0; j < a->f; j++)
            c->seen[i * a->f + j] = c->phi[i * a->f + j] / c->total[i];
    }
    return ECP_OK;
}

/* From the derivatives that n runs left to those of the weights; sums in their order. */
static enum ecp_status collect(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                               const struct ecp_retrieval_run *run, size_t n, double *gradient)
{
    const struct ecp_retrieval_layout *a = &r->at;
    const double *w = r->weight, share = 1 / (double)n;
    double *d_k = ecp_array(a->s * (2 * a->d + 1 + a->f), sizeof *d_k);
    double *d_q = d_k + a->s * a->d, *d_b = d_q + a->s * a->d, *d_seen = d_b + a->s;
    enum ecp_status status;
    if (!d_k)
        return ecp_fail(ECP_ENOMEM, "no memory for a gradient");
    memset(gradient, 0, a->count * sizeof *gradient);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < a->s * a->d; i++) {
            d_k[i] += share * run[k].d_k[i];
            gradient[a->k_value + i] += share * run[k].d_value[i];
        }
        for (size_t i = 0; i < a->s * a->f; i++)
            d_seen[i] += share * run[k].d_seen[i];
        for (size_t t = 0; t < a->t; t++) {
            d_b[run[k].key[t]] += share * run[k].d_b[t];
            gradient[a->b_value + run[k].value[t]] += share * run[k].d_b[t];
            gradient[a->c] += share * run[k].d_b[t];
        }
    }
    if (r->setup.delta)
        ecp_retrieval_through_sum(a->s, a->f, c->seen, c->total, d_seen);
    ECP_TRY(ecp_feature_map_pull(r->map, a->s, c->q, c->phi, d_seen, d_q));
    ecp_matrix_atb(a->d, a->e, a->s, d_k, w + a->embedding, gradient + a->k);
    ecp_matrix_atb(a->d, a->e, a->s, d_q, w + a->embedding, gradient + a->q);
    ecp_matrix_transposed_times(a->s, a->e, w + a->embedding, d_b, gradient + a->b);
    const struct ecp_product back = {0, 0, a->s, a->e, a->d, a->d, a->e, a->e};
    ecp_matrix_multiply(&back, 1, d_k, w + a->k, 0, gradient + a->embedding);
    ecp_matrix_multiply(&back, 1, d_q, w + a->q, 1, gradient + a->embedding);
    for (size_t i = 0; i < a->s; i++)
        for (size_t j = 0; j < a->e; j++)
            gradient[a->embedding + i * a->e + j] += d_b[i] * w[a->b + j];
done:
    free(d_k);
    return status;
}

/* All sequences of the batch, on all threads. */
static enum ecp_status run_all(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                               uint32_t first, struct ecp_retrieval_run *run, size_t n)
{
    enum ecp_status status = ECP_OK;
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < n; k++) {
        struct ecp_chance chance = ecp_chance(r->setup.seed, SEQUENCES, first + (uint32_t)k);
        draw(r, &chance, &run[k]);
        run[k].status = one(r, c, &run[k]);
    }
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        if (run[k].status != ECP_OK || !isfinite(run[k].loss))
            status = ecp_fail(ECP_ENUMERIC, "retrieval: the loss of sequence %zu is not finite: %s",
                              first + k,
                              run[k].status == ECP_OK
                                  ? "outputs left the range of numbers"
                                  : "features of a key left the range of numbers, or vanished");
    return status;
}

/* All that n runs need. */
struct room {
    struct ecp_retrieval_common common;
    struct ecp_retrieval_run *run;
    double *block;
    size_t *word;
};

static void room_free(struct room *room)
{
    free(room->run);
    free(room->block);
    free(room->word);
}

static enum ecp_status make_room(const struct ecp_retrieval *r, size_t n, struct room *room)
{
    const struct ecp_retrieval_layout *a = &r->at;
    struct ecp_retrieval_common *c = &room->common;
    const size_t each = deal(a, &(struct ecp_retrieval_run){0}, NULL), words = 2 * a->t + a->s;
    double *at;
    room->run = ecp_array(n, sizeof *room->run);
    room->block = ecp_array(n * each + a->s * (2 * a->d + 2 * a->f + 2), sizeof *room->block);
    room->word = ecp_array(n * words, sizeof *room->word);
    if (!room->run || !room->block || !room->word)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu sequences", n);
    at = room->block;
    c->k = part(&at, a->s * a->d);
    c->q = part(&at, a->s * a->d);
    c->b = part(&at, a->s);
    c->total = part(&at, a->s);
    c->phi = part(&at, a->s * a->f);
    c->seen = part(&at, a->s * a->f);
    for (size_t k = 0; k < n; k++) {
        (void)deal(a, &room->run[k], at + k * each);
        room->run[k].key = room->word + k * words;
        room->run[k].value = room->run[k].key + a->t;
        room->run[k].last = room->run[k].value + a->t;
    }
    return ECP_OK;
}

enum ecp_status ecp_retrieval_loss(struct ecp_retrieval *r, uint32_t first, size_t n, double *loss,
                                   double *gradient)
{
    struct room room;
    double sum = 0;
    enum ecp_status status;
    ECP_TRY(make_room(r, n, &room));
    for (size_t k = 0; k < n; k++)
        room.run[k].backward = gradient != NULL;
    if (r->setup.redraw)
        ecp_feature_map_redraw(r->map, first);
    ECP_TRY(prepare(r, &room.common));
    ECP_TRY(run_all(r, &room.common, first, room.run, n));
    for (size_t k = 0; k < n; k++)
        sum += room.run[k].loss / (double)n;
    if (gradient)
        ECP_TRY(collect(r, &room.common, room.run, n, gradient));
    *loss = sum;
done:
    room_free(&room);
    return status;
}

enum ecp_status ecp_retrieval_sequence(struct ecp_retrieval *r, uint32_t number,
                                       struct ecp_retrieval_pairs *out)
{
    const struct ecp_retrieval_layout *a = &r->at;
    struct room room;
    enum ecp_status status;
    ECP_TRY(make_room(r, 1, &room));
    if (r->setup.redraw)
        ecp_feature_map_redraw(r->map, number);
    ECP_TRY(prepare(r, &room.common));
    ECP_TRY(run_all(r, &room.common, number, room.run, 1));
    const struct ecp_retrieval_run *x = room.run;
    memcpy(out->queries, room.common.q, a->s * a->d * sizeof *out->queries);
    memcpy(out->keys, x->k, a->t * a->d * sizeof *out->keys);
    memcpy(out->strength, x->b, a->t * sizeof *out->strength);
    memset(out->values, 0, a->t * a->s * sizeof *out->values);
    for (size_t t = 0; t < a->t; t++)
        out->values[t * a->s + x->value[t]] = 1;
    for (size_t i = 0; i < a->s; i++)
        out->answer[i] = x->last[i] < a->t ? x->value[x->last[i]] : a->s;
done:
    room_free(&room);
    return status;
}
