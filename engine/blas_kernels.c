#include "engine/blas_kernels.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NULL where another BLAS is linked. */
extern char *openblas_get_corename(void) __attribute__((weak));

static const char VARIABLE[] = "OPENBLAS_CORETYPE";

const char *ecp_blas_kernels_wanted(const char *now, unsigned features)
{
    static const char *const slow[] = {
        "Katmai",       "Coppermine", "Northwood",  "Prescott", "Banias",    "Atom",
        "Core2",        "Penryn",     "Dunnington", "Nehalem",  "Athlon",    "Opteron",
        "Opteron_SSE3", "Barcelona",  "Nano",       "Bobcat",   "Bulldozer", "Piledriver",
        "Steamroller",  "Excavator",  "Sandybridge"};
    for (size_t k = 0; now && k < sizeof slow / sizeof slow[0]; k++)
        if (strcmp(now, slow[k]) == 0)
            return features & ECP_BLAS_AVX512 ? "SkylakeX"
                   : features & ECP_BLAS_AVX2 ? "Haswell"
                                              : NULL;
    return NULL;
}

const char *ecp_blas_kernels(void)
{
    return openblas_get_corename ? openblas_get_corename() : NULL;
}

static unsigned features_here(void)
{
    unsigned features = 0;
#ifdef ECP_HAVE_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        features |= ECP_BLAS_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        features |= ECP_BLAS_AVX512;
#endif
    return features;
}

/* It would not follow the program, and nothing would be checked. */
static int is_under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return preload && strstr(preload, "vgpreload");
}

void ecp_blas_kernels_restart(char **argv, const char *kernels)
{
    if (setenv(VARIABLE, kernels, 1) != 0)
        return;
    (void)execv("/proc/self/exe", argv);
    (void)unsetenv(VARIABLE);
}

void ecp_blas_kernels_choose(char **argv)
{
    const char *wanted = ecp_blas_kernels_wanted(ecp_blas_kernels(), features_here());
    if (wanted && !getenv(VARIABLE) && !getenv("ECP_NO_REEXEC") && !is_under_valgrind())
        ecp_blas_kernels_restart(argv, wanted);
}
