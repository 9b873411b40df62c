/* curve.h -- hands out the curve that a test checks, to be drawn.
 *
 *     ecp_test_curve(ECP_CURVE_POINT, "stdp_pair", "ecphory", lag, change);
 *
 * adds a row to the curve stdp_pair. `./dev figures` names the folder for them in
 * ECP_CURVES and draws them by the table in tests/figures/figures.c; without it
 * nothing is written. */
#ifndef ECP_TESTS_CURVE_H
#define ECP_TESTS_CURVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

enum ecp_curve_kind {
    ECP_CURVE_LINE,  /* theory, or an independent computation */
    ECP_CURVE_POINT, /* what the engine does */
    ECP_CURVE_BAR,   /* the same, as a histogram: x is the left edge; a last bar of 0 ends it */
    ECP_CURVE_PAPER  /* a published number */
};

/* Whether somebody draws: worth runs between those that the test needs. */
static inline int ecp_test_curves_wanted(void)
{
    return getenv("ECP_CURVES") != NULL;
}

/* Rows of one kind and series make one line, or one set of points; `series` is its
 * name in the legend, without commas. */
static inline void ecp_test_curve(enum ecp_curve_kind kind, const char *curve, const char *series,
                                  double x, double y)
{
    const char *const folder = getenv("ECP_CURVES");
    char path[512];
    if (!folder)
        return;
    CU_ASSERT_PTR_NULL_FATAL(strchr(series, ','));
    (void)snprintf(path, sizeof path, "%s/%s.csv", folder, curve);
    FILE *file = fopen(path, "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fprintf(file, "%d,%s,%.9g,%.9g\n", (int)kind, series, x, y);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

#endif
