/* tsodyks_markram.c -- short-term depression and facilitation (Tsodyks, Uziel &
 * Markram 2000): what a synapse transmits, by the spikes of its source alone.
 *
 *   between spikes: du/dt = -u/tau_fac, dy/dt = -y/tau_psc, dz/dt = y/tau_psc - z/tau_rec,
 *                   x + y + z = 1
 *   spike:          u += u_0 (1 - u); u x of the weight is transmitted; x -> y
 *
 * tau_psc = 0: what was transmitted begins to recover at once. The solution
 * between spikes is exact. With alpha, the astrocyte at the synapse sets the
 * utilisation: (1 - gamma_s) u_0 + alpha gamma_s for u_0 (De Pitta et al. 2011), and
 * every synapse has u, x, y of its own. Verified in tests/verify/verify_short_term.c,
 * tests/verify/verify_gliotransmission.c. */
#include <math.h>

#include "engine/plasticity.h"
#include "engine/vector_math.h"

enum { U, X, Y, U_0, TAU_REC, TAU_FAC, TAU_PSC, ALPHA, END };

static const struct ecp_field fields[] = {
    [U] = {"u", "1", 0, 0, 1, "utilisation that is left of earlier spikes", ECP_PRE},
    [X] = {"x", "1", 1, 0, 1, "share of resources that is ready", ECP_PRE},
    [Y] = {"y", "1", 0, 0, 1, "share of resources that is active", ECP_PRE},
    [U_0] = {"u_0", "1", 0.5, 0, 1, "utilisation by a first spike", ECP_PARAM},
    [TAU_REC] = {"tau_rec", "ms", 800, 1e-3, 1e9, "time constant of recovery", ECP_PARAM},
    [TAU_FAC] = {"tau_fac", "ms", 0, 0, 1e9, "time constant of facilitation; 0: none", ECP_PARAM},
    [TAU_PSC] = {"tau_psc", "ms", 0, 0, 1e6, "time constant of the active share; 0: none is",
                 ECP_PARAM},
    [ALPHA] = {"alpha", "1", -1, -1, 1,
               "utilisation where the astrocyte's transmitter binds all receptors; below 0: the "
               "astrocyte has no say",
               ECP_PARAM},
    [END] = {0}};

enum { RATE_REC, RATE_FAC, RATE_PSC, GAIN };

/* Per step: so fast that nothing is left, even of what the other decays lose meanwhile. */
static const double at_once = -1e15;

static double rate_of(double tau, double dt)
{
    return tau > 0 ? fmax(-dt / tau, at_once) : at_once;
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[RATE_REC] = (ecp_real)(-dt / p[TAU_REC]);
    k[RATE_FAC] = (ecp_real)rate_of(p[TAU_FAC], dt);
    k[RATE_PSC] = (ecp_real)rate_of(p[TAU_PSC], dt);
    k[GAIN] = (ecp_real)p[U_0];
    return ECP_OK;
}

/* The share z that y = 1 has become after some time: p and r are the exponents of
 * both decays, -t/tau_psc and -t/tau_rec. */
static double recovering(double p, double r)
{
    const double difference = r - p;
    if (fabs(difference) < 1e-6) /* (exp(difference) - 1) / difference, by its series */
        return -p * ecp_expd(p) * (1 + difference * (0.5 + difference * (1.0 / 6)));
    return p / (p - r) * (ecp_expd(r) - ecp_expd(p));
}

/* From the spike before to this one. */
struct span {
    double fac, rec, left, back; /* what is left of u, z, y; part of y that becomes z */
    int first;                   /* there was none before */
};

static struct span span_of(const ecp_real *k, uint32_t interval)
{
    const double steps = interval;
    const double p = steps * (double)k[RATE_PSC], r = steps * (double)k[RATE_REC];
    return (struct span){.fac = ecp_expd(steps * (double)k[RATE_FAC]),
                         .rec = ecp_expd(r),
                         .left = ecp_expd(p),
                         .back = interval > 0 ? recovering(p, r) : 0,
                         .first = interval == 0};
}

struct state {
    double u, x, y;
};

static inline struct state rested(struct state s, const struct span *span)
{
    const double z = (1 - s.x - s.y) * span->rec + s.y * span->back, y = s.y * span->left;
    const struct state later = {s.u * span->fac, 1 - y - z, y};
    return span->first ? s : later;
}

static void arrive(const struct ecp_source_spike *a)
{
    const double u_0 = (double)a->derived[GAIN];
    const struct span span = span_of(a->derived, a->interval);
    const struct state old = {(double)a->after[0], (double)a->after[1], (double)a->after[2]};
    const struct state s = rested(old, &span);
    const double u = s.u + u_0 * (1 - s.u), sent = u * s.x;
    a->before[0] = (ecp_real)s.u;
    a->before[1] = (ecp_real)s.x;
    a->before[2] = (ecp_real)s.y;
    a->after[0] = (ecp_real)u;
    a->after[1] = (ecp_real)(s.x - sent);
    a->after[2] = (ecp_real)(s.y + sent);
    *a->release *= (ecp_real)sent;
}

/* The same at every synapse, with its own utilisation. */
static void release(const struct ecp_releases *r)
{
    const double u_0 = (double)r->derived[GAIN], alpha = r->param[ALPHA];
    const struct span span = span_of(r->derived, r->interval);
    ecp_real *restrict own_u = r->pre[0];
    ecp_real *restrict own_x = r->pre[1];
    ecp_real *restrict own_y = r->pre[2];
    ecp_real *restrict out = r->release;
    const ecp_real *restrict bound = r->third[0];
    const size_t n = r->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const double g = (double)bound[j], use = (1 - g) * u_0 + alpha * g;
        const struct state old = {(double)own_u[j], (double)own_x[j], (double)own_y[j]};
        const struct state s = rested(old, &span);
        const double u = s.u + use * (1 - s.u), sent = u * s.x;
        own_u[j] = (ecp_real)u;
        own_x[j] = (ecp_real)(s.x - sent);
        own_y[j] = (ecp_real)(s.y + sent);
        out[j] *= (ecp_real)sent;
    }
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_tsodyks_markram) = {
    .name = "tsodyks_markram",
    .summary = "short-term depression and facilitation",
    .equations =
        "between spikes: du/dt = -u/tau_fac;  dy/dt = -y/tau_psc;\n"
        "                dz/dt = y/tau_psc - z/tau_rec;  x + y + z = 1\n"
        "at a spike:     u += u_0 (1 - u);  the synapse transmits u x w;  x -= u x, y += u x\n"
        "tau_psc = 0: u x recovers at once (dx/dt = (1 - x)/tau_rec), which is NEST's\n"
        "tsodyks2_synapse and Auryn's form\n"
        "\n"
        "Gliotransmission, with alpha from 0 to 1: u += U (1 - u) at a spike,\n"
        "  U = (1 - gamma_s) u_0 + alpha gamma_s\n"
        "gamma_s: part of the synapse's receptors that the transmitter of the astrocyte at\n"
        "its tripartite connection binds (model astrocyte_gchi), as late as the connection's\n"
        "shortest delay to a target. alpha = 0: the astrocyte depresses releases; alpha = 1:\n"
        "it facilitates them. u, x, y are then each synapse's own; without an astrocyte U = u_0",
    .reference = "Tsodyks, Uziel & Markram 2000, doi:10.1523/JNEUROSCI.20-01-j0003.2000; Tsodyks & "
                 "Markram 1997, doi:10.1073/pnas.94.2.719; gliotransmission: De Pitta et al. 2011, "
                 "doi:10.1371/journal.pcbi.1002293; Stimberg et al. 2019, "
                 "doi:10.1007/978-3-030-00817-8_18",
    .aliases = "nest:tsodyks2_synapse nest:tsodyks_synapse auryn:STPConnection "
               "pynn:TsodyksMarkramSynapse",
    .verified_by = "tests/verify/verify_short_term.c, tests/verify/verify_gliotransmission.c",
    .example = "populations = {\n"
               "    E = { model = \"lif_exp\"; size = 100; };\n"
               "    A = { model = \"astrocyte_gchi\"; size = 10; };\n"
               "};\n"
               "projections = (\n"
               "    { name = \"E_E\"; source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = 1;\n      short_term = { rule = \"tsodyks_markram\"; u_0 = 0.6; "
               "tau_rec = 500; alpha = 0; }; },\n"
               "    { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\";\n"
               "      to_target = { field = \"gamma_s\"; weight = 0; }; }   # releases only, no "
               "current\n"
               ");",
    .fields = fields,
    .third = {"gamma_s"},
    .glia = "alpha",
    .derive = derive,
    .arrive = arrive,
    .release = release};
