/* verify_fast_weights_rules.c -- fast weights: closed forms of storing, overwriting and
 * cycling, what the state's norm does, odd items, threads, images; what cannot be is refused
 * or named. */
#include <omp.h>
#include <string.h>

#include "tests/verify/fast_weights_case.h"

/* ---- closed forms --------------------------------------------------------------------------- */

/* Keys e_0 .. e_7: the delta rule holds all and overwrites; the sum averages, and is off by
 * 1/4 of a one-hot value in half the squared error. */
static void overwriting(void)
{
    enum { D = 8 };
    struct data x = make(10, 2 * D, 1, D, 2 * D);
    memset(x.v, 0, x.n * x.m * sizeof *x.v);
    memset(x.k, 0, x.n * x.d * sizeof *x.k);
    for (size_t t = 0; t < 2 * D; t++) {
        x.k[t * D + t % D] = 1;
        x.v[t * 2 * D + t] = 1;
        x.strength[t] = 1;
    }
    for (int form = RECURRENT; form <= CHUNKWISE; form++) {
        struct way way = {.rule = DELTA_NET, .form = form, .scale = 1, .chunk = 5};
        const struct ecp_items items = items_of(&x, 0, x.n);
        double got[D * 2 * D], loss = 0;
        struct ecp_memory *memory = memory_of(&x, way);
        ECP_ASSERT_OK(ecp_memory_store(memory, &items));
        ECP_ASSERT_OK(ecp_memory_recall(memory, x.k, D, got, NULL));
        CU_ASSERT(difference(D * 2 * D, got, x.v + D * 2 * D) == 0);
        ecp_memory_destroy(memory);
        way.rule = LINEAR;
        way.normaliser = ATTENTION;
        way.epsilon = 1e-12;
        memory = memory_of(&x, way);
        ECP_ASSERT_OK(ecp_memory_store(memory, &items));
        ECP_ASSERT_OK(ecp_memory_recall(memory, x.k, D, got, NULL));
        for (size_t k = 0; k < D * 2 * D; k++)
            loss += 0.5 * pow(got[k] - x.v[D * 2 * D + k], 2) / D;
        CU_ASSERT_DOUBLE_EQUAL(loss, 0.25, 1e-10);
        ecp_memory_destroy(memory);
    }
    clear(&x);
}

/* Kaczmarz: each item is met exactly once written; cycling n <= d independent keys goes to
 * the solution of least norm, K^T (K K^T)^{-1} V. */
static void pseudo_inverse(void)
{
    enum { N = 5, D = 12, M = 4, CYCLES = 3000 };
    struct data x = make(11, N, 1, D, M);
    double gram[N][N + M], expected[D * M] = {0};
    struct way way = {.rule = DELTA_NET, .normaliser = UNIT, .scale = 1};
    struct ecp_memory *memory = memory_of(&x, way);
    const struct ecp_items items = items_of(&x, 0, N);
    struct ecp_memory_part part;
    for (size_t t = 0; t < N; t++) {
        normalise(way, D, x.k + t * D, 0);
        x.strength[t] = 1;
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            gram[i][j] = 0;
            for (size_t c = 0; c < D; c++)
                gram[i][j] += x.k[i * D + c] * x.k[j * D + c];
        }
        memcpy(gram[i] + N, x.v + i * M, M * sizeof **gram);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t r = 0; r < N; r++) {
            const double f = gram[r][i] / gram[i][i];
            for (size_t c = i; c < N + M && r != i; c++)
                gram[r][c] -= f * gram[i][c];
        }
    for (size_t k = 0; k < D * M; k++)
        for (size_t i = 0; i < N; i++)
            expected[k] += x.k[i * D + k / M] * gram[i][N + k % M] / gram[i][i];
    double one[M];
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        ECP_ASSERT_OK(ecp_memory_store(memory, &items));
        ECP_ASSERT_OK(ecp_memory_recall(memory, x.k + (N - 1) * D, 1, one, NULL));
        if (cycle < 3)
            CU_ASSERT(difference(M, one, x.v + (N - 1) * M) < 1e-12);
    }
    CU_ASSERT_FATAL(ecp_memory_part_named(memory, "S", &part));
    (void)printf(" %.1e", difference(D * M, part.data, expected));
    CU_ASSERT(difference(D * M, part.data, expected) < 1e-11);
    ecp_memory_destroy(memory);
    clear(&x);
}

static double norm_of(struct ecp_memory *memory)
{
    struct ecp_memory_part part;
    CU_ASSERT_FATAL(ecp_memory_part_named(memory, "norm", &part));
    return part.data[0];
}

/* Unit keys, values of 0: no step with 0 <= b <= 2 makes the state larger; b = 2.1 does
 * where a key repeats. Plain sums grow with the root of the number of items. */
static void stability(void)
{
    enum { D = 6, STEPS = 400 };
    struct data x = make(12, STEPS, 1, D, D);
    struct way way = {.rule = DELTA_NET, .normaliser = UNIT};
    struct ecp_memory *memory = memory_of(&x, way);
    struct ecp_items one = items_of(&x, 0, D);
    ECP_ASSERT_OK(ecp_memory_store(memory, &one));
    double before = norm_of(memory);
    const double first = before;
    memset(x.v, 0, STEPS * D * sizeof *x.v);
    for (size_t t = 0; t < STEPS; t++) {
        one = items_of(&x, t, 1);
        x.strength[t] *= 2;
        ECP_ASSERT_OK(ecp_memory_store(memory, &one));
        CU_ASSERT(norm_of(memory) <= before * (1 + 1e-14));
        before = norm_of(memory);
    }
    CU_ASSERT(before < 0.1 * first);
    for (size_t t = 0; t < 100; t++) {
        x.strength[0] = 2.1;
        one = items_of(&x, 0, 1);
        ECP_ASSERT_OK(ecp_memory_store(memory, &one));
    }
    CU_ASSERT(norm_of(memory) > 100 * before);
    ecp_memory_destroy(memory);
    clear(&x);

    x = make(13, 4096, 1, 32, 32);
    for (size_t t = 0; t < x.n; t++)
        x.strength[t] = 1;
    way.rule = LINEAR;
    memory = memory_of(&x, way);
    double norm[2];
    one = items_of(&x, 0, 64);
    ECP_ASSERT_OK(ecp_memory_store(memory, &one));
    norm[0] = norm_of(memory);
    one = items_of(&x, 64, 4032);
    ECP_ASSERT_OK(ecp_memory_store(memory, &one));
    norm[1] = norm_of(memory);
    (void)printf(" |S| %.1f to %.1f", norm[0], norm[1]);
    CU_ASSERT_DOUBLE_EQUAL(norm[1] / norm[0], 8, 0.4);
    ecp_memory_destroy(memory);
    clear(&x);
}

/* ---- what is odd ------------------------------------------------------------------------------
 */

static void odd_items(void)
{
    double worst = 0;
    for (int kind = 0; kind < 6; kind++)
        for (int rule = LINEAR; rule <= GATED_DELTA; rule++) {
            struct way way = {.rule = rule, .normaliser = UNIT};
            struct data x = make(14, 90, 1, 8, 8);
            if (rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA)
                gates(&x, rule == GLA ? 8 : 1, kind == 3 ? 5000 : 0.1);
            for (size_t k = 0; k < 90 * 8; k++)
                switch (kind) {
                case 0: /* all keys are one */
                    x.k[k] = x.k[k % 8];
                    break;
                case 1: /* every other is its opposite */
                    x.k[k] = (k / 8 % 2 ? -2 : 1) * x.k[k % 8];
                    break;
                case 2: /* zeros between them */
                    x.k[k] *= (double)(k / 8 % 3 != 0);
                    break;
                case 4: /* tiny */
                    x.k[k] *= 1e-150;
                    x.v[k] *= 1e-150;
                    break;
                case 5: /* very large */
                    x.k[k] *= 1e100;
                    x.v[k] *= 1e150;
                    break;
                default:
                    break;
                }
            double *o =
                outputs(&x, (struct way){.rule = rule, .normaliser = UNIT, .form = 0}, NULL);
            const double size = largest(720, o);
            for (int form = PARALLEL; form <= CHUNKWISE; form++) {
                way.form = form;
                double *other = outputs(&x, way, NULL);
                worst = fmax(worst, difference(720, other, o) / (size > 0 ? size : 1));
                free(other);
            }
            free(o);
            clear(&x);
        }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-11);
}

static void threads(void)
{
    for (int rule = LINEAR; rule < RULES; rule++)
        for (int form = RECURRENT; form <= (rule == FWM ? RECURRENT : CHUNKWISE); form++)
            for (size_t heads = 1; heads <= 3; heads += 2) {
                struct way way = {
                    .rule = rule, .form = form, .map = 1, .chunk = 32, .normaliser = SUM};
                struct data x = make(15, 700, heads, 16, 64);
                double *state, *other_state, *o, *other;
                omp_set_num_threads(1);
                o = outputs(&x, way, &state);
                for (int k = 2; k <= 3; k++) {
                    omp_set_num_threads(k);
                    other = outputs(&x, way, &other_state);
                    CU_ASSERT(memcmp(o, other, x.n * heads * 64 * sizeof *o) == 0);
                    CU_ASSERT(memcmp(state, other_state, heads * 16 * 64 * sizeof *o) == 0);
                    free(other);
                    free(other_state);
                }
                free(o);
                free(state);
                clear(&x);
            }
    omp_set_num_threads(2);
}

/* An image, and back: the same bits; in single precision too. */
static void image(void)
{
    for (int single = 0; single <= 1; single++) {
        struct way way = {.rule = GATED_DELTA, .map = 1, .normaliser = SUM, .single = single};
        struct data x = make(16, 80, 2, 8, 8);
        struct ecp_memory *a = memory_of(&x, way), *b = memory_of(&x, way);
        const struct ecp_items first = items_of(&x, 0, 50), second = items_of(&x, 50, 30);
        double *data, o[2][30 * 16];
        size_t count;
        ECP_ASSERT_OK(ecp_memory_store(a, &first));
        ECP_ASSERT_OK(ecp_memory_image(a, &data, &count));
        ECP_ASSERT_OK(ecp_memory_restore(b, data, count));
        CU_ASSERT_EQUAL(ecp_memory_restore(b, data, count - 1), ECP_EARG);
        ecp_error_clear();
        ECP_ASSERT_OK(ecp_memory_sequence(a, &second, x.q, o[0]));
        ECP_ASSERT_OK(ecp_memory_sequence(b, &second, x.q, o[1]));
        CU_ASSERT(memcmp(o[0], o[1], sizeof o[0]) == 0);
        free(data);
        ecp_memory_destroy(a);
        ecp_memory_destroy(b);
        clear(&x);
    }
}

/* ---- refused, or named -------------------------------------------------------------------------
 */

static void refused_setting(const char *name, const char *word, const char *other,
                            const char *other_word, const char *says)
{
    const struct ecp_memory_setting settings[] = {{name, 0, word}, {other, 3, other_word}};
    struct ecp_memory_setup setup = {.shape = {8, 8, 0}, .settings = settings, .n_settings = 2};
    struct ecp_memory *memory = NULL;
    ECP_ASSERT_OK(ecp_memory_find("fast_weights", &setup.model));
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_memory_create(&setup, &memory), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), says));
    CU_ASSERT_PTR_NULL(memory);
    ecp_error_clear();
}

static void refused(void)
{
    refused_setting("normaliser", "attention", "rule", "delta_net", "delta rules do not have");
    refused_setting("normaliser", "sum", "map", "identity", "never negative");
    refused_setting("normaliser", "sum", "map", "cosine", "never negative");
    refused_setting("rule", "gla", "map", "dpfp", "channels");
    refused_setting("rule", "fwm", "form", "parallel", "form = \"recurrent\"");
    refused_setting("rule", "linear", "heads", NULL, "divisor");
    struct data x = make(17, 10, 1, 8, 8);
    struct ecp_memory *memory = memory_of(&x, (struct way){.rule = DELTA_NET});
    gates(&x, 1, 1);
    const struct ecp_items items = items_of(&x, 0, 10);
    CU_ASSERT_EQUAL(ecp_memory_store(memory, &items), ECP_EARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "decay"));
    ecp_error_clear();
    ecp_memory_destroy(memory);
    clear(&x);
}

static void must_name(struct way way, double size, const char *says)
{
    struct data x = make(18, 200, 1, 8, 8);
    const struct ecp_items items = items_of(&x, 0, 200);
    double o[200 * 8];
    for (size_t k = 0; k < 1600; k++)
        x.k[k] *= size * (double)(k / 8 >= 150);
    for (size_t t = 0; t < 200; t++)
        x.strength[t] = 1;
    for (int asked = 0; asked < 2; asked++) { /* storing alone must not be silent either */
        struct ecp_memory *memory = memory_of(&x, way);
        ecp_error_clear();
        CU_ASSERT_EQUAL(asked ? ecp_memory_sequence(memory, &items, x.q, o)
                              : ecp_memory_store(memory, &items),
                        ECP_ENUMERIC);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), says));
        ecp_error_clear();
        ecp_memory_destroy(memory);
    }
    clear(&x);
}

/* Key 150 is the first that is not 0. Favor with the delta rule: features that vanish;
 * keys that are too long for the delta rule: a state that is not finite. */
static void not_finite(void)
{
    for (int form = RECURRENT; form <= CHUNKWISE; form++) {
        must_name((struct way){.rule = DELTA_NET, .map = 3, .normaliser = SUM, .form = form}, 200,
                  "key 150 sum to 0");
        must_name((struct way){.rule = DELTA_NET, .form = form}, 1e9, "left the finite range");
        must_name((struct way){.rule = DELTA_NET, .form = form}, 2, "grew far past its values");
        must_name((struct way){.rule = GATED_DELTA, .map = 3, .form = form}, 1,
                  "grew far past its values");
    }
    must_name((struct way){.rule = LINEAR}, 4e307, "are too large");
    must_name((struct way){.rule = LINEAR, .map = 5, .normaliser = NONE}, 30, "of key 150 is");
}

ECP_TEST_MAIN("fast_weights_rules", {"overwriting", overwriting},
              {"pseudo_inverse", pseudo_inverse}, {"stability", stability},
              {"odd_items", odd_items}, {"threads", threads}, {"image", image},
              {"refused", refused}, {"not_finite", not_finite})
