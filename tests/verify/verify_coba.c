/* verify_coba.c -- the coba variant of scenario vogels_abbott against a plain
 * integration of its equations (classical Runge-Kutta, double precision) of
 * the very same networks: wiring and initial potentials are drawn here and given
 * to the scenario's plan. The first spikes are the same; later, where the least
 * difference has grown to all, rates are: to 10 %, as 1 s of one network varies by
 * some 3 %. */
#include <stdio.h>

#include "engine/scenario.h"
#include "engine/score.h"
#include "tests/unit/network_case.h"

enum { N = 4000, N_EX = 3200, STEPS = 12000, SETTLED = 2000, EARLY = 80, WAIT = 50 };

static const double dt = 0.1;

static unsigned char connected[N][N]; /* source, target */
static double v0[N];
static int raster[STEPS][N / 8]; /* neurons that fired, by step; the count is first */

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

static void draw_network(uint64_t seed)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            connected[i][j] = i != j && uniform(&seed) < 0.02;
        v0[i] = -60 + 10 * uniform(&seed);
    }
}

/* ---- the equations, written out once more --------------------------------- */

static double slope(double v, double ex, double in)
{
    return (10 * (-60 - v) + ex * (0 - v) + in * (-80 - v) + 200) / 200;
}

static double advance(double v, double ex, double in)
{
    const double half_ex = ex * exp(-dt / 10), half_in = in * exp(-dt / 20);
    const double k1 = slope(v, ex, in);
    const double k2 = slope(v + dt / 2 * k1, half_ex, half_in);
    const double k3 = slope(v + dt / 2 * k2, half_ex, half_in);
    const double k4 = slope(v + dt * k3, ex * exp(-dt / 5), in * exp(-dt / 10));
    return v + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
}

/* Delay: one step. A spike of `step` is stamped (step + 1) dt. */
static void integrate(void)
{
    static double v[N], ex[N], in[N];
    static int wait[N];
    const double decay_ex = exp(-dt / 5), decay_in = exp(-dt / 10);
    memcpy(v, v0, sizeof v);
    memset(ex, 0, sizeof ex);
    memset(in, 0, sizeof in);
    memset(wait, 0, sizeof wait);
    memset(raster, 0, sizeof raster);
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < N; i++) {
            if (wait[i] > 0)
                wait[i]--;
            else
                v[i] = advance(v[i], ex[i], in[i]);
            ex[i] *= decay_ex;
            in[i] *= decay_in;
        }
        for (int k = 1; step > 0 && k <= raster[step - 1][0]; k++) {
            const int source = raster[step - 1][k];
            double *to = source < N_EX ? ex : in;
            for (int j = 0; j < N; j++)
                to[j] += connected[source][j] ? (source < N_EX ? 6 : 67) : 0;
        }
        for (int i = 0; i < N; i++) {
            if (v[i] < -50)
                continue;
            CU_ASSERT_FATAL(raster[step][0] + 1 < N / 8);
            raster[step][++raster[step][0]] = i;
            v[i] = -60;
            wait[i] = WAIT;
        }
    }
}

/* ---- the scenario's plan, wired the same ------------------------------------ */

static void wire(struct ecp_plan *plan, size_t k)
{
    struct ecp_plan_projection *p = plan->projection[k];
    const int source = p->source ? N_EX : 0, target = p->target ? N_EX : 0;
    const int sources = p->source ? N - N_EX : N_EX, targets = p->target ? N - N_EX : N_EX;
    size_t n = 0;
    for (int i = 0; i < sources; i++)
        for (int j = 0; j < targets; j++)
            n += connected[source + i][target + j];
    ecp_lid *from = ecp_plan_alloc(plan, n * sizeof *from);
    ecp_lid *to = ecp_plan_alloc(plan, n * sizeof *to);
    CU_ASSERT_FATAL(from != NULL && to != NULL);
    size_t at = 0;
    for (int i = 0; i < sources; i++)
        for (int j = 0; j < targets; j++)
            if (connected[source + i][target + j]) {
                from[at] = (ecp_lid)i;
                to[at++] = (ecp_lid)j;
            }
    CU_ASSERT_DOUBLE_EQUAL(p->probability, 0.02, 1e-12);
    p->rule = ECP_RULE_EXPLICIT;
    p->edges = (struct ecp_edges){.n = n, .source = from, .target = to};
}

static struct ecp_plan *scenario_plan(void)
{
    const struct ecp_scenario *scenario;
    struct ecp_plan *plan = new_plan(1);
    double param[ECP_MAX_FIELDS];
    ECP_ASSERT_OK(ecp_scenario_find("vogels_abbott", &scenario));
    for (size_t f = 0; scenario->fields[f].name; f++)
        param[f] = scenario->fields[f].initial;
    param[ecp_field_find(scenario->fields, "variant")] = 2; /* "brian nest coba" */
    plan->dt = dt;
    ECP_ASSERT_OK(scenario->build(plan, param));
    CU_ASSERT_EQUAL_FATAL(plan->n_projections, 4);
    for (size_t k = 0; k < plan->n_projections; k++)
        wire(plan, k);
    for (size_t k = 0; k < 2; k++) {
        struct ecp_draw list = ecp_draw_constant(0);
        list.kind = ECP_DRAW_LIST;
        list.list = v0 + (k ? N_EX : 0);
        list.count = k ? N - N_EX : N_EX;
        ECP_ASSERT_OK(ecp_population_set_draw(plan->population[k], "v", list));
    }
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* ---- comparing ------------------------------------------------------------ */

struct numbers {
    double rate[2], early, same;
};

static struct numbers naive_numbers(void)
{
    struct numbers of = {{0, 0}, 0, 0};
    for (int step = 0; step < STEPS; step++)
        for (int k = 1; k <= raster[step][0]; k++) {
            const int in = raster[step][k] >= N_EX;
            of.rate[in] += step >= SETTLED;
            of.early += step < EARLY;
        }
    of.rate[0] /= N_EX;
    of.rate[1] /= N - N_EX;
    return of;
}

/* `same`: early spikes that the integration has, too, within one step. */
static struct numbers engine_numbers(const struct ecp_recording *r)
{
    struct numbers of = {{0, 0}, 0, 0};
    for (int p = 0; p < 2; p++) {
        const struct ecp_recorded_population *from = &r->population[p];
        of.rate[p] = ecp_recorded_rate_hz(r, (size_t)p);
        for (size_t e = 0; e < from->n_events && from->event[e].step <= EARLY; e++) {
            const int neuron = (int)from->event[e].index + (p ? N_EX : 0);
            const int step = (int)from->event[e].step - 1;
            int found = 0;
            for (int near = step > 0 ? step - 1 : 0; near <= step + 1; near++)
                for (int k = 1; k <= raster[near][0]; k++)
                    found |= raster[near][k] == neuron;
            of.early++;
            of.same += found;
        }
    }
    return of;
}

static void coba(void)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct ecp_scores scores;
        draw_network(seed);
        integrate();
        struct ecp_plan *plan = scenario_plan();
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        const struct ecp_recording *r = ecp_network_recording(network);
        const struct numbers naive = naive_numbers(), engine = engine_numbers(r);
        (void)printf(" %.2f %.2f Hz of %.2f %.2f, %.0f of %.0f early spikes;", engine.rate[0],
                     engine.rate[1], naive.rate[0], naive.rate[1], engine.same, naive.early);
        CU_ASSERT(naive.early > 500 && engine.same >= 0.998 * naive.early);
        CU_ASSERT_DOUBLE_EQUAL(engine.early / naive.early, 1, 0.002);
        for (int p = 0; p < 2; p++)
            CU_ASSERT_DOUBLE_EQUAL(engine.rate[p] / naive.rate[p], 1, 0.1);
        ECP_ASSERT_OK(ecp_score(plan, r, &scores));
        CU_ASSERT(scores.n_verdicts == 6 && scores.n_failed == 0);
        ecp_scores_clear(&scores);
        finish(network, plan);
    }
}

ECP_TEST_MAIN("vogels_abbott: coba", {"the same networks", coba})
