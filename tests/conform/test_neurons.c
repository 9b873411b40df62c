/* test_neurons.c -- what every registered neuron model owes the engine. */
#include <stdio.h>

#include "tests/support.h"
#include "tests/verify/block.h"

enum { NEURONS = 403, STEPS = 800 };

/* A small generator of our own: the tests' inputs are the same everywhere. */
static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

static void each_model(void (*check)(const struct ecp_neuron_model *model, enum ecp_isa isa))
{
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        const struct ecp_neuron_model *const *models = ecp_neuron_models((enum ecp_isa)isa);
        CU_ASSERT_PTR_NOT_NULL_FATAL(models[0]);
        for (size_t m = 0; models[m]; m++)
            check(models[m], (enum ecp_isa)isa);
    }
}

/* ---- descriptions ----------------------------------------------------------- */

static int says_something(const char *text)
{
    return text != NULL && strlen(text) > 2;
}

static void check_described(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    const struct ecp_neuron_model *found = NULL;
    CU_ASSERT_FATAL(m->name != NULL && m->fields != NULL && m->update != NULL);
    CU_ASSERT(says_something(m->summary) && says_something(m->equations));
    CU_ASSERT(says_something(m->reference) && says_something(m->verified_by));
    ECP_ASSERT_OK(ecp_neuron_find(m->name, isa, &found));
    CU_ASSERT_PTR_EQUAL(found, m);

    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", ECP_SOURCE_DIR, m->verified_by);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL(file);
    if (file)
        (void)fclose(file);
}

static void check_fields(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    const size_t n = ecp_field_count(m->fields);
    size_t ports = 0;
    CU_ASSERT(n > 0 && n <= ECP_MAX_FIELDS);
    for (size_t f = 0; f < n; f++) {
        const struct ecp_field *field = &m->fields[f];
        CU_ASSERT(field->unit != NULL && strlen(field->unit) > 0 && says_something(field->meaning));
        CU_ASSERT(field->lowest <= field->initial && field->initial <= field->highest);
        CU_ASSERT_EQUAL(ecp_field_find(m->fields, field->name), (int)f);
        CU_ASSERT_NOT_EQUAL(field->kind, ECP_RESULT);
        ports += field->kind == ECP_INPUT;
    }
    CU_ASSERT(ports <= ECP_MAX_PORTS);
}

static void described(void)
{
    each_model(check_described);
    each_model(check_fields);
}

static void aliases(void)
{
    static const char *const known[][2] = {
        {"iaf_psc_exp", "lif_exp"},          {"IF_curr_exp", "lif_exp"},
        {"iaf_psc_alpha", "lif_alpha"},      {"IF_curr_alpha", "lif_alpha"},
        {"iaf_psc_delta", "lif_delta"},      {"parrot_neuron", "parrot"},
        {"spike_generator", "spike_source"}, {"poisson_generator", "poisson"}};
    const struct ecp_neuron_model *found = NULL;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        ECP_ASSERT_OK(ecp_neuron_find(known[k][0], ECP_ISA_BASELINE, &found));
        CU_ASSERT_STRING_EQUAL(found->name, known[k][1]);
    }
    found = NULL;
    CU_ASSERT_EQUAL(ecp_neuron_find("lif_ex", ECP_ISA_BASELINE, &found), ECP_ENOTFOUND);
    CU_ASSERT_PTR_NULL(found);
    ecp_error_clear();
}

static void same_models(void)
{
    const struct ecp_neuron_model *const *base = ecp_neuron_models(ECP_ISA_BASELINE);
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        const struct ecp_neuron_model *const *other = ecp_neuron_models((enum ecp_isa)isa);
        for (size_t m = 0; base[m]; m++)
            CU_ASSERT_STRING_EQUAL(base[m]->name, other[m]->name);
    }
}

/* ---- constants of the step --------------------------------------------------- */

static void check_derive(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    const double dt[] = {1e-3, 0.1, 1, 10};
    for (size_t k = 0; k < 4; k++) {
        struct block b;
        block_init(&b, m, 1, dt[k]);
        for (size_t f = 0; f < ECP_MAX_DERIVED; f++)
            b.derived[f] = 0;
        if (ecp_field_find(m->fields, "tau_m") >= 0) /* where the time constants meet */
            block_set(&b, "tau_syn_ex", b.param[ecp_field_find(m->fields, "tau_m")]);
        ECP_ASSERT_OK(block_derive(&b));
        for (size_t f = 0; f < ECP_MAX_DERIVED; f++)
            CU_ASSERT(isfinite(b.derived[f]));
        block_clear(&b);
    }
}

static void derive_accepts(void)
{
    each_model(check_derive);
}

static void refuse(const struct ecp_neuron_model *m, const char *field, double value,
                   const char *named)
{
    struct block b;
    block_init(&b, m, 1, 0.1);
    block_set(&b, field, value);
    ecp_error_clear();
    CU_ASSERT_EQUAL(block_derive(&b), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), named));
    ecp_error_clear();
    block_clear(&b);
}

static void check_refuse(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    const int v_th = ecp_field_find(m->fields, "v_th");
    if (v_th >= 0 && ecp_field_find(m->fields, "v_reset") >= 0) {
        refuse(m, "v_reset", m->fields[v_th].initial, "v_reset");
        refuse(m, "v_reset", m->fields[v_th].initial + 1, "v_reset");
    }
    struct block b; /* 1000 ms are more than 65535 steps of 0.01 ms */
    block_init(&b, m, 1, 0.01);
    block_set(&b, "t_ref", 1000);
    if (ecp_field_find(m->fields, "t_ref") >= 0)
        CU_ASSERT_EQUAL(block_derive(&b), ECP_ECONFIG);
    ecp_error_clear();
    block_clear(&b);
}

static void derive_refuses(void)
{
    each_model(check_refuse);
}

/* ---- running ------------------------------------------------------------------ */

/* Input of either sign, sized by the unit, `gain` times as strong. */
static void feed_strongly(struct block *b, uint64_t *random, double gain)
{
    for (size_t f = 0; f < b->n_fields; f++) {
        const struct ecp_field *field = &b->model->fields[f];
        const double size = strcmp(field->unit, "pA") == 0   ? 300 * gain
                            : strcmp(field->unit, "mV") == 0 ? 3 * gain
                                                             : gain;
        for (size_t j = 0; j < b->n && b->column[f]; j++) {
            const double u = uniform(random), rare = uniform(random);
            if (field->kind == ECP_INPUT)
                b->column[f][j] = (ecp_real)(rare < 0.2 ? size * (2 * u - 0.8) : 0);
            else if (field->kind == ECP_CURRENT)
                b->column[f][j] = (ecp_real)(size * (4 * u - 1));
            else if (field->kind == ECP_UNIFORM)
                b->column[f][j] = (ecp_real)u;
            else if (field->kind == ECP_NORMAL)
                b->column[f][j] = (ecp_real)(3.4641 * (u - 0.5));
        }
    }
}

/* The weakest drive, in powers of two, that makes the model fire. */
static double gain_of(const struct ecp_neuron_model *m)
{
    double gain = 0.5;
    for (size_t spikes = 0; spikes == 0 && gain < 1000;) {
        struct block b;
        uint64_t random = 3;
        gain *= 2;
        block_init(&b, m, 64, 0.1);
        block_set(&b, "rate", 150);
        ECP_ASSERT_OK(block_derive(&b));
        for (int step = 0; step < 300; step++) {
            feed_strongly(&b, &random, gain);
            block_update(&b, step);
            for (size_t j = 0; j < b.n; j++)
                spikes += b.fired[j];
        }
        block_clear(&b);
    }
    CU_ASSERT(gain < 1000);
    return gain;
}

static void feed(struct block *b, uint64_t *random)
{
    static const struct ecp_neuron_model *last;
    static double gain;
    if (last != b->model)
        gain = gain_of(b->model);
    last = b->model;
    feed_strongly(b, random, gain);
}

static void prepare(struct block *b, const struct ecp_neuron_model *m)
{
    block_init(b, m, NEURONS, 0.1);
    block_set(b, "rate", 150);
    ECP_ASSERT_OK(block_derive(b));
}

/* All bits that a model may change, in one number. */
static uint64_t digest(const struct block *b, uint64_t so_far)
{
    for (size_t f = 0; f < b->n_fields; f++) {
        const unsigned char *at = (const unsigned char *)b->column[f];
        size_t bytes = b->column[f] ? b->n * sizeof(ecp_real) : 0;
        if (b->counter[f]) {
            at = (const unsigned char *)b->counter[f];
            bytes = b->n * sizeof(uint16_t);
        }
        for (size_t k = 0; k < bytes; k++)
            so_far = (so_far ^ at[k]) * 1099511628211u;
    }
    for (size_t j = 0; j < b->n; j++)
        so_far = (so_far ^ b->fired[j]) * 1099511628211u;
    return so_far;
}

static void check_finite(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    struct block b;
    uint64_t random = 1;
    size_t bad = 0, spikes = 0;
    prepare(&b, m);
    /* Where a spike resets the membrane at a threshold, no membrane lies above it. */
    const int v = ecp_field_find(m->fields, "v"), reset = ecp_field_find(m->fields, "v_reset");
    const int peak = ecp_field_find(m->fields, "v_peak");
    const int v_th = reset < 0 ? -1 : peak >= 0 ? peak : ecp_field_find(m->fields, "v_th");
    for (int step = 0; step < STEPS; step++) {
        feed(&b, &random);
        memset(b.fired, 7, b.n);
        block_update(&b, step);
        for (size_t j = 0; j < b.n; j++) {
            bad += b.fired[j] > 1;
            spikes += b.fired[j];
            bad += v >= 0 && v_th >= 0 && !((double)b.column[v][j] < b.param[v_th]);
            for (size_t f = 0; f < b.n_fields; f++)
                bad += b.column[f] && !isfinite(b.column[f][j]);
        }
    }
    if (bad > 0)
        (void)printf(" %s: %zu bad values ", m->name, bad);
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT(spikes > 0 && spikes < (size_t)NEURONS * STEPS);
    block_clear(&b);
}

static void stays_finite(void)
{
    each_model(check_finite);
}

/* Run in parts cut at `cut`; the digest of all steps. */
static uint64_t run_in_parts(const struct ecp_neuron_model *m, size_t cut)
{
    struct block b;
    uint64_t random = 2, sum = 14695981039346656037u;
    prepare(&b, m);
    for (int step = 0; step < STEPS / 10; step++) {
        feed(&b, &random);
        if (cut > 0) { /* the later part first: order must not matter */
            block_update_part(&b, step, cut, b.n - cut);
            block_update_part(&b, step, 0, cut);
        } else {
            block_update(&b, step);
        }
        sum = digest(&b, sum);
    }
    block_clear(&b);
    return sum;
}

static void check_parts(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    const uint64_t whole = run_in_parts(m, 0);
    const size_t cut[] = {1, 7, 16, 64, 200, NEURONS - 1};
    for (size_t k = 0; k < sizeof cut / sizeof cut[0]; k++)
        CU_ASSERT_EQUAL(run_in_parts(m, cut[k]), whole);
}

static void parts(void)
{
    each_model(check_parts);
}

static void check_bits(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    const struct ecp_neuron_model *base = NULL;
    (void)isa;
    ECP_ASSERT_OK(ecp_neuron_find(m->name, ECP_ISA_BASELINE, &base));
    CU_ASSERT_EQUAL(run_in_parts(m, 0), run_in_parts(base, 0));
}

static void same_bits(void)
{
    each_model(check_bits);
}

/* States and counters are all that a model remembers: a block that gets them from
 * another one goes on like it. A checkpoint keeps no more. */
static void check_remembers(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    struct block a, b;
    uint64_t random = 4;
    prepare(&a, m);
    prepare(&b, m);
    for (int step = 0; step < 100; step++) {
        feed(&a, &random);
        block_update(&a, step);
    }
    for (size_t f = 0; f < a.n_fields; f++) {
        if (m->fields[f].kind == ECP_STATE)
            memcpy(b.column[f], a.column[f], a.n * sizeof *a.column[f]);
        if (m->fields[f].kind == ECP_COUNTER)
            memcpy(b.counter[f], a.counter[f], a.n * sizeof *a.counter[f]);
    }
    uint64_t random_b = random;
    for (int step = 100; step < 200; step++) {
        feed(&a, &random);
        feed(&b, &random_b);
        block_update(&a, step);
        block_update(&b, step);
        if (step < 110 || step == 199)
            CU_ASSERT_EQUAL(digest(&a, 0), digest(&b, 0));
    }
    block_clear(&a);
    block_clear(&b);
}

static void remembers(void)
{
    each_model(check_remembers);
}

/* Pushed as hard as can be, a neuron fires every t_ref + dt, and rests at
 * v_reset between. */
static void check_refractory(const struct ecp_neuron_model *m, enum ecp_isa isa)
{
    (void)isa;
    const double t_ref[] = {0, 0.1, 2, 30};
    const int v_reset = ecp_field_find(m->fields, "v_reset");
    if (ecp_field_find(m->fields, "t_ref") < 0 || v_reset < 0)
        return;
    for (size_t k = 0; k < 4; k++) {
        struct block b;
        int last = -1, seen = 0;
        block_init(&b, m, 1, 0.1);
        block_set(&b, "t_ref", t_ref[k]);
        block_set(&b, "i_e", 1e7);
        ECP_ASSERT_OK(block_derive(&b));
        for (int step = 0; step < 1000; step++) {
            block_update(&b, step);
            if (last >= 0)
                CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "v")[0], b.param[v_reset], 1e-5);
            if (last >= 0 && b.fired[0])
                CU_ASSERT_EQUAL(step - last, (int)nearbyint(t_ref[k] / 0.1) + 1);
            last = b.fired[0] ? step : last;
            seen += b.fired[0];
        }
        CU_ASSERT(seen > 1);
        block_clear(&b);
    }
}

static void refractory(void)
{
    each_model(check_refractory);
}

/* Relays fire exactly where something arrives. */
static void relays(void)
{
    static const char *const names[] = {"parrot", "spike_source"};
    const double weight[] = {0, 1, -1, 1e-6, 0, 87.8, 0};
    for (size_t k = 0; k < 2; k++) {
        const struct ecp_neuron_model *m = NULL;
        struct block b;
        ECP_ASSERT_OK(ecp_neuron_find(names[k], ecp_isa_best(), &m));
        block_init(&b, m, 7, 0.1);
        for (size_t j = 0; j < 7; j++)
            block_field(&b, "in")[j] = (ecp_real)weight[j];
        block_update(&b, 0);
        for (size_t j = 0; j < 7; j++)
            CU_ASSERT_EQUAL(b.fired[j], weight[j] != 0);
        block_clear(&b);
    }
}

ECP_TEST_MAIN("neurons", {"described", described}, {"aliases", aliases},
              {"same models for every instruction set", same_models},
              {"derive accepts", derive_accepts}, {"derive refuses", derive_refuses},
              {"finite under random input", stays_finite}, {"blocks may be split", parts},
              {"same bits for every instruction set", same_bits},
              {"all memory is listed", remembers}, {"refractory time is honoured", refractory},
              {"relays", relays})
