/* The first zero of sums of decays, against a scan in long double; and of the
 * membranes that they stand for, against tests/verify/exact_reference.h. */
#include <math.h>

#include "engine/crossing.h"
#include "engine/exact_lif.h"
#include "engine/kernel_random.h"
#include "tests/support.h"
#include "tests/verify/exact_reference.h"

static double uniform(uint32_t a, uint32_t b)
{
    return (ecp_philox_block(a, b, 0, 5, 6, 7).word[0] + 0.5) * 0x1p-32;
}

/* (a + b t) exp(-rate t) */
static struct ecp_decay decay(double rate, double a, double b)
{
    return (struct ecp_decay){rate, b != 0, {a, b}};
}

static long double value(const struct ecp_decays *f, long double t)
{
    long double sum = f->constant;
    for (int k = 0; k < f->n; k++)
        sum += ((long double)f->term[k].c[0] + f->term[k].c[1] * t) * expl(-f->term[k].rate * t);
    return sum;
}

/* First t at which the scan finds f >= 0, by bisection within its step. */
static long double scanned(const struct ecp_decays *f, long double until, long double step)
{
    for (long double t = step; t < until; t += step)
        if (value(f, t) >= 0) {
            long double low = t - step, high = t;
            for (int k = 0; k < 80; k++) {
                const long double middle = (low + high) / 2;
                if (value(f, middle) >= 0)
                    high = middle;
                else
                    low = middle;
            }
            return high;
        }
    return INFINITY;
}

static struct ecp_decays random_sum(uint32_t k)
{
    struct ecp_decays f = {.n = 3, .constant = -10 * uniform(k, 0)};
    if (uniform(k, 1) < 0.3)
        f.constant += 12;
    for (uint32_t s = 0; s < 3; s++) {
        const double rate[] = {0.1, 0.5, 0.25}, size[] = {10, 30, 30};
        f.term[s] = decay(rate[s], size[s] * (2 * uniform(k, 2 + s) - 1), 0);
        if (s > 0 && k % 2)
            f.term[s] = decay(rate[s], f.term[s].c[0], 30 * (uniform(k, 5 + s) - 0.5));
    }
    const double start = ecp_decays_value(&f, 0);
    if (start >= 0)
        f.constant -= start + 1e-6 + 0.01 * uniform(k, 9);
    return f;
}

static void random_sums(void)
{
    int crossings = 0, wrong = 0;
    for (uint32_t k = 0; k < 1500; k++) {
        const struct ecp_decays f = random_sum(k);
        const double got = ecp_decays_crossing(&f, INFINITY);
        const long double want = scanned(&f, 150, 0.01L);
        if (!isinf(got)) {
            crossings++;
            /* it is a zero, and none that the scan sees lies before it */
            wrong += fabsl(value(&f, got)) > 1e-9 || want < got - 1e-9L;
            if (!isinf((double)want) && want - got < 1e-3L)
                wrong += fabsl(want - got) > 1e-9L;
        } else {
            wrong += !isinf((double)want);
        }
    }
    CU_ASSERT(crossings > 200);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A maximum that just reaches, or just misses, zero: the constant is set from
 * the maximum in long double. */
static void near_tangents(void)
{
    for (uint32_t k = 0; k < 200; k++) {
        struct ecp_decays f = {.n = 2, .constant = 0};
        f.term[0] = decay(0.1, -8 - 4 * uniform(k, 0), 0);
        f.term[1] = decay(0.5, 0, 15 + 10 * uniform(k, 1));
        long double low = 0, high = 20; /* of the derivative's sign */
        for (int i = 0; i < 200; i++) {
            const long double a = low + (high - low) / 3, b = high - (high - low) / 3;
            if (value(&f, a) < value(&f, b))
                low = a;
            else
                high = b;
        }
        const double top = (double)value(&f, (low + high) / 2);
        for (int sign = -1; sign <= 1; sign += 2) {
            struct ecp_decays g = f;
            g.constant = -top + sign * 1e-11;
            if (ecp_decays_value(&g, 0) >= 0 || g.constant >= 0)
                continue;
            const double t = ecp_decays_crossing(&g, INFINITY);
            CU_ASSERT(sign > 0 ? !isinf(t) : isinf(t));
            if (sign > 0 && !isinf(t))
                CU_ASSERT(fabsl(value(&g, t)) < 1e-12L);
        }
    }
}

static void horizons(void)
{
    const struct ecp_decays f = {.constant = 1, .n = 1, .term = {{1, 0, {-2}}}};
    CU_ASSERT_DOUBLE_EQUAL(ecp_decays_crossing(&f, INFINITY), log(2), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_decays_crossing(&f, 1), log(2), 1e-12);
    CU_ASSERT(isinf(ecp_decays_crossing(&f, 0.5)));
    const struct ecp_decays none = {.constant = -1};
    CU_ASSERT(isinf(ecp_decays_crossing(&none, INFINITY)));
}

/* ---- membranes that almost touch the threshold ------------------------------ */

enum {
    V,
    I_EX,
    S_EX,
    I_IN,
    S_IN,
    TAU_M,
    C,
    E_L,
    I_E,
    V_TH,
    V_RESET,
    T_REF,
    TAU_EX,
    TAU_IN,
    FIELDS
};

/* One of each form of a current; which is in use says `alpha`. */
static struct ecp_exact table_of(int alpha)
{
    return (struct ecp_exact){.v = V,
                              .tau_m = TAU_M,
                              .c = C,
                              .e_l = E_L,
                              .i_e = I_E,
                              .v_th = V_TH,
                              .v_reset = V_RESET,
                              .t_ref = T_REF,
                              .n_currents = 2,
                              .current = {I_EX, I_IN},
                              .slope = {alpha ? S_EX : -1, alpha ? S_IN : -1},
                              .tau = {TAU_EX, TAU_IN},
                              .port_current = {0, 1}};
}

struct membrane {
    int alpha, near;
    double param[FIELDS];
    struct ref_param ref;
    struct ref_state start;
};

/* Synaptic time constants of any size; in every third case one meets the
 * membrane's, or almost does. */
static struct membrane random_membrane(uint32_t k)
{
    static const double apart[] = {0,    1e-12,  1e-9,    1e-6,   1e-4,
                                   1e-3, 0.0199, -0.0199, 0.0201, -0.03};
    struct membrane m = {.alpha = (int)k % 2, .near = k % 3 == 0};
    double *p = m.param;
    p[TAU_M] = 5 + 15 * uniform(k, 20);
    p[TAU_EX] = 0.6 + 8 * uniform(k, 21);
    p[TAU_IN] = 0.6 + 20 * uniform(k, 22);
    if (m.near)
        p[k % 2 ? TAU_EX : TAU_IN] = p[TAU_M] / (1 + apart[k / 3 % 10]);
    if (k % 9 == 0) /* all three */
        p[TAU_EX] = p[TAU_M] / (1 + apart[k / 9 % 10]);
    p[C] = 250;
    p[E_L] = p[V_RESET] = -70;
    p[V] = -70 + 14 * uniform(k, 23);
    p[I_EX] = 1500 * uniform(k, 24);
    p[I_IN] = -1500 * uniform(k, 25);
    p[S_EX] = m.alpha ? 1500 * uniform(k, 26) : 0;
    p[S_IN] = m.alpha ? -800 * uniform(k, 27) : 0;
    if (!m.alpha && k % 7 == 3) { /* one response alone: the engine's bound is sharp */
        p[V] = p[E_L];
        p[I_IN] = 0;
    }
    if (m.alpha && k % 5 == 4) { /* rises twice */
        p[TAU_EX] = 0.6 + uniform(k, 28);
        p[TAU_IN] = 4 + 4 * uniform(k, 29);
        p[V] = -69;
        p[I_EX] *= 3;
        p[I_IN] = -0.5 * p[I_EX];
        p[S_EX] = 0;
        p[S_IN] = 0.4 * p[I_EX] * uniform(k, 27);
    }
    m.ref = (struct ref_param){.tau_m = p[TAU_M], .tau = {p[TAU_EX], p[TAU_IN]}, .c = p[C]};
    m.start = (struct ref_state){p[V] - p[E_L], {p[I_EX], p[I_IN]}, {p[S_EX], p[S_IN]}};
    return m;
}

/* The highest maximum within 100 ms; 0: there is none above rest. */
static real highest(const struct membrane *m, int *n_maxima)
{
    struct ref_state y = m->start;
    real best = 0;
    *n_maxima = 0;
    for (real t = 0; t < 100; t += REF_STEP) {
        const struct ref_state next = ref_moved(&m->ref, &y, REF_STEP);
        if (ref_slope(&m->ref, &y).u > 0 && ref_slope(&m->ref, &next).u <= 0) {
            const real h = ref_bisect(&m->ref, &y, REF_STEP, 0, 1);
            best = fmaxl(best, ref_moved(&m->ref, &y, h).u);
            ++*n_maxima;
        }
        y = next;
    }
    return best;
}

/* First time above `level`, and V' there; INFINITY. */
static real first_time(const struct membrane *m, real level, real *slope)
{
    struct ref_state y = m->start;
    for (real t = 0; t < 100; t += REF_STEP) {
        const struct ref_state next = ref_moved(&m->ref, &y, REF_STEP);
        const real h = ref_crossing(&m->ref, &y, &next, REF_STEP, level);
        if (h >= 0) {
            const struct ref_state there = ref_moved(&m->ref, &y, h);
            *slope = ref_slope(&m->ref, &there).u;
            return t + h;
        }
        y = next;
    }
    return INFINITY;
}

static double engine_time(struct membrane *m, double threshold)
{
    const struct ecp_exact table = table_of(m->alpha);
    m->param[V_TH] = threshold;
    const struct ecp_exact_constants k = ecp_exact_constants_of(&table, m->param);
    double state[ECP_EXACT_STATES] = {0};
    for (int f = 0; f < FIELDS; f++)
        if (ecp_exact_position(&table, f) >= 0)
            state[ecp_exact_position(&table, f)] = m->param[f];
    return ecp_exact_crossing(&k, state, 0);
}

struct tally {
    int crossings, silences, missed, invented, late, several;
    double worst;
};

/* The threshold `gap` under (or, negative, over) the highest maximum. */
static void try_gap(struct membrane *m, real top, real gap, struct tally *tally)
{
    const double threshold = (double)(top - gap - 70);
    const real level = threshold + 70.0L;
    real slope = 0;
    if (m->start.u >= level || level <= 0)
        return;
    const real want = first_time(m, level, &slope);
    const double got = engine_time(m, threshold);
    tally->crossings += !isinf((double)want);
    tally->silences += isinf((double)want) != 0;
    tally->missed += isinf(got) && !isinf((double)want);
    tally->invented += !isinf(got) && isinf((double)want);
    if (isinf(got) || isinf((double)want))
        return;
    /* mV by which V must be wrong for this error in time; V is about 70 mV */
    const double wrong = (double)(fmaxl(fabsl(got - want) - 1e-12L, 0) * slope);
    tally->worst = fmax(tally->worst, wrong);
    tally->late += wrong > 1e-12;
}

static void near_tangent_membranes(void)
{
    static const real gaps[] = {1e-2L, 1e-4L, 1e-6L, 1e-8L, 1e-10L, 1e-11L};
    struct tally tally = {0};
    for (uint32_t k = 0; k < 1200; k++) {
        struct membrane m = random_membrane(k);
        int n_maxima;
        const real top = highest(&m, &n_maxima);
        tally.several += n_maxima > 1;
        for (size_t g = 0; n_maxima > 0 && g < sizeof gaps / sizeof *gaps; g++) {
            try_gap(&m, top, gaps[g], &tally);
            try_gap(&m, top, -gaps[g], &tally);
        }
    }
    printf("%d crossings, %d silences, %d with several maxima, worst %.2g mV ", tally.crossings,
           tally.silences, tally.several, tally.worst);
    CU_ASSERT(tally.crossings > 2000 && tally.silences > 2000 && tally.several > 20);
    CU_ASSERT_EQUAL(tally.missed, 0);
    CU_ASSERT_EQUAL(tally.invented, 0);
    CU_ASSERT_EQUAL(tally.late, 0);
}

ECP_TEST_MAIN("crossing", {"random sums", random_sums}, {"near tangents", near_tangents},
              {"near-tangent membranes", near_tangent_membranes}, {"horizons", horizons})
