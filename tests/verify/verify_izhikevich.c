/* verify_izhikevich.c -- izhikevich against NEST (tests/data/nest), against a GSL
 * integration of the equations made here, against the published loop, against the
 * linear theory of its equations, and the cell types of Izhikevich 2003. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "tests/verify/nest_case.h"
#include "tests/verify/pattern.h"

static const int is_double = sizeof(ecp_real) == sizeof(double);

/* ---- NEST ----------------------------------------------------------------------- */

static struct nest_case c;

static void verify_nest(const char *data)
{
    c.v0[0] = -65;
    c.slack = is_double ? 0 : 1;
    nest_verify(data, &c);
}

static void constant_current(void)
{
    nest_case_const(&c, "izhikevich");
    c.i_e = 8;
    verify_nest("izhikevich_const");
}

static void current_steps(void)
{
    const double value[] = {4, 8, 0, 10, -4, 7, 0};
    nest_case_step(&c, "izhikevich");
    memcpy(c.switch_value, value, sizeof value);
    verify_nest("izhikevich_step");
}

static void spikes(void)
{
    const double weight[] = {4, 8, -5};
    nest_case_spikes(&c, "izhikevich", weight);
    verify_nest("izhikevich_spikes");
}

/* ---- the equations, by GSL ---------------------------------------------------------- */

/* Published sets (a, b, c, d) and the current that the pattern is shown with. */
struct cell {
    const char *name;
    double a, b, c, d, i;
};

static const struct cell rs = {"RS", 0.02, 0.2, -65, 8, 10};
static const struct cell ib = {"IB", 0.02, 0.2, -55, 4, 10};
static const struct cell ch = {"CH", 0.02, 0.2, -50, 2, 10};
static const struct cell fs = {"FS", 0.1, 0.2, -65, 2, 10};
static const struct cell lts = {"LTS", 0.02, 0.25, -65, 2, 10};
static const struct cell tc = {"TC", 0.02, 0.25, -65, 0.05, 0};
static const struct cell rz = {"RZ", 0.1, 0.26, -65, 2, 0};

static int equations(double t, const double y[], double dydt[], void *data)
{
    const struct cell *p = data;
    const double v = fmin(y[0], 30); /* above the peak V would blow up within a step */
    (void)t;
    dydt[0] = 0.04 * v * v + 5 * v + 140 - y[1] + p->i;
    dydt[1] = p->a * (p->b * v - y[1]);
    return GSL_SUCCESS;
}

/* Resting state under no current: the stable root of 0.04 V^2 + (5 - b) V + 140. */
static double rest(const struct cell *p)
{
    const double q = 5 - p->b;
    return (-q - sqrt(q * q - 0.16 * 140)) / 0.08;
}

/* From rest, threshold at the end of each step; v[k] after k steps. */
static size_t reference(const struct cell *p, double dt, size_t steps, double *v, size_t *spike)
{
    struct cell copy = *p;
    gsl_odeiv2_system system = {equations, NULL, 2, &copy};
    gsl_odeiv2_driver *driver =
        gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-4, 1e-12, 1e-12);
    double y[2] = {rest(p), p->b * rest(p)};
    size_t n = 0;
    for (size_t k = 0; k < steps; k++) {
        double t = (double)k * dt;
        v[k] = y[0];
        CU_ASSERT_EQUAL_FATAL(gsl_odeiv2_driver_apply(driver, &t, (double)(k + 1) * dt, y),
                              GSL_SUCCESS);
        if (y[0] < 30)
            continue;
        y[0] = p->c;
        y[1] += p->d;
        spike[n++] = k + 1;
        gsl_odeiv2_driver_reset(driver);
    }
    gsl_odeiv2_driver_free(driver);
    return n;
}

static void cell_block(struct block *b, const struct cell *p, const char *scheme, double dt)
{
    pattern_block(b, "izhikevich", scheme, dt);
    block_set(b, "a", p->a);
    block_set(b, "b", p->b);
    block_set(b, "c", p->c);
    block_set(b, "d", p->d);
    block_set(b, "v", rest(p));
    block_set(b, "u", p->b * rest(p));
    block_set(b, "i_stim", p->i);
    ECP_ASSERT_OK(block_derive(b));
}

/* Before the first spike the membrane is close, and all spikes are within a step. Where
 * V moves by 30 mV in the step that fires, a tiny error may shift a spike by a step, and
 * those after it: 0.5 % for what is not double precision and tight. */
static void compare(const struct cell *p, const char *scheme, double dt, size_t steps, double most)
{
    const double drift = is_double && strcmp(scheme, "rk4") != 0 ? 0 : 0.005;
    static double v[20000];
    static size_t spike[2000];
    static struct pattern got;
    struct block b;
    double worst = 0;
    const size_t n = reference(p, dt, steps, v, spike);
    cell_block(&b, p, scheme, dt);
    got.n = 0;
    for (ecp_step k = 0; (size_t)k < steps;) {
        if (got.n == 0 && (n == 0 || (size_t)k + 3 < spike[0]))
            worst = fmax(worst, fabs((double)block_field(&b, "v")[0] - v[k]));
        pattern_run(&b, &k, dt, &got);
    }
    double off = 0;
    CU_ASSERT_EQUAL_FATAL(got.n, n);
    for (size_t k = 0; k < n; k++) {
        const double apart = fabs(got.time[k] - (double)spike[k] * dt);
        off = fmax(off, apart);
        CU_ASSERT(apart < 1.01 * dt + drift * got.time[k]);
    }
    (void)printf("\n    %s %s dt %g: %.1e mV, %zu spikes, %g ms off", p->name, scheme, dt, worst, n,
                 off);
    CU_ASSERT(worst <= most);
    block_clear(&b);
}

static void against_gsl(void)
{
    const struct cell *const cells[] = {&rs, &ib, &ch, &fs, &lts};
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        compare(cells[k], "gsl_rkf45", 0.1, 2000, is_double ? 1e-8 : 1e-3);
        compare(cells[k], "rk4", 0.1, 2000, 1e-3);
        compare(cells[k], "rk4", 0.01, 10000, is_double ? 1e-5 : 1e-3);
    }
}

/* ---- order ------------------------------------------------------------------------- */

/* Largest error of V at whole milliseconds in 12 ms of a climb without spikes. */
static double error_of(const char *scheme, double dt)
{
    static double v[20000];
    static size_t spike[10];
    static struct pattern none;
    struct cell p = rs;
    struct block b;
    ecp_step step = 0;
    double worst = 0;
    p.i = 3;
    CU_ASSERT_EQUAL(reference(&p, 0.01, 1201, v, spike), 0);
    cell_block(&b, &p, scheme, dt);
    none.n = 0;
    for (size_t ms = 1; ms <= 12; ms++) {
        pattern_run(&b, &step, 1, &none);
        worst = fmax(worst, fabs((double)block_field(&b, "v")[0] - v[100 * ms]));
    }
    block_clear(&b);
    return worst;
}

static void order(void)
{
    const struct ecp_neuron_model *m = NULL;
    ECP_ASSERT_OK(ecp_neuron_find("izhikevich", ecp_isa_best(), &m));
    for (const struct ecp_scheme *s = m->schemes; s->name; s++) {
        const double dt = s->order == 1 || is_double ? 0.2 : 1;
        const double slope = log2(error_of(s->name, dt) / error_of(s->name, dt / 2));
        (void)printf("\n    %s: %.2f", s->name, slope);
        CU_ASSERT(slope > s->order - 0.3);
        CU_ASSERT(slope < s->order + 0.3 || (s->order > 1 && !is_double)); /* long steps */
    }
}

/* ---- the published loop --------------------------------------------------------------- */

/* Izhikevich 2003: steps of 1 ms, V in halves; each step from the model's own state. */
static void published_loop(void)
{
    struct block b;
    ecp_step step = 0;
    size_t n = 0;
    static struct pattern got;
    cell_block(&b, &ib, "half_euler", 1);
    got.n = 0;
    for (int k = 1; k <= 1000; k++) {
        double v = (double)block_field(&b, "v")[0], u = (double)block_field(&b, "u")[0];
        v += 0.5 * (0.04 * v * v + 5 * v + 140 - u + ib.i);
        v += 0.5 * (0.04 * v * v + 5 * v + 140 - u + ib.i);
        u += ib.a * (ib.b * v - u);
        const int fired = v >= 30;
        pattern_run(&b, &step, 1, &got);
        CU_ASSERT_EQUAL(b.fired[0], fired);
        CU_ASSERT_DOUBLE_EQUAL(block_field(&b, "v")[0], fired ? ib.c : v, 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(block_field(&b, "u")[0], fired ? u + ib.d : u, 1e-4);
        n += (size_t)fired;
    }
    CU_ASSERT(n > 20 && n < 60);
    block_clear(&b);
}

/* ---- linear theory --------------------------------------------------------------------- */

/* Rest loses its stability where 0.08 V + 5 = a (the Hopf point, as b > a), at the
 * current i = -(0.04 V^2 + (5 - b) V + 140). */
static size_t spikes_at(const struct cell *p, double v, double i)
{
    struct block b;
    static struct pattern got;
    ecp_step step = 0;
    cell_block(&b, p, "rk4", 0.1);
    block_set(&b, "i_stim", i);
    block_set(&b, "v", v);
    block_set(&b, "u", p->b * v);
    got.n = 0;
    pattern_run(&b, &step, 5000, &got);
    block_clear(&b);
    return got.n;
}

static void rheobase(void)
{
    const struct cell *const cells[] = {&rs, &lts, &rz};
    for (size_t k = 0; k < 3; k++) {
        const struct cell *p = cells[k];
        const double v = (p->a - 5) / 0.08;
        const double i = -(0.04 * v * v + (5 - p->b) * v + 140);
        CU_ASSERT_EQUAL(spikes_at(p, v - 0.1, i - 0.02), 0);
        CU_ASSERT(spikes_at(p, v - 0.1, i + 0.02) > 0);
        (void)printf("\n    %s: %.4f", p->name, i);
    }
}

/* Small swings around rest, whose Jacobian is [s, -1; a b, -a], s = 0.08 V + 5. */
static void resonator(void)
{
    struct block b;
    static struct pattern got;
    ecp_step step = 0;
    const double s = 0.08 * rest(&rz) + 5, trace = s - rz.a, det = rz.a * (rz.b - s);
    const double period = 2 * acos(-1) / sqrt(det - 0.25 * trace * trace);
    double crossing[3] = {0}, before = 0;
    size_t n = 0;
    cell_block(&b, &rz, "rk4", 0.1);
    block_set(&b, "v", rest(&rz) + 0.3);
    got.n = 0;
    while (n < 3 && step < 3000) {
        pattern_run(&b, &step, 0.1, &got);
        const double now = (double)block_field(&b, "v")[0] - rest(&rz);
        if (before < 0 && now >= 0)
            crossing[n++] = (double)step * 0.1 - 0.1 * now / (now - before);
        before = now;
    }
    CU_ASSERT_EQUAL_FATAL(n, 3);
    (void)printf("\n    period %.2f ms, linear theory %.2f ms", crossing[2] - crossing[1], period);
    CU_ASSERT_DOUBLE_EQUAL(crossing[2] - crossing[1], period, 0.02 * period);
    block_clear(&b);
}

/* ---- cell types ------------------------------------------------------------------------- */

static void show(const struct cell *p, const char *scheme, struct pattern *out)
{
    struct block b;
    ecp_step step = 0;
    cell_block(&b, p, scheme, 0.1);
    out->n = 0;
    pattern_run(&b, &step, 1000, out);
    pattern_print(p->name, out);
    block_clear(&b);
}

static struct pattern rs_p, ib_p, ch_p, fs_p, lts_p;

static void types_with(const char *scheme)
{
    show(&rs, scheme, &rs_p);
    show(&ib, scheme, &ib_p);
    show(&ch, scheme, &ch_p);
    show(&fs, scheme, &fs_p);
    show(&lts, scheme, &lts_p);

    /* RS: adapts, then goes on regularly. */
    CU_ASSERT(pattern_isi(&rs_p, 0) < 0.67 * pattern_last(&rs_p));
    CU_ASSERT(pattern_cv(&rs_p, 4) < 0.05);

    /* IB: a burst first, then single spikes. */
    CU_ASSERT(pattern_isi(&ib_p, 0) < pattern_last(&ib_p) / 4);
    CU_ASSERT(pattern_shortest(&ib_p, 4) > 3 * pattern_isi(&ib_p, 0));
    CU_ASSERT(pattern_cv(&ib_p, 6) < 0.05);

    /* CH: bursts throughout, of several spikes a few ms apart, 10 to 50 a second. */
    const struct pattern_bursts bursts = pattern_bursts(&ch_p, 10);
    CU_ASSERT(bursts.n >= 10 && bursts.n <= 50 && bursts.smallest >= 2);
    CU_ASSERT(pattern_longest(&ch_p, 0) > 4 * pattern_shortest(&ch_p, 0));

    /* FS: practically without adaptation once on its cycle, and the fastest. */
    CU_ASSERT(pattern_cv(&fs_p, 3) < 0.05);
    CU_ASSERT(pattern_last(&fs_p) / pattern_isi(&fs_p, 2) < 1.2);
    CU_ASSERT(fs_p.n > 3 * rs_p.n && fs_p.n > lts_p.n);

    /* LTS: fast, but adapting. */
    CU_ASSERT(lts_p.n > 2 * rs_p.n);
    CU_ASSERT(pattern_last(&lts_p) > 2 * pattern_isi(&lts_p, 0));
    CU_ASSERT(pattern_longest(&lts_p, 0) < 40);
}

static void types(void)
{
    types_with("euler");
    types_with("rk4");
    types_with("gsl_rkf45");
}

/* TC: tonic from rest, a rebound burst when released from hyperpolarisation. */
static void thalamic(void)
{
    struct block b;
    static struct pattern tonic, rebound;
    ecp_step step = 0;
    cell_block(&b, &tc, NULL, 0.1);
    tonic.n = rebound.n = 0;
    block_set(&b, "i_stim", 3);
    pattern_run(&b, &step, 500, &tonic);
    block_clear(&b);
    pattern_print("TC from rest", &tonic);
    CU_ASSERT(tonic.n >= 10 && pattern_cv(&tonic, 12) < 0.05);

    step = 0;
    cell_block(&b, &tc, NULL, 0.1);
    block_set(&b, "i_stim", -25);
    pattern_run(&b, &step, 500, &rebound);
    CU_ASSERT_EQUAL(rebound.n, 0);
    CU_ASSERT((double)block_field(&b, "v")[0] < -80);
    block_set(&b, "i_stim", 0);
    pattern_run(&b, &step, 500, &rebound);
    block_clear(&b);
    pattern_print("TC released", &rebound);
    CU_ASSERT_FATAL(rebound.n >= 3);
    CU_ASSERT(pattern_isi(&rebound, 0) < 10);
    CU_ASSERT(rebound.time[rebound.n - 1] < 700);
}

/* RZ: two pulses, each too weak, fire when a period of the swing apart, not half. */
static size_t pulses(double size, int n, double apart)
{
    struct block b;
    static struct pattern got;
    ecp_step step = 0;
    cell_block(&b, &rz, NULL, 0.1);
    got.n = 0;
    for (int k = 0; k < n; k++) {
        block_set(&b, "syn", size);
        pattern_run(&b, &step, 0.1, &got);
        block_set(&b, "syn", 0);
        pattern_run(&b, &step, k + 1 < n ? apart - 0.1 : 200, &got);
    }
    block_clear(&b);
    return got.n;
}

static void resonance(void)
{
    double weak = 0, strong = 20;
    while (strong - weak > 1e-3)
        *(pulses(0.5 * (weak + strong), 1, 0) > 0 ? &strong : &weak) = 0.5 * (weak + strong);
    CU_ASSERT_EQUAL(pulses(0.95 * weak, 2, 150), 0);
    CU_ASSERT_EQUAL(pulses(0.95 * weak, 2, 21), 0);
    CU_ASSERT(pulses(0.95 * weak, 2, 41) > 0);
    (void)printf("\n    a single pulse fires from %.2f mV on", strong);
}

ECP_TEST_MAIN("izhikevich", {"constant current", constant_current},
              {"current steps", current_steps}, {"spikes", spikes}, {"equations", against_gsl},
              {"order of the schemes", order}, {"the published loop", published_loop},
              {"where rest ends", rheobase}, {"small swings", resonator},
              {"RS IB CH FS LTS", types}, {"TC", thalamic}, {"RZ", resonance})
