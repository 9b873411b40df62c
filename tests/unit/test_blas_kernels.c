/* Which kernels OpenBLAS is asked for, and that the program begins anew with them. */
#include <stdlib.h>
#include <string.h>

#include "engine/blas_kernels.h"
#include "engine/isa.h"
#include "tests/support.h"

static void is_wanted(const char *now, unsigned features, const char *wanted)
{
    const char *found = ecp_blas_kernels_wanted(now, features);
    CU_ASSERT(wanted ? found && strcmp(found, wanted) == 0 : found == NULL);
}

static void only_slow_ones_are_replaced(void)
{
    const unsigned all = ECP_BLAS_AVX2 | ECP_BLAS_AVX512;
    is_wanted("Prescott", all, "SkylakeX");
    is_wanted("Prescott", ECP_BLAS_AVX2, "Haswell");
    is_wanted("Nehalem", all, "SkylakeX");
    is_wanted("Core2", ECP_BLAS_AVX2, "Haswell");
    is_wanted("Prescott", 0, NULL);
    is_wanted("Haswell", all, NULL);
    is_wanted("Zen", all, NULL);
    is_wanted("SkylakeX", all, NULL);
    is_wanted("of a later version", all, NULL);
    is_wanted(NULL, all, NULL);
}

/* This program itself, once: the variable is set then. */
static void begins_anew(void)
{
    char *argv[] = {"test_blas_kernels", NULL};
    if (!ecp_blas_kernels() || !ecp_isa_available(ECP_ISA_AVX2))
        return; /* nothing to choose from */
    if (!getenv("OPENBLAS_CORETYPE")) {
        ecp_blas_kernels_restart(argv, "Haswell");
        CU_FAIL("does not begin anew");
        return;
    }
    if (strcmp(getenv("OPENBLAS_CORETYPE"), "Haswell") == 0)
        CU_ASSERT_STRING_EQUAL(ecp_blas_kernels(), "Haswell");
    ecp_blas_kernels_choose(argv); /* not again: this test would never end */
}

ECP_TEST_MAIN("kernels of OpenBLAS", {"only slow ones are replaced", only_slow_ones_are_replaced},
              {"the program begins anew", begins_anew})
