/* calcium.c -- calcium-based plasticity with two stable efficacies (Graupner &
 * Brunel 2012).
 *
 *   c jumps by c_pre a time delay_pre after a spike of the source, by c_post at a
 *   spike of the target, and decays with tau_ca
 *   tau drho/dt = -rho (1 - rho)(rho_star - rho) + gamma_p (1 - rho) [c > theta_p]
 *                 - gamma_d rho [c > theta_d]
 *                 + sigma sqrt(tau ([c > theta_p] + [c > theta_d])) xi(t)
 *   w = w_min + rho (w_max - w_min), rho taken at its bounds 0 and 1
 *
 * Between events c falls, and the times at which it crosses the thresholds are
 * logarithms. In the pieces between, rho follows its Taylor series until that
 * converges (below 1e-16 of 1). With noise a piece ends at every 32nd step, too:
 * there the linear part's noise is added, exact in variance; what is left out is
 * how noise and the cubic term act on each other within 32 steps. The path of
 * the noise belongs to the synapse (plasticity/noise.h). Verified in
 * tests/verify/verify_calcium.c. */
#include <math.h>

#include "engine/visit.h"
#include "plasticity/noise.h"

enum {
    RHO,
    CALCIUM,
    ORDINAL,
    TAU_CA,
    C_PRE,
    C_POST,
    THETA_D,
    THETA_P,
    GAMMA_D,
    GAMMA_P,
    SIGMA,
    TAU,
    DELAY_PRE,
    RHO_STAR,
    W_MIN,
    W_MAX,
    END
};

static const struct ecp_field fields[] = {
    [RHO] = {"rho", "1", 0, -1e3, 1e3, "efficacy (begins as the weight says)", ECP_SYNAPSE},
    [CALCIUM] = {"calcium", "1", 0, 0, 1e6, "calcium", ECP_SYNAPSE},
    [ORDINAL] = {"ordinal", "1", 0, 0, 1e7, "which synapse of the two neurons (counted for you)",
                 ECP_SYNAPSE},
    [TAU_CA] = {"tau_ca", "ms", 20, 1e-3, 1e6, "time constant of calcium", ECP_PARAM},
    [C_PRE] = {"c_pre", "1", 1, 0, 1e6, "calcium by a spike of the source", ECP_PARAM},
    [C_POST] = {"c_post", "1", 2, 0, 1e6, "calcium by a spike of the target", ECP_PARAM},
    [THETA_D] = {"theta_d", "1", 1, 1e-9, 1e6, "calcium above which rho falls", ECP_PARAM},
    [THETA_P] = {"theta_p", "1", 1.3, 1e-9, 1e6, "calcium above which rho rises", ECP_PARAM},
    [GAMMA_D] = {"gamma_d", "1", 200, 0, 1e6, "rate of the fall, in 1/tau", ECP_PARAM},
    [GAMMA_P] = {"gamma_p", "1", 321.808, 0, 1e6, "rate of the rise, in 1/tau", ECP_PARAM},
    [SIGMA] = {"sigma", "1", 2.8284, 0, 1e4, "strength of the noise", ECP_PARAM},
    [TAU] = {"tau", "ms", 150000, 1e-2, 1e9, "time constant of the efficacy", ECP_PARAM},
    [DELAY_PRE] = {"delay_pre", "ms", 13.7, 0, 1e3, "from a source's spike to its calcium",
                   ECP_PARAM},
    [RHO_STAR] = {"rho_star", "1", 0.5, 1e-6, 1, "border between the two wells", ECP_PARAM},
    [W_MIN] = {"w_min", "weight", 20, 0, 1e9, "weight at rho = 0", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "weight at rho = 1", ECP_PARAM},
    [END] = {0}};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    (void)dt;
    (void)k;
    if (p[W_MIN] >= p[W_MAX])
        return ecp_fail(ECP_ECONFIG, "w_min (%g) must lie below w_max (%g)", p[W_MIN], p[W_MAX]);
    return ECP_OK;
}

/* One synapse on its way; time in steps since the visit's beginning. */
struct synapse {
    const struct ecp_visit *v;
    struct ecp_path path;
    uint32_t begin; /* stamp */
    double time, rho, c;
};

/* rho after x ms without noise: its Taylor series, in steps within which the
 * linear rates do little. Coefficients of rho, rho^2, rho^3 and of the result. */
static double flow(const double *p, double rho, double x, int up, int down)
{
    enum { ORDER = 14 };
    const double fall = up * p[GAMMA_P] + down * p[GAMMA_D];
    const double pieces = ceil(x * (1 + fall) / p[TAU] / 0.5);
    const double h = x / (pieces * p[TAU]);
    for (double done = 0; done < pieces; done += 1) {
        double r[ORDER + 1], square[ORDER], sum = rho;
        r[0] = rho;
        for (int n = 0; n < ORDER; n++) {
            double two = 0, three = 0;
            for (int i = 0; i <= n; i++)
                two += r[i] * r[n - i];
            square[n] = two;
            for (int i = 0; i <= n; i++)
                three += square[i] * r[n - i];
            const double slope = -(p[RHO_STAR] + fall) * r[n] + (1 + p[RHO_STAR]) * two - three;
            r[n + 1] = h / (n + 1) * (n == 0 ? slope + up * p[GAMMA_P] : slope);
            sum += r[n + 1];
            if (fabs(r[n + 1]) < 1e-17)
                break;
        }
        rho = sum;
    }
    return rho;
}

/* A piece with noise: cut at the borders of cells. */
static void wander(struct synapse *s, double to, int up, int down)
{
    const double *p = s->v->param, dt = s->v->dt;
    const double rate = (up * p[GAMMA_P] + down * p[GAMMA_D]) / p[TAU];
    const double scale = p[SIGMA] * sqrt((up + down) / p[TAU] * dt);
    double at = s->time;
    while (at < to) {
        const uint32_t cell = (s->begin + (uint32_t)at) / ECP_CELL * ECP_CELL;
        const double offset = (double)cell - (double)s->begin;
        const double end = fmin(offset + ECP_CELL, to);
        const double gained =
            ecp_path_at(&s->path, cell, end - offset) - ecp_path_at(&s->path, cell, at - offset);
        const double y = 2 * rate * (end - at) * dt;
        const double kept = y < 1e-8 ? 1 : sqrt((1 - ecp_expd(-y)) / y);
        s->rho = flow(p, s->rho, (end - at) * dt, up, down) + scale * kept * gained;
        at = end;
    }
}

/* On to `to` (steps): the thresholds that calcium falls below on the way cut the
 * time into pieces. */
static void go(struct synapse *s, double to)
{
    const double *p = s->v->param, dt = s->v->dt;
    while (s->time < to) {
        const int up = s->c > p[THETA_P], down = s->c > p[THETA_D];
        const double next = fmax(up ? p[THETA_P] : 0, down ? p[THETA_D] : 0);
        const double cross = next > 0 ? s->time + p[TAU_CA] / dt * ecp_logd(s->c / next) : INFINITY;
        const double end = fmin(cross, to);
        if (p[SIGMA] > 0 && (up || down))
            wander(s, end, up, down);
        else
            s->rho = flow(p, s->rho, (end - s->time) * dt, up, down);
        s->c = cross <= to ? next : s->c * ecp_expd(-(end - s->time) * dt / p[TAU_CA]);
        s->time = end;
    }
}

/* When calcium of the source's spikes comes, in steps since the visit began. */
struct jumps {
    int n;
    double at[ECP_MAX_RECENT + 2];
};

static void find_jumps(const struct ecp_visit *v, uint32_t begin, struct jumps *jumps)
{
    const double exact = v->param[DELAY_PRE] / v->dt, whole = nearbyint(exact);
    const double delay = fabs(exact - whole) < 1e-6 ? whole : exact;
    const double from = begin, to = v->now;
    jumps->n = 0;
    for (int k = ECP_MAX_RECENT - 1; k >= 0; k--) {
        const uint32_t spike = v->recent[k];
        if (spike != ECP_NEVER && delay > from - spike && delay <= to - spike)
            jumps->at[jumps->n++] = spike + delay - from;
    }
    if (!v->arrival)
        return;
    const uint32_t oldest = v->recent[ECP_MAX_RECENT - 1]; /* about to be forgotten */
    if (oldest != ECP_NEVER && delay > to - oldest)
        jumps->at[jumps->n++] = to - from;
    if (delay == 0)
        jumps->at[jumps->n++] = to - from;
}

static void bring(struct synapse *s, uint32_t j, const struct jumps *jumps)
{
    const struct ecp_visit *v = s->v;
    const double *p = v->param;
    int k = 0;
    ECP_EACH_EVENT(v, j, at, when, {
        const double then = (double)(when - s->begin);
        for (; k < jumps->n && jumps->at[k] <= then; k++) {
            go(s, jumps->at[k]);
            s->c += p[C_PRE];
        }
        go(s, then);
        s->c += p[C_POST];
    });
    for (; k < jumps->n; k++) {
        go(s, jumps->at[k]);
        s->c += p[C_PRE];
    }
    go(s, (double)(v->now - s->begin));
}

static ecp_real weight_of(const double *p, double rho)
{
    const double share = fmin(fmax(rho, 0), 1);
    return (ecp_real)(share >= 1 ? p[W_MAX] : p[W_MIN] + share * (p[W_MAX] - p[W_MIN]));
}

static void begin(const struct ecp_visit *v)
{
    const double *p = v->param;
    for (size_t j = 0; j < v->n; j++)
        v->synapse[RHO][j] = (ecp_real)((v->weight[j] - p[W_MIN]) / (p[W_MAX] - p[W_MIN]));
}

static void visit(const struct ecp_visit *v)
{
    const uint32_t start = v->from > v->last ? v->from : v->last;
    struct jumps jumps;
    find_jumps(v, start, &jumps);
    for (uint32_t j = 0; j < v->n; j++) {
        struct synapse s = {.v = v,
                            .path = ecp_path_of(v, v->target[j], (uint32_t)v->synapse[ORDINAL][j]),
                            .begin = start,
                            .rho = v->synapse[RHO][j],
                            .c = v->synapse[CALCIUM][j]};
        bring(&s, j, &jumps);
        v->synapse[RHO][j] = (ecp_real)s.rho;
        v->synapse[CALCIUM][j] = (ecp_real)s.c;
        v->weight[j] = weight_of(v->param, s.rho);
    }
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_calcium) = {
    .name = "calcium",
    .summary = "calcium-based plasticity with two stable efficacies and noise",
    .equations =
        "tau_ca dc/dt = -c;  c += c_pre a time delay_pre after a spike of the source,\n"
        "  c += c_post at a spike of the target\n"
        "tau drho/dt = -rho (1 - rho)(rho_star - rho) + gamma_p (1 - rho) [c > theta_p]\n"
        "  - gamma_d rho [c > theta_d] + sigma sqrt(tau ([c > theta_p] + [c > theta_d])) xi(t)\n"
        "w = w_min + rho (w_max - w_min), within w_min and w_max\n"
        "\n"
        "Published sets (theta_d 1, rho_star 0.5, w_max/w_min 5; defaults: DP):\n"
        "        tau_ca   c_pre c_post    theta_p gamma_d  gamma_p sigma  tau    delay_pre\n"
        "  DP    20       1     2         1.3     200      321.808 2.8284 150000 13.7\n"
        "  DPD   20       0.9   0.9       1.3     250      550     2.8284 150000 4.6\n"
        "  DPD'  20       1     2         2.5     50       600     2.8284 150000 2.2\n"
        "  P     20       2     2         1.3     160      257.447 2.8284 150000 0\n"
        "  D     20       0.6   0.6       1.3     500      550     5.6568 150000 0\n"
        "  D'    20       1     2         3.5     60       600     2.8284 150000 0\n"
        "  hipp. 48.8373  1     0.275865  1.3     313.0965 1645.59 9.1844 688355 18.8008\n"
        "\n"
        "Noise: exact in variance over at most 32 steps; without noise rho is exact to\n"
        "1e-12. Of a source's spikes at most 16 wait for their calcium; were there more,\n"
        "the oldest one's would come early.",
    .reference = "Graupner & Brunel 2012, doi:10.1073/pnas.1109359109",
    .aliases = "",
    .verified_by = "tests/verify/verify_calcium.c",
    .example = "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = 20;\n                  plasticity = { rule = \"calcium\"; "
               "tau_ca = 20; }; } );",
    .fields = fields,
    .n_recent = ECP_MAX_RECENT,
    .derive = derive,
    .begin = begin,
    .visit = visit};
