/* structural.c -- synapses that come and go (Butz & van Ooyen 2013): neurons grow
 * and retract axonal and dendritic elements by their calcium; elements that are
 * vacant meet at random and become synapses, those that vanish take theirs along.
 *
 *   dCa/dt = -Ca/tau_ca;  Ca += beta_ca at a spike
 *   dz/dt  = nu f(Ca),  z >= 0
 *   gaussian  f = 2 exp(-((Ca - xi)/zeta)^2) - 1,  xi = (eta + eps)/2,
 *                                              zeta = (eps - eta)/(2 sqrt(ln 2))
 *   linear    f = 1 - Ca/eps
 *   sigmoid   f = 2/(1 + exp((Ca - eps)/psi)) - 1
 *
 * The engine keeps calcium, elements and synapses (engine/structural.c); here are
 * the growth curves. Verified in tests/verify/verify_structural.c. */
#include <math.h>

#include "engine/plasticity.h"
#include "engine/vector_math.h"

enum { GAUSSIAN, LINEAR, SIGMOID };

/* Of each side, in this order. */
enum { CURVE, ETA, EPS, PSI, NU, START, SIDE };

enum {
    AXON = 0,
    DENDRITE = SIDE,
    TAU_CA = 2 * SIDE,
    BETA_CA,
    CA,
    TAU_VACANT,
    UPDATE_INTERVAL,
    AXONS,
    END
};

#define SIDE_FIELDS(at, name, of)                                                                  \
    [(at) +                                                                                        \
        CURVE] = {name "_curve", "1", GAUSSIAN, 0, 2, "growth curve of " of, ECP_PARAM},           \
        [(at) + ETA] = {name "_eta", "1", 0,                                                       \
                        -1e9,        1e9, "calcium from which on " of " grow (gaussian)",          \
                        ECP_PARAM},                                                                \
        [(at) + EPS] = {name "_eps", "1", 0.05, -1e9, 1e9, "calcium beyond which " of " retract",  \
                        ECP_PARAM},                                                                \
        [(at) +                                                                                    \
            PSI] = {name "_psi", "1", 0.1, 1e-9, 1e9, "width of the sigmoid of " of, ECP_PARAM},   \
        [(at) + NU] = {name "_nu", "1/ms", 1e-4, -1e6, 1e6, "fastest growth of " of, ECP_PARAM},   \
        [(at) + START] = {                                                                         \
            name "_z", "1", 0, 0, 1e9, of " of a neuron at first, beside those of its synapses",   \
            ECP_PARAM}

static const struct ecp_field fields[] = {
    SIDE_FIELDS(AXON, "axon", "axonal elements"),
    SIDE_FIELDS(DENDRITE, "dendrite", "dendritic elements"),
    [TAU_CA] = {"tau_ca", "ms", 1e4, 1e-3, 1e12, "time constant of calcium", ECP_PARAM},
    [BETA_CA] = {"beta_ca", "1", 1e-3, 0, 1e9, "calcium of a spike", ECP_PARAM},
    [CA] = {"ca", "1", 0, 0, 1e9, "calcium at first", ECP_PARAM},
    [TAU_VACANT] = {"tau_vacant", "1", 0.1, 0, 1,
                    "part of the vacant elements that an update loses", ECP_PARAM},
    [UPDATE_INTERVAL] = {"update_interval", "ms", 1e4, 1e-3, 1e9, "between updates of the synapses",
                         ECP_PARAM},
    [AXONS] = {"axons", "1", 0, 0, 1,
               "do the projections of this kind from one population share its axonal elements, or "
               "has each its own?",
               ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"axon_curve", "gaussian linear sigmoid"},
                                            {"dendrite_curve", "gaussian linear sigmoid"},
                                            {"axons", "shared own"},
                                            {NULL, NULL}};

static const char *fault_of(const double *side)
{
    if (side[CURVE] == GAUSSIAN && !(side[ETA] < side[EPS]))
        return "a gaussian growth curve with eta not below eps";
    if (side[CURVE] == LINEAR && !(side[EPS] > 0))
        return "a linear growth curve with eps not above 0";
    return NULL;
}

static enum ecp_status derive(const double *p, double dt, ecp_real *derived)
{
    const char *const axon = fault_of(p + AXON), *const dendrite = fault_of(p + DENDRITE);
    (void)derived;
    if (axon || dendrite)
        return ecp_fail(ECP_ECONFIG, "found %s of %s elements; allowed: eta below eps, eps above 0",
                        axon ? axon : dendrite, axon ? "axonal" : "dendritic");
    if (p[UPDATE_INTERVAL] < dt * (1 - 1e-9))
        return ecp_fail(ECP_ECONFIG,
                        "update_interval: found %g ms; allowed: at least a step, %g ms",
                        p[UPDATE_INTERVAL], dt);
    return ECP_OK;
}

/* f, in a form that is 0 at eta and eps to the last bit or two: exp(-u^2) with
 * u^2 = ln 2 (1 + 4 (Ca - eta)(Ca - eps) / (eps - eta)^2). */
static double curve(const double *side, double calcium)
{
    const double over = calcium - side[EPS];
    if (side[CURVE] == LINEAR)
        return -over / side[EPS];
    if (side[CURVE] == SIGMOID)
        return 2 / (1 + ecp_expd(over / side[PSI])) - 1;
    const double width = side[EPS] - side[ETA];
    const double away = 4 * (calcium - side[ETA]) * over / (width * width);
    return ecp_expd(-0.6931471805599453 * away) - 1;
}

static double growth(const double *param, int is_dendrite, double calcium)
{
    const double *side = param + (is_dendrite ? DENDRITE : AXON);
    return side[NU] * curve(side, calcium);
}

/* Gauss-Legendre, four points, over stretches in which neither time nor the
 * curve's argument goes far: 1e-9 of the fastest growth. */
static double stretch(const double *side, double calcium, double tau, double span)
{
    static const double place[4] = {0.069431844202973712, 0.33000947820757187, 0.66999052179242813,
                                    0.93056815579702629};
    static const double share[4] = {0.17392742256872693, 0.32607257743127307, 0.32607257743127307,
                                    0.17392742256872693};
    double sum = 0;
    for (int g = 0; g < 4; g++)
        sum += share[g] * curve(side, calcium * ecp_expd(-place[g] * span / tau));
    return span * sum;
}

static double grown(const double *param, int is_dendrite, double calcium, double span)
{
    static const double most = 4096; /* stretches */
    const double *side = param + (is_dendrite ? DENDRITE : AXON);
    const double tau = param[TAU_CA];
    if (side[CURVE] == LINEAR)
        return side[NU] * (span - calcium * tau * (1 - ecp_expd(-span / tau)) / side[EPS]);
    const double width = side[CURVE] == GAUSSIAN ? (side[EPS] - side[ETA]) / 2 : side[PSI];
    double sum = 0, left = span;
    while (left > 0) {
        const double wanted = 0.4 * tau / fmax(1, calcium / width);
        const double h = fmin(left, fmax(wanted, span / most));
        sum += stretch(side, calcium, tau, h);
        calcium *= ecp_expd(-h / tau);
        left -= h;
    }
    return side[NU] * sum;
}

static const struct ecp_structure structure = {.growth = growth, .grown = grown};

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_structural) = {
    .name = "structural",
    .summary = "synapses made and removed by growing elements that keep calcium at a set point",
    .equations =
        "dCa/dt = -Ca/tau_ca;  Ca += beta_ca at a spike of the neuron\n"
        "dz/dt = nu f(Ca),  z >= 0, for axonal elements of sources, dendritic ones of targets\n"
        "gaussian: f = 2 exp(-((Ca - xi)/zeta)^2) - 1,  xi = (eta + eps)/2,\n"
        "          zeta = (eps - eta)/(2 sqrt(ln 2)): 0 at eta and eps\n"
        "linear: f = 1 - Ca/eps;  sigmoid: f = 2/(1 + exp((Ca - eps)/psi)) - 1\n"
        "every update_interval: neurons with fewer whole elements than synapses lose synapses at\n"
        "random; vacant elements are paired at random; z -= tau_vacant (vacant elements)\n"
        "weights of new synapses: the projection's; what becomes of them is another rule's, in\n"
        "the group `plasticity` beside the group `structure`",
    .reference = "Butz & van Ooyen 2013, doi:10.1371/journal.pcbi.1003259",
    .aliases = "",
    .verified_by = "tests/verify/verify_structural.c, tests/verify/verify_structural_wiring.c, "
                   "tests/verify/verify_structural_weights.c, "
                   "tests/verify/verify_structural_beside.c",
    .example = "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_total_number\"; "
               "number = 0;\n                  weight = 40; delay = 1.5;\n"
               "                  plasticity = { rule = \"stdp\"; w_max = 80; };     # or weights "
               "that stay\n"
               "                  structure = { rule = \"structural\"; update_interval = \"1 s\"; "
               "}; } );",
    .fields = fields,
    .choices = choices,
    .axonal_only = 1,
    .derive = derive,
    .structure = &structure};
