/* verify_level.c -- the measure of a probe's samples, on samples that are known. */
#include <math.h>

#include "engine/analysis.h"
#include "engine/neuron.h"
#include "tests/support.h"

enum { FRAMES = 21, COLUMNS = 2 };

static ecp_real data[FRAMES * COLUMNS];
static struct ecp_recorded_signal signal_ = {.probe = "x",
                                             .start = 10,
                                             .interval = 5,
                                             .n_frames = FRAMES,
                                             .n_columns = COLUMNS,
                                             .data = data};
static struct ecp_recording recording = {.dt = 0.1, .n_signals = 1, .signal = &signal_};
static double result[ECP_MAX_FIELDS];

static double value_of(const char *name)
{
    const struct ecp_analysis *a;
    ECP_ASSERT_OK(ecp_analysis_find("level", &a));
    return result[ecp_field_find(a->fields, name)];
}

static enum ecp_status measure(int which, double start, double stop)
{
    const struct ecp_analysis_call call = {
        .recording = &recording, .population = -1, .signal = which, .start = start, .stop = stop};
    const struct ecp_analysis *a;
    ECP_ASSERT_OK(ecp_analysis_find("level", &a));
    for (size_t k = 0; k < ECP_MAX_FIELDS; k++)
        result[k] = NAN;
    return a->run(&call, result);
}

/* Frame k, at 10 + 5 k ms: k - 1 and k + 1. */
static void ramp(void)
{
    for (int k = 0; k < FRAMES; k++)
        for (int c = 0; c < COLUMNS; c++)
            data[k * COLUMNS + c] = (ecp_real)(k - 1 + 2 * c);
    ECP_ASSERT_OK(measure(0, 20, 60)); /* frames 2 .. 9 */
    CU_ASSERT_DOUBLE_EQUAL(value_of("mean"), 5.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of("sd"), sqrt(5.25), 1e-12);
    CU_ASSERT_EQUAL(value_of("lowest"), 2);
    CU_ASSERT_EQUAL(value_of("highest"), 9);
    CU_ASSERT_EQUAL(value_of("last"), 9);
    CU_ASSERT_DOUBLE_EQUAL(value_of("drift"), 4 / 5.5, 1e-12);
    ECP_ASSERT_OK(measure(0, 20, 65)); /* one more: the middle one is in neither half */
    CU_ASSERT_DOUBLE_EQUAL(value_of("drift"), 5 / 6.0, 1e-12);
}

static void little(void)
{
    ECP_ASSERT_OK(measure(0, 20, 25));
    CU_ASSERT_EQUAL(value_of("mean"), 2);
    CU_ASSERT(isnan(value_of("drift")));
    ECP_ASSERT_OK(measure(0, 21, 24));
    CU_ASSERT(isnan(value_of("mean")) && isnan(value_of("last")));
    ECP_ASSERT_OK(measure(0, 500, 600));
    CU_ASSERT(isnan(value_of("mean")));
    CU_ASSERT_EQUAL(measure(-1, 0, 100), ECP_EARG);
}

ECP_TEST_MAIN("level", {"ramp", ramp}, {"little", little})
