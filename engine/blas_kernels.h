/* blas_kernels.h -- OpenBLAS with the kernels that suit the processor.
 *
 * OpenBLAS looks up the processor's model in a list. A model that is newer than the list gets
 * kernels of 2004 (Prescott), four times slower. It reads OPENBLAS_CORETYPE while it is loaded,
 * which is before any line of this program: to set it, the program must begin again. */
#ifndef ECP_BLAS_KERNELS_H
#define ECP_BLAS_KERNELS_H

/* What the processor has. */
enum { ECP_BLAS_AVX2 = 1 /* and FMA */, ECP_BLAS_AVX512 = 2 /* F, DQ, BW and VL */ };

/* OPENBLAS_CORETYPE for a processor with `features` on which OpenBLAS took the kernels `now`:
 * "SkylakeX" or "Haswell" where it took some without AVX2; NULL: leave it (also where `now` is
 * NULL or not known). */
const char *ecp_blas_kernels_wanted(const char *now, unsigned features);

/* The kernels that are in use, or NULL: another library than OpenBLAS. */
const char *ecp_blas_kernels(void);

/* First of all in `main`: where OpenBLAS took slow kernels, set OPENBLAS_CORETYPE and run the
 * program anew with the same arguments (some 20 ms). Does nothing where the variable is set (so it
 * happens once), where ECP_NO_REEXEC is, under valgrind, and where it does not work. */
void ecp_blas_kernels_choose(char **argv);

/* The second half of it: returns only on failure. */
void ecp_blas_kernels_restart(char **argv, const char *kernels);

#endif
