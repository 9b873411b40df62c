/* Power spectra of spike trains: Poisson, periodic, modulated and shared; and a sum over
 * frequencies written again. */
#include "engine/chance.h"
#include "tests/verify/reference_data.h"
#include "tests/verify/score_case.h"

enum { UNITS = 12, MOST = 20000 };

static const double turn = 6.28318530717958647692;

struct made {
    double time[UNITS][MOST];
    struct ecp_train train[UNITS];
    struct ecp_dataset set;
};

static struct made *made_create(double stop)
{
    struct made *m = calloc(1, sizeof *m);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    for (size_t u = 0; u < UNITS; u++)
        m->train[u].time = m->time[u];
    m->set = (struct ecp_dataset){
        .name = "trains", .n_units = UNITS, .train = m->train, .start = 0, .stop = stop};
    return m;
}

/* Rate (Hz) with a wave of some depth; phases of units are `shared` or their own. */
static void poisson(struct made *m, double rate, double depth, double frequency, int shared)
{
    for (size_t u = 0; u < UNITS; u++) {
        struct ecp_chance chance = ecp_chance(31, 7, (uint32_t)u);
        const double phase = shared ? 0 : ecp_chance_uniform(&chance);
        double t = 0;
        m->train[u].n = 0;
        while (1) {
            t -= log(ecp_chance_uniform(&chance)) / (rate * (1 + depth)) * 1000;
            if (t >= m->set.stop || m->train[u].n == MOST)
                break;
            const double now = 1 + depth * sin(turn * (frequency * t / 1000 + phase));
            if (ecp_chance_uniform(&chance) * (1 + depth) < now)
                m->time[u][m->train[u].n++] = t;
        }
    }
}

static double value(const struct ecp_sheet *sheet, const char *field)
{
    return ecp_sheet_value(sheet, "power_spectra", field, NULL);
}

static void poisson_is_flat(void)
{
    struct made *m = made_create(100000);
    poisson(m, 40, 0, 0, 0);
    struct ecp_sheet *sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    size_t rows = 0;
    const struct ecp_table_column *power = score_column(sheet, "spectrum", "power", &rows);
    CU_ASSERT_PTR_NOT_NULL_FATAL(power);
    CU_ASSERT_EQUAL_FATAL(rows, 512);
    /* 194 segments of which half are independent, 12 units: sd of a value 1/sqrt(12 * 100). */
    for (size_t k = 0; k + 1 < rows; k++)
        CU_ASSERT(fabs(power->data[k] - 1) < 5.5 / sqrt(12 * 100.0));
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "band"), 1, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "shared_band"), 1, 0.1);
    ecp_sheet_destroy(sheet);
    free(m);
}

static void rhythms_peak_at_their_frequency(void)
{
    struct made *m = made_create(20000);
    struct ecp_sheet *sheet;
    size_t rows = 0;
    /* Periodic at 25 Hz, phases of their own: harmonics are as high, the first is told. */
    for (size_t u = 0; u < UNITS; u++) {
        m->train[u].n = 0;
        for (double t = 3.1 * (double)u; t < m->set.stop; t += 40)
            m->time[u][m->train[u].n++] = t;
    }
    sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "peak"), 25, 0.5);
    CU_ASSERT(value(sheet, "height") > 10);
    const struct ecp_table_column *power = score_column(sheet, "spectrum", "power", &rows);
    CU_ASSERT(power->data[11] < 1e-3); /* 11.7 Hz: nothing between */
    ecp_sheet_destroy(sheet);
    /* A wave of 40 Hz: alone in units; in common it adds up over them. S/rate of a wave under a
     * Hann window of length T: 1 + rate depth^2 T / 6. */
    poisson(m, 50, 0.8, 39.0625, 0);
    sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "peak"), 39.0625, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "height"), 1 + 50 * 0.64 * 1.024 / 6, 0.6);
    const double alone = value(sheet, "shared_height");
    ecp_sheet_destroy(sheet);
    poisson(m, 50, 0.8, 39.0625, 1);
    sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "shared_peak"), 39.0625, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(value(sheet, "shared_height"), 1 + UNITS * 50 * 0.64 * 1.024 / 6, 6);
    CU_ASSERT(value(sheet, "shared_height") > 3 * alone);
    ecp_sheet_destroy(sheet);
    free(m);
}

/* Two trials, one unit; sums over bins instead of a transform. */
static void sums_written_again(void)
{
    enum { BINS = 50, LENGTH = 16, HOP = LENGTH / 2 };
    static const double times[2][6] = {{1.5, 7, 7.2, 33, 60, 99.9}, {0, 20, 41, 42, 43, 90}};
    const struct ecp_train train[2] = {{6, times[0]}, {6, times[1]}};
    const size_t condition[2] = {0, 0};
    const struct ecp_dataset set = {.name = "two",
                                    .n_conditions = 1,
                                    .n_units = 1,
                                    .n_trials = 2,
                                    .trial_condition = condition,
                                    .train = train,
                                    .start = 0,
                                    .stop = 100};
    const struct score_setting setting[] = {{"bin", 2}, {"segment", 40}, {NULL, 0}};
    struct ecp_sheet *sheet = score_sheet("power_spectra", setting, 0, NULL, &set);
    double expected[LENGTH / 2] = {0}, squares = 0, segments = 0;
    const double mean = 12.0 / (2 * BINS);
    for (size_t k = 0; k < LENGTH; k++)
        squares += pow(sin(turn / 2 * (double)k / LENGTH), 4);
    for (size_t t = 0; t < 2; t++) {
        double count[BINS] = {0};
        for (size_t k = 0; k < 6; k++)
            count[(size_t)(times[t][k] / 2)]++;
        for (size_t at = 0; at + LENGTH <= BINS; at += HOP, segments++)
            for (size_t f = 1; f <= LENGTH / 2; f++) {
                double re = 0, im = 0;
                for (size_t k = 0; k < LENGTH; k++) {
                    const double w = pow(sin(turn / 2 * (double)k / LENGTH), 2);
                    re += w * (count[at + k] - mean) * cos(turn * (double)(f * k) / LENGTH);
                    im += w * (count[at + k] - mean) * sin(turn * (double)(f * k) / LENGTH);
                }
                expected[f - 1] += re * re + im * im;
            }
    }
    for (size_t f = 0; f < LENGTH / 2; f++)
        expected[f] /= 0.002 * squares * segments * (12 / 0.2);
    size_t rows = 0;
    const struct ecp_table_column *power = score_column(sheet, "spectrum", "power", &rows);
    CU_ASSERT_PTR_NOT_NULL_FATAL(power);
    CU_ASSERT_EQUAL_FATAL(rows, LENGTH / 2);
    ASSERT_NEAR(power->data, expected, LENGTH / 2, 0, 1e-12);
    const struct ecp_table_column *shared = score_column(sheet, "spectrum", "shared", &rows);
    ASSERT_NEAR(shared->data, expected, LENGTH / 2, 0, 1e-12);
    ecp_sheet_destroy(sheet);
}

static void undefined_cases_say_why(void)
{
    struct made *m = made_create(500);
    struct ecp_sheet *sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "peak"), "shorter"));
    ecp_sheet_destroy(sheet);
    m->set.stop = 5000;
    sheet = score_sheet("power_spectra", NULL, 0, NULL, &m->set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "peak"), "no spikes"));
    ecp_sheet_destroy(sheet);
    m->train[3].n = 1; /* units without spikes do not count */
    m->time[3][0] = 2000;
    const struct score_setting high[] = {{"low", 600}, {"high", 700}, {NULL, 0}};
    sheet = score_sheet("power_spectra", high, 0, NULL, &m->set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "band"), "band"));
    CU_ASSERT(!isnan(value(sheet, "peak")));
    ecp_sheet_destroy(sheet);
    const struct score_setting few[] = {{"segment", 2}, {NULL, 0}};
    sheet = score_sheet("power_spectra", few, 0, NULL, &m->set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "peak"), "four bins"));
    ecp_sheet_destroy(sheet);
    free(m);
}

ECP_TEST_MAIN("power spectra", {"Poisson is flat", poisson_is_flat},
              {"rhythms peak at their frequency", rhythms_peak_at_their_frequency},
              {"sums written again", sums_written_again},
              {"undefined cases say why", undefined_cases_say_why})
