#include "analysis/sessions.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"
#include "analysis/trains.h"

/* ---- trials ------------------------------------------------------------------------------ */

/* New numbers of those that are marked; SIZE_MAX for the others. Returns how many. */
static size_t number_marked(size_t n, const char *marked, size_t *number)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        number[k] = marked[k] ? count++ : SIZE_MAX;
    return count;
}

struct choice {
    size_t *session, *condition, *unit; /* new numbers */
    size_t *count;                      /* sessions x conditions */
    char *marked;
};

/* Sessions that have trials. */
static size_t choose_sessions(const struct ecp_dataset *set, struct choice *c)
{
    memset(c->marked, 0, set->n_trials + 1);
    for (size_t t = 0; t < set->n_trials; t++)
        c->marked[set->trial_session[t]] = 1;
    return number_marked(set->n_trials, c->marked, c->session);
}

/* Two trials at least in every session. */
static size_t choose_conditions(const struct ecp_dataset *set, size_t sessions, struct choice *c)
{
    const size_t n = set->n_conditions;
    memset(c->count, 0, sessions * n * sizeof *c->count);
    for (size_t t = 0; t < set->n_trials; t++)
        c->count[c->session[set->trial_session[t]] * n + set->trial_condition[t]]++;
    for (size_t k = 0; k < n; k++) {
        c->marked[k] = 1;
        for (size_t s = 0; s < sessions; s++)
            if (c->count[s * n + k] < 2)
                c->marked[k] = 0;
    }
    return number_marked(n, c->marked, c->condition);
}

static size_t choose_units(const struct ecp_dataset *set, struct choice *c)
{
    const size_t p = set->n_units;
    memset(c->marked, 1, p);
    for (size_t t = 0; t < set->n_trials; t++)
        for (size_t u = 0; c->condition[set->trial_condition[t]] != SIZE_MAX && u < p; u++)
            if (!isfinite(set->response[t * p + u]))
                c->marked[u] = 0;
    return number_marked(p, c->marked, c->unit);
}

static enum ecp_status keep(const struct ecp_dataset *set, const struct choice *c,
                            struct ecp_sessions *out)
{
    size_t kept = 0;
    for (size_t t = 0; t < set->n_trials; t++)
        kept += c->condition[set->trial_condition[t]] != SIZE_MAX;
    size_t *memory = malloc((2 * kept + 1) * sizeof *memory);
    out->memory = memory;
    out->data = malloc((kept * out->n_units + 1) * sizeof *out->data);
    if (!memory || !out->data)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu trials", kept);
    out->session = memory;
    out->condition = memory + kept;
    out->response = out->data;
    for (size_t t = 0; t < set->n_trials; t++) {
        const size_t condition = c->condition[set->trial_condition[t]], at = out->n_trials;
        if (condition == SIZE_MAX)
            continue;
        out->session[at] = c->session[set->trial_session[t]];
        out->condition[at] = condition;
        for (size_t u = 0; u < set->n_units; u++)
            if (c->unit[u] != SIZE_MAX)
                out->data[at * out->n_units + c->unit[u]] = set->response[t * set->n_units + u];
        out->n_trials++;
    }
    return ECP_OK;
}

enum ecp_status ecp_sessions_take(const struct ecp_dataset *set, struct ecp_sessions *out)
{
    const size_t n = set->n_conditions, p = set->n_units, trials = set->n_trials;
    const size_t most = n + p + trials + 1;
    size_t sessions = 0;
    *out = (struct ecp_sessions){.n_sessions = 0};
    for (size_t t = 0; set->trial_session && t < trials; t++)
        if (set->trial_session[t] >= trials)
            return ecp_fail(ECP_ECONFIG, "%s: sessions must be numbered from 0", set->name);
    if (!set->trial_session)
        return ECP_OK;
    struct choice c = {.session = malloc(most * sizeof *c.session), .marked = malloc(most)};
    enum ecp_status status = ECP_OK;
    if (c.session && c.marked) {
        c.condition = c.session + trials;
        c.unit = c.condition + n;
        sessions = choose_sessions(set, &c);
        c.count = malloc((sessions * n + 1) * sizeof *c.count);
    }
    if (!c.count) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu trials", trials);
        goto done;
    }
    if (sessions < 2)
        goto done;
    out->n_sessions = sessions;
    out->n_conditions = choose_conditions(set, sessions, &c);
    out->n_units = choose_units(set, &c);
    status = keep(set, &c, out);
done:
    free(c.session);
    free(c.marked);
    free(c.count);
    return status;
}

void ecp_sessions_drop(struct ecp_sessions *s)
{
    free(s->memory);
    free(s->data);
    *s = (struct ecp_sessions){.n_sessions = 0};
}

/* ---- one division ------------------------------------------------------------------------ */

struct halves {
    const struct ecp_sessions *s;
    size_t n, p, q; /* conditions, units, pairs of conditions */
    const size_t *unit;
    char *second;       /* of each trial: in half b */
    double *mean[2];    /* sessions x n x p */
    double *centred[2]; /* the same less the mean over conditions */
    double *rdm[2];     /* sessions x q */
    double *scaled[2];  /* means less their average over units, of length 1 */
    double *memory, *work;
    size_t *order;
};

/* Random halves of the trials of each condition and session: trials are taken in random order,
 * every second of a kind goes to b. */
static void divide(struct halves *h, struct ecp_chance *chance, size_t *seen)
{
    const struct ecp_sessions *s = h->s;
    memset(seen, 0, s->n_sessions * h->n * sizeof *seen);
    ecp_chance_order(chance, s->n_trials, h->order);
    for (size_t k = 0; k < s->n_trials; k++) {
        const size_t t = h->order[k];
        h->second[t] = seen[s->session[t] * h->n + s->condition[t]]++ % 2 > 0;
    }
}

static void average(struct halves *h, size_t *seen)
{
    const struct ecp_sessions *s = h->s;
    for (int half = 0; half < 2; half++) {
        double *mean = h->mean[half];
        memset(mean, 0, s->n_sessions * h->n * h->p * sizeof *mean);
        memset(seen, 0, s->n_sessions * h->n * sizeof *seen);
        for (size_t t = 0; t < s->n_trials; t++) {
            const size_t row = s->session[t] * h->n + s->condition[t];
            if (h->second[t] != half)
                continue;
            seen[row]++;
            for (size_t u = 0; u < h->p; u++)
                mean[row * h->p + u] += s->response[t * s->n_units + h->unit[u]];
        }
        for (size_t k = 0; k < s->n_sessions * h->n * h->p; k++)
            mean[k] /= (double)seen[k / h->p];
    }
}

/* Less its average and of length 1; all 0 where it is constant. */
static void scale_row(size_t p, const double *in, double *out)
{
    double sum = 0, square = 0;
    for (size_t u = 0; u < p; u++)
        sum += in[u];
    for (size_t u = 0; u < p; u++) {
        out[u] = in[u] - sum / (double)p;
        square += out[u] * out[u];
    }
    const int flat = !(square > 1e-24 * sum * sum / (double)p);
    for (size_t u = 0; u < p; u++)
        out[u] = flat ? 0 : out[u] / sqrt(square);
}

static double product(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t u = 0; u < p; u++)
        sum += a[u] * b[u];
    return sum;
}

/* What is needed of every session's means. */
static void derive(struct halves *h)
{
    for (int half = 0; half < 2; half++)
        for (size_t s = 0; s < h->s->n_sessions; s++) {
            const size_t at = s * h->n * h->p;
            double *scaled = h->scaled[half] + at, *centred = h->centred[half] + at;
            double *rdm = h->rdm[half] + s * h->q;
            memset(h->work, 0, h->p * sizeof *h->work);
            for (size_t c = 0; c < h->n; c++) {
                const double *mean = h->mean[half] + at + c * h->p;
                scale_row(h->p, mean, scaled + c * h->p);
                for (size_t u = 0; u < h->p; u++)
                    h->work[u] += mean[u] / (double)h->n;
            }
            for (size_t k = 0; k < h->n * h->p; k++)
                centred[k] = h->mean[half][at + k] - h->work[k % h->p];
            for (size_t a = 0; a < h->n; a++)
                for (size_t b = a + 1; b < h->n; b++)
                    rdm[ecp_rdm_at(h->n, a, b)] =
                        1 - product(h->p, scaled + a * h->p, scaled + b * h->p);
        }
}

/* Half `half` of session i against the other half of session j. */
static struct ecp_likeness compare(const struct halves *h, size_t i, int half, size_t j)
{
    const size_t size = h->n * h->p;
    const double *a = h->scaled[half] + i * size, *b = h->scaled[!half] + j * size;
    struct ecp_likeness like = {0, 0, 0, 0};
    double trials = 0, right = 0;
    for (size_t c = 0; c < h->n; c++)
        like.vectors += product(h->p, a + c * h->p, b + c * h->p) / (double)h->n;
    like.rdm =
        h->q > 1 ? ecp_correlation(h->q, h->rdm[half] + i * h->q, h->rdm[!half] + j * h->q) : NAN;
    like.inner = product(size, h->centred[half] + i * size, h->centred[!half] + j * size);
    for (size_t t = 0; t < h->s->n_trials; t++) {
        if (h->s->session[t] != j || h->second[t] == half)
            continue;
        double best = -INFINITY, *row = h->work, *raw = h->work + h->p;
        size_t guess = 0;
        for (size_t u = 0; u < h->p; u++)
            raw[u] = h->s->response[t * h->s->n_units + h->unit[u]];
        scale_row(h->p, raw, row);
        for (size_t c = 0; c < h->n; c++) {
            const double like_c = product(h->p, a + c * h->p, row);
            if (like_c > best) {
                best = like_c;
                guess = c;
            }
        }
        right += guess == h->s->condition[t];
        trials++;
    }
    like.decoded = right / trials;
    return like;
}

enum ecp_status ecp_sessions_compare(const struct ecp_sessions *s, size_t n, const size_t *unit,
                                     struct ecp_chance *chance, struct ecp_likeness *out)
{
    const size_t rows = s->n_sessions * s->n_conditions, q = ecp_rdm_pairs(s->n_conditions);
    struct halves h = {.s = s, .n = s->n_conditions, .p = n, .q = q, .unit = unit};
    h.memory = malloc((6 * rows * n + 2 * s->n_sessions * q + 2 * n + 1) * sizeof *h.memory);
    h.order = malloc((s->n_trials + rows + 1) * sizeof *h.order);
    h.second = malloc(s->n_trials + 1);
    if (!h.memory || !h.order || !h.second) {
        free(h.memory);
        free(h.order);
        free(h.second);
        return ecp_fail(ECP_ENOMEM, "no memory to compare %zu sessions", s->n_sessions);
    }
    for (size_t half = 0; half < 2; half++) {
        h.mean[half] = h.memory + (3 * half) * rows * n;
        h.centred[half] = h.mean[half] + rows * n;
        h.scaled[half] = h.centred[half] + rows * n;
        h.rdm[half] = h.memory + 6 * rows * n + half * s->n_sessions * q;
    }
    h.work = h.memory + 6 * rows * n + 2 * s->n_sessions * q;
    divide(&h, chance, h.order + s->n_trials);
    average(&h, h.order + s->n_trials);
    derive(&h);
    for (size_t i = 0; i < s->n_sessions; i++)
        for (size_t j = i; j < s->n_sessions; j++) {
            const struct ecp_likeness x = compare(&h, i, 0, j), y = compare(&h, i, 1, j);
            const struct ecp_likeness v = i == j ? y : compare(&h, j, 0, i);
            const struct ecp_likeness w = i == j ? x : compare(&h, j, 1, i);
            out[i * s->n_sessions + j] = out[j * s->n_sessions + i] = (struct ecp_likeness){
                (x.vectors + y.vectors) / 2, (x.rdm + y.rdm) / 2,
                (x.decoded + y.decoded + v.decoded + w.decoded) / 4, (x.inner + y.inner) / 2};
        }
    free(h.memory);
    free(h.order);
    free(h.second);
    return ECP_OK;
}
