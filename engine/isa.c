#include "engine/isa.h"

#include <string.h>

static const char *const names[ECP_ISA_COUNT] = {"baseline", "avx2", "avx512"};

int ecp_isa_available(enum ecp_isa isa)
{
    if (isa == ECP_ISA_BASELINE)
        return 1;
#ifdef ECP_HAVE_X86
    __builtin_cpu_init();
    if (isa == ECP_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
               __builtin_cpu_supports("fma");
    if (isa == ECP_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && ecp_isa_available(ECP_ISA_AVX2);
#endif
    return 0;
}

enum ecp_isa ecp_isa_best(void)
{
    int isa = ECP_ISA_COUNT - 1;
    while (!ecp_isa_available((enum ecp_isa)isa))
        isa--;
    return (enum ecp_isa)isa;
}

const char *ecp_isa_name(enum ecp_isa isa)
{
    return (unsigned)isa < ECP_ISA_COUNT ? names[isa] : "unknown";
}

enum ecp_status ecp_isa_find(const char *name, enum ecp_isa *out)
{
    if (strcmp(name, "auto") == 0) {
        *out = ecp_isa_best();
        return ECP_OK;
    }
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++)
        if (strcmp(name, names[isa]) == 0) {
            if (!ecp_isa_available((enum ecp_isa)isa))
                return ecp_fail(ECP_EUSAGE,
                                "instruction set %s: this machine or build has only "
                                "up to %s",
                                name, names[ecp_isa_best()]);
            *out = (enum ecp_isa)isa;
            return ECP_OK;
        }
    return ecp_fail(ECP_EUSAGE, "instruction set \"%s\" is not known: auto, baseline, avx2, avx512",
                    name);
}
