/* feature_map.h -- phi: what keys and queries become before a linear attention compares
 * them by phi(q).phi(k).
 *
 * x is a vector of d numbers times `scale`, w_j one of m random directions:
 *
 *   identity   x                                                              d features
 *   elu        x + 1 where x > 0, exp(x) elsewhere                            d
 *   dpfp       r = [max(x, 0), max(-x, 0)]; r times r moved on by 1 .. nu places   2 d nu
 *   favor      [exp(u - o), exp(-u - o)], u_j = w_j.x,
 *              o = |x|^2/2 + ln(m)/2 + ln(2)/2                                2 m
 *   performer  exp(w_j.x - |x|^2/2) / sqrt(m)                                 m
 *   cosine     sqrt(2/m) cos(w_j.x + b_j) exp(|x|^2/2), b in (0, 2 pi)        m
 *   linear     1 + w_j.x - |x|^2/2 - ln(m)/2                                  m
 *   truncated  min(exp(w_j.x), 150)                                           m
 *
 * favor, performer and cosine estimate exp(q.k) without bias. Directions are normal, or,
 * where `orthogonal` is set, orthogonal in blocks of d, of chi_d distributed lengths; they
 * follow from the seed and the number of the draw and stay until ecp_feature_map_redraw.
 *
 * References: elu Katharopoulos et al. 2020; dpfp Schlag, Irie & Schmidhuber 2021; favor
 * Choromanski et al. 2021; performer to truncated as in Kozachkov, Kastanenka & Krotov
 * 2023. */
#ifndef ECP_FEATURE_MAP_H
#define ECP_FEATURE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

enum ecp_feature_kind {
    ECP_FEATURE_IDENTITY,
    ECP_FEATURE_ELU,
    ECP_FEATURE_DPFP,
    ECP_FEATURE_FAVOR,
    ECP_FEATURE_PERFORMER,
    ECP_FEATURE_COSINE,
    ECP_FEATURE_LINEAR,
    ECP_FEATURE_TRUNCATED
};
/* For a choice parameter: its position is the kind. */
#define ECP_FEATURE_WORDS "identity elu dpfp favor performer cosine linear truncated"
enum { ECP_FEATURE_LAST = ECP_FEATURE_TRUNCATED };

struct ecp_feature_setup {
    enum ecp_feature_kind kind;
    size_t inputs;   /* d >= 1 */
    size_t nu;       /* dpfp: 1 .. 2 d - 1 */
    size_t random;   /* m >= 1, of the maps with directions */
    int orthogonal;  /* of the directions */
    double scale;    /* of x before all else; 0: 1 */
    uint64_t seed;   /* of the directions */
    uint32_t number; /* of the draw */
};

struct ecp_feature_map;

/* ECP_ECONFIG (sizes), ECP_ENOMEM. */
enum ecp_status ecp_feature_map_create(const struct ecp_feature_setup *setup,
                                       struct ecp_feature_map **out);
void ecp_feature_map_destroy(struct ecp_feature_map *map); /* NULL is fine */

/* How many features; whether none is ever negative; whether the map has directions. */
size_t ecp_feature_map_size(const struct ecp_feature_map *map);
int ecp_feature_map_positive(enum ecp_feature_kind kind);
int ecp_feature_map_random(enum ecp_feature_kind kind);

/* Other directions, as if created with this number. */
void ecp_feature_map_redraw(struct ecp_feature_map *map, uint32_t number);
/* m x d, row-major; NULL where there are none. */
const double *ecp_feature_map_directions(const struct ecp_feature_map *map);

/* x: n x d; features: n x size, without gaps. On all threads; the same bits on any number
 * of them. Large x overflow to infinity or vanish to 0 in favor: see what comes. */
void ecp_feature_map_apply(const struct ecp_feature_map *map, size_t n, const double *x,
                           double *features);

/* Derivatives back through the map: given `features` (as apply gave them) and dL/dfeatures
 * (n x size), writes dL/dx (n x d). ECP_ENOMEM. */
enum ecp_status ecp_feature_map_pull(const struct ecp_feature_map *map, size_t n, const double *x,
                                     const double *features, const double *d_features, double *d_x);

#endif
