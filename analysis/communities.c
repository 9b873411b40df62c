#include "analysis/communities.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static enum ecp_status no_memory(size_t n)
{
    return ecp_fail(ECP_ENOMEM, "no memory for a graph of %zu nodes", n);
}

double ecp_modularity(const struct ecp_graph *g, const size_t *community, double resolution,
                      double *work)
{
    double within = 0, all = 0, square = 0;
    memset(work, 0, g->n * sizeof *work);
    for (size_t i = 0; i < g->n; i++)
        for (size_t e = g->first[i]; e < g->first[i + 1]; e++) {
            within += community[i] == community[g->to[e]] ? g->weight[e] : 0;
            work[community[i]] += g->weight[e];
            all += g->weight[e];
        }
    for (size_t c = 0; c < g->n; c++)
        square += work[c] * work[c];
    return all > 0 ? within / all - resolution * square / (all * all) : NAN;
}

/* ---- Louvain ----------------------------------------------------------------------------- */

/* A graph of its own, made smaller level by level. */
struct level {
    size_t n;
    size_t *first, *to, *of; /* of: community of each node */
    double *weight, *strength, *total, *near;
    size_t *touched, *order;
    double all; /* sum of all weights */
};

/* Moves nodes one by one to the neighbouring community that gains most; 1: any moved. */
static int move_nodes(struct level *l, double resolution, struct ecp_chance *chance)
{
    int any = 0, moved = 1;
    memset(l->total, 0, l->n * sizeof *l->total);
    memset(l->near, 0, l->n * sizeof *l->near);
    for (size_t i = 0; i < l->n; i++)
        l->total[l->of[i]] += l->strength[i];
    ecp_chance_order(chance, l->n, l->order);
    for (int pass = 0; moved && pass < 1000; pass++) {
        moved = 0;
        for (size_t k = 0; k < l->n; k++) {
            const size_t i = l->order[k], own = l->of[i];
            size_t count = 0, best = own;
            for (size_t e = l->first[i]; e < l->first[i + 1]; e++) {
                const size_t c = l->of[l->to[e]];
                if (l->to[e] == i)
                    continue;
                if (!(l->near[c] > 0))
                    l->touched[count++] = c;
                l->near[c] += l->weight[e];
            }
            l->total[own] -= l->strength[i];
            const double price = resolution * l->strength[i] / l->all;
            double most = l->near[own] - price * l->total[own] + 1e-12 * l->strength[i];
            for (size_t t = 0; t < count; t++) {
                const size_t c = l->touched[t];
                const double gain = l->near[c] - price * l->total[c];
                if (gain > most) {
                    most = gain;
                    best = c;
                }
            }
            for (size_t t = 0; t < count; t++)
                l->near[l->touched[t]] = 0;
            l->total[best] += l->strength[i];
            l->of[i] = best;
            moved |= best != own;
        }
        any |= moved;
    }
    return any;
}

/* Numbers from 0 in the order of the first node; returns how many. `number`: n. */
static size_t renumber(size_t n, size_t *of, size_t *number)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        number[k] = SIZE_MAX;
    for (size_t k = 0; k < n; k++) {
        if (number[of[k]] == SIZE_MAX)
            number[of[k]] = count++;
        of[k] = number[of[k]];
    }
    return count;
}

/* Communities (numbered, `count`) become nodes of `to`. */
static void merge(const struct level *from, size_t count, struct level *to, size_t *start)
{
    size_t edges = 0;
    memset(start, 0, (count + 1) * sizeof *start);
    for (size_t i = 0; i < from->n; i++)
        start[from->of[i] + 1]++;
    for (size_t c = 0; c < count; c++)
        start[c + 1] += start[c];
    for (size_t i = from->n; i-- > 0;) /* members of c: order[start[c] ..], ascending */
        from->order[--start[from->of[i] + 1]] = i;
    /* start[c + 1] is now where c begins */
    to->n = count;
    to->all = from->all;
    memset(from->near, 0, from->n * sizeof *from->near);
    for (size_t c = 0; c < count; c++) {
        const size_t end = c + 1 < count ? start[c + 2] : from->n;
        size_t n = 0;
        to->first[c] = edges;
        to->strength[c] = 0;
        for (size_t m = start[c + 1]; m < end; m++) {
            const size_t i = from->order[m];
            to->strength[c] += from->strength[i];
            for (size_t e = from->first[i]; e < from->first[i + 1]; e++) {
                const size_t d = from->of[from->to[e]];
                if (!(from->near[d] > 0))
                    from->touched[n++] = d;
                from->near[d] += from->weight[e];
            }
        }
        for (size_t t = 0; t < n; t++) {
            to->to[edges] = from->touched[t];
            to->weight[edges++] = from->near[from->touched[t]];
            from->near[from->touched[t]] = 0;
        }
        to->of[c] = c;
    }
    to->first[count] = edges;
}

static void level_end(struct level *l)
{
    free(l->first);
    free(l->weight);
}

static int level_begin(size_t n, size_t edges, struct level *l)
{
    l->first = malloc((4 * n + edges + 2) * sizeof *l->first);
    l->weight = malloc((edges + 3 * n + 1) * sizeof *l->weight);
    if (!l->first || !l->weight)
        return 0;
    l->to = l->first + n + 1;
    l->of = l->to + edges;
    l->touched = l->of + n;
    l->order = l->touched + n;
    l->strength = l->weight + edges;
    l->total = l->strength + n;
    l->near = l->total + n;
    return 1;
}

static void copy_graph(const struct ecp_graph *g, struct level *l)
{
    const size_t edges = g->first[g->n];
    l->n = g->n;
    l->all = 0;
    memcpy(l->first, g->first, (g->n + 1) * sizeof *l->first);
    memcpy(l->to, g->to, edges * sizeof *l->to);
    memcpy(l->weight, g->weight, edges * sizeof *l->weight);
    for (size_t i = 0; i < g->n; i++) {
        l->strength[i] = 0;
        for (size_t e = g->first[i]; e < g->first[i + 1]; e++)
            l->strength[i] += g->weight[e];
        l->all += l->strength[i];
    }
}

/* One run: level by level until nothing moves, and again from the nodes. `level`: two. */
static void run(const struct ecp_graph *g, double resolution, struct ecp_chance *chance,
                struct level *level, size_t *community, size_t *work)
{
    for (size_t i = 0; i < g->n; i++)
        community[i] = i;
    for (int again = 0; again < 100; again++) {
        copy_graph(g, &level[0]);
        memcpy(level[0].of, community, g->n * sizeof *community);
        struct level *now = &level[0], *next = &level[1];
        int moved = move_nodes(now, resolution, chance);
        if (!moved && again > 0)
            break;
        memcpy(community, now->of, g->n * sizeof *community);
        size_t count = renumber(g->n, community, work);
        for (;;) {
            (void)renumber(now->n, now->of, work);
            merge(now, count, next, work);
            if (!move_nodes(next, resolution, chance))
                break;
            count = renumber(next->n, next->of, work);
            for (size_t i = 0; i < g->n; i++)
                community[i] = next->of[community[i]];
            struct level *swap = now;
            now = next;
            next = swap;
        }
    }
    (void)renumber(g->n, community, work);
}

enum ecp_status ecp_communities(const struct ecp_graph *g, double resolution, size_t starts,
                                struct ecp_chance *chance, size_t *community, size_t *count)
{
    const size_t n = g->n, edges = g->first[n];
    struct level level[2] = {{.n = 0}, {.n = 0}};
    size_t *work = malloc((2 * n + 2) * sizeof *work), *found = work + n + 2;
    double *sum = malloc((n + 1) * sizeof *sum), best = -INFINITY;
    enum ecp_status status = ECP_OK;
    if (!work || !sum || !level_begin(n, edges, &level[0]) || !level_begin(n, edges, &level[1])) {
        status = no_memory(n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        community[i] = i;
    for (size_t k = 0; k < starts && edges > 0; k++) {
        run(g, resolution, chance, level, found, work);
        const double q = ecp_modularity(g, found, resolution, sum);
        if (q > best + 1e-12) {
            best = q;
            memcpy(community, found, n * sizeof *found);
        }
    }
    *count = renumber(n, community, work);
done:
    level_end(&level[0]);
    level_end(&level[1]);
    free(work);
    free(sum);
    return status;
}

/* ---- divisions --------------------------------------------------------------------------- */

static double entropy(size_t n, const size_t *count)
{
    double h = 0;
    for (size_t k = 0; k < n; k++)
        if (count[k] > 0)
            h -= (double)count[k] / (double)n * log((double)count[k] / (double)n);
    return h;
}

enum ecp_status ecp_mutual_information(size_t n, const size_t *a, const size_t *b, double *nmi)
{
    size_t *memory = calloc(4 * n + 2, sizeof *memory);
    if (!memory)
        return no_memory(n);
    size_t *in_a = memory, *in_b = memory + n, *start = in_b + n, *member = start + n + 1;
    for (size_t k = 0; k < n; k++) {
        in_a[a[k]]++;
        in_b[b[k]]++;
    }
    const double ha = entropy(n, in_a), hb = entropy(n, in_b);
    for (size_t c = 0; c < n; c++)
        start[c + 1] = start[c] + in_a[c];
    for (size_t k = n; k-- > 0;)
        member[start[a[k]] + --in_a[a[k]]] = k;
    double joint = 0;
    for (size_t c = 0; c < n; c++) { /* what of part c is in each part of b */
        memset(in_b, 0, n * sizeof *in_b);
        for (size_t m = start[c]; m < start[c + 1]; m++)
            in_b[b[member[m]]]++;
        if (start[c + 1] > start[c])
            joint += entropy(n, in_b);
    }
    *nmi = ha + hb > 0 ? 2 * (ha + hb - joint) / (ha + hb) : NAN;
    free(memory);
    return ECP_OK;
}

/* ---- graphs of rows ---------------------------------------------------------------------- */

static double cosine(size_t p, const double *a, const double *b)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t u = 0; u < p; u++) {
        aa += a[u] * a[u];
        bb += b[u] * b[u];
        ab += a[u] * b[u];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The k nodes most like node i, best first (lower numbers first among equals). Returns how many
 * are like it at all. */
static size_t choose(size_t n, size_t p, const double *row, size_t i, size_t k, size_t *chosen,
                     double *like)
{
    size_t count = 0;
    for (size_t j = 0; j < n; j++) {
        const double c = j == i ? 0 : cosine(p, row + i * p, row + j * p);
        if (!(c > 0) || (count == k && !(c > like[k - 1])))
            continue;
        size_t at = count < k ? count++ : k - 1;
        for (; at > 0 && like[at - 1] < c; at--) {
            like[at] = like[at - 1];
            chosen[at] = chosen[at - 1];
        }
        like[at] = c;
        chosen[at] = j;
    }
    return count;
}

static int has(const size_t *chosen, size_t count, size_t what)
{
    for (size_t k = 0; k < count; k++)
        if (chosen[k] == what)
            return 1;
    return 0;
}

enum ecp_status ecp_graph_of_rows(size_t n, size_t p, const double *row, size_t k,
                                  struct ecp_graph *out)
{
    k = k == 0 || k + 1 > n ? (n > 1 ? n - 1 : 1) : k;
    size_t *chosen = malloc((n * k + 2 * n + 1) * sizeof *chosen);
    double *like = malloc((n * k + 1) * sizeof *like);
    size_t *first = calloc(n + 2, sizeof *first), *to = NULL;
    double *weight = NULL;
    *out = (struct ecp_graph){.n = n};
    if (!chosen || !like || !first)
        goto none;
    size_t *count = chosen + n * k, *filled = count + n;
    for (size_t i = 0; i < n; i++)
        count[i] = choose(n, p, row, i, k, chosen + i * k, like + i * k);
    for (int fill = 0; fill < 2; fill++) {
        memset(filled, 0, n * sizeof *filled);
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < count[i]; c++) {
                const size_t j = chosen[i * k + c];
                if (j < i && has(chosen + j * k, count[j], i))
                    continue; /* j's turn has made it */
                if (fill) {
                    to[first[i] + filled[i]] = j;
                    to[first[j] + filled[j]] = i;
                    weight[first[i] + filled[i]] = weight[first[j] + filled[j]] = like[i * k + c];
                }
                filled[i]++;
                filled[j]++;
            }
        for (size_t i = 0; i < n && !fill; i++)
            first[i + 1] = first[i] + filled[i];
        if (!fill) {
            to = malloc((first[n] + 1) * sizeof *to);
            weight = malloc((first[n] + 1) * sizeof *weight);
        }
        if (!to || !weight)
            goto none;
    }
    *out = (struct ecp_graph){n, first, to, weight};
    free(chosen);
    free(like);
    return ECP_OK;
none:
    free(chosen);
    free(like);
    free(first);
    free(to);
    free(weight);
    return no_memory(n);
}

void ecp_graph_drop(struct ecp_graph *graph)
{
    free((void *)graph->first);
    free((void *)graph->to);
    free((void *)graph->weight);
    *graph = (struct ecp_graph){.n = 0};
}
