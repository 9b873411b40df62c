/* tsodyks_markram.c -- short-term depression and facilitation (Tsodyks, Uziel &
 * Markram 2000): what a synapse transmits, by the spikes of its source alone.
 *
 *   between spikes: du/dt = -u/tau_fac, dy/dt = -y/tau_psc, dz/dt = y/tau_psc - z/tau_rec,
 *                   x + y + z = 1
 *   spike:          u += u_0 (1 - u); u x of the weight is transmitted; x -> y
 *
 * tau_psc = 0: what was transmitted begins to recover at once. The solution
 * between spikes is exact. Verified in tests/verify/verify_short_term.c. */
#include <math.h>

#include "engine/plasticity.h"
#include "engine/vector_math.h"

enum { U, X, Y, U_0, TAU_REC, TAU_FAC, TAU_PSC, END };

static const struct ecp_field fields[] = {
    [U] = {"u", "1", 0, 0, 1, "utilisation that is left of earlier spikes", ECP_PRE},
    [X] = {"x", "1", 1, 0, 1, "share of resources that is ready", ECP_PRE},
    [Y] = {"y", "1", 0, 0, 1, "share of resources that is active", ECP_PRE},
    [U_0] = {"u_0", "1", 0.5, 0, 1, "utilisation by a first spike", ECP_PARAM},
    [TAU_REC] = {"tau_rec", "ms", 800, 1e-3, 1e9, "time constant of recovery", ECP_PARAM},
    [TAU_FAC] = {"tau_fac", "ms", 0, 0, 1e9, "time constant of facilitation; 0: none", ECP_PARAM},
    [TAU_PSC] = {"tau_psc", "ms", 0, 0, 1e6, "time constant of the active share; 0: none is",
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

static void arrive(const struct ecp_source_spike *a)
{
    const ecp_real *k = a->derived;
    const double steps = a->interval, u_0 = (double)k[GAIN];
    double u = (double)a->after[0], x = (double)a->after[1], y = (double)a->after[2];
    if (a->interval > 0) {
        const double p = steps * (double)k[RATE_PSC], r = steps * (double)k[RATE_REC];
        const double left = ecp_expd(p), z = (1 - x - y) * ecp_expd(r) + y * recovering(p, r);
        u *= ecp_expd(steps * (double)k[RATE_FAC]);
        y *= left;
        x = 1 - y - z;
    }
    a->before[0] = (ecp_real)u;
    a->before[1] = (ecp_real)x;
    a->before[2] = (ecp_real)y;
    u += u_0 * (1 - u);
    const double sent = u * x;
    a->after[0] = (ecp_real)u;
    a->after[1] = (ecp_real)(x - sent);
    a->after[2] = (ecp_real)(y + sent);
    *a->release *= (ecp_real)sent;
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_tsodyks_markram) = {
    .name = "tsodyks_markram",
    .summary = "short-term depression and facilitation",
    .equations =
        "between spikes: du/dt = -u/tau_fac;  dy/dt = -y/tau_psc;\n"
        "                dz/dt = y/tau_psc - z/tau_rec;  x + y + z = 1\n"
        "at a spike:     u += u_0 (1 - u);  the synapse transmits u x w;  x -= u x, y += u x\n"
        "tau_psc = 0: u x recovers at once (dx/dt = (1 - x)/tau_rec), which is NEST's\n"
        "tsodyks2_synapse and Auryn's form",
    .reference = "Tsodyks, Uziel & Markram 2000, doi:10.1523/JNEUROSCI.20-01-j0003.2000; Tsodyks & "
                 "Markram 1997, doi:10.1073/pnas.94.2.719",
    .aliases = "nest:tsodyks2_synapse nest:tsodyks_synapse auryn:STPConnection "
               "pynn:TsodyksMarkramSynapse",
    .verified_by = "tests/verify/verify_short_term.c",
    .fields = fields,
    .derive = derive,
    .arrive = arrive};
