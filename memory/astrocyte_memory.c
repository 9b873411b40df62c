/* astrocyte_memory.c -- the neuron-astrocyte associative memory (Kozachkov, Slotine &
 * Krotov 2025): neurons, synapses and astrocytic processes fall together to the pattern
 * next to the cue. engine/astrocyte_dynamics.h has the equations.
 *
 * keys: n x N signs. A recall costs O(steps N^2 (K + 1)) a cue and 8 N^2 numbers.
 * tests/verify/verify_astrocyte_memory.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/astrocyte_dynamics.h"
#include "engine/memory.h"

enum { BETA, DT, STEPS, SETTLED, TAU_N, TAU_S, TAU_P, REPEATED, ANSWER, TRACE, END };
enum { SIGNS, STATE };

static const struct ecp_field fields[] = {
    [BETA] = {"beta", "1", 5, 1e-3, 1e4, "gain of all three activations", ECP_PARAM},
    [DT] = {"dt", "1", 0.05, 1e-6, 1, "step of Euler's, in the units of the time constants",
            ECP_PARAM},
    [STEPS] = {"steps", "1", 1000, 1, 1e7, "most steps of a recall", ECP_WHOLE},
    [SETTLED] = {"settled", "1", 0, 0, 1, "a recall ends when no neuron moves more in a step",
                 ECP_PARAM},
    [TAU_N] = {"tau_n", "1", 1, 1e-6, 1e6, "time constant of neurons", ECP_PARAM},
    [TAU_S] = {"tau_s", "1", 1, 1e-6, 1e6, "of synapses", ECP_PARAM},
    [TAU_P] = {"tau_p", "1", 1, 1e-6, 1e6, "of astrocytic processes", ECP_PARAM},
    [REPEATED] = {"repeated", "1", 0, 0, 1, "whether T has terms with repeated indices", ECP_PARAM},
    [ANSWER] = {"answer", "1", SIGNS, 0, STATE, "signs of x, or x", ECP_PARAM},
    [TRACE] = {"trace", "1", 0, 0, 1, "1: the part \"energy\" tells the course of the last recall",
               ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"repeated", "kept removed"}, {"answer", "signs state"}, {NULL, NULL}};

struct astrocytes {
    double param[END];
    size_t size, n, room; /* of a pattern; patterns */
    double *patterns;
    double *energy; /* of the first cue of the last recall, at each step */
    size_t n_energy;
};

static void destroy(void *self)
{
    struct astrocytes *m = self;
    if (!m)
        return;
    free(m->patterns);
    free(m->energy);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct astrocytes *m = NULL;
    (void)seed;
    const double fastest = fmin(param[TAU_N], fmin(param[TAU_S], param[TAU_P]));
    if (param[DT] > fastest)
        return ecp_fail(ECP_ECONFIG,
                        "astrocyte_memory: dt (%g) above the shortest time constant "
                        "(%g)",
                        param[DT], fastest);
    m = calloc(1, sizeof *m);
    if (m && param[TRACE] != 0)
        m->energy = calloc((size_t)param[STEPS] + 1, sizeof *m->energy);
    if (!m || (param[TRACE] != 0 && !m->energy)) {
        destroy(m);
        return ecp_fail(ECP_ENOMEM, "no memory for an astrocyte_memory");
    }
    memcpy(m->param, param, sizeof m->param);
    m->size = shape.key;
    *self = m;
    return ECP_OK;
}

static enum ecp_status append(struct astrocytes *m, const double *patterns, size_t n)
{
    const size_t all = m->n + n, twice = 2 * m->room;
    if (all > m->room) {
        const size_t room = all > twice ? all : twice;
        double *larger = realloc(m->patterns, room * m->size * sizeof *larger);
        if (!larger)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns", room);
        m->patterns = larger;
        m->room = room;
    }
    memcpy(m->patterns + m->n * m->size, patterns, n * m->size * sizeof *patterns);
    m->n = all;
    return ECP_OK;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG,
                        "memory astrocyte_memory: its items have neither strength nor decay");
    return append(self, items->keys, items->n);
}

static struct ecp_astrocyte_setup setup_of(const struct astrocytes *m)
{
    return (struct ecp_astrocyte_setup){.n = m->size,
                                        .n_patterns = m->n,
                                        .patterns = m->patterns,
                                        .repeated = m->param[REPEATED] == 0,
                                        .beta = m->param[BETA],
                                        .dt = m->param[DT],
                                        .tau_n = m->param[TAU_N],
                                        .tau_s = m->param[TAU_S],
                                        .tau_p = m->param[TAU_P]};
}

/* Of the stored patterns the one most like the signs of x. */
static double overlap(const struct astrocytes *m, const double *x)
{
    double best = -1;
    for (size_t k = 0; k < m->n; k++) {
        double sum = 0;
        for (size_t i = 0; i < m->size; i++)
            sum += x[i] < 0 ? -m->patterns[k * m->size + i] : m->patterns[k * m->size + i];
        best = fmax(best, sum / (double)m->size);
    }
    return best;
}

/* One cue in a state of its own; its energies where they are wanted. */
static void relax(const struct astrocytes *m, struct ecp_astrocyte_state *state, const double *cue,
                  double *energy, size_t *n_energy)
{
    const size_t steps = (size_t)m->param[STEPS];
    ecp_astrocyte_begin(state, cue);
    if (energy)
        energy[0] = ecp_astrocyte_energy(state);
    for (size_t k = 1; k <= steps; k++) {
        const double moved = ecp_astrocyte_step(state);
        if (energy) {
            energy[k] = ecp_astrocyte_energy(state);
            *n_energy = k + 1;
        }
        if (moved < m->param[SETTLED])
            break;
    }
}

static void answer(const struct astrocytes *m, const struct ecp_astrocyte_state *state,
                   double *value, double *score)
{
    for (size_t i = 0; i < m->size; i++)
        value[i] = m->param[ANSWER] == STATE ? state->x[i] : state->x[i] < 0 ? -1 : 1;
    if (score)
        *score = overlap(m, state->x);
}

/* Cues side by side, each with the whole of a thread; a single one with all threads. */
static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct astrocytes *m = self;
    const struct ecp_astrocyte_setup setup = setup_of(m);
    enum ecp_status failed = ECP_OK;
#pragma omp parallel if (n > 1)
    {
        struct ecp_astrocyte_state state;
        const enum ecp_status status = ecp_astrocyte_init(&state, &setup);
#pragma omp for schedule(dynamic)
        for (size_t k = 0; k < n; k++) {
            if (status != ECP_OK)
                continue;
            relax(m, &state, cues + k * m->size, k == 0 ? m->energy : NULL, &m->n_energy);
            answer(m, &state, values + k * m->size, score ? score + k : NULL);
        }
        if (status == ECP_OK)
            ecp_astrocyte_clear(&state);
        else
#pragma omp critical(astrocyte_memory)
            failed = status;
    }
    return failed == ECP_OK ? ECP_OK : ecp_fail(failed, "no memory to recall in");
}

static enum ecp_status energy(void *self, const double *states, size_t n, double *out)
{
    const struct astrocytes *m = self;
    const struct ecp_astrocyte_setup setup = setup_of(m);
    struct ecp_astrocyte_state state;
    const enum ecp_status status = ecp_astrocyte_init(&state, &setup);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < n; k++) {
        ecp_astrocyte_begin(&state, states + k * m->size);
        out[k] = ecp_astrocyte_energy(&state);
    }
    ecp_astrocyte_clear(&state);
    return ECP_OK;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct astrocytes *m = self;
    double *all = malloc((m->n * m->size + 1) * sizeof *all);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for an image of %zu patterns", m->n);
    if (m->n)
        memcpy(all, m->patterns, m->n * m->size * sizeof *all);
    *data = all;
    *count = m->n * m->size;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct astrocytes *m = self;
    if (count % m->size != 0)
        return ecp_fail(ECP_EARG, "memory astrocyte_memory: this is not an image of it");
    for (size_t k = 0; k < count; k++)
        if (data[k] != 1 && data[k] != -1)
            return ecp_fail(ECP_EARG, "memory astrocyte_memory: this is not an image of it");
    m->n = 0;
    m->n_energy = 0;
    return count ? append(m, data, count / m->size) : ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct astrocytes *m = self;
    if (k == 0)
        *out = (struct ecp_memory_part){"patterns", "what is stored, one a row", m->n, m->size,
                                        m->patterns};
    else if (k == 1 && m->n_energy)
        *out = (struct ecp_memory_part){"energy", "of the first cue of the last recall, by steps",
                                        m->n_energy, 1, m->energy};
    else
        return 0;
    return 1;
}

const struct ecp_memory_model ecp_memory_astrocyte_memory = {
    .name = "astrocyte_memory",
    .summary = "neurons, synapses and astrocytic processes relax to the stored pattern next to "
               "the cue",
    .equations =
        "tau_n dx_i/dt  = -x_i  + sum_j g_ij phi_j           phi = tanh(beta x)\n"
        "tau_s ds_ij/dt = -s_ij + phi_i phi_j + psi_ij       g   = tanh(beta s)\n"
        "tau_p dp_ij/dt = -p_ij + sum_kl T_ijkl psi_kl + g_ij  psi = tanh(beta p)\n"
        "T_ijkl = sum_mu xi_i xi_j xi_k xi_l/N^3; `repeated = removed`: 0 where two indices\n"
        "are equal. Kept ones act on each neuron by 3 K/N^2 times its own state, which holds\n"
        "errors in place from K ~ N^2/3 on.\n"
        "Begins with x = cue, psi = -phi phi^T, p = atanh(psi)/beta, s = atanh(-T:psi)/beta\n"
        "(arguments within 1 - 1e-9). Never raised, L(u) = ln cosh(beta u)/beta:\n"
        "E = sum_i (x phi - L(x)) + 1/2 sum_ij (s g - L(s)) + 1/2 sum_ij (p psi - L(p))\n"
        "  - 1/2 sum_ij g_ij phi_i phi_j - 1/2 sum_ij psi_ij g_ij - 1/4 sum T psi psi.\n"
        "With high gain psi = -phi phi^T, g = T:(phi phi^T): a dense associative memory with\n"
        "the energy -1/4 sum_mu (xi.phi)^4/N^3.",
    .reference = "Kozachkov, Slotine & Krotov 2025, PNAS; doi:10.48550/arXiv.2311.08135",
    .verified_by = "tests/verify/verify_astrocyte_memory.c",
    .fields = fields,
    .choices = choices,
    .keys = ECP_PATTERN_SIGNS,
    .values = ECP_PATTERN_SIGNS,
    .score_meaning = "overlap of the signs of x with the stored pattern most like them",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part,
    .energy = energy};
