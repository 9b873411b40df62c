/* config_case.h -- texts that are refused, and the sentence each one gets. */
#ifndef ECP_TESTS_CONFIG_CASE_H
#define ECP_TESTS_CONFIG_CASE_H

#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "tests/support.h"

struct config_case {
    const char *text;
    enum ecp_status status;
    const char *sentence;
};

#define NETWORK(text)                                                                              \
    "populations = { E = { model = \"lif\"; size = 100; }; I = { model = \"lif\"; size = 20; };\n" \
    " P = { model = \"poisson\"; size = 5; }; };\n" text
#define RUN(text) "duration = 100;\n" NETWORK(text)
#define IN_E(text)                                                                                 \
    "duration = 100;\npopulations = { E = {\n model = \"lif\"; size = 4;\n " text " }; };"
#define BRUNEL(text) "scenario = \"brunel\";\n" text

/* A sentence that another part writes is only compared up to a "*". */
static inline int is_sentence(const char *found, const char *wanted)
{
    const size_t n = strlen(wanted);
    if (n > 0 && wanted[n - 1] == '*')
        return strncmp(found, wanted, n - 1) == 0 && strlen(found) > n - 1;
    return strcmp(found, wanted) == 0;
}

/* On failure nothing is made, and exactly this sentence is recorded. */
static inline void check_refused(const struct config_case *c)
{
    struct ecp_plan *const untouched = (struct ecp_plan *)(void *)&untouched;
    struct ecp_plan *plan = untouched;
    const enum ecp_status status = ecp_config_parse(c->text, "x.cfg", NULL, 0, &plan);
    const int good = status == c->status && is_sentence(ecp_error_message(), c->sentence);
    if (!good)
        (void)printf("\n  %s\n  found  %s\n  wanted %s\n", c->text, ecp_error_message(),
                     c->sentence);
    CU_ASSERT_TRUE(good);
    CU_ASSERT_PTR_EQUAL(plan, untouched);
    if (status == ECP_OK)
        ecp_plan_destroy(plan);
    ecp_error_clear();
}

#define CHECK(cases)                                                                               \
    do {                                                                                           \
        for (size_t check_k = 0; check_k < sizeof(cases) / sizeof((cases)[0]); check_k++)          \
            check_refused(&(cases)[check_k]);                                                      \
    } while (0)

#endif
