/* verify_gamma.c -- the gamma source against renewal theory: intervals, counts,
 * a stationary beginning, rates that change.
 *
 * Seeds are fixed. Bounds are five standard deviations of what is measured,
 * from the law itself. */
#include <gsl/gsl_cdf.h>
#include <stdio.h>

#include "tests/unit/network_case.h"

enum { MANY = 1000, CELLS = 50, WINDOWS = 10 };

static const double dt = 0.1;

struct renewal {
    double rate, shape, dead; /* Hz, 1, ms */
};

/* ---- intervals ---------------------------------------------------------- */

/* Of intervals that begin in the first half of the run, so that long ones are
 * not left out; steps, around their mean. */
struct intervals {
    double n, sum, squares, pairs, product, cell[CELLS];
};

static void collect(const struct ecp_recorded_population *r, double mean, const double *edge,
                    struct intervals *to)
{
    static ecp_step last[MANY];
    static double before[MANY];
    memset(last, 0, sizeof last);
    memset(before, 0, sizeof before);
    for (size_t k = 0; k < r->n_events; k++) {
        const ecp_lid j = r->event[k].index;
        const double x = (double)(r->event[k].step - last[j]);
        if (last[j] > 0 && last[j] <= WINDOWS * 5000) {
            int cell = 0;
            to->n++;
            to->sum += x - mean;
            to->squares += (x - mean) * (x - mean);
            to->product += (x - mean) * before[j];
            to->pairs += before[j] != 0;
            before[j] = x - mean;
            while (x > edge[cell])
                cell++;
            to->cell[cell]++;
        }
        last[j] = r->event[k].step;
    }
}

/* Mean, standard deviation, correlation with the next, and the law itself in
 * cells that are equally likely (but none of a few steps only). */
static void check_intervals(const struct renewal *s, const struct ecp_recorded_population *r)
{
    const double mean = 1e4 / s->rate, dead = s->dead / dt, scale = (mean - dead) / s->shape;
    const double sd = scale * sqrt(s->shape);
    struct intervals seen = {0};
    double edge[CELLS], below = 0, chi = 0;
    for (int k = 0; k < CELLS; k++)
        edge[k] = k == CELLS - 1
                      ? INFINITY
                      : 20.5 + floor(dead + gsl_cdf_gamma_Pinv((k + 1.0) / CELLS, s->shape, scale));
    collect(r, mean, edge, &seen);
    /* Sd of the sample's sd: from the kurtosis 3 + 6 / shape; steps add 1/6. */
    const double bound = 5 * sqrt((2 + 6 / s->shape) / (4 * seen.n)) * sd + 0.1 / sd;
    CU_ASSERT_DOUBLE_EQUAL(seen.sum / seen.n, 0, 5 * sd / sqrt(seen.n));
    CU_ASSERT_DOUBLE_EQUAL(sqrt(seen.squares / seen.n), sd, bound);
    CU_ASSERT_DOUBLE_EQUAL(seen.product / seen.pairs, 0, 5 * sd * sd / sqrt(seen.pairs));
    for (int k = 0; k < CELLS; k++) {
        const double up = k == CELLS - 1 ? 1 : gsl_cdf_gamma_P(edge[k] - dead, s->shape, scale);
        const double law = seen.n * (up - below), off = seen.cell[k] - law;
        chi += off * off / law;
        below = up;
    }
    (void)printf(" cv %.4f of %.4f, chi^2 %.1f/%d;", sqrt(seen.squares / seen.n) / mean, sd / mean,
                 chi, CELLS);
    CU_ASSERT(chi < CELLS + 5 * sqrt(2.0 * CELLS));
}

/* ---- counts ------------------------------------------------------------- */

/* In windows of 1 s: the mean, and Cox's variance of a stationary renewal
 * process; soon after 0: stationary from the beginning. */
static void check_counts(const struct renewal *s, const struct ecp_recorded_population *r)
{
    static double count[MANY];
    const double cv = (1 - s->rate * s->dead * 1e-3) / sqrt(s->shape), mean = s->rate;
    const double third = 2 / sqrt(s->shape) * cv * cv * cv; /* central moment over mean^3 */
    const double law = cv * cv * mean + 1.0 / 6 + cv * cv * cv * cv / 2 - third / 3;
    const double n = (double)MANY * WINDOWS;
    const double early_ms[] = {3, 10, 30};
    double sum = 0, squares = 0, early[3] = {0};
    size_t k = 0;
    for (int w = 1; w <= WINDOWS; w++) {
        memset(count, 0, sizeof count);
        for (; k < r->n_events && r->event[k].step <= w * 10000; k++) {
            count[r->event[k].index]++;
            for (int e = 0; e < 3; e++)
                early[e] += (double)r->event[k].step * dt <= early_ms[e] + 1e-9;
        }
        for (size_t j = 0; j < MANY; j++) {
            sum += count[j] - mean;
            squares += (count[j] - mean) * (count[j] - mean);
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / n, 0, 5 * sqrt(law / n));
    for (int e = 0; e < 3; e++) {
        /* The variance of a count is at most 1/4 more than in the long run. */
        const double expected = mean * early_ms[e] * 1e-3, spread = cv * cv * expected + 0.25;
        CU_ASSERT_DOUBLE_EQUAL(early[e], MANY * expected, 5 * sqrt(MANY * spread));
    }
    if (s->shape < 1)
        return; /* a heavy tail: the variance of a variance has no normal bound */
    CU_ASSERT_DOUBLE_EQUAL(squares / n / law, 1, 5 * sqrt(2 / n));
    (void)printf(" fano %.3f of %.3f\n", squares / n / mean, law / mean);
}

static void stationary(void)
{
    const struct renewal law[] = {{20, 1, 0},  {20, 2, 0},  {50, 3.7, 0}, {50, 20, 0},
                                  {20, 1, 10}, {30, 9, 15}, {10, 0.6, 0}};
    for (size_t k = 0; k < sizeof law / sizeof law[0]; k++) {
        struct ecp_plan *plan = new_plan(20 + k);
        struct ecp_plan_population *p = add_population(plan, "p", "gamma", MANY);
        ECP_ASSERT_OK(ecp_population_set(p, "rate", law[k].rate));
        ECP_ASSERT_OK(ecp_population_set(p, "shape", law[k].shape));
        ECP_ASSERT_OK(ecp_population_set(p, "t_dead", law[k].dead));
        (void)add_probe(plan, ECP_PROBE_SPIKES, "p", NULL, 0);
        (void)add_phase(plan, "run", 1000.0 * WINDOWS, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        const struct ecp_recorded_population *r = &ecp_network_recording(network)->population[0];
        check_intervals(&law[k], r);
        check_counts(&law[k], r);
        finish(network, plan);
    }
}

/* ---- rates that change --------------------------------------------------- */

/* Other rates for each neuron, and another for all from a phase on: counts;
 * an interval under way is stretched, so that regular sources stay regular. */
static void changing(void)
{
    static double rate[MANY];
    struct ecp_plan *plan = new_plan(40);
    struct ecp_plan_population *p = add_population(plan, "p", "gamma", MANY);
    struct ecp_draw list = ecp_draw_constant(0);
    double sum[2] = {0}, late = 0, squares = 0;
    for (size_t j = 0; j < MANY; j++)
        rate[j] = j % 2 ? 0 : 40;
    list.kind = ECP_DRAW_LIST;
    list.list = rate;
    list.count = MANY;
    ECP_ASSERT_OK(ecp_population_set_draw(p, "rate", list));
    ECP_ASSERT_OK(ecp_population_set(p, "shape", 25));
    (void)add_probe(plan, ECP_PROBE_SPIKES, "p", NULL, 0);
    (void)add_phase(plan, "first", 1000, 0);
    struct ecp_plan_phase *phase = add_phase(plan, "second", 1000, 0);
    phase->change = ecp_plan_alloc(plan, sizeof *phase->change);
    CU_ASSERT_PTR_NOT_NULL_FATAL(phase->change);
    phase->n_changes = 1;
    phase->change[0] = change_field(plan, "p", "rate", 80);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_population *r = &ecp_network_recording(network)->population[0];
    for (size_t k = 0; k < r->n_events; k++) {
        if (r->event[k].step <= 10000)
            sum[r->event[k].index % 2]++;
        late += r->event[k].step > 10000;
    }
    for (size_t j = 0; j < MANY; j++)
        squares += pow((double)r->count[j] - (rate[j] + 80), 2);
    CU_ASSERT_EQUAL(sum[1], 0);
    CU_ASSERT_DOUBLE_EQUAL(sum[0], MANY / 2 * 40, 5 * sqrt(MANY / 2 * (40 / 25.0 + 1.0 / 6)));
    CU_ASSERT_DOUBLE_EQUAL(late, MANY * 80, 5 * sqrt(MANY * (80 / 25.0 + 1.0 / 6)));
    /* Through the change of rate: time in units of the mean goes on evenly. */
    CU_ASSERT_DOUBLE_EQUAL(squares / MANY / (100 / 25.0 + 1.0 / 6), 1, 5 * sqrt(2.0 / MANY));
    finish(network, plan);
}

/* What cannot be counted in steps is refused. */
static void refused(void)
{
    const struct ecp_neuron_model *model = NULL;
    double param[ECP_MAX_FIELDS] = {0};
    ecp_real derived[ECP_MAX_DERIVED];
    ECP_ASSERT_OK(ecp_neuron_find("gamma", ECP_ISA_BASELINE, &model));
    for (size_t k = 0; model->fields[k].name; k++)
        param[k] = model->fields[k].initial;
    param[ecp_field_find(model->fields, "t_dead")] = 900;
    ECP_ASSERT_OK(model->derive(param, 0.1, derived));
    CU_ASSERT_EQUAL(model->derive(param, 0.01, derived), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "t_dead"));
    ecp_error_clear();
}

ECP_TEST_MAIN("gamma", {"stationary", stationary}, {"rates that change", changing},
              {"refused", refused})
