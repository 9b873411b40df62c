/* silent_engram_pairs.h -- the memory of the scenario silent_engram_key_value: what it stores,
 * what becomes of it, how it is asked. Included by silent_engram_key_value.c alone. */
#ifndef ECP_SILENT_ENGRAM_PAIRS_H
#define ECP_SILENT_ENGRAM_PAIRS_H

enum { STORED = 0x930, ASKED = 0x938 }; /* what is drawn (chance.h) */

static struct ecp_engram_setup spiking(const double *p)
{
    struct ecp_engram_setup setup = ecp_engram_setup_default();
    setup.gain = setup.rescue = p[GAIN];
    setup.power[0] = p[POWER_HIGH];
    setup.power[1] = p[POWER_MID];
    setup.power[2] = p[POWER_LOW];
    setup.test = p[TEST];
    setup.time = (struct ecp_engram_timeline){.consolidation = p[CONSOLIDATION],
                                              .block_from = p[BLOCK_FROM],
                                              .block_for = p[BLOCK_FOR],
                                              .test = {p[FIRST_TEST], p[SECOND_TEST]},
                                              .gain_tau = p[GAIN_TAU]};
    return setup;
}

/* One animal's pairs: first those of context A. */
struct animal {
    const double *param;
    uint64_t seed;
    size_t d, m, n_pairs, n; /* components of keys, of values; pairs of A, all */
    double *key, *value;     /* n x d, n x m */
    uint8_t *engram, *other; /* d: cells of A's and of B's patterns */
    uint8_t *fear;           /* m */
    double *cue, *answer;    /* trials x d, trials x m */
};

static void animal_clear(struct animal *a)
{
    free(a->key);
    free(a->engram);
}

/* `count` of `n` cells, marked. */
static void choose(struct ecp_chance *chance, size_t n, size_t count, uint8_t *out)
{
    for (size_t j = 0; j < n && count > 0; j++)
        if (ecp_chance_uniform(chance) * (double)(n - j) < (double)count) {
            out[j] = 1;
            count--;
        }
}

/* A key over the chosen cells, each with the probability `share`; sums to 1, so that k.q is
 * the share of its cells that are active. */
static void make_key(struct ecp_chance *chance, size_t d, const uint8_t *cells, double share,
                     double *key)
{
    double count = 0;
    for (size_t j = 0; j < d; j++) {
        key[j] = ecp_chance_uniform(chance) < share && cells[j];
        count += key[j];
    }
    for (size_t j = 0; j < d && count > 0; j++)
        key[j] /= count;
}

static enum ecp_status animal_init(struct animal *a, const double *p, uint64_t seed)
{
    const size_t d = (size_t)p[CELLS_DG], m = (size_t)p[CELLS_BLA], trials = (size_t)p[TRIALS];
    *a = (struct animal){.param = p,
                         .seed = seed,
                         .d = d,
                         .m = m,
                         .n_pairs = (size_t)p[PAIRS],
                         .n = (size_t)p[PAIRS] + (size_t)p[OTHERS]};
    a->key = calloc((a->n + trials) * (d + m), sizeof *a->key);
    a->engram = calloc(3 * d + 2 * m, 1);
    if (!a->key || !a->engram) {
        animal_clear(a);
        return ecp_fail(ECP_ENOMEM, "no memory for %zu pairs", a->n);
    }
    a->value = a->key + a->n * d;
    a->cue = a->value + a->n * m;
    a->answer = a->cue + trials * d;
    a->other = a->engram + d;
    a->fear = a->other + d;
    uint8_t *cells = a->fear + m, *rates = cells + d;
    struct ecp_chance chance = ecp_chance(seed, STORED, 0);
    choose(&chance, d, (size_t)p[ENGRAM_DG], a->engram);
    choose(&chance, d, (size_t)p[ENGRAM_DG], a->other);
    choose(&chance, m, (size_t)p[ENGRAM_BLA], a->fear);
    for (size_t n = 0; n < a->n; n++) {
        const int own = n < a->n_pairs;
        if (!own) {
            memset(cells, 0, d + m);
            choose(&chance, d, (size_t)p[ENGRAM_DG], cells);
            choose(&chance, m, (size_t)p[ENGRAM_BLA], rates);
        }
        make_key(&chance, d, own ? a->engram : cells, 1 - p[VARIATION], a->key + n * d);
        /* The pairs of A answer together, each of the others by itself. */
        for (size_t j = 0; j < m; j++)
            a->value[n * m + j] = own ? a->fear[j] * p[ANSWER] / p[PAIRS] : rates[j] * p[ANSWER];
    }
    return ECP_OK;
}

/* The memory after its fate, when the test of `day` is due. */
static enum ecp_status make_memory(const struct animal *a, enum ecp_engram_fate fate, int day,
                                   int erased, struct ecp_memory **out)
{
    const double *p = a->param;
    const struct ecp_engram_setup spikes = spiking(p);
    const int rescued = fate == ECP_FATE_RESCUE || fate == ECP_FATE_RESCUE_DG;
    const struct ecp_memory_setting settings[] = {{"similarity", 0, "dot"},
                                                  {"separation", 0, "threshold"},
                                                  {"threshold", p[THRESHOLD], NULL},
                                                  {"tau", p[GAIN_TAU], NULL},
                                                  {"floor", p[MATCH], NULL}};
    struct ecp_memory_setup setup = {.shape = {a->d, a->m, a->n},
                                     .seed = a->seed,
                                     .settings = settings,
                                     .n_settings = sizeof settings / sizeof *settings};
    const int blocked = fate != ECP_FATE_SALINE;
    const double grown = ecp_engram_consolidated(&spikes.time, blocked);
    const double gain = 1 + (p[GAIN] - 1) * (p[BLOCK] == LOSES_MATCH || !blocked ? grown : 1);
    const int gone = erased || (p[BLOCK] == LOSES_VALUES && blocked && grown < 1);
    struct ecp_memory *memory = NULL;
    double *nothing = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_memory_find("key_value", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    if (fate != ECP_FATE_UNTAUGHT) {
        nothing = calloc(a->n_pairs * a->m, sizeof *nothing);
        if (!nothing) {
            status = ecp_fail(ECP_ENOMEM, "no memory for %zu values", a->n_pairs);
            goto done;
        }
        ECP_TRY(ecp_memory_store_pairs(memory, a->key, gone ? nothing : a->value, a->n_pairs));
        ECP_TRY(ecp_memory_weigh(memory, 0, a->n_pairs, gain * p[MATCH], 1));
    }
    if (a->n > a->n_pairs)
        ECP_TRY(ecp_memory_store_pairs(memory, a->key + a->n_pairs * a->d,
                                       a->value + a->n_pairs * a->m, a->n - a->n_pairs));
    ECP_TRY(ecp_memory_pass_time(memory, spikes.time.test[day]));
    if (rescued)
        ECP_TRY(ecp_memory_weigh(memory, 0, a->n_pairs, p[GAIN] * p[MATCH], 1));
    *out = memory;
    memory = NULL;
done:
    free(nothing);
    ecp_memory_destroy(memory);
    return status;
}

/* Cells that are active in each trial of a test. */
static void make_cues(struct animal *a, int condition, int day)
{
    const struct ecp_engram_condition *c = &ecp_engram_conditions[condition];
    const double *p = a->param;
    const int light = c->test >= ECP_TEST_HIGH;
    const int silent = c->fate == ECP_FATE_CUT_INPUT;
    const double power = light ? p[POWER_HIGH + (c->test - ECP_TEST_HIGH)] : 0;
    const uint8_t *cells = c->test == ECP_TEST_OTHER ? a->other : a->engram;
    struct ecp_chance chance = ecp_chance(a->seed, ASKED + (uint32_t)day, (uint32_t)condition);
    for (size_t k = 0; k < (size_t)p[TRIALS] * a->d; k++) {
        const double first = ecp_chance_uniform(&chance), second = ecp_chance_uniform(&chance);
        const int cell = cells[k % a->d];
        const double cued = first < (cell && !light ? p[CUE_MATCH] : p[CUE_NOISE]) && !silent;
        a->cue[k] = cell && second < power ? p[LIGHT] : cued;
    }
}

static void read_answers(const struct animal *a, int silenced, struct ecp_engram_recall *out)
{
    const size_t trials = (size_t)a->param[TRIALS];
    double sum[2] = {0, 0}, cells[2] = {0, 0};
    for (size_t k = 0; k < trials * a->m; k++) {
        sum[a->fear[k % a->m]] += silenced ? 0 : a->answer[k];
        cells[a->fear[k % a->m]]++;
    }
    *out = (struct ecp_engram_recall){0};
    out->engram[ECP_BLA] = sum[1] / cells[1];
    out->other[ECP_BLA] = sum[0] / cells[0];
    out->index = (out->engram[ECP_BLA] - out->other[ECP_BLA]) /
                 (out->engram[ECP_BLA] + out->other[ECP_BLA] + 1);
}

static enum ecp_status ask(struct animal *a, int condition, int day, int erased,
                           struct ecp_engram_recall *out)
{
    const enum ecp_engram_fate fate = ecp_engram_conditions[condition].fate;
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(make_memory(a, fate, day, erased, &memory));
    make_cues(a, condition, day);
    memset(a->answer, 0, (size_t)a->param[TRIALS] * a->m * sizeof *a->answer);
    if (ecp_memory_stored(memory) > 0)
        ECP_TRY(ecp_memory_recall(memory, a->cue, (size_t)a->param[TRIALS], a->answer, NULL));
    read_answers(a, fate == ECP_FATE_CUT_OUTPUT, out);
done:
    ecp_memory_destroy(memory);
    return status;
}

/* erased: of each subject, the direct-access test (index by light less that in context A) after
 * values are erased. */
static enum ecp_status ask_memories(struct ecp_experiment *e, const double *param,
                                    const struct ecp_engram_seeds *seeds,
                                    struct ecp_engram_asked *out, double *erased)
{
    enum ecp_status status = ECP_OK;
    for (int day = 0; day < ECP_DAYS; day++) {
        out->recall[day] = ecp_experiment_alloc(e, seeds->n * ECP_CONDITIONS, sizeof **out->recall);
        if (!out->recall[day])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu subjects", seeds->n);
    }
    for (size_t s = 0; s < seeds->n; s++) {
        struct animal a;
        struct ecp_engram_recall natural = {0}, light = {0};
        ECP_TRY(ecp_experiment_progress(e, 0.05 * (double)s / (double)seeds->n, "memories"));
        ECP_TRY(animal_init(&a, param, ecp_experiment_seed(e) + s * (uint64_t)seeds->step));
        for (int day = 0; status == ECP_OK && day < ECP_DAYS; day++)
            for (int c = 0; status == ECP_OK && c < ECP_CONDITIONS; c++)
                status = ask(&a, c, day, 0, &out->recall[day][s * ECP_CONDITIONS + (size_t)c]);
        if (status == ECP_OK)
            status = ask(&a, ECP_BLOCKED_NATURAL, 0, 1, &natural);
        if (status == ECP_OK)
            status = ask(&a, ECP_BLOCKED_HIGH, 0, 1, &light);
        erased[s] = light.index - natural.index;
        animal_clear(&a);
        if (status != ECP_OK)
            goto done;
    }
done:
    return status;
}

#endif
