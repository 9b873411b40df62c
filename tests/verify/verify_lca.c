/* verify_lca.c -- rates of spiking locally competitive neurons against the
 * non-negative LASSO, which coordinate descent solves here: the error falls
 * as one over time. Through the engine, from a plan.
 *
 * With the floor of v at 0, as in the literature, that holds for atoms that
 * overlap little; with atoms without negative parts an error remains. */
#include <math.h>
#include <stdio.h>

#include "engine/network.h"
#include "tests/support.h"

/* PROBLEMS of N atoms in M dimensions, all in one population. */
enum { M = 8, N = 12, PROBLEMS = 12, ALL = N * PROBLEMS, EDGES = ALL * (N - 1), TIMES = 5 };

static const double lambda = 0.1, dt = 0.05; /* ms; tau is 1 ms */
static const double times[TIMES] = {100, 200, 400, 800, 1600};

static double gram[PROBLEMS][N][N], drive[ALL], code[ALL];

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* About normal: the sum of twelve. */
static double normal(uint64_t *state)
{
    double sum = -6;
    for (int k = 0; k < 12; k++)
        sum += uniform(state);
    return sum;
}

/* Atoms of length 1, their parts of both signs or not; a signal of three of them. */
static void draw_problem(int p, int positive, uint64_t *state)
{
    double atom[N][M], signal[M] = {0};
    for (int i = 0; i < N; i++) {
        double square = 0;
        for (int m = 0; m < M; m++) {
            const double part = normal(state);
            atom[i][m] = positive ? fabs(part) : part;
            square += part * part;
        }
        for (int m = 0; m < M; m++)
            atom[i][m] /= sqrt(square);
    }
    for (int k = 0; k < 3; k++) {
        const int i = (int)(uniform(state) * N);
        const double size = 0.3 + 0.7 * uniform(state);
        for (int m = 0; m < M; m++)
            signal[m] += size * atom[i][m];
    }
    for (int i = 0; i < N; i++) {
        drive[p * N + i] = 0;
        for (int m = 0; m < M; m++)
            drive[p * N + i] += atom[i][m] * signal[m];
        for (int j = 0; j < N; j++) {
            gram[p][i][j] = 0;
            for (int m = 0; m < M; m++)
                gram[p][i][j] += atom[i][m] * atom[j][m];
        }
    }
}

/* One coordinate after the other to its minimum, the others held. */
static void solve_problem(int p)
{
    double *a = code + p * N;
    for (int round = 0; round < 20000; round++)
        for (int i = 0; i < N; i++) {
            double left = drive[p * N + i] - lambda;
            for (int j = 0; j < N; j++)
                left -= j == i ? 0 : gram[p][i][j] * a[j];
            a[i] = fmax(left, 0);
        }
}

/* At the minimum the gradient is 0 where a > 0, and not below 0 elsewhere. */
static void check_solution(int p)
{
    for (int i = 0; i < N; i++) {
        double gradient = lambda - drive[p * N + i];
        for (int j = 0; j < N; j++)
            gradient += gram[p][i][j] * code[p * N + j];
        CU_ASSERT(gradient > -1e-9);
        CU_ASSERT(code[p * N + i] <= 0 || gradient < 1e-9);
    }
}

static void plan_edges(struct ecp_plan *plan)
{
    struct ecp_plan_projection *p;
    ecp_lid *source = ecp_plan_alloc(plan, EDGES * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, EDGES * sizeof *target);
    double *weight = ecp_plan_alloc(plan, EDGES * sizeof *weight);
    size_t e = 0;
    for (int k = 0; k < PROBLEMS; k++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                if (i == j)
                    continue;
                source[e] = (ecp_lid)(k * N + j);
                target[e] = (ecp_lid)(k * N + i);
                weight[e++] = -gram[k][i][j];
            }
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "code", "code", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = e, .source = source, .target = target, .weight = weight};
    p->delay = ecp_draw_constant(dt);
    p->precision = ECP_PRECISION_FULL;
}

static struct ecp_plan *make_plan(double lowest)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = dt;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "code", "lca", ALL, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "lambda", lambda));
    ECP_ASSERT_OK(ecp_population_set(p, "v_floor", lowest));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "code", &s));
    s->level = (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = drive, .count = ALL};
    plan_edges(plan);
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "code", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", times[TIMES - 1], 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* Largest error of a problem, mean over problems. */
static double error_at(const struct ecp_recorded_population *p, double time)
{
    double count[ALL] = {0}, mean = 0;
    for (size_t e = 0; e < p->n_events; e++)
        count[p->event[e].index] += (double)p->event[e].step * dt <= time + dt / 2;
    for (int k = 0; k < PROBLEMS; k++) {
        double worst = 0;
        for (int i = k * N; i < (k + 1) * N; i++)
            worst = fmax(worst, fabs(count[i] / time - code[i]));
        mean += worst / PROBLEMS;
    }
    return mean;
}

/* Errors at the five times, and their slope in the logarithms. */
static double run(int positive, double lowest, double *error)
{
    uint64_t state = 5;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    int active = 0;
    for (int p = 0; p < PROBLEMS; p++) {
        draw_problem(p, positive, &state);
        solve_problem(p);
        check_solution(p);
    }
    for (int i = 0; i < ALL; i++)
        active += code[i] > 1e-6;
    CU_ASSERT(active > 2 * PROBLEMS && active < ALL / 2);

    struct ecp_plan *plan = make_plan(lowest);
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    for (int k = 0; k < TIMES; k++) {
        error[k] = error_at(&r->population[0], times[k]);
        const double x = log(times[k]), y = log(error[k]);
        (void)printf(" %.4f", error[k]);
        sx += x / TIMES;
        sy += y / TIMES;
        sxx += x * x / TIMES;
        sxy += x * y / TIMES;
    }
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    const double slope = (sxy - sx * sy) / (sxx - sx * sx);
    (void)printf(" slope %.2f ", slope);
    return slope;
}

/* Of the size of a separate simulation with a network of this kind: 0.0258, 0.0083,
 * 0.0026 at 100, 400, 1600. */
static void apart(void)
{
    double error[TIMES];
    CU_ASSERT_DOUBLE_EQUAL(run(0, -1, error), -1, 0.2);
    CU_ASSERT(error[0] < 2 * 0.0258 && error[2] < 2 * 0.0083 && error[4] < 2 * 0.0026);
}

static void overlapping(void)
{
    double error[TIMES], floored[TIMES];
    CU_ASSERT_DOUBLE_EQUAL(run(1, -1, error), -1, 0.2);
    (void)run(1, 0, floored);
    CU_ASSERT(floored[TIMES - 1] > 3 * error[TIMES - 1]);
}

ECP_TEST_MAIN("lca", {"rates are the sparse code, with an error of 1/time", apart},
              {"also where atoms overlap, but for a floor at 0", overlapping})
