/* support.h -- a CUnit program in one table.
 *
 *     static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     ECP_TEST_MAIN("arithmetic", {"adds", adds})
 */
#ifndef ECP_TESTS_SUPPORT_H
#define ECP_TESTS_SUPPORT_H

#include <CUnit/Basic.h>

#include "engine/status.h"

#define ECP_TEST_MAIN(title, ...)                                                                  \
    int main(void)                                                                                 \
    {                                                                                              \
        CU_TestInfo tests[] = {__VA_ARGS__, CU_TEST_INFO_NULL};                                    \
        CU_SuiteInfo suites[] = {{title, NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};      \
        if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)  \
            return 2;                                                                              \
        CU_basic_set_mode(CU_BRM_VERBOSE);                                                         \
        CU_basic_run_tests();                                                                      \
        const unsigned failed = CU_get_number_of_failures();                                       \
        CU_cleanup_registry();                                                                     \
        return failed > 0;                                                                         \
    }

/* Passes when `expression` is ECP_OK; otherwise shows the recorded sentence. */
#define ECP_ASSERT_OK(expression)                                                                  \
    do {                                                                                           \
        const enum ecp_status ecp_assert_status = (expression);                                    \
        if (ecp_assert_status != ECP_OK)                                                           \
            (void)printf("\n  %s: %s", #expression, ecp_error_message());                          \
        CU_ASSERT_EQUAL_FATAL(ecp_assert_status, ECP_OK);                                          \
    } while (0)

#endif
