/* isa.h -- one program, several instruction sets.
 *
 * The files with hot loops (models and kernels) are compiled once for each
 * instruction set with ECP_ISA set to its name; ECP_VARIANT gives their
 * exported tables a name of their own. All variants compute the same bits. */
#ifndef ECP_ISA_H
#define ECP_ISA_H

#include "engine/status.h"

#ifndef ECP_ISA
#define ECP_ISA baseline
#endif

#define ECP_PASTE2(name, isa) name##_##isa
#define ECP_PASTE(name, isa)  ECP_PASTE2(name, isa)
#define ECP_VARIANT(name)     ECP_PASTE(name, ECP_ISA)

enum ecp_isa { ECP_ISA_BASELINE, ECP_ISA_AVX2, ECP_ISA_AVX512, ECP_ISA_COUNT };

/* The widest set that this machine and this build both have. */
enum ecp_isa ecp_isa_best(void);

/* 1 when this machine and this build have `isa`. */
int ecp_isa_available(enum ecp_isa isa);

const char *ecp_isa_name(enum ecp_isa isa);

/* "auto", "baseline", "avx2" or "avx512"; ECP_EUSAGE names what there is. */
enum ecp_status ecp_isa_find(const char *name, enum ecp_isa *out);

#endif
