/* pavlov_capacity.h -- scenario pavlov: how many associations one matrix holds, and what
 * becomes of errors on their way through heads and layers. Included by pavlov.c alone. */
#ifndef ECP_PAVLOV_CAPACITY_H
#define ECP_PAVLOV_CAPACITY_H

/* ---- errors -------------------------------------------------------------------------- */

enum { BITS = 16, LOADS = 5 };

static const double loads[LOADS] = {0.25, 0.5, 1, 2, 4}; /* n/d */

static void draw_keys(struct ecp_chance *chance, size_t n, size_t d, double *keys)
{
    ecp_chance_normals(chance, n * d, keys);
    for (size_t k = 0; k < n; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += keys[k * d + j] * keys[k * d + j];
        for (size_t j = 0; j < d; j++)
            keys[k * d + j] /= sqrt(square);
    }
}

/* One set of n keys: what each recalls, n x BITS, less its value. */
struct recalled {
    size_t n, d;
    double *keys, *values, *errors;
};

static enum ecp_status recall_set(struct recalled *r, struct ecp_chance *chance)
{
    const struct ecp_memory_setting settings[] = {{"separation", 0, "identity"},
                                                  {"form", 0, "primal"}};
    struct ecp_memory_setup setup = {
        .shape = {r->d, BITS, r->n}, .settings = settings, .n_settings = 2};
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    draw_keys(chance, r->n, r->d, r->keys);
    ECP_TRY(ecp_memory_find("key_value", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, r->keys, r->values, r->n));
    ECP_TRY(ecp_memory_recall(memory, r->keys, r->n, r->errors, NULL));
    for (size_t k = 0; k < r->n * BITS; k++)
        r->errors[k] -= r->values[k];
done:
    ecp_memory_destroy(memory);
    return status;
}

static int wrong(const struct recalled *r, size_t k)
{
    return r->errors[k] * r->values[k] <= -1;
}

static enum ecp_status room_for(struct ecp_experiment *e, size_t n, size_t d, struct recalled *r)
{
    *r = (struct recalled){n, d, ecp_experiment_alloc(e, n * d, sizeof(double)),
                           ecp_experiment_alloc(e, n * BITS, sizeof(double)),
                           ecp_experiment_alloc(e, n * BITS, sizeof(double))};
    return r->keys && r->values && r->errors
               ? ECP_OK
               : ecp_fail(ECP_ENOMEM, "no memory for %zu keys of %zu", n, d);
}

struct loaded {
    double load[LOADS], mse[LOADS], mse_theory[LOADS], bits[LOADS], bits_theory[LOADS];
};

static double bit_error(double d, double n)
{
    return 0.5 * erfc(sqrt(d / (2 * (n - 1))));
}

static enum ecp_status count_errors(struct ecp_experiment *e, const double *param,
                                    struct loaded *out)
{
    const size_t d = (size_t)param[D], repeats = (size_t)param[REPEATS];
    double mse_ratio = 1, bit_ratio = 1;
    enum ecp_status status = ECP_OK;
    for (size_t l = 0; l < LOADS; l++) {
        const size_t n = (size_t)(loads[l] * (double)d);
        const double count = (double)(repeats * n * BITS);
        struct recalled r;
        ECP_TRY(room_for(e, n, d, &r));
        out->load[l] = loads[l];
        for (size_t k = 0; k < repeats; k++) {
            struct ecp_chance chance =
                ecp_chance(ecp_experiment_seed(e), 0x700 + (uint32_t)l, (uint32_t)k);
            ecp_chance_signs(&chance, n * BITS, r.values);
            ECP_TRY(recall_set(&r, &chance));
            for (size_t j = 0; j < n * BITS; j++) {
                out->mse[l] += r.errors[j] * r.errors[j] / count;
                out->bits[l] += wrong(&r, j) / count;
            }
        }
        out->mse_theory[l] = ((double)n - 1) / (double)d;
        out->bits_theory[l] = bit_error((double)d, (double)n);
        const double m = out->mse[l] / out->mse_theory[l], b = out->bits[l] / out->bits_theory[l];
        mse_ratio = fabs(m - 1) > fabs(mse_ratio - 1) ? m : mse_ratio;
        /* Where one bit in 30 is wrong or more: below that the tail is not a normal one. */
        if (out->bits_theory[l] > 1.0 / 30)
            bit_ratio = fabs(b - 1) > fabs(bit_ratio - 1) ? b : bit_ratio;
        ECP_TRY(ecp_experiment_progress(e, 0.4 * (double)(l + 1) / LOADS, "errors"));
    }
    ecp_experiment_result(e, MSE_RATIO, mse_ratio);
    ecp_experiment_result(e, BIT_RATIO, bit_ratio);
done:
    return status;
}

/* ---- heads and layers ------------------------------------------------------------------ */

static double binomial_tail(int heads, double p)
{
    double tail = 0;
    for (int k = heads / 2 + 1; k <= heads; k++)
        tail += exp(lgamma(heads + 1) - lgamma(k + 1) - lgamma(heads - k + 1) + k * log(p) +
                    (heads - k) * log1p(-p));
    return tail;
}

/* Of the same values in `most` independent sets of keys: in how many each bit is wrong, and
 * the mean error of the first `heads` of them. */
struct passed {
    double mse, any, most;
};

static enum ecp_status pass(struct ecp_experiment *e, const double *param, struct recalled *r,
                            struct passed *out)
{
    const int heads = (int)param[HEADS], layers = (int)param[LAYERS];
    const size_t all = r->n * BITS, repeats = (size_t)param[REPEATS];
    double *mean = ecp_experiment_alloc(e, all, sizeof *mean);
    int *count = ecp_experiment_alloc(e, 2 * all, sizeof *count), *any = count ? count + all : NULL;
    enum ecp_status status = ECP_OK;
    if (!mean || !count)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu bits", all);
    for (size_t k = 0; k < repeats; k++) {
        struct ecp_chance chance = ecp_chance(ecp_experiment_seed(e), 0x710, (uint32_t)k);
        ecp_chance_signs(&chance, all, r->values);
        memset(mean, 0, all * sizeof *mean);
        memset(count, 0, 2 * all * sizeof *count);
        for (int set = 0; set < heads || set < layers; set++) {
            ECP_TRY(recall_set(r, &chance));
            for (size_t j = 0; j < all; j++) {
                mean[j] += set < heads ? r->errors[j] / heads : 0;
                count[j] += set < heads && wrong(r, j);
                any[j] |= set < layers && wrong(r, j);
            }
        }
        for (size_t j = 0; j < all; j++) {
            const double share = 1 / (double)(all * repeats);
            out->mse += mean[j] * mean[j] * share;
            out->any += any[j] * share;
            out->most += (2 * count[j] > heads) * share;
        }
    }
done:
    return status;
}

static enum ecp_status count_passed(struct ecp_experiment *e, const double *param)
{
    const double d = param[D], n = floor(d / 2), p = bit_error(d, n);
    const int heads = (int)param[HEADS], layers = (int)param[LAYERS];
    struct passed out = {0, 0, 0};
    struct recalled r;
    enum ecp_status status;
    ECP_TRY(room_for(e, (size_t)n, (size_t)d, &r));
    ECP_TRY(pass(e, param, &r, &out));
    ecp_experiment_result(e, HEADS_RATIO, out.mse * heads * d / (n - 1));
    ecp_experiment_result(e, DEPTH_RATIO, out.any / (1 - pow(1 - p, layers)));
    ecp_experiment_result(e, MAJORITY_RATIO, out.most / binomial_tail(heads, p));
    status = ecp_experiment_progress(e, 0.6, "heads and layers");
done:
    return status;
}

/* ---- capacity over d --------------------------------------------------------------------- */

enum { SIZES = 5, KEYS = 128 };

static const double sizes[SIZES] = {16, 64, 256, 1024, 4096};

struct capacity {
    double average[SIZES], certain[SIZES], coherence[SIZES];
    double average_sd[SIZES], certain_sd[SIZES];
};

/* Keys one by one until (n - 1) max|k.k'| reaches 1: how many fitted, and the ratio of the
 * maximum of all KEYS to its theory. */
static double certain(struct ecp_chance *chance, size_t d, double *keys, double *ratio)
{
    double most = 0;
    size_t fitted = 0;
    draw_keys(chance, KEYS, d, keys);
    for (size_t n = 1; n < KEYS; n++) {
        for (size_t k = 0; k < n; k++) {
            double dot = 0;
            for (size_t j = 0; j < d; j++)
                dot += keys[n * d + j] * keys[k * d + j];
            most = fmax(most, fabs(dot));
        }
        if (fitted == 0 && (double)n * most >= 1)
            fitted = n;
    }
    *ratio = most / sqrt(2 * log((double)KEYS * KEYS / 2) / (double)d);
    return (double)(fitted ? fitted : KEYS);
}

/* The n with a relative error of 1/2: mean square of a crosstalk, by its part of one other
 * key; keys as vectors of the same draw. */
static double average(const double *keys, size_t d)
{
    double square = 0;
    for (size_t n = 1; n < KEYS; n++)
        for (size_t k = 0; k < n; k++) {
            double dot = 0;
            for (size_t j = 0; j < d; j++)
                dot += keys[n * d + j] * keys[k * d + j];
            square += dot * dot / (KEYS * (KEYS - 1) / 2.0);
        }
    return 1 + 0.5 / square;
}

static enum ecp_status measure_capacity(struct ecp_experiment *e, const double *param,
                                        struct capacity *c)
{
    enum { SETS = 8 };
    const size_t seeds = (size_t)param[SEEDS];
    double *keys = ecp_experiment_alloc(e, KEYS * (size_t)sizes[SIZES - 1], sizeof *keys);
    double coherence = 0;
    if (!keys)
        return ecp_fail(ECP_ENOMEM, "no memory for keys");
    for (size_t s = 0; s < SIZES; s++) {
        double square[2] = {0, 0};
        for (size_t seed = 0; seed < seeds; seed++) {
            double n[2] = {0, 0};
            for (size_t k = 0; k < SETS; k++) {
                struct ecp_chance chance =
                    ecp_chance(ecp_experiment_seed(e) + seed, 0x720 + (uint32_t)s, (uint32_t)k);
                double ratio;
                n[1] += certain(&chance, (size_t)sizes[s], keys, &ratio) / SETS;
                n[0] += average(keys, (size_t)sizes[s]) / SETS;
                c->coherence[s] += ratio / (double)(SETS * seeds);
            }
            c->average[s] += n[0] / (double)seeds;
            c->certain[s] += n[1] / (double)seeds;
            square[0] += n[0] * n[0] / (double)seeds;
            square[1] += n[1] * n[1] / (double)seeds;
        }
        c->average_sd[s] = sqrt(fmax(square[0] - c->average[s] * c->average[s], 0));
        c->certain_sd[s] = sqrt(fmax(square[1] - c->certain[s] * c->certain[s], 0));
        coherence += s > 0 ? c->coherence[s] / (SIZES - 1) : 0;
    }
    ecp_experiment_result(e, AVERAGE_SLOPE, ecp_log_slope(SIZES, sizes, c->average));
    ecp_experiment_result(e, CERTAIN_SLOPE, ecp_log_slope(SIZES - 1, sizes + 1, c->certain + 1));
    ecp_experiment_result(e, COHERENCE_RATIO, coherence);
    return ecp_experiment_progress(e, 0.95, "capacity");
}

#endif
