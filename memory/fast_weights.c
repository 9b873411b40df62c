/* fast_weights.c -- linear attention and fast weights: a matrix that is written by keys and
 * values and read by queries.
 *
 * State of each head: S (d x m), and z (d) with the normaliser "attention". Item t has key
 * k, value v, strength b, gate g = ln(kept); phi is the feature map, q and k below are
 * phi(q), phi(k) after the normaliser:
 *
 *   linear       S += b k v^T
 *   retnet       S = c_h S + b k v^T,  c_h = 1 - 2^{-first-h}, h = 0 .. heads - 1
 *   simple_gla   S = e^g S + b k v^T, g a number
 *   gla          S = diag(e^g) S + b k v^T, g a number for each channel of the key
 *   delta_net    S += k b (v - S^T k)^T
 *   gated_delta  S = e^g S, then as delta_net
 *   fwm          as delta_net, then S / max(1, |S|); outputs are normalised by their mean
 *                and standard deviation
 *
 *   o = s S^T q from the updated state; s: `scale`
 *
 * Normalisers: none; attention: o / (s z.q + epsilon), z the same sum of keys; sum: k and q
 * divided by the sum of their features (q: + epsilon), as in the delta rule of Schlag et
 * al.; unit: k and q divided by their lengths.
 *
 * Forms (Yang et al. 2024): recurrent, O(T d m); parallel, strips of the T x T matrix of
 * q.k, O(T^2 (d + m)); chunkwise, the same within chunks of C items and the state between
 * them, O(T (C + d) m). The delta rule within a chunk: U = (1 - A)^{-1} b (V - K S),
 * A = -b K K^T below the diagonal; gates: fast_weights_forms.h. A last chunk that is
 * shorter is the same as one that is filled up with keys of zeros.
 *
 * References: Schlag, Irie & Schmidhuber 2021; Yang et al. 2024 (GLA, DeltaNet, gated
 * DeltaNet); Sun et al. 2023 (RetNet); Schlag, Munkhdalai & Schmidhuber 2021 (FWM).
 * tests/verify/verify_fast_weights.c */
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/feature_map.h"
#include "engine/memory.h"
#include "engine/vector_math.h"
#include "memory/fast_weights_plan.h"

enum { SOLVE = 16, LOWER = 32, STRIP = 64 }; /* rows at once: in systems, triangles, strips */

#define real    double
#define NAME(x) x##_double
#define GEMM    cblas_dgemm
#define LIMIT   300
#include "memory/fast_weights_forms.h"
/* */
#include "memory/fast_weights_chunks.h"
#undef real
#undef NAME
#undef GEMM
#undef LIMIT
#define real    float
#define NAME(x) x##_single
#define GEMM    cblas_sgemm
#define LIMIT   60
#include "memory/fast_weights_forms.h"
/* */
#include "memory/fast_weights_chunks.h"

/* ---- parameters ---------------------------------------------------------------------- */

enum {
    RULE,
    MAP,
    NU,
    RANDOM,
    ORTHOGONAL,
    NORMALISER,
    EPSILON,
    SCALE,
    STRENGTH,
    DECAY,
    FIRST,
    HEADS,
    FORM,
    CHUNK,
    PRECISION,
    END
};
enum { LINEAR, RETNET, SIMPLE_GLA, GLA, DELTA_NET, GATED_DELTA, FWM };
enum { NONE, ATTENTION, SUM, UNIT };

static const struct ecp_field fields[] = {
    [RULE] = {"rule", "1", LINEAR, 0, FWM, "how the state is written", ECP_PARAM},
    [MAP] = {"map", "1", ECP_FEATURE_IDENTITY, 0, ECP_FEATURE_LAST, "features of keys and queries",
             ECP_PARAM},
    [NU] = {"nu", "1", 1, 1, 1e4, "how many shifts dpfp multiplies with", ECP_WHOLE},
    [RANDOM] = {"random", "1", 64, 1, 1e6, "random directions of favor and its like", ECP_WHOLE},
    [ORTHOGONAL] = {"orthogonal", "1", 1, 0, 1, "1: those are orthogonal in blocks", ECP_WHOLE},
    [NORMALISER] = {"normaliser", "1", NONE, 0, UNIT, "what keeps sums in bounds", ECP_PARAM},
    [EPSILON] = {"epsilon", "1", 1e-6, 0, 1, "added to what is divided by", ECP_PARAM},
    [SCALE] = {"scale", "1", 1, 0, 1e6, "of queries; 0: 1/sqrt(features of a head)", ECP_PARAM},
    [STRENGTH] = {"strength", "1", 1, -1e6, 1e6, "of items that come without", ECP_PARAM},
    [DECAY] = {"decay", "1", 0, -1e6, 0, "gate (a logarithm) of items that come without",
               ECP_PARAM},
    [FIRST] = {"first", "1", 5, 0.01, 60, "retnet: head h keeps 1 - 2^(-first-h)", ECP_PARAM},
    [HEADS] = {"heads", "1", 1, 1, 1e6, "parts that key and value are cut into", ECP_WHOLE},
    [FORM] = {"form", "1", FORM_CHUNKWISE, 0, FORM_CHUNKWISE, "how sequences are computed",
              ECP_PARAM},
    [CHUNK] = {"chunk", "1", 64, 1, 1e7, "items of a chunk", ECP_WHOLE},
    [PRECISION] = {"precision", "1", 0, 0, 1, "of the arithmetic and the state", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"rule", "linear retnet simple_gla gla delta_net gated_delta fwm"},
    {"map", ECP_FEATURE_WORDS},
    {"normaliser", "none attention sum unit"},
    {"form", "recurrent parallel chunkwise"},
    {"precision", "double single"},
    {NULL, NULL}};

static const struct ecp_memory_need needs[] = {{"decay", "rule", "simple_gla gla gated_delta"},
                                               {"first", "rule", "retnet"},
                                               {"nu", "map", "dpfp"},
                                               {NULL, NULL, NULL}};

struct fast_weights {
    struct ecp_memory_shape shape;
    double param[END];
    struct plan plan;
    size_t d;                    /* components of a key in one head, before the map */
    struct ecp_feature_map *map; /* NULL: identity */
    double *state, *z;           /* as doubles: what is looked at, and the state in double */
    float *state_single, *z_single;
    double *norm;    /* heads */
    double *kept;    /* heads: gates of retnet; or one */
    uint64_t stored; /* for messages */
};

static void destroy(void *self)
{
    struct fast_weights *w = self;
    if (!w)
        return;
    ecp_feature_map_destroy(w->map);
    free(w->state);
    free(w->z);
    free(w->state_single);
    free(w->z_single);
    free(w->norm);
    free(w->kept);
    free(w);
}

static enum ecp_status check(const double *p, struct ecp_memory_shape shape)
{
    const size_t heads = (size_t)p[HEADS];
    const int rule = (int)p[RULE], normaliser = (int)p[NORMALISER], map = (int)p[MAP];
    if (shape.key % heads != 0 || shape.value % heads != 0)
        return ecp_fail(ECP_ECONFIG,
                        "memory fast_weights: %zu heads cannot share keys of %zu and values of "
                        "%zu; allowed: a divisor of both",
                        heads, shape.key, shape.value);
    if (normaliser == ATTENTION && rule >= DELTA_NET)
        return ecp_fail(ECP_ECONFIG, "memory fast_weights: normaliser attention sums weights, "
                                     "which the delta rules do not have; allowed: none, sum, unit");
    if (normaliser == SUM && !ecp_feature_map_positive((enum ecp_feature_kind)map))
        return ecp_fail(ECP_ECONFIG, "memory fast_weights: normaliser sum needs features that are "
                                     "never negative: elu, dpfp, favor, performer or truncated");
    if (rule == GLA && map != ECP_FEATURE_IDENTITY && map != ECP_FEATURE_ELU)
        return ecp_fail(ECP_ECONFIG, "memory fast_weights: gates of gla belong to channels of the "
                                     "key: allowed maps are identity and elu");
    if (rule == FWM && p[FORM] != FORM_RECURRENT)
        return ecp_fail(ECP_ECONFIG, "memory fast_weights: fwm bounds the norm after each item and "
                                     "has no other form than recurrent");
    return ECP_OK;
}

static enum ecp_status make_map(struct fast_weights *w, uint64_t seed)
{
    const struct ecp_feature_setup setup = {.kind = (enum ecp_feature_kind)w->param[MAP],
                                            .inputs = w->d,
                                            .nu = (size_t)w->param[NU],
                                            .random = (size_t)w->param[RANDOM],
                                            .orthogonal = (int)w->param[ORTHOGONAL],
                                            .seed = seed};
    if (setup.kind == ECP_FEATURE_IDENTITY) {
        w->plan.key = w->d;
        return ECP_OK;
    }
    const enum ecp_status status = ecp_feature_map_create(&setup, &w->map);
    if (status == ECP_OK)
        w->plan.key = ecp_feature_map_size(w->map);
    return status;
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    const size_t heads = (size_t)param[HEADS], single = param[PRECISION] > 0 ? heads : 0;
    struct fast_weights *w = NULL;
    enum ecp_status status;
    ECP_TRY(check(param, shape));
    w = calloc(1, sizeof *w);
    if (!w)
        return ecp_fail(ECP_ENOMEM, "no memory for fast weights");
    memcpy(w->param, param, sizeof w->param);
    w->shape = shape;
    w->d = shape.key / heads;
    w->plan = (struct plan){.heads = heads,
                            .value = shape.value / heads,
                            .chunk = (size_t)param[CHUNK],
                            .form = (enum fast_form)param[FORM],
                            .delta = param[RULE] >= DELTA_NET,
                            .normalised = param[NORMALISER] == ATTENTION,
                            .bounded = param[RULE] == FWM,
                            .epsilon = param[EPSILON]};
    ECP_TRY(make_map(w, seed));
    w->plan.scale = param[SCALE] > 0 ? param[SCALE] : 1 / sqrt((double)w->plan.key);
    w->state = ecp_array(heads * w->plan.key * w->plan.value, sizeof *w->state);
    w->z = ecp_array(heads * w->plan.key, sizeof *w->z);
    w->state_single = ecp_array(single * w->plan.key * w->plan.value, sizeof *w->state_single);
    w->z_single = ecp_array(single * w->plan.key, sizeof *w->z_single);
    w->norm = ecp_array(heads, sizeof *w->norm);
    w->kept = ecp_array(heads, sizeof *w->kept);
    if (!w->state || !w->z || !w->state_single || !w->z_single || !w->norm || !w->kept) {
        status = ecp_fail(ECP_ENOMEM, "no memory for fast weights");
        goto done;
    }
    for (size_t h = 0; h < heads; h++)
        w->kept[h] = param[RULE] == RETNET ? log1p(-exp2(-param[FIRST] - (double)h)) : param[DECAY];
    *self = w;
    return ECP_OK;
done:
    destroy(w);
    return status;
}

#include "memory/fast_weights_prepare.h"

/* ---- a sequence in pieces ------------------------------------------------------------------- */

/* Room for a piece of items. */
struct room {
    size_t items;
    double *key, *query, *strength;
    float *k, *q, *v, *o;
    struct space_double space;
    struct space_single space_single;
};

static void room_free(struct room *r)
{
    space_free_double(&r->space);
    space_free_single(&r->space_single);
    free(r->key);
    free(r->query);
    free(r->strength);
    free(r->k);
    free(r->q);
    free(r->v);
    free(r->o);
}

static enum ecp_status make_room(const struct fast_weights *w, size_t items, int change,
                                 const double *queries, struct room *r)
{
    const size_t keys = items * w->plan.heads * w->plan.key;
    const size_t values = items * w->plan.heads * w->plan.value;
    const size_t single = w->param[PRECISION] > 0 ? 1 : 0;
    r->items = items;
    r->key = ecp_array(change ? keys : 0, sizeof *r->key);
    r->query = ecp_array(change && queries ? keys : 0, sizeof *r->query);
    r->strength = ecp_array(items, sizeof *r->strength);
    r->k = ecp_array(single * keys, sizeof *r->k);
    r->q = ecp_array(queries ? single * keys : 0, sizeof *r->q);
    r->v = ecp_array(single * values, sizeof *r->v);
    r->o = ecp_array(queries ? single * values : 0, sizeof *r->o);
    if (r->key && r->query && r->strength && r->k && r->q && r->v && r->o)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM, "memory fast_weights: no memory for %zu items at once", items);
}

/* Items first .. first + n - 1, made ready in `r`, through the form; `out` NULL: nothing
 * is asked. */
struct stretch {
    size_t n;
    const double *keys, *values, *queries;
    struct gates gates;
    double *out;
};

static enum ecp_status pass_pieces(struct fast_weights *w, const struct stretch *s, struct room *r)
{
    const size_t keys = s->n * w->plan.heads * w->plan.key;
    const size_t values = s->n * w->plan.heads * w->plan.value;
    enum ecp_status status = ECP_OK;
    if (w->param[PRECISION] > 0) {
        struct piece_single b = {
            &w->plan, s->n, s->queries ? r->q : NULL, r->k,       r->v, r->strength,
            s->gates, r->o, w->state_single,          w->z_single};
        narrow(keys, s->keys, r->k);
        narrow(values, s->values, r->v);
        if (s->queries)
            narrow(keys, s->queries, r->q);
        if (!r->space_single.row)
            ECP_TRY(space_create_single(&b, &r->space_single));
        pass_single(&b, &r->space_single);
        if (s->queries)
            widen(values, r->o, s->out);
    } else {
        struct piece_double b = {&w->plan,    s->n,     s->queries, s->keys,  s->values,
                                 r->strength, s->gates, s->out,     w->state, w->z};
        if (!r->space.row)
            ECP_TRY(space_create_double(&b, &r->space));
        pass_double(&b, &r->space);
    }
done:
    return status;
}

static enum ecp_status look_at_state(struct fast_weights *w)
{
    const size_t size = w->plan.key * w->plan.value, all = w->plan.heads * size;
    if (w->param[PRECISION] > 0) {
        widen(all, w->state_single, w->state);
        widen(w->plan.heads * w->plan.key, w->z_single, w->z);
    }
    for (size_t h = 0; h < w->plan.heads; h++) {
        w->norm[h] = cblas_dnrm2((int)size, w->state + h * size, 1);
        if (!isfinite(w->norm[h]))
            return ecp_fail(ECP_ENUMERIC,
                            "memory fast_weights: the state of head %zu left the finite range "
                            "within the first %llu items: the delta rule does so where strength "
                            "times the squared length of keys is above 2",
                            h, (unsigned long long)w->stored);
    }
    return ECP_OK;
}

static enum ecp_status sequence(void *self, const struct ecp_items *items, const double *queries,
                                double *out)
{
    struct fast_weights *w = self;
    const size_t wide = w->shape.key, m = w->shape.value;
    const int change = keys_change(w, items);
    const size_t at_once = items_at_once(&w->plan, items->n);
    struct gates gates;
    struct room room = {0};
    enum ecp_status status;
    openblas_set_num_threads(1);
    ECP_TRY(gates_of(w, items, &gates));
    ECP_TRY(make_room(w, at_once, change, queries, &room));
    for (size_t first = 0; first < items->n; first += at_once) {
        const size_t n = items->n - first < at_once ? items->n - first : at_once;
        struct stretch s = {n,
                            items->keys + first * wide,
                            items->values + first * m,
                            queries ? queries + first * wide : NULL,
                            gates,
                            out ? out + first * m : NULL};
        s.gates.at += gates.count > 0 ? first * gates.item : 0;
        if (change) {
            ECP_TRY(features(w, "key", n, s.keys, room.key));
            s.keys = room.key;
        }
        if (change && queries) {
            ECP_TRY(features(w, "query", n, s.queries, room.query));
            s.queries = room.query;
        }
        strengthen(w, items->strength ? items->strength + first : NULL, n, room.key, room.strength);
        ECP_TRY(pass_pieces(w, &s, &room));
        if (queries && w->plan.bounded)
            standardise(&w->plan, n, s.out);
        w->stored += n;
    }
    status = look_at_state(w);
done:
    room_free(&room);
    return status;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    return sequence(self, items, NULL, NULL);
}

/* ---- recall, and the state ----------------------------------------------------------------- */

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct fast_weights *w = self;
    const struct plan *p = &w->plan;
    const size_t d = p->key, m = p->value, heads = p->heads;
    double *q = ecp_array(n * heads * d, sizeof *q);
    enum ecp_status status;
    if (!q)
        return ecp_fail(ECP_ENOMEM, "memory fast_weights: no memory for %zu cues", n);
    ECP_TRY(features(w, "cue", n, cues, q));
    openblas_set_num_threads(1);
    for (size_t h = 0; h < heads; h++)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)m, (int)d, p->scale,
                    q + h * d, (int)(heads * d), w->state + h * d * m, (int)m, 0, values + h * m,
                    (int)(heads * m));
    for (size_t k = 0; k < n * heads && p->normalised; k++) {
        const double weight =
            p->scale * cblas_ddot((int)d, q + k * d, 1, w->z + k % heads * d, 1) + p->epsilon;
        for (size_t j = 0; j < m; j++)
            values[k * m + j] /= weight;
    }
    if (p->bounded)
        standardise(p, n, values);
    for (size_t t = 0; t < n && score; t++)
        score[t] = cblas_dnrm2((int)(heads * m), values + t * heads * m, 1);
done:
    free(q);
    return status;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct fast_weights *w = self;
    const size_t z = w->plan.heads * w->plan.key, all = z * w->plan.value;
    double *copy = malloc((all + z + 1) * sizeof *copy);
    if (!copy)
        return ecp_fail(ECP_ENOMEM, "memory fast_weights: no memory for its image");
    memcpy(copy, w->state, all * sizeof *copy);
    memcpy(copy + all, w->z, z * sizeof *copy);
    copy[all + z] = (double)w->stored;
    *data = copy;
    *count = all + z + 1;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct fast_weights *w = self;
    const size_t z = w->plan.heads * w->plan.key, all = z * w->plan.value;
    if (count != all + z + 1 || !(data[all + z] >= 0 && data[all + z] < 0x1p53))
        return ecp_fail(ECP_EARG, "memory fast_weights: an image of %zu numbers; allowed: %zu",
                        count, all + z + 1);
    memcpy(w->state, data, all * sizeof *data);
    memcpy(w->z, data + all, z * sizeof *data);
    w->stored = (uint64_t)data[all + z];
    if (w->param[PRECISION] > 0) {
        narrow(all, w->state, w->state_single);
        narrow(z, w->z, w->z_single);
    }
    return look_at_state(w);
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct fast_weights *w = self;
    const struct plan *p = &w->plan;
    const struct ecp_memory_part parts[] = {
        {"S", "the fast weights, head below head", p->heads * p->key, p->value, w->state},
        {"norm", "root of the sum of squares of S", p->heads, 1, w->norm},
        {"z", "sum of keys by which outputs are divided", p->heads, p->key, w->z}};
    if (k >= (p->normalised ? 3 : 2))
        return 0;
    *out = parts[k];
    return 1;
}

const struct ecp_memory_model ecp_memory_fast_weights = {
    .name = "fast_weights",
    .summary = "linear attention and delta rules: one matrix, three forms of the same sequence",
    .equations =
        "S (d x m a head), features k, q, value v, strength b, gate g; o = scale S^T q\n"
        "linear       S += b k v^T                      retnet  S = c_h S + b k v^T\n"
        "simple_gla   S = e^g S + b k v^T               gla     S = diag(e^g) S + b k v^T\n"
        "delta_net    S += k b (v - S^T k)^T            gated_delta  S = e^g S before that\n"
        "fwm          delta_net, then S / max(1, |S|); outputs standardised\n"
        "c_h = 1 - 2^(-first-h). normaliser attention: o / (scale z.q + epsilon), z the sum of\n"
        "keys; sum: k, q over the sum of their features; unit: over their lengths. Item t is\n"
        "written, then query t is answered. Forms: recurrent O(T d m); parallel O(T^2 (d + m));\n"
        "chunkwise O(T (chunk + d) m), with U = (1 - A)^-1 b (V - K S), A = -b K K^T below the\n"
        "diagonal, for the delta rules. `strength` of items is b, `decay` g: one number, or one\n"
        "a channel of the key (gla; other rules: the same within a head)",
    .reference = "Schlag, Irie & Schmidhuber 2021, arXiv:2102.11174; Katharopoulos et al. 2020, "
                 "arXiv:2006.16236; Sun et al. 2023, arXiv:2307.08621; Yang et al. 2024, "
                 "arXiv:2312.06635, 2406.06484, 2412.06464",
    .verified_by = "tests/verify/verify_fast_weights.c tests/verify/verify_fast_weights_capacity.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .has_values = 1,
    .score_meaning = "length of what is recalled",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .sequence = sequence,
    .image = image,
    .restore = restore,
    .part = part};
