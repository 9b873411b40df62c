/* verify_stc.c -- synaptic tagging and capture: closed forms of the early and of the
 * late phase, a fine integration of the equations, hours that pass at once. */
#include "tests/verify/plastic_case.h"

#include "engine/machine.h"
#include "engine/plastic.h"

static const double h_0 = 4.20075, h_max = 10, gamma_p = 1645.6, gamma_d = 313.1;
static const double tau_h = 688.4, hour = 3600; /* s */
static const int is_double = sizeof(ecp_real) == sizeof(double);

static struct plastic_case c;
static struct plastic_result got;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

static void begin_case(double duration)
{
    memset(&c, 0, sizeof c);
    c.rule = "stc";
    c.dt = 0.2;
    c.weight = h_0;
    c.delay = 3;
    c.duration = duration;
    plastic_set(&c, "sigma", 0);
    plastic_set(&c, "delay_pre", 15.8);
}

static void regular(struct plastic_train *train, double from, double to, double every)
{
    for (train->n = 0; from + (double)train->n * every < to; train->n++)
        train->time[train->n] = 0.2 * nearbyint((from + (double)train->n * every) / 0.2);
}

/* Far above both thresholds: h goes to 2 h_0 with 0.3514 s. Between them: to
 * nearly 0. */
static void saturation(void)
{
    const double top = (0.1 * h_0 + gamma_p * h_max) / (0.1 + gamma_p + gamma_d);
    const double tau = 1e3 * tau_h / (0.1 + gamma_p + gamma_d);
    begin_case(4000);
    plastic_set(&c, "alpha", 0);
    regular(&c.pre, 5, 3990, 4);
    regular(&c.post, 7, 3990, 4);
    plastic_run(&c, &got);
    CU_ASSERT_DOUBLE_EQUAL(top, 8.4015, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(tau, 351.4, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(got.sent[got.n_sent - 1], top, 1e-3);
    /* From any moment on: */
    double worst = 0;
    for (size_t k = 50; k + 100 < got.n_sent; k += 50)
        worst = fmax(worst, fabs((top - got.sent[k + 50]) / (top - got.sent[k]) - exp(-200 / tau)));
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < (is_double ? 1e-6 : 0.02));

    begin_case(40000);
    plastic_set(&c, "alpha", 0);
    regular(&c.pre, 5, 39990, 17);
    plastic_run(&c, &got);
    CU_ASSERT_DOUBLE_EQUAL(got.sent[got.n_sent - 1], 0.1 * h_0 / (0.1 + gamma_d),
                           is_double ? 2e-6 : 2e-4);
}

/* ---- a fine integration -------------------------------------------------------- */

struct fine {
    double c, h, p, z, alpha;
};

/* One step of `x` ms in `parts`, thresholds looked at in the middle of each. */
static void fine_step(struct fine *s, double x, int parts, double tau_p, double tau_z)
{
    const double d = x / parts;
    for (int k = 0; k < parts; k++) {
        const double middle = s->c * exp(-0.5 * d / 48.8);
        const double up = middle > 3 ? gamma_p : 0, down = middle > 1.2 ? gamma_d : 0;
        const double rate = (0.1 + up + down) / (tau_h * 1e3);
        const double aim = (0.1 * h_0 + up * h_max) / (0.1 + up + down);
        s->h = aim + (s->h - aim) * exp(-rate * d);
        s->c *= exp(-d / 48.8);
        const double on = fabs(s->h - h_0) > 2.10037;
        const double tag = s->h - h_0 > 0.840149 ? 1 : h_0 - s->h > 0.840149 ? -1 : 0;
        if (tag > 0)
            s->z += d / tau_z * s->p * (1 - s->z);
        if (tag < 0)
            s->z -= d / tau_z * s->p * (s->z + 0.5);
        s->p += d / tau_p * (on * s->alpha - s->p);
    }
}

static void random_train(struct plastic_train *train, double rate, uint64_t seed)
{
    train->n = 0;
    for (int k = 30; k < 19500 && train->n < PLASTIC_SPIKES; k++) /* bursts, rests */
        if (k / 2500 % 2 == 0 && uniform(&seed) < rate * 2e-4)
            train->time[train->n++] = 0.2 * k;
}

/* w = h + h_0 z at each arrival. */
static double fine_worst(double tau_p, double tau_z, double alpha)
{
    struct fine s = {.h = h_0, .alpha = alpha};
    size_t pre = 0, arrival = 0, post = 0;
    double worst = 0;
    for (int k = 0; k < 20000; k++) {
        const double t = 0.2 * k, eps = 1e-6;
        for (; arrival < got.n_sent && c.pre.time[arrival] + 3 < t + eps; arrival++)
            worst = fmax(worst, fabs(got.sent[arrival] - fmax(s.h + h_0 * s.z, 0)));
        for (; pre < c.pre.n && c.pre.time[pre] + 18.8 < t + eps; pre++)
            s.c += 0.6;
        for (; post < c.post.n && c.post.time[post] < t + eps; post++)
            s.c += 0.1655;
        fine_step(&s, 0.2, 900, tau_p, tau_z);
    }
    (void)printf(" %.1e (h %.2f, p %.2f, z %.2f)", worst, s.h, s.p, s.z);
    return worst;
}

static void integration(void)
{
    begin_case(4000);
    random_train(&c.pre, 90, 3);
    random_train(&c.post, 60, 8);
    plastic_set(&c, "alpha", 0);
    plastic_run(&c, &got); /* the early phase alone */
    CU_ASSERT(got.n_sent > 100);
    CU_ASSERT(fine_worst(3.6e6, 3.6e6, 0) < (is_double ? 1e-5 : 1e-4));

    begin_case(4000); /* proteins and the late phase in seconds */
    random_train(&c.pre, 120, 3);
    random_train(&c.post, 200, 8);
    plastic_set(&c, "tau_p", 1000);
    plastic_set(&c, "tau_z", 1500);
    plastic_set(&c, "period", 0.2);
    plastic_run(&c, &got);
    CU_ASSERT(fine_worst(1000, 1500, 1) < 1e-3);
}

/* ---- hours ---------------------------------------------------------------------- */

struct hours {
    size_t n;                 /* synapses of the target */
    double weight;            /* of all at first */
    int parts;                /* phases of equal length */
    double length;            /* s, of all */
    double alpha, block_from; /* alpha = 0 from this phase on; 0: never */
    double faster;            /* time constants divided by it */
    int slow;                 /* step by step */
};

static struct ecp_plan *hours_plan(const struct hours *o)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *w;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = o->slow ? 1 : 0.2;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "spike_source", o->n, &p));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", "lif_exp", 1, &p));
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_ALL_TO_ALL, &w));
    w->weight = ecp_draw_constant(o->weight);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, w, "stc"));
    ECP_ASSERT_OK(ecp_projection_set(w, "alpha", o->alpha));
    const char *const constant[] = {"tau_h", "tau_p", "tau_z"};
    for (int k = 0; k < 3; k++) {
        const int f = ecp_field_find(w->plasticity->fields, constant[k]);
        ECP_ASSERT_OK(ecp_projection_set(w, constant[k], w->plasticity_param[f] / o->faster));
    }
    if (o->slow)
        ECP_ASSERT_OK(ecp_projection_set(w, "period", 10));
    for (int k = 0; k < o->parts; k++) {
        char name[16];
        (void)snprintf(name, sizeof name, "part%d", k);
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, name, o->length * 1e3 / o->parts, !o->slow, &phase));
        phase->fast_forward = !o->slow;
        if (o->block_from > 0 && k == (int)o->block_from) {
            struct ecp_plan_change *change = ecp_plan_alloc(plan, sizeof *change);
            *change =
                (struct ecp_plan_change){.population = -1,
                                         .stimulus = -1,
                                         .rule = 1,
                                         .field = ecp_field_find(w->plasticity->fields, "alpha"),
                                         .value = 0};
            phase->n_changes = 1;
            phase->change = change;
        }
    }
    if (!o->slow)
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "end", 1, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* h - h_0 and z of one synapse at the end. */
static void hours_run(const struct hours *o, double *early, double *z)
{
    struct ecp_plan *plan = hours_plan(o);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[0], 0);
    *early = (double)plastic->synapse[0][0];
    *z = (double)plastic->synapse[2][0];
    CU_ASSERT_DOUBLE_EQUAL((double)plastic->weight[0], fmax(0, h_0 + *early + h_0 * *z), 1e-5);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* The page's numbers, and the formulas behind them. */
static void consolidation(void)
{
    const double relax = tau_h / 0.1, d = h_0;
    const double tag = relax * log(d / 0.840149), one = relax * log(d / 2.10037);
    double early, z;
    CU_ASSERT_DOUBLE_EQUAL(tag / hour, 3.08, 0.005);
    CU_ASSERT_DOUBLE_EQUAL(one, 4772, 2);

    hours_run(
        &(struct hours){
            .n = 100, .weight = 2 * h_0, .parts = 1, .length = 8 * hour, .alpha = 1, .faster = 1},
        &early, &z);
    const double q = tag / hour, many_z = 1 - exp(-(q - (1 - exp(-q))));
    (void)printf(" z %.4f", z);
    CU_ASSERT_DOUBLE_EQUAL(z, 0.880, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(z, many_z, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(early / d, 0.015, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(early / d, exp(-8 * hour / relax), 1e-6);

    hours_run(
        &(struct hours){
            .n = 1, .weight = 2 * h_0, .parts = 1, .length = 8 * hour, .alpha = 1, .faster = 1},
        &early, &z);
    const double on = one / hour, off = q - on;
    const double area = on - (1 - exp(-on)) + (1 - exp(-on)) * (1 - exp(-off));
    (void)printf(" %.4f", z);
    CU_ASSERT_DOUBLE_EQUAL(z, 0.698, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(z, 1 - exp(-area), 1e-6);

    hours_run(
        &(struct hours){
            .n = 100, .weight = 0, .parts = 1, .length = 8 * hour, .alpha = 1, .faster = 1},
        &early, &z);
    CU_ASSERT_DOUBLE_EQUAL(z, -0.5 * many_z, 1e-6);
    hours_run(
        &(struct hours){
            .n = 100, .weight = 2 * h_0, .parts = 1, .length = 8 * hour, .alpha = 0, .faster = 1},
        &early, &z);
    CU_ASSERT_EQUAL(z, 0);
}

/* A plain integration, 2 ms at a time. */
static double plain_z(const struct hours *o)
{
    const double relax = tau_h / 0.1, step = 2e-3;
    const size_t steps = (size_t)llround(o->length / step);
    double early = o->weight - h_0, p = 0, z = 0;
    const double fall = exp(-step / relax);
    for (size_t k = 0; k < steps; k++) {
        const int blocked =
            o->block_from > 0 && (double)k * step >= o->length * o->block_from / o->parts;
        const double middle = fabs(early) * (1 + fall) / 2;
        const double on = (double)o->n * middle > 2.10037 && !blocked ? o->alpha : 0;
        const double next = p + step / hour * (on - p) * (1 - step / hour / 2);
        if (middle > 0.840149)
            z += step / hour * (p + next) / 2 * (early > 0 ? 1 - z : -0.5 - z);
        p = next;
        early *= fall;
    }
    return z;
}

static void passing(void)
{
    const struct hours all[] = {
        {.n = 3, .weight = 7.7, .parts = 1, .length = 8 * hour, .alpha = 1, .faster = 1},
        {.n = 3, .weight = 7.7, .parts = 4, .length = 8 * hour, .alpha = 1, .faster = 1},
        {.n = 2, .weight = 1.1, .parts = 3, .length = 5 * hour, .alpha = 0.7, .faster = 1},
        {.n = 40,
         .weight = 8.2,
         .parts = 8,
         .length = 8 * hour,
         .alpha = 1,
         .block_from = 2,
         .faster = 1}};
    double early, z[4];
    for (int k = 0; k < 4; k++) {
        hours_run(&all[k], &early, &z[k]);
        const double want = plain_z(&all[k]);
        (void)printf(" %.4f (%.1e)", z[k], fabs(z[k] - want));
        CU_ASSERT_DOUBLE_EQUAL(z[k], want, 1e-6);
    }
    CU_ASSERT_DOUBLE_EQUAL(z[0], z[1], is_double ? 1e-12 : 1e-6);
    /* The same step by step, a thousand times faster. */
    struct hours slow = all[0];
    slow.faster = 1000;
    slow.length /= 1000;
    slow.slow = 1;
    hours_run(&slow, &early, &z[1]);
    CU_ASSERT_DOUBLE_EQUAL(z[0], z[1], 2e-3);
}

/* ---- noise, threads ------------------------------------------------------------- */

enum { NEURONS = 300, RECORDS = 3 };

/* A population with plastic synapses to itself, all driven alike at first, then a
 * long time, then again. Weights at the end of each. */
static size_t crowd(int threads, double sigma, float *out)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *w;
    struct ecp_plan_stimulus *drive;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.2;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "E", "lif_noise", NEURONS, &p));
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "E", "E", ECP_RULE_PAIRWISE_BERNOULLI, &w));
    w->probability = 0.03;
    w->weight = ecp_draw_constant(h_0);
    w->delay = ecp_draw_constant(3);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, w, "stc"));
    ECP_ASSERT_OK(ecp_projection_set(w, "sigma", sigma));
    ECP_ASSERT_OK(ecp_projection_set(w, "delay_pre", 15.8));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "E", &drive));
    drive->level = ecp_draw_constant(5000); /* some 200 Hz */
    drive->stop = 2000;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "learn", 2000, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "night", 3.6e6, 1, &phase));
    phase->fast_forward = 1;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "test", 500, 0, &phase));
    double *times = ecp_plan_alloc(plan, RECORDS * sizeof *times);
    times[0] = 2000;
    times[1] = 2000 + 3.6e6;
    times[2] = 2000 + 3.6e6 + 500;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "E_E", &probe));
    probe->n_times = RECORDS;
    probe->times = times;
    ECP_ASSERT_OK(ecp_plan_check(plan));
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_weights, RECORDS);
    CU_ASSERT(r->spikes > 100000);
    const size_t n = r->weights[0].n;
    for (size_t k = 0; k < RECORDS; k++)
        memcpy(out + k * n, r->weights[k].weight, n * sizeof *out);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return n;
}

static void noise(void)
{
    static float one[RECORDS * NEURONS * NEURONS], many[RECORDS * NEURONS * NEURONS];
    const size_t n = crowd(1, 2.90436, one);
    (void)crowd(3, 2.90436, many);
    CU_ASSERT_EQUAL(memcmp(one, many, RECORDS * n * sizeof *one), 0);
    double sum = 0, square = 0, late = 0;
    for (size_t k = 0; k < n; k++) {
        sum += (double)one[k] / (double)n;
        late += (double)one[n + k] / (double)n;
    }
    for (size_t k = 0; k < n; k++)
        square += ((double)one[k] - sum) * ((double)one[k] - sum) / (double)n;
    /* 2 s of LTP: of the way to 2 h_0 exp(-2/0.3514) is left. */
    const double sd = 2.90436 / sqrt(0.1 + gamma_p + gamma_d);
    const double want = 2 * h_0 - h_0 * exp(-1.95 / 0.3514);
    (void)printf(" %zu: mean %.4f sd %.4f (%.4f), later %.3f", n, sum, sqrt(square), sd, late);
    CU_ASSERT_DOUBLE_EQUAL(sum, want, 5 * sd / sqrt((double)n) + 2e-3);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(square) / sd, 1, 5 / sqrt(2 * (double)n) + 0.01);
    /* An hour later: h has fallen, z has begun; less than half of a full z. */
    /* Falling calcium depresses on its way from 3 to 1.2. */
    const double left = 2 * h_0 * exp(-(0.1 + gamma_d) / tau_h * 48.8e-3 * log(3 / 1.2));
    const double h = h_0 + (left - h_0) * exp(-3600 / 6884.0), z = 1 - exp(-exp(-1));
    CU_ASSERT_DOUBLE_EQUAL(late, h + h_0 * z, 0.02);
}

ECP_TEST_MAIN("stc", {"saturation", saturation}, {"fine integration", integration},
              {"consolidation", consolidation}, {"hours at once", passing},
              {"noise, threads, a night", noise})
