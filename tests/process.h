/* process.h -- the memory of this process, for tests of forecasts. */
#ifndef ECP_TESTS_PROCESS_H
#define ECP_TESTS_PROCESS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ECP_TEST_PADDED 1 /* by the sanitizer */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define ECP_TEST_PADDED 1
#endif
#endif
#ifndef ECP_TEST_PADDED
#define ECP_TEST_PADDED 0
#endif

/* Bytes under "VmRSS:" or "VmHWM:" of /proc/self/status; NAN where there is none. */
static inline double ecp_test_process_bytes(const char *key)
{
    char line[256];
    double kb = NAN;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kb = strtod(line + strlen(key), NULL);
    if (file)
        (void)fclose(file);
    return kb * 1024;
}

/* Begin to measure the peak anew; 0: this system cannot. */
static inline int ecp_test_forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");
    const int good = file && fputs("5", file) >= 0;
    return (file && fclose(file) == 0) && good;
}

#endif
