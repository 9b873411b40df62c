/* verify_scenarios_plastic.c -- scenarios with plastic synapses and astrocytes in short
 * forms: their numbers, their claims, and that these hang on what they are said to hang on.
 * consolidation and lpl have tests of their own. */
#include "tests/curve.h"
#include "tests/verify/scenario_case.h"

/* ---- inhibitory_plasticity --------------------------------------------------------- */

enum { SETTLED = 200000, STOP = 300000 }; /* steps */

static const double rho_0 = 3, eta = 0.05, tau = 20, delay = 0.5; /* Hz, nS, ms, ms */

/* Spikes of a population, neuron by neuron. */
struct trains {
    size_t n, *first; /* n + 1 */
    long long *step;
};

static struct trains trains_of(const struct ecp_recorded_population *p, size_t n)
{
    struct trains t = {n, calloc(n + 2, sizeof *t.first), NULL};
    t.step = calloc(p->n_events + 1, sizeof *t.step);
    CU_ASSERT_FATAL(t.first && t.step);
    for (size_t e = 0; e < p->n_events; e++)
        t.first[p->event[e].index + 2]++;
    for (size_t j = 0; j < n; j++)
        t.first[j + 2] += t.first[j + 1];
    for (size_t e = 0; e < p->n_events; e++)
        t.step[t.first[p->event[e].index + 1]++] = p->event[e].step;
    return t;
}

static void trains_clear(struct trains *t)
{
    free(t->first);
    free(t->step);
}

enum { BINS = 24 }; /* of 5 ms, from -60 ms on */

/* What the rule counts between SETTLED and STOP, over all synapses. */
struct pairing {
    double causal, anti;     /* traces of the source at the target's spikes, and reversed */
    double arrivals, chance; /* either sum if no spike knew of another */
    double worst;            /* distance of a weight from the engine's */
    double at_bound;         /* share of synapses */
    double pairs[BINS];      /* by lag, over chance */
};

/* One synapse from one listing of weights to the next: a plain loop over its spikes. */
static double follow(struct pairing *sum, const struct trains *pre, size_t i, size_t end,
                     const struct trains *post, size_t j, size_t stop, double w)
{
    const long long late = llround(delay / 0.1), never = 1LL << 60;
    double x = 0, y = 0, arrivals = 0, spikes = 0;
    long long last = 0;
    while (i < end || j < stop) {
        const long long a = i < end ? pre->step[i] + late : never;
        const long long b = j < stop ? post->step[j] : never, now = a < b ? a : b;
        const double decay = exp(-(double)(now - last) * 0.1 / tau), before = x * decay;
        const int counts = now > SETTLED && now <= STOP;
        x *= decay;
        y *= decay;
        last = now;
        if (a == now) {
            w = counts ? fmin(fmax(w + eta * (y - 2e-3 * rho_0 * tau), 0), 100) : w;
            sum->anti += counts ? y : 0;
            arrivals += counts;
            x++;
            i++;
        }
        if (b == now) {
            w = counts ? fmin(w + eta * before, 100) : w;
            sum->causal += counts ? before : 0;
            spikes += counts;
            y++;
            j++;
        }
    }
    sum->arrivals += arrivals;
    sum->chance += arrivals * spikes * tau / ((STOP - SETTLED) * 0.1);
    return w;
}

/* Pairs of one synapse by their lag, for the picture. */
static void count_lags(struct pairing *sum, const struct trains *pre, size_t s,
                       const struct trains *post, size_t t)
{
    for (size_t i = pre->first[s]; i < pre->first[s + 1]; i++)
        for (size_t j = post->first[t]; j < post->first[t + 1]; j++) {
            const double at = (double)pre->step[i] * 0.1 + delay;
            const double lag = (double)post->step[j] * 0.1 - at;
            if (at > SETTLED * 0.1 && at <= STOP * 0.1 && fabs(lag) < 60)
                sum->pairs[(int)((lag + 60) / 5)]++;
        }
}

static struct pairing count_pairs(const struct ecp_recording *r)
{
    struct pairing sum = {0};
    CU_ASSERT_FATAL(r->n_weights == 2 && r->weights[0].n == r->weights[1].n);
    struct trains post = trains_of(&r->population[0], r->population[0].size);
    struct trains pre = trains_of(&r->population[1], r->population[1].size);
    for (size_t k = 0; k < r->weights[0].n; k++) {
        const size_t s = r->weights[0].source[k], t = r->weights[0].target[k];
        CU_ASSERT_FATAL(r->weights[1].source[k] == s && r->weights[1].target[k] == t);
        const double w = follow(&sum, &pre, pre.first[s], pre.first[s + 1], &post, post.first[t],
                                post.first[t + 1], fabs((double)r->weights[0].weight[k]));
        sum.worst = fmax(sum.worst, fabs(w - fabs((double)r->weights[1].weight[k])));
        if (ecp_test_curves_wanted() && k % 16 == 0)
            count_lags(&sum, &pre, s, &post, t);
        sum.at_bound += (w <= 0 || w >= 100) / (double)r->weights[0].n;
    }
    trains_clear(&post);
    trains_clear(&pre);
    return sum;
}

/* The course of the mean rate with what it aims at; coefficients of variation. */
static void draw_settling(const struct ecp_recorded_population *p, double settles_at)
{
    enum { SECONDS = STOP / 10000, BARS = 20 };
    const double size = (double)p->size;
    double count[SECONDS] = {0}, share[BARS] = {0};
    for (size_t e = 0; e < p->n_events; e++)
        if (p->event[e].step < STOP)
            count[p->event[e].step / 10000] += 1 / size;
    for (int b = 0; b < SECONDS; b++)
        ecp_test_curve(ECP_CURVE_POINT, "network_rate", "ecphory", b + 0.5, count[b]);
    for (int side = 0; side < 2; side++) {
        ecp_test_curve(ECP_CURVE_LINE, "network_rate", "\u03c1_0", side * SECONDS, rho_0);
        ecp_test_curve(ECP_CURVE_PAPER, "network_rate", "\u03c1_0/\u03ba", SECONDS - 8.0 + 6 * side,
                       settles_at);
    }
    struct trains t = trains_of(p, p->size);
    for (size_t j = 0; j < p->size; j++) {
        double n = 0, sum = 0, square = 0;
        for (size_t k = t.first[j] + 1; k < t.first[j + 1]; k++)
            if (t.step[k - 1] > SETTLED) {
                const double interval = (double)(t.step[k] - t.step[k - 1]);
                n++;
                sum += interval;
                square += interval * interval;
            }
        if (n >= 3)
            share[(int)fmin(10 * sqrt(n * square / (sum * sum) - 1), BARS - 1)] += 1 / size;
    }
    for (int b = 0; b < BARS; b++)
        ecp_test_curve(ECP_CURVE_BAR, "network_cv", "ecphory", 0.1 * b,
                       b < BARS - 1 ? share[b] : 0);
    trains_clear(&t);
}

static struct ecp_plan *balanced_plan(double rate_of_change)
{
    const struct setting s[] = {{"scale", 0.25},
                                {"settle", SETTLED * 0.1},
                                {"duration", 10000},
                                {"eta", rate_of_change},
                                {NULL, 0}};
    struct ecp_plan *plan = plan_of("inhibitory_plasticity", 1, s);
    struct ecp_plan_probe *probe;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "I", &probe));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "I_E", &probe));
    double *times = ecp_plan_alloc(plan, 2 * sizeof *times);
    times[0] = SETTLED * 0.1;
    times[1] = STOP * 0.1;
    probe->n_times = 2;
    probe->times = times;
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* On average weights stand still where causal + anti = alpha arrivals. If spikes were
 * independent each sum would be tau rho arrivals, and the rate rho_0. They are not: the
 * target is less likely to fire just after inhibition (causal below chance), both
 * populations fire together at times (anti above). With kappa = (causal + anti)/(2 chance)
 * the rate is rho_0/kappa, but for what weights still drift. */
static void inhibitory_plasticity(void)
{
    struct ecp_plan *plan = balanced_plan(eta);
    struct ecp_scores scores;
    struct ecp_network *network = scored(plan, &scores);
    const struct ecp_recording *r = ecp_network_recording(network);
    claims_hold(&scores);
    const struct pairing p = count_pairs(r);
    const double kappa = (p.causal + p.anti) / (2 * p.chance);
    const double drift = (p.causal + p.anti) / (2e-3 * rho_0 * tau * p.arrivals) - 1;
    const double rate = ecp_scores_value(&scores, "E_activity.rate_hz");
    (void)printf(" %.3f Hz; causal %.3f, anti %.3f of chance: %.3f Hz; drift %.3f; %.1e", rate,
                 p.causal / p.chance, p.anti / p.chance, rho_0 / kappa, drift, p.worst);
    CU_ASSERT(p.worst < (sizeof(ecp_real) == sizeof(double) ? 2e-6 : 1e-4));
    CU_ASSERT(p.at_bound < 0.03);
    CU_ASSERT(p.causal < 0.9 * p.chance && p.anti > p.chance);
    CU_ASSERT(fabs(drift) < 0.1);
    CU_ASSERT_DOUBLE_EQUAL(rate * kappa / (rho_0 * (1 + drift)), 1, 0.02);
    draw_settling(&r->population[0], rho_0 / kappa);
    for (int b = 0; b < BINS; b++) /* of chance: a sixteenth of the synapses, 5 ms of tau */
        ecp_test_curve(ECP_CURVE_POINT, "network_pairs", "ecphory", 5 * b - 57.5,
                       p.pairs[b] / (p.chance / 16 * 5 / tau));
    for (int side = -1; side <= 1; side += 2)
        ecp_test_curve(ECP_CURVE_LINE, "network_pairs", "chance", 60 * side, 1);
    ecp_scores_clear(&scores);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    /* Without learning inhibition stays at zero. */
    const struct setting none[] = {
        {"scale", 0.1}, {"settle", 200}, {"duration", 500}, {"eta", 0}, {NULL, 0}};
    CU_ASSERT(value_of("inhibitory_plasticity", 1, none, "E_activity.rate_hz", 0) > 10 * rho_0);
}

/* ---- structural ----------------------------------------------------------------------- */

static void draw_signal(const struct ecp_recording *r, const char *probe, const char *curve,
                        const char *series)
{
    for (size_t k = 0; k < r->n_signals; k++)
        for (size_t f = 0; strcmp(r->signal[k].probe, probe) == 0 && f < r->signal[k].n_frames;
             f += 8)
            ecp_test_curve(ECP_CURVE_POINT, curve, series, (double)f, (double)r->signal[k].data[f]);
}

static void structural(void)
{
    static const char *const wires[] = {"E_E", "E_I", "I_E", "I_I"};
    const struct setting quarter[] = {{"scale", 0.25}, {NULL, 0}};
    struct ecp_plan *plan = plan_of("structural", 1, quarter);
    struct ecp_scores scores;
    CU_ASSERT_EQUAL(plan->n_neurons, 250);
    for (size_t k = 0; k < 4; k++)
        CU_ASSERT_EQUAL(plan->projection[k]->number, 0);
    struct ecp_network *network = scored(plan, &scores);
    const struct ecp_recording *r = ecp_network_recording(network);
    claims_hold(&scores);
    CU_ASSERT(ecp_scores_value(&scores, "E_I_synapses.mean") > 50);
    CU_ASSERT_DOUBLE_EQUAL(ecp_scores_value(&scores, "E_activity.rate_hz"), 5, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(ecp_scores_value(&scores, "I_activity.rate_hz"), 20, 2);
    draw_signal(r, "calcium_E_E", "structural_calcium", "E");
    draw_signal(r, "calcium_I_I", "structural_calcium", "I");
    for (int end = 0; end < 2; end++) {
        ecp_test_curve(ECP_CURVE_LINE, "structural_calcium", "E", 200 * end, 0.05);
        ecp_test_curve(ECP_CURVE_LINE, "structural_calcium", "I", 200 * end, 0.2);
    }
    for (size_t k = 0; k < 4; k++) {
        char probe[32];
        (void)snprintf(probe, sizeof probe, "synapses_%s", wires[k]);
        draw_signal(r, probe, "structural_synapses", wires[k]);
    }
    ecp_scores_clear(&scores);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    /* Nothing grows: calcium stays where the drive alone puts it. */
    const struct setting still[] = {
        {"scale", 0.1}, {"nu", 0}, {"grow", 40000}, {"duration", 10000}, {NULL, 0}};
    const double calcium = value_of("structural", 1, still, "E_calcium.mean", 0);
    (void)printf(" without growth %.4f", calcium);
    CU_ASSERT(fabs(calcium - 0.05) > 0.005); /* the claim allows 0.0025 */
}

/* ---- astrocyte_network ------------------------------------------------------------------ */

static void astrocyte_network(void)
{
    const struct setting small[] = {{"neurons", 80}, {"astrocytes", 100}, {NULL, 0}};
    const struct setting cut[] = {
        {"neurons", 80}, {"astrocytes", 100}, {"sic_weight", 0}, {NULL, 0}};
    struct ecp_plan *plan = plan_of("astrocyte_network", 1, NULL);
    CU_ASSERT_EQUAL(plan->n_neurons, 650);
    /* 40 connections at 10 Hz lead from 0.16 to 0.45. */
    CU_ASSERT_DOUBLE_EQUAL(parameter(plan->population[2], "delta_ip3"), 0.29 / (0.4 * 7142), 1e-12);
    ecp_plan_destroy(plan);
    const double with = value_of("astrocyte_network", 1, small, "E_activity.rate_hz", 1);
    const double without = value_of("astrocyte_network", 1, cut, "E_activity.rate_hz", 0);
    (void)printf(" %.2f Hz, without slow currents %.2f Hz", with, without);
    CU_ASSERT_EQUAL(value_of("astrocyte_network", 1, cut, "current.mean", 0), 0);
    CU_ASSERT(with > without);
}

/* ---- balanced_stdp ------------------------------------------------------------------------ */

/* Morrison, Aertsen & Diesmann 2007: 11,250 neurons, 126.6e6 synapses, 0.14 mV, g = 5. */
static void balanced_numbers(void)
{
    struct ecp_plan *plan = plan_of("balanced_stdp", 1, NULL);
    double synapses = 0, plastic = 0;
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        const double n = (double)p->number * (double)plan->population[p->target]->size;
        synapses += n;
        plastic += p->plasticity ? n : 0;
    }
    CU_ASSERT_EQUAL(plan->n_neurons, 11250);
    CU_ASSERT_EQUAL(synapses, 11250.0 * 11250);
    CU_ASSERT_EQUAL(plastic, 9000.0 * 9000);
    const double w = projection(plan, "E", "E")->weight.a, step = 1e-4, tau_s = 0.32582722403722841;
    double v = 0, peak = 0;
    for (int k = 0; k < 200000; k++) { /* the midpoint rule */
        const double t = (k + 0.5) * step;
        v += step * (-v / 10 + w / 250 * exp(1) * t / tau_s * exp(-t / tau_s)) / (1 + step / 20);
        peak = fmax(peak, v);
    }
    CU_ASSERT_DOUBLE_EQUAL(peak, 0.14, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(projection(plan, "I", "E")->weight.a, -5 * w, 1e-12);
    /* eta times the drive whose mean is at threshold, 20 mV: tau_m/c w e tau_s rate */
    const double mean = 10 / 250.0 * w * exp(1) * tau_s * plan->stimulus[0]->level.a * 1e-3;
    CU_ASSERT_DOUBLE_EQUAL(mean, 1.685 * 20, 1e-9);
    ecp_plan_destroy(plan);
}

/* A tenth of the neurons and a ninth of the synapses of each: active, and moving its weights
 * only when plastic; silent when the drive is below threshold. */
static void balanced_runs(void)
{
    const struct setting small[] = {{"scale", 0.1}, {"indegree", 1000}, {NULL, 0}};
    const struct setting weak[] = {{"scale", 0.1}, {"indegree", 1000}, {"eta", 0.6}, {NULL, 0}};
    CU_ASSERT(value_of("balanced_stdp", 1, small, "E_activity.rate_hz", 0) > 3);
    CU_ASSERT(value_of("balanced_stdp", 1, weak, "E_activity.rate_hz", 0) < 0.1);
}

ECP_TEST_MAIN("scenarios, plastic", {"inhibitory_plasticity", inhibitory_plasticity},
              {"structural", structural}, {"astrocyte_network", astrocyte_network},
              {"balanced_stdp: numbers", balanced_numbers}, {"balanced_stdp: runs", balanced_runs})
