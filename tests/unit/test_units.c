/* Quantities with units, and the names that a user probably meant. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_units.h"
#include "engine/names.h"
#include "engine/units.h"
#include "tests/support.h"

static const struct {
    const char *text, *unit;
    double value;
} good[] = {{"20 ms", "ms", 20},   {"20ms", "ms", 20},        {"  20  ms  ", "ms", 20},
            {"12", "ms", 12},      {"-3.5e-2", "mV", -0.035}, {"0.02 s", "ms", 20},
            {"3 us", "ms", 0.003}, {"0.5 nA", "pA", 500},     {"1e-3 uA", "pA", 1000},
            {"8 kHz", "Hz", 8000}, {"8 Hz", "Hz", 8},         {"8 1/s", "Hz", 8},
            {"8 s-1", "Hz", 8},    {"0.25 nF", "pF", 250},    {"30 nS", "nS", 30},
            {"0.03 uS", "nS", 30}, {"300 um", "mm", 0.3},     {"300 \xC2\xB5m", "mm", 0.3},
            {"1 cm", "mm", 10},    {"-55 mV", "mV", -55},     {"-0.055 V", "mV", -55},
            {"5", "1", 5},         {"5 %", "1", 0.05},        {"2 minutes", "ms", 120000},
            {"0.1 ms", "ms", 0.1}, {"100 us", "ms", 0.1},     {"1.5 millisecond", "ms", 1.5}};

static void reads_quantities(void)
{
    for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
        double value = NAN;
        ECP_ASSERT_OK(ecp_units_read(good[k].text, good[k].unit, &value));
        if (value != good[k].value)
            (void)printf("\n  %s in %s: %.17g", good[k].text, good[k].unit, value);
        CU_ASSERT_EQUAL(value, good[k].value); /* to the last bit: "3 us" is 0.003 ms */
    }
}

static const struct {
    const char *text, *unit, *sentence;
} bad[] = {
    {"5 mV", "ms", "found \"5 mV\", and mV cannot become ms; allowed: a number in ms"},
    {"5 Hz", "ms", "found \"5 Hz\", and Hz cannot become ms; allowed: a number in ms"},
    {"5 ms", "Hz", "found \"5 ms\", and ms cannot become Hz; allowed: a number in Hz"},
    {"5 Ohm", "nS", "found \"5 Ohm\", and Ohm cannot become nS; allowed: a number in nS"},
    {"5 ms", "1",
     "found \"5 ms\", and ms cannot become a plain number; allowed: a plain number without unit"},
    {"5 msx", "ms", "found \"5 msx\", and \"msx\" is no known unit; allowed: a number in ms"},
    {"fast", "ms", "found \"fast\"; allowed: a number in ms, as \"20 ms\""},
    {"", "ms", "found \"\"; allowed: a number in ms, as \"20 ms\""},
    {"ms", "ms", "found \"ms\"; allowed: a number in ms, as \"20 ms\""},
    {"nan", "ms", "found \"nan\"; allowed: a number in ms, as \"20 ms\""},
    {"inf ms", "ms", "found \"inf ms\"; allowed: a number in ms, as \"20 ms\""},
    {"1e300 s", "1",
     "found \"1e300 s\", and s cannot become a plain number; allowed: a plain "
     "number without unit"},
    {"1e308 s", "ms", "found \"1e308 s\"; allowed: a number in ms, as \"20 ms\""},
    {"5 6", "ms", "found \"5 6\"; allowed: a number in ms, as \"20 ms\""},
    {"5 -ms", "ms", "found \"5 -ms\"; allowed: a number in ms, as \"20 ms\""},
    {"x", "1", "found \"x\"; allowed: a plain number without unit"}};

static void refuses_others(void)
{
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        double value = 77;
        CU_ASSERT_EQUAL(ecp_units_read(bad[k].text, bad[k].unit, &value), ECP_ECONFIG);
        CU_ASSERT_STRING_EQUAL(ecp_error_message(), bad[k].sentence);
        CU_ASSERT_EQUAL(value, 77);
        ecp_error_clear();
    }
}

/* One load of the tables serves many quantities; nothing is printed. */
static void converts_many(void)
{
    struct ecp_units *units = NULL;
    double value = 0, sum = 0;
    ECP_ASSERT_OK(ecp_units_create(&units));
    for (int k = 0; k < 1000; k++) {
        ECP_ASSERT_OK(ecp_units_convert(units, "1 s", "ms", &value));
        sum += value;
    }
    CU_ASSERT_EQUAL(sum, 1e6);
    CU_ASSERT_EQUAL(ecp_units_convert(units, "1 furlongg", "mm", &value), ECP_ECONFIG);
    ecp_error_clear();
    ecp_units_destroy(units);
    ecp_units_destroy(NULL);
}

static void names_what_was_meant(void)
{
    static const char *const names[] = {"tau_m", "tau_syn", "v_th", "v_reset", "E", "i"};
    static const struct {
        const char *wrong, *nearest;
    } cases[] = {
        {"tau_n", "tau_m"},   {"tua_m", "tau_m"},   {"TAU_M", "tau_m"}, {"v_rest", "v_reset"},
        {"reset", "v_reset"}, {"vth", "v_th"},      {"e", "E"},         {"x", NULL},
        {"", NULL},           {"conductance", NULL}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const char *nearest = ecp_names_nearest(cases[k].wrong, names, 6);
        CU_ASSERT_EQUAL(nearest == NULL, cases[k].nearest == NULL);
        if (nearest && cases[k].nearest)
            CU_ASSERT_STRING_EQUAL(nearest, cases[k].nearest);
    }
    CU_ASSERT_PTR_NULL(ecp_names_nearest("tau_m", names, 0));
}

ECP_TEST_MAIN("units and names", {"reads quantities", reads_quantities},
              {"refuses others", refuses_others}, {"converts many", converts_many},
              {"names what was meant", names_what_was_meant})
