/* verify_sources.c -- what the spike sources put out, against the laws that
 * they are to follow: modulation, independence, lists (gamma: verify_gamma.c).
 *
 * Seeds are fixed. Bounds are five standard deviations of what is measured,
 * from the law itself. */
#include <stdio.h>

#include "engine/config.h"
#include "engine/score.h"
#include "tests/unit/network_case.h"
#include "tests/verify/block.h"

enum { MANY = 1000, CELLS = 50 };

static const double dt = 0.1, tau = 6.283185307179586; /* 2 pi */

/* `n` spikes of a population whose rates are set, over `ms`. */
static const struct ecp_recorded_population *spikes_of(struct ecp_plan *plan, double ms,
                                                       struct ecp_network **network)
{
    (void)add_probe(plan, ECP_PROBE_SPIKES, "p", NULL, 0);
    (void)add_phase(plan, "run", ms, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    *network = ran(plan, 2, ecp_isa_best());
    return &ecp_network_recording(*network)->population[0];
}

static struct ecp_draw list_of(const double *values, size_t n)
{
    struct ecp_draw list = ecp_draw_constant(0);
    list.kind = ECP_DRAW_LIST;
    list.list = values;
    list.count = n;
    return list;
}

/* ---- a modulated rate ------------------------------------------------------ */

struct swing {
    double rate, depth, frequency, phase;
};

/* Chance of a spike in the step that ends with stamp `step`. */
static double chance(const struct swing *s, ecp_step step)
{
    const double half = tau / 2 * s->frequency * 1e-3 * dt,
                 shrink = half > 0 ? sin(half) / half : 1;
    const double turns = s->frequency * 1e-3 * dt * ((double)step - 0.5);
    const double swing = 1 + s->depth * shrink * sin(tau * (turns - floor(turns)) + s->phase);
    return -expm1(-s->rate * 1e-3 * dt * fmax(swing, 0));
}

/* Sums over spikes: their number, sine and cosine in the wave of their neuron,
 * and how many fell into each part of the cycle of the first neuron. */
struct sums {
    double of[3], variance[3], cell[CELLS];
};

static void add(struct sums *to, const struct swing *s, ecp_step step, double n)
{
    const double turns = s->frequency * 1e-3 * dt * ((double)step - 0.5);
    const double angle = tau * turns + s->phase;
    to->of[0] += n;
    to->of[1] += n * sin(angle);
    to->of[2] += n * cos(angle);
    to->cell[(int)((turns - floor(turns)) * CELLS)] += n;
}

static void add_law(struct sums *to, const struct swing *s, ecp_step steps, double n)
{
    for (ecp_step step = 1; step <= steps; step++) {
        const double q = chance(s, step), before[2] = {to->of[1], to->of[2]};
        add(to, s, step, n * q);
        to->variance[0] += n * q * (1 - q);
        for (int k = 1; k < 3 && q > 0; k++)
            to->variance[k] += (1 - q) / (n * q) * pow(to->of[k] - before[k - 1], 2);
    }
}

static void compare(const struct sums *seen, const struct sums *law)
{
    double chi = 0;
    int cells = 0;
    for (int k = 0; k < 3; k++)
        CU_ASSERT_DOUBLE_EQUAL(seen->of[k], law->of[k], 5 * sqrt(law->variance[k]) + 1e-6);
    for (int k = 0; k < CELLS; k++) {
        const double expected = law->cell[k], off = seen->cell[k] - expected;
        if (expected < 10) { /* silence, or nearly so */
            CU_ASSERT(off <= 5 * sqrt(expected));
            continue;
        }
        chi += off * off / expected;
        cells++;
    }
    (void)printf(" %.1f/%d", chi, cells);
    CU_ASSERT(chi < cells + 5 * sqrt(2.0 * cells));
}

/* Against the sums over all steps of the chances, each with its own variance.
 * `each`: every second neuron has the opposite phase. */
static void check_swing(const struct swing *s, uint64_t seed, int each)
{
    static double phase[MANY];
    const ecp_step steps = 50000;
    struct sums seen = {{0}, {0}, {0}}, law = {{0}, {0}, {0}};
    struct swing part[2] = {*s, *s};
    struct ecp_plan *plan = new_plan(seed);
    struct ecp_plan_population *p = add_population(plan, "p", "poisson_modulated", MANY);
    struct ecp_network *network;
    part[1].phase += each ? tau / 2 : 0;
    for (size_t j = 0; j < MANY; j++)
        phase[j] = part[j % 2].phase;
    ECP_ASSERT_OK(ecp_population_set(p, "rate", s->rate));
    ECP_ASSERT_OK(ecp_population_set(p, "depth", s->depth));
    ECP_ASSERT_OK(ecp_population_set(p, "frequency", s->frequency));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "phase", list_of(phase, MANY)));
    const struct ecp_recorded_population *r = spikes_of(plan, (double)steps * dt, &network);
    for (size_t k = 0; k < r->n_events; k++)
        add(&seen, &part[r->event[k].index % 2], r->event[k].step, 1);
    for (int k = 0; k < 2; k++)
        add_law(&law, &part[k], steps, MANY / 2);
    compare(&seen, &law);
    finish(network, plan);
}

static void modulated(void)
{
    const struct swing plain = {200, 0.8, 8, 0.7}, none = {50, 0, 10, 0},
                       slow = {100, 0.5, 0.4, -2};
    const struct swing cut = {150, 2.5, 5, 90}, dense = {4000, 1, 40, 0};
    const struct swing fast = {300, 1, 2500, 0.3};
    check_swing(&plain, 1, 0);
    check_swing(&none, 2, 0);
    check_swing(&slow, 3, 0);
    check_swing(&cut, 4, 0);
    check_swing(&dense, 5, 0);
    check_swing(&fast, 6, 0);
    check_swing(&plain, 7, 1);
}

/* The random numbers count in 2^-23, or 2^-32 in double precision; a chance of
 * one and a half of these fires always at the first number, half the time at
 * the second and never at the third. */
static void slow_poisson(void)
{
    enum { N = 1000 };
    const double digit = sizeof(ecp_real) == 4 ? 0x1p-23 : 0x1p-32;
    const size_t expected[] = {N, N / 2, 0};
    const struct ecp_neuron_model *model = NULL;
    ECP_ASSERT_OK(ecp_neuron_find("poisson_modulated", ecp_isa_best(), &model));
    for (int k = 0; k < 3; k++) {
        struct block b;
        size_t spikes = 0;
        block_init(&b, model, N, dt);
        block_set(&b, "rate", 1.5 * digit / (dt * 1e-3));
        ECP_ASSERT_OK(block_derive(&b));
        for (size_t j = 0; j < N; j++) {
            block_field(&b, "u")[j] = (ecp_real)((k + 0.5) * digit);
            block_field(&b, "u_low")[j] = (ecp_real)(((double)j + 0.5) / N);
        }
        block_update(&b, 0);
        for (size_t j = 0; j < N; j++)
            spikes += b.fired[j];
        CU_ASSERT_EQUAL(spikes, expected[k]);
        block_clear(&b);
    }
}

/* ---- independence and determinism ------------------------------------------- */

/* Correlations of counts in 5 ms between neurons and times, in units of their
 * sd; the largest of 110 normal numbers lies below 5 but for 1e-4. */
static void check_independent(const char *model, double cv)
{
    enum { BINS = 500, BIN = 50 };
    static double count[BINS + 1][MANY];
    struct ecp_plan *plan = new_plan(50);
    struct ecp_plan_population *p = add_population(plan, "p", model, MANY);
    struct ecp_network *network;
    double worst = 0, variance = 0;
    ECP_ASSERT_OK(ecp_population_set(p, "rate", 40));
    const struct ecp_recorded_population *r = spikes_of(plan, BINS * BIN * dt, &network);
    for (size_t b = 0; b <= BINS; b++)
        for (size_t j = 0; j < MANY; j++)
            count[b][j] = -40 * BIN * dt * 1e-3;
    for (size_t k = 0; k < r->n_events; k++)
        count[(r->event[k].step - 1) / BIN][r->event[k].index]++;
    for (size_t b = 0; b < BINS; b++)
        for (size_t j = 0; j < MANY; j++)
            variance += count[b][j] * count[b][j] / (BINS * MANY);
    for (size_t lag = 0; lag < 10; lag++)
        for (size_t apart = 1; apart <= 11; apart++) {
            const size_t far = apart < 11 ? apart : MANY / 2;
            double sum = 0, n = 0;
            for (size_t b = 0; b + lag < BINS; b++)
                for (size_t j = 0; j + far < MANY; j++, n++)
                    sum += count[b][j] * count[b + lag][j + far];
            worst = fmax(worst, fabs(sum / (variance * sqrt(n))));
        }
    (void)printf(" %.2f", worst);
    CU_ASSERT(worst < 5);
    CU_ASSERT(variance < 40 * BIN * dt * 1e-3 * 1.05 && cv > 0);
    finish(network, plan);
}

static void independent(void)
{
    check_independent("poisson_modulated", 1);
    check_independent("gamma", sqrt(0.5));
}

static void any_machine(void)
{
    static const char *const models[] = {"poisson_modulated", "gamma"};
    for (size_t m = 0; m < 2; m++) {
        uint64_t first = 0;
        for (int isa = 0; isa < ECP_ISA_COUNT; isa++)
            for (int threads = 1; threads <= 7; threads += 2) {
                if (!ecp_isa_available((enum ecp_isa)isa))
                    continue;
                struct ecp_plan *plan = new_plan(60);
                struct ecp_plan_population *p = add_population(plan, "p", models[m], 3001);
                struct ecp_draw law = ecp_draw_normal(60, 20);
                ECP_ASSERT_OK(ecp_population_set_draw(
                    p, "rate", ecp_draw_bounded(law, ECP_BOUNDS_CLIP, 0, INFINITY)));
                (void)add_phase(plan, "run", 500, 0);
                ECP_ASSERT_OK(ecp_plan_check(plan));
                struct ecp_network *network = ran(plan, threads, (enum ecp_isa)isa);
                const struct ecp_recording *r = ecp_network_recording(network);
                first = first ? first : r->checksum;
                CU_ASSERT(r->spikes > 80000 && r->checksum == first);
                finish(network, plan);
            }
    }
}

/* ---- the config ----------------------------------------------------------- */

/* docs/examples/sources.cfg: its claims, and the spikes of a list and a file. */
static void example(void)
{
    static const struct ecp_spike listed[] = {{1000, 0}, {2500, 0}, {2500, 2}, {7005, 1}};
    static const struct ecp_spike filed[] = {{100, 0}, {105, 2}, {9999, 0}};
    struct ecp_plan *plan;
    struct ecp_scores scores;
    ECP_ASSERT_OK(ecp_config_read(ECP_SOURCE_DIR "/docs/examples/sources.cfg", NULL, 0, &plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    ECP_ASSERT_OK(ecp_score(plan, r, &scores));
    CU_ASSERT(scores.n_verdicts == 5 && scores.n_failed == 0);
    ecp_scores_clear(&scores);
    const struct ecp_recorded_population *from[] = {
        &r->population[ecp_plan_population_index(plan, "listed")],
        &r->population[ecp_plan_population_index(plan, "filed")]};
    const struct ecp_spike *const wanted[] = {listed, filed};
    const size_t n[] = {sizeof listed / sizeof *listed, sizeof filed / sizeof *filed};
    for (size_t k = 0; k < 2; k++) {
        CU_ASSERT_EQUAL_FATAL(from[k]->n_events, n[k]);
        for (size_t e = 0; e < n[k]; e++)
            CU_ASSERT(from[k]->event[e].step == wanted[k][e].step &&
                      from[k]->event[e].index == wanted[k][e].index);
    }
    finish(network, plan);
}

ECP_TEST_MAIN("sources", {"modulated Poisson", modulated}, {"slow Poisson", slow_poisson},

              {"independent", independent}, {"any threads, any instruction set", any_machine},
              {"the example", example})
