/* communities.h -- parts of a weighted graph that hang together. */
#ifndef ECP_ANALYSIS_COMMUNITIES_H
#define ECP_ANALYSIS_COMMUNITIES_H

#include <stddef.h>

#include "engine/chance.h"
#include "engine/status.h"

/* Undirected: every edge stands with both of its ends; an edge of a node with itself once, with
 * twice its weight. Weights are positive. */
struct ecp_graph {
    size_t n;
    const size_t *first; /* n + 1: edges of node k are first[k] .. first[k + 1] - 1 */
    const size_t *to;
    const double *weight;
};

/* sum_c (in_c/2m - resolution (k_c/2m)^2): weight within communities against that of random
 * edges of the same strengths. NAN: no edges. O(edges). `work`: n doubles. */
double ecp_modularity(const struct ecp_graph *graph, const size_t *community, double resolution,
                      double *work);

/* The division with the largest modularity that `starts` runs of Louvain's method find, each
 * repeated from its own result until nothing changes; communities are numbered by their first
 * node. *count: how many. O(edges) a pass, memory linear. ECP_ENOMEM. (Blondel et al. 2008,
 * doi:10.1088/1742-5468/2008/10/P10008) */
enum ecp_status ecp_communities(const struct ecp_graph *graph, double resolution, size_t starts,
                                struct ecp_chance *chance, size_t *community, size_t *count);

/* Normalised mutual information 2 I/(H + H') of two divisions of n, numbered below n; NAN where
 * both have one part. ECP_ENOMEM. */
enum ecp_status ecp_mutual_information(size_t n, const size_t *a, const size_t *b, double *nmi);

/* Units by the cosine of their rows (n x p, not negative): each with the `k` most alike (k 0:
 * all), an edge where either has chosen the other and the cosine is positive. malloc'd;
 * ecp_graph_drop frees. ECP_ENOMEM. O(n^2 (p + log k)); memory n k. */
enum ecp_status ecp_graph_of_rows(size_t n, size_t p, const double *row, size_t k,
                                  struct ecp_graph *out);
void ecp_graph_drop(struct ecp_graph *graph);

#endif
