/* verify_grid_error.c -- what steps of dt cost: spike times on the grid against
 * those of the exact mode, as a function of dt. docs/EXACT.md shows the numbers.
 *
 * The neurons do not know each other: in a recurrent network the first spike
 * that the grid adds or misses changes all that follows, and there is no
 * order of convergence to be measured. Each has its own constant current and
 * its own spikes at real times, of both signs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "tests/support.h"

enum { N = 1000, INPUTS = 30, EVENTS = N * INPUTS, MOST = 40, STEPS = 6 };

static const double duration = 150; /* ms */

struct drive {
    double i_e[N], time[2][EVENTS];
    ecp_lid neuron[2][EVENTS];
};

struct driven {
    const char *model;
    double weight[2];
};

static const struct driven cases[] = {
    {"lif_delta", {0.2, -0.2}}, {"lif_exp", {70, -60}}, {"lif_alpha", {40, -35}}};

struct spikes {
    int n[N];
    double time[N][MOST];
};

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

static void make_drive(struct drive *d)
{
    uint64_t state = 4;
    for (int j = 0; j < N; j++)
        d->i_e[j] = 450 + 100 * uniform(&state);
    for (int sign = 0; sign < 2; sign++)
        for (int e = 0; e < EVENTS; e++) {
            d->time[sign][e] = duration * uniform(&state);
            d->neuron[sign][e] = (ecp_lid)(e % N);
        }
}

static void run(const struct driven *c, const struct drive *d, enum ecp_time_mode mode, double dt,
                struct spikes *out)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = dt;
    plan->time = mode;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", c->model, N, &p));
    ECP_ASSERT_OK(ecp_population_set_draw(
        p, "i_e", (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = d->i_e, .count = N}));
    for (int sign = 0; sign < 2; sign++) {
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, "n", &s));
        s->name = sign ? "inhibition" : "excitation";
        s->weight = c->weight[sign];
        s->n_events = EVENTS;
        s->event_time = d->time[sign];
        s->event_target = d->neuron[sign];
    }
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", duration, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    memset(out, 0, sizeof *out);
    for (size_t k = 0; k < r->population[0].n_events; k++) {
        const struct ecp_spike *event = &r->population[0].event[k];
        CU_ASSERT_FATAL(out->n[event->index] < MOST);
        out->time[event->index][out->n[event->index]++] = (double)event->step * r->dt;
    }
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* Mean |t_grid - t_exact|, ms: of the first spikes of all neurons, whose error is
 * one step's; and of all spikes, which are late by what the spikes before them
 * were late, too, as far as the membrane has not forgotten it. */
struct error {
    double first, all;
    int n, firsts, lost;
};

/* Apart by more than this (ms, a third of an interval), two spikes are not the
 * same: the grid has missed one, or added one, and what this neuron does later
 * cannot be compared and counts as lost. */
static const double SAME = 5;

static struct error compare(const struct spikes *grid, const struct spikes *exact)
{
    struct error e = {0};
    for (int j = 0; j < N; j++) {
        int k = 0;
        for (; k < grid->n[j] && k < exact->n[j]; k++) {
            const double apart = fabs(grid->time[j][k] - exact->time[j][k]);
            if (apart > SAME)
                break;
            e.first += k == 0 ? apart : 0;
            e.all += apart;
        }
        e.n += k;
        e.firsts += k > 0;
        e.lost += exact->n[j] - k;
    }
    e.first /= e.firsts;
    e.all /= e.n;
    return e;
}

/* Least squares of log error over log dt. */
static double fitted_slope(const double *dt, const double *error)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int h = 0; h < STEPS; h++) {
        x += log(dt[h]) / STEPS;
        y += log(error[h]) / STEPS;
    }
    for (int h = 0; h < STEPS; h++) {
        xx += (log(dt[h]) - x) * (log(dt[h]) - x);
        xy += (log(dt[h]) - x) * (log(error[h]) - y);
    }
    return xy / xx;
}

static void check_model(const struct driven *c, const struct drive *d)
{
    static struct spikes exact, grid;
    double dt[STEPS], first[STEPS], all[STEPS];
    run(c, d, ECP_TIME_EXACT, 0.1, &exact);
    for (int h = 0; h < STEPS; h++) {
        dt[h] = 0.4 / (1 << h);
        run(c, d, ECP_TIME_GRID, dt[h], &grid);
        const struct error e = compare(&grid, &exact);
        printf("\n    %-10s dt %6.4f: first %.5f all %.5f ms, %d spikes, %d lost", c->model, dt[h],
               e.first, e.all, e.n, e.lost);
        CU_ASSERT(e.firsts > 0.99 * N && e.n > 5 * N);
        CU_ASSERT(e.lost < 0.1 * e.n);
        first[h] = e.first;
        all[h] = e.all;
    }
    printf("\n    slopes %.3f %.3f ", fitted_slope(dt, first), fitted_slope(dt, all));
    CU_ASSERT_DOUBLE_EQUAL(fitted_slope(dt, first), 1, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(fitted_slope(dt, all), 1, 0.1);
}

static void first_order_in_dt(void)
{
    static struct drive d;
    make_drive(&d);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        check_model(&cases[c], &d);
}

ECP_TEST_MAIN("error of the grid", {"first order in dt", first_order_in_dt})
