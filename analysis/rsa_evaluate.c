/* rsa_evaluate.c -- scores and noise ceilings of one draw of conditions and subjects. */
#include "analysis/rsa_evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    uint32_t a, b; /* places in the draw */
};

struct ecp_rsa_room {
    size_t pairs;           /* of all conditions */
    size_t *at;             /* of each compared pair in the full matrix */
    struct pair *pair;      /* which conditions of the draw it is of */
    double **left, **right; /* n_models + n_subjects vectors; tau: left alone */
    double *plain;          /* n_subjects x pairs: as gathered */
    double *pooled, *pooled_left, *pooled_right, *work, *solve;
    const double **member;
    double *memory;
    int complete; /* no pair is left out */
};

void ecp_rsa_room_destroy(struct ecp_rsa_room *room)
{
    if (!room)
        return;
    free(room->at);
    free(room->pair);
    free(room->left);
    free(room->right);
    free(room->member);
    free(room->memory);
    free(room);
}

struct ecp_rsa_room *ecp_rsa_room_create(const struct ecp_rsa *rsa)
{
    const size_t pairs = ecp_rdm_pairs(rsa->n), each = pairs + rsa->n + 8;
    const size_t vectors = rsa->n_models + rsa->n_subjects;
    struct ecp_rsa_room *room = calloc(1, sizeof *room);
    if (!room)
        return NULL;
    room->pairs = pairs;
    room->at = malloc((pairs + 1) * sizeof *room->at);
    room->pair = malloc((pairs + 1) * sizeof *room->pair);
    room->left = calloc(vectors + 1, sizeof *room->left);
    room->right = calloc(vectors + 1, sizeof *room->right);
    room->member = calloc(rsa->n_subjects + 1, sizeof *room->member);
    room->memory = malloc((2 * vectors + rsa->n_subjects + 3 + 12) * each * sizeof(double));
    if (!room->at || !room->pair || !room->left || !room->right || !room->member || !room->memory) {
        ecp_rsa_room_destroy(room);
        return NULL;
    }
    double *next = room->memory;
    for (size_t k = 0; k < vectors; k++, next += 2 * each) {
        room->left[k] = next;
        room->right[k] = next + each;
    }
    room->plain = next;
    next += rsa->n_subjects * each;
    room->pooled = next;
    room->pooled_left = next + each;
    room->pooled_right = next + 2 * each;
    room->solve = next + 3 * each;
    room->work = next + 8 * each;
    return room;
}

/* ---- pairs of a draw ------------------------------------------------------------------------ */

static int distinct_at_least_3(size_t n, const size_t *condition)
{
    size_t second = n;
    for (size_t k = 1; k < n; k++) {
        if (condition[k] == condition[0])
            continue;
        if (second == n)
            second = k;
        else if (condition[k] != condition[second])
            return 1;
    }
    return 0;
}

static size_t choose_pairs(const struct ecp_rsa *rsa, const size_t *condition,
                           struct ecp_rsa_room *room)
{
    const size_t n = rsa->n;
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const size_t a = condition ? condition[i] : i, b = condition ? condition[j] : j;
            if (a == b)
                continue;
            room->pair[m] = (struct pair){(uint32_t)i, (uint32_t)j};
            room->at[m++] = ecp_rdm_at(n, a < b ? a : b, a < b ? b : a);
        }
    room->complete = m == room->pairs;
    return m;
}

static void gather(const double *rdm, const size_t *at, size_t m, double *out)
{
    for (size_t k = 0; k < m; k++)
        out[k] = rdm[at[k]];
}

/* ---- vectors that are compared by a product ----------------------------------------------------
 */

static double product(size_t m, const double *a, const double *b)
{
    double part[8] = {0}, sum = 0;
    size_t k = 0;
    for (; k + 8 <= m; k += 8)
        for (size_t j = 0; j < 8; j++)
            part[j] += a[k + j] * b[k + j];
    for (; k < m; k++)
        sum += a[k] * b[k];
    for (size_t j = 0; j < 8; j++)
        sum += part[j];
    return sum;
}

/* V x of the covariance of dissimilarities of independent, equal noise: 4 on the diagonal,
 * 1 for pairs that share a condition. */
static void covary(const struct ecp_rsa_room *room, size_t n, size_t m, const double *x,
                   double *row, double *out)
{
    memset(row, 0, n * sizeof *row);
    for (size_t k = 0; k < m; k++) {
        row[room->pair[k].a] += x[k];
        row[room->pair[k].b] += x[k];
    }
    for (size_t k = 0; k < m; k++)
        out[k] = 2 * x[k] + row[room->pair[k].a] + row[room->pair[k].b];
}

/* V^-1 b by conjugate gradients; V's condition number is below n. */
static void whiten(const struct ecp_rsa_room *room, size_t n, size_t m, const double *b, double *x)
{
    enum { MOST = 1000 };
    const size_t each = room->pairs + n + 8;
    double *r = room->solve, *d = r + each, *q = d + each, *row = q + each;
    memset(x, 0, m * sizeof *x);
    memcpy(r, b, m * sizeof *r);
    memcpy(d, b, m * sizeof *d);
    double rr = product(m, r, r);
    const double enough = 1e-28 * rr;
    for (int step = 0; step < MOST && rr > enough; step++) {
        covary(room, n, m, d, row, q);
        const double size = rr / product(m, d, q);
        for (size_t k = 0; k < m; k++) {
            x[k] += size * d[k];
            r[k] -= size * q[k];
        }
        const double next = product(m, r, r);
        for (size_t k = 0; k < m; k++)
            d[k] = r[k] + next / rr * d[k];
        rr = next;
    }
}

static int is_whitened(enum ecp_rdm_measure measure)
{
    return measure == ECP_COMPARE_COSINE_COV || measure == ECP_COMPARE_CORR_COV;
}

/* Vectors whose product is the likeness; m: their length in pairs. */
static void prepare(const struct ecp_rsa *rsa, struct ecp_rsa_room *room, size_t m, double *plain,
                    double *left, double *right)
{
    if (!is_whitened(rsa->measure)) {
        ecp_vector_prepare(rsa->measure, m, plain, left, room->work);
        memcpy(right, left, m * sizeof *right);
        return;
    }
    if (room->complete) {
        ecp_rdm_prepare(rsa->measure, rsa->n, plain, left, room->work);
        memcpy(right, left, (m + rsa->n) * sizeof *right);
        return;
    }
    double mean = 0;
    for (size_t k = 0; rsa->measure == ECP_COMPARE_CORR_COV && k < m; k++)
        mean += plain[k] / (double)m;
    for (size_t k = 0; k < m; k++)
        left[k] = plain[k] - mean;
    whiten(room, rsa->n, m, left, right);
    const double length = sqrt(product(m, left, right));
    for (size_t k = 0; k < m; k++) {
        left[k] = length > 0 ? left[k] / length : 0;
        right[k] = length > 0 ? right[k] / length : 0;
    }
}

static double compare(const struct ecp_rsa *rsa, struct ecp_rsa_room *room, size_t m,
                      const double *left, const double *right)
{
    if (rsa->measure == ECP_COMPARE_TAU_A || rsa->measure == ECP_COMPARE_KENDALL)
        return ecp_vector_kendall(rsa->measure, m, left, right, room->work);
    return product(is_whitened(rsa->measure) && room->complete ? m + rsa->n : m, left, right);
}

/* ---- pooling, and ceilings
 * ------------------------------------------------------------------------ */

static int pools_ranks(enum ecp_rdm_measure measure)
{
    return measure == ECP_COMPARE_SPEARMAN || measure == ECP_COMPARE_RHO_A ||
           measure == ECP_COMPARE_TAU_A || measure == ECP_COMPARE_KENDALL;
}

static void add_scaled(size_t m, const double *x, int centred, double *out)
{
    double mean = 0, square = 0;
    for (size_t k = 0; centred && k < m; k++)
        mean += x[k] / (double)m;
    for (size_t k = 0; k < m; k++)
        square += (x[k] - mean) * (x[k] - mean) / (double)m;
    for (size_t k = 0; k < m; k++)
        out[k] += square > 0 ? (x[k] - mean) / sqrt(square) : 0;
}

void ecp_rdm_pool(enum ecp_rdm_measure measure, size_t m, size_t n_rdms, const double *const *rdm,
                  double *out, double *work)
{
    const int centred = measure == ECP_COMPARE_CORR || measure == ECP_COMPARE_CORR_COV;
    double least = INFINITY;
    memset(out, 0, m * sizeof *out);
    for (size_t s = 0; s < n_rdms; s++) {
        if (pools_ranks(measure)) {
            ecp_ranks(m, rdm[s], work, work + m);
            for (size_t k = 0; k < m; k++)
                out[k] += work[k];
        } else
            add_scaled(m, rdm[s], centred, out);
    }
    for (size_t k = 0; k < m; k++) {
        out[k] /= (double)n_rdms;
        least = fmin(least, out[k]);
    }
    for (size_t k = 0; centred && k < m; k++)
        out[k] -= least;
}

static size_t subject_at(struct ecp_rsa_draw draw, size_t s)
{
    return draw.subject ? draw.subject[s] : s;
}

/* Mean likeness of the pooled matrix of those that are (not) subject `who` with the
 * copies of `who`. */
static double ceiling_of(const struct ecp_rsa *rsa, struct ecp_rsa_draw draw,
                         struct ecp_rsa_room *room, size_t m, size_t who, int leave_out)
{
    const size_t each = room->pairs + rsa->n + 8;
    double sum = 0;
    size_t n = 0, copies = 0;
    for (size_t s = 0; leave_out && s < rsa->n_subjects; s++)
        if (subject_at(draw, s) != who)
            room->member[n++] = room->plain + s * each;
    if (leave_out) {
        if (n == 0)
            return NAN;
        ecp_rdm_pool(rsa->measure, m, n, room->member, room->pooled, room->work);
        prepare(rsa, room, m, room->pooled, room->pooled_left, room->pooled_right);
    }
    for (size_t s = 0; s < rsa->n_subjects; s++) {
        if (subject_at(draw, s) != who)
            continue;
        sum += compare(rsa, room, m, room->pooled_left, room->right[rsa->n_models + s]);
        copies++;
    }
    return sum / (double)copies;
}

static int is_first(struct ecp_rsa_draw draw, size_t s)
{
    for (size_t k = 0; k < s; k++)
        if (subject_at(draw, k) == subject_at(draw, s))
            return 0;
    return 1;
}

static void find_ceilings(const struct ecp_rsa *rsa, struct ecp_rsa_draw draw,
                          struct ecp_rsa_room *room, size_t m, double ceiling[2])
{
    const size_t each = room->pairs + rsa->n + 8;
    size_t groups = 0;
    ceiling[0] = ceiling[1] = 0;
    for (size_t s = 0; s < rsa->n_subjects; s++)
        room->member[s] = room->plain + s * each;
    ecp_rdm_pool(rsa->measure, m, rsa->n_subjects, room->member, room->pooled, room->work);
    prepare(rsa, room, m, room->pooled, room->pooled_left, room->pooled_right);
    for (size_t s = 0; s < rsa->n_subjects; s++)
        if (is_first(draw, s)) {
            ceiling[1] += ceiling_of(rsa, draw, room, m, subject_at(draw, s), 0);
            groups++;
        }
    for (size_t s = 0; s < rsa->n_subjects; s++)
        if (is_first(draw, s))
            ceiling[0] += ceiling_of(rsa, draw, room, m, subject_at(draw, s), 1);
    ceiling[0] /= (double)groups;
    ceiling[1] /= (double)groups;
}

int ecp_rsa_evaluate(const struct ecp_rsa *rsa, struct ecp_rsa_draw draw, struct ecp_rsa_room *room,
                     struct ecp_rsa_scores *out)
{
    const size_t each = room->pairs + rsa->n + 8, models = rsa->n_models;
    if (draw.condition && !distinct_at_least_3(rsa->n, draw.condition))
        return 0;
    const size_t m = choose_pairs(rsa, draw.condition, room);
    for (size_t k = 0; k < models; k++) {
        gather(rsa->model + k * room->pairs, room->at, m, room->pooled);
        prepare(rsa, room, m, room->pooled, room->left[k], room->right[k]);
    }
    for (size_t s = 0; s < rsa->n_subjects; s++) {
        double *plain = room->plain + s * each;
        gather(rsa->subject + subject_at(draw, s) * room->pairs, room->at, m, plain);
        prepare(rsa, room, m, plain, room->left[models + s], room->right[models + s]);
    }
    for (size_t k = 0; k < models; k++) {
        out->mean[k] = 0;
        for (size_t s = 0; s < rsa->n_subjects; s++) {
            const double score = compare(rsa, room, m, room->left[k], room->right[models + s]);
            out->mean[k] += score / (double)rsa->n_subjects;
            if (out->each)
                out->each[k * rsa->n_subjects + s] = score;
        }
    }
    find_ceilings(rsa, draw, room, m, out->ceiling);
    out->n_pairs = m;
    return 1;
}
