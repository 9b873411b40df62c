/* Statistics and distances of spike trains against elephant and PySpike on recordings
 * (Aplysia; PySpike's test data; a retinal cell), and what must hold without data. */
#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/verify/reference_data.h"

enum { UNITS = 102, FEW = 8, MOST = 4096 };

/* Group Jan1312da04: seconds, 0 to 80. */
static double *aplysia(struct ecp_spikes train[UNITS])
{
    size_t n = 0;
    double *index =
        recording_numbers("aplysia/aplysia.h5", "Jan1312da04/units/spike_times_index", &n);
    CU_ASSERT_EQUAL_FATAL(n, UNITS);
    double *time = recording_numbers("aplysia/aplysia.h5", "Jan1312da04/units/spike_times", &n);
    for (size_t u = 0; u < UNITS; u++) {
        const size_t first = u > 0 ? (size_t)index[u - 1] : 0;
        train[u] = (struct ecp_spikes){time + first, (size_t)index[u] - first};
    }
    free(index);
    return time;
}

static void statistics_are_elephants(void)
{
    json_t *reference = reference_json("spikes_aplysia");
    struct ecp_spikes train[UNITS];
    double *time = aplysia(train), ours[UNITS], theirs[UNITS];
    static const char *const names[] = {"count", "cv", "cv2", "lv", "lvr_R5ms"};
    for (int f = 0; f < 5; f++) {
        char path[64];
        for (size_t u = 0; u < UNITS; u++)
            ours[u] = f == 0   ? (double)train[u].n
                      : f == 1 ? ecp_train_cv(train[u])
                      : f == 2 ? ecp_train_cv2(train[u])
                      : f == 3 ? ecp_train_lv(train[u])
                               : ecp_train_lvr(train[u], 0.005);
        (void)snprintf(path, sizeof path, "per_unit|%s", names[f]);
        CU_ASSERT_EQUAL(reference_numbers(reference, path, theirs, UNITS), UNITS);
        ASSERT_NEAR(ours, theirs, UNITS, 0, f == 0 ? 0 : 1e-12);
        if (f == 0)
            CU_ASSERT_DOUBLE_EQUAL(ecp_fano(UNITS, ours),
                                   reference_number(reference, "fanofactor_across_units"), 1e-9);
    }
    free(time);
    json_decref(reference);
}

static void counts_are_elephants(void)
{
    json_t *reference = reference_json("spikes_aplysia");
    struct ecp_spikes train[UNITS];
    double *time = aplysia(train), *bin = malloc(2 * 8000 * sizeof *bin);
    double lagged[41], theirs[64], correlation[FEW * FEW];
    CU_ASSERT_PTR_NOT_NULL_FATAL(bin);
    ecp_train_bin(train[0], 0, 0.1, 800, bin);
    CU_ASSERT_EQUAL(reference_numbers(reference, "binned_first_unit_first50", theirs, 64), 50);
    ASSERT_NEAR(bin, theirs, 50, 0, 0);
    for (size_t k = 0; k < FEW * FEW; k++) {
        ecp_train_bin(train[k / FEW], 0, 0.1, 800, bin);
        ecp_train_bin(train[k % FEW], 0, 0.1, 800, bin + 800);
        correlation[k] = ecp_correlation(800, bin, bin + 800);
    }
    CU_ASSERT_EQUAL(reference_numbers(reference, "corrcoef_100ms", theirs, 64), FEW * FEW);
    ASSERT_NEAR(correlation, theirs, FEW * FEW, 0, 1e-9);
    ecp_train_bin(train[0], 0, 0.01, 8000, bin);
    ecp_train_bin(train[1], 0, 0.01, 8000, bin + 8000);
    static const char *const kinds[] = {"cch_10ms_raw|values", "cch_10ms_border|values",
                                        "cch_10ms_coef|values"};
    for (int k = 0; k < 3; k++) {
        ecp_cross_correlogram((enum ecp_cch)k, 8000, bin, bin + 8000, 20, lagged);
        CU_ASSERT_EQUAL(reference_numbers(reference, kinds[k], theirs, 64), 41);
        ASSERT_NEAR(lagged, theirs, 41, 0, k == 0 ? 0 : 1e-9);
    }
    free(bin);
    free(time);
    json_decref(reference);
}

/* ---- pairs -------------------------------------------------------------------------------- */

enum distance { VICTOR, ROSSUM, TILING, ISI, SPIKE, SYNC };

static double distance(enum distance kind, struct ecp_spikes a, struct ecp_spikes b, double stop,
                       double extra)
{
    double coincident, all;
    switch (kind) {
    case VICTOR:
        return ecp_victor_purpura(a, b, extra);
    case ROSSUM:
        return ecp_van_rossum(a, b, extra);
    case TILING:
        return ecp_train_tiling(a, b, 0, stop, extra, 1);
    case ISI:
        return ecp_isi_distance(a, b, 0, stop, 0);
    case SPIKE:
        return ecp_spike_distance(a, b, 0, stop, 0, 0);
    default:
        ecp_spike_coincidences(a, b, 0, stop, &coincident, &all);
        return coincident / all;
    }
}

static void distances_are_the_peers(void)
{
    static const struct {
        enum distance kind;
        double extra;
        const char *path;
    } cases[] = {
        {VICTOR, 0.1, "victor_purpura|q=0.1Hz"}, {VICTOR, 1, "victor_purpura|q=1Hz"},
        {VICTOR, 10, "victor_purpura|q=10Hz"},   {VICTOR, 100, "victor_purpura|q=100Hz"},
        {ROSSUM, 0.01, "van_rossum|tau=0.01s"},  {ROSSUM, 0.1, "van_rossum|tau=0.1s"},
        {ROSSUM, 1, "van_rossum|tau=1s"},        {TILING, 0.05, "sttc_dt50ms"},
        {ISI, 0, "pyspike|isi_distance_matrix"}, {SPIKE, 0, "pyspike|spike_distance_matrix"},
        {SYNC, 0, "pyspike|spike_sync_matrix"}};
    json_t *reference = reference_json("spikes_aplysia");
    struct ecp_spikes train[UNITS];
    double *time = aplysia(train), ours[FEW * FEW], theirs[FEW * FEW];
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        for (size_t k = 0; k < FEW * FEW; k++)
            ours[k] = distance(cases[c].kind, train[k / FEW], train[k % FEW], 80, cases[c].extra);
        CU_ASSERT_EQUAL(reference_numbers(reference, cases[c].path, theirs, FEW * FEW), FEW * FEW);
        const double worst = largest_difference(ours, theirs, FEW * FEW, 0);
        if (!(worst <= 1e-9))
            (void)printf("\n  %s differs by %.3g", cases[c].path, worst);
        CU_ASSERT(worst <= 1e-9);
    }
    free(time);
    json_decref(reference);
}

static void contrast_is_elephants(void)
{
    json_t *reference = reference_json("spikes_aplysia");
    struct ecp_spikes train[UNITS];
    double *time = aplysia(train), curve[5], theirs[5];
    size_t widths = 0;
    CU_ASSERT_DOUBLE_EQUAL(ecp_spike_contrast(FEW, train, 0, 80, 0.01, curve, 5, &widths),
                           reference_number(reference, "spike_contrast|value"), 1e-9);
    CU_ASSERT_EQUAL((double)widths, reference_number(reference, "spike_contrast|n_bins"));
    (void)reference_numbers(reference, "spike_contrast|trace_first5", theirs, 5);
    ASSERT_NEAR(curve, theirs, 5, 0, 1e-9);
    free(time);
    json_decref(reference);
}

/* 40 trains of text, 0 to 4000. */
static void test_data_of_pyspike(void)
{
    char path[512], line[4096];
    double *time = malloc(MOST * sizeof *time);
    struct ecp_spikes train[40];
    size_t n = 0, used = 0;
    json_t *reference = reference_json("pyspike_testdata");
    double sums[3] = {0}, all = 0, pairs = 0;
    (void)snprintf(path, sizeof path, "%s/recordings/pyspike_test/PySpike_testdata.txt",
                   ECP_TEST_DATA);
    FILE *file = fopen(path, "r");
    CU_ASSERT_FATAL(file != NULL && time != NULL);
    while (n < 40 && fgets(line, sizeof line, file)) {
        const size_t first = used;
        char *at = line, *end;
        for (double t = strtod(at, &end); line[0] != '#' && end != at && used < MOST;
             t = strtod(at, &end)) {
            time[used++] = t;
            at = end;
        }
        if (used > first)
            train[n++] = (struct ecp_spikes){time + first, used - first};
    }
    (void)fclose(file);
    CU_ASSERT_EQUAL_FATAL(n, 40);
    for (size_t a = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++, pairs++) {
            double coincident, both;
            sums[0] += ecp_isi_distance(train[a], train[b], 0, 4000, 0);
            sums[1] += ecp_spike_distance(train[a], train[b], 0, 4000, 0, 0);
            ecp_spike_coincidences(train[a], train[b], 0, 4000, &coincident, &both);
            sums[2] += coincident;
            all += both;
        }
    CU_ASSERT_DOUBLE_EQUAL(sums[0] / pairs, reference_number(reference, "isi_distance"), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(sums[1] / pairs, reference_number(reference, "spike_distance"), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(sums[2] / all, reference_number(reference, "spike_sync"), 1e-12);
    free(time);
    json_decref(reference);
}

/* ---- without data --------------------------------------------------------------------------- */

static size_t poisson(struct ecp_chance *chance, double rate, double stop, double *time)
{
    size_t n = 0;
    for (double t = -log(ecp_chance_uniform(chance)) / rate; t < stop && n < MOST;
         t -= log(ecp_chance_uniform(chance)) / rate)
        time[n++] = t;
    return n;
}

static void poisson_has_1(void)
{
    enum { TRIES = 60 };
    double *time = malloc(MOST * sizeof *time), count[200], cv = 0, lv = 0, fano = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(time);
    for (uint32_t k = 0; k < TRIES; k++) {
        struct ecp_chance chance = ecp_chance(1, 1, k);
        const struct ecp_spikes train = {time, poisson(&chance, 20, 100, time)};
        ecp_train_bin(train, 0, 0.5, 200, count);
        cv += ecp_train_cv(train) / TRIES;
        lv += ecp_train_lv(train) / TRIES;
        fano += ecp_fano(200, count) / TRIES;
    }
    /* Errors of the means: about 1/sqrt(2000), sqrt(4/5/2000), sqrt(2/200), each over sqrt(60). */
    CU_ASSERT(fabs(cv - 1) < 4 * 0.0029);
    CU_ASSERT(fabs(lv - 1) < 4 * 0.0029);
    CU_ASSERT(fabs(fano - 199.0 / 200) < 4 * 0.013);
    free(time);
}

/* van Rossum's distance as a sum over all pairs; limits of both distances. */
static void distances_by_hand(void)
{
    double a[] = {0.1, 0.4, 0.45, 2}, b[] = {0.12, 0.45, 3}, sum = 0;
    const struct ecp_spikes x = {a, 4}, y = {b, 3}, none = {a, 0}, one = {b, 1};
    for (int s = 0; s < 3; s++) {
        const struct ecp_spikes p = s < 2 ? x : y, q = s == 0 ? x : y;
        for (size_t i = 0; i < p.n; i++)
            for (size_t j = 0; j < q.n; j++)
                sum += (s == 1 ? -2 : 1) * exp(-fabs(p.time[i] - q.time[j]) / 0.3);
    }
    CU_ASSERT_DOUBLE_EQUAL(ecp_van_rossum(x, y, 0.3), sqrt(sum), 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(ecp_van_rossum(none, one, 0.3), 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(ecp_van_rossum(x, y, 0), sqrt(5), 1e-15);
    CU_ASSERT_EQUAL(ecp_van_rossum(x, y, INFINITY), 1);
    CU_ASSERT_EQUAL(ecp_van_rossum(x, x, 0.3), 0);
    CU_ASSERT_EQUAL(ecp_victor_purpura(x, y, 0), 1);
    CU_ASSERT_EQUAL(ecp_victor_purpura(x, y, INFINITY), 5);
    CU_ASSERT_EQUAL(ecp_victor_purpura(none, y, 3), 3);
    CU_ASSERT_DOUBLE_EQUAL(ecp_victor_purpura(x, y, 1), 0.02 + 0 + 1 + 1, 1e-12);
    CU_ASSERT_EQUAL(ecp_isi_distance(x, x, 0, 4, 0), 0);
    CU_ASSERT_EQUAL(ecp_spike_distance(x, x, 0, 4, 0, 0), 0);
    CU_ASSERT_EQUAL(ecp_train_tiling(x, x, 0, 4, 0.01, 0), 1);
    CU_ASSERT(isnan(ecp_train_tiling(x, none, 0, 4, 0.01, 0)));
    CU_ASSERT(isnan(ecp_train_cv(one)) && isnan(ecp_train_lv(one)));
}

/* The window is dt wherever the recording begins; elephant's grows with time. */
static void tiling_does_not_drift(void)
{
    double a[] = {1000, 1002}, b[] = {1000.012, 1002.012};
    const struct ecp_spikes x = {a, 2}, y = {b, 2};
    CU_ASSERT(ecp_train_tiling(x, y, 999, 1003, 0.005, 0) < 0);
    CU_ASSERT(ecp_train_tiling(x, y, 999, 1003, 0.005, 1) > 0.9);
}

/* ---- as measures ------------------------------------------------------------------------------
 */

static void measures_are_put_out(void)
{
    static const char *const names[] = {"spike_trains", "spike_distances"};
    json_t *reference = reference_json("spikes_aplysia");
    struct ecp_spikes train[UNITS];
    struct ecp_train in_ms[FEW];
    struct ecp_sheet *sheet = NULL;
    double *time = aplysia(train), cv[FEW], mean = 0;
    for (size_t u = 0; u < FEW; u++) {
        for (size_t k = 0; k < train[u].n; k++)
            time[(size_t)(train[u].time - time) + k] *= 1000;
        in_ms[u] = (struct ecp_train){train[u].n, train[u].time};
    }
    const struct ecp_dataset data = {
        .name = "Aplysia", .n_units = FEW, .train = in_ms, .start = 0, .stop = 80000};
    ECP_ASSERT_OK(ecp_sheet_create(&sheet));
    for (int k = 0; k < 2; k++) {
        const struct ecp_analysis *measure;
        ECP_ASSERT_OK(ecp_analysis_find(names[k], &measure));
        const struct ecp_sheet_call call = {.measure = measure, .data = &data};
        ECP_ASSERT_OK(ecp_sheet_score(sheet, &call));
    }
    (void)reference_numbers(reference, "per_unit|cv", cv, FEW);
    for (size_t u = 0; u < FEW; u++)
        mean += cv[u] / FEW;
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "spike_trains", "cv", NULL), mean, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "spike_distances", "isi_distance", NULL),
                           reference_number(reference, "pyspike|isi_distance"), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "spike_distances", "spike_distance", NULL),
                           reference_number(reference, "pyspike|spike_distance"), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "spike_distances", "spike_sync", NULL),
                           reference_number(reference, "pyspike|spike_sync"), 1e-9);
    ecp_sheet_destroy(sheet);
    free(time);
    json_decref(reference);
}

ECP_TEST_MAIN("spike trains", {"statistics are elephant's", statistics_are_elephants},
              {"counts are elephant's", counts_are_elephants},
              {"distances are the peers'", distances_are_the_peers},
              {"contrast is elephant's", contrast_is_elephants},
              {"test data of PySpike", test_data_of_pyspike}, {"Poisson has 1", poisson_has_1},
              {"distances by hand", distances_by_hand},
              {"tiling does not drift", tiling_does_not_drift},
              {"measures are put out", measures_are_put_out})
