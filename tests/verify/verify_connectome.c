/* The dynamic functional connectome: planted factors and communities, modularity by its
 * definition, and a recording from end to end. */
#include <stdlib.h>

#include "analysis/communities.h"
#include "analysis/factorise.h"
#include "engine/chance.h"
#include "tests/verify/reference_data.h"
#include "tests/verify/scoring.h"

/* ---- factors ----------------------------------------------------------------------------- */

/* Rank `rank`, each component active in a third of each dimension or so; relative noise. */
static void plant(const struct ecp_tensor *t, size_t rank, double noise, uint32_t number,
                  double *factor, double *x)
{
    struct ecp_chance chance = ecp_chance(31, 1, number);
    const size_t *n = t->n, size = n[0] * n[1] * n[2];
    const double *a = factor, *b = a + n[0] * rank, *c = b + n[1] * rank;
    double square = 0;
    for (size_t k = 0; k < ecp_factor_size(t, rank); k++)
        factor[k] = fmax(ecp_chance_normal(&chance) + 0.3, 0);
    for (size_t k = 0; k < size; k++) {
        x[k] = 0;
        for (size_t r = 0; r < rank; r++)
            x[k] += a[k / (n[1] * n[2]) * rank + r] * b[k / n[2] % n[1] * rank + r] *
                    c[k % n[2] * rank + r];
        square += x[k] * x[k];
    }
    for (size_t k = 0; k < size; k++)
        x[k] = fmax(x[k] + noise * sqrt(square / (double)size) * ecp_chance_normal(&chance), 0);
}

static double naive_error(const struct ecp_tensor *t, size_t rank, const double *f)
{
    const size_t *n = t->n;
    const double *a = f, *b = a + n[0] * rank, *c = b + n[1] * rank;
    double error = 0, square = 0;
    for (size_t i = 0; i < n[0]; i++)
        for (size_t j = 0; j < n[1]; j++)
            for (size_t k = 0; k < n[2]; k++) {
                const double x = t->x[(i * n[1] + j) * n[2] + k];
                double model = 0;
                for (size_t r = 0; r < rank; r++)
                    model += a[i * rank + r] * b[j * rank + r] * c[k * rank + r];
                error += (x - model) * (x - model);
                square += x * x;
            }
    return sqrt(error / square);
}

static void planted_factors_are_found(void)
{
    enum { N = 30, M = 14, T = 20, RANK = 4, SIZE = N * M * T, FACTORS = (N + M + T) * RANK };
    static double x[SIZE], planted[FACTORS], found[FACTORS];
    const struct ecp_tensor t = {{N, M, T}, x};
    const struct ecp_factorising how = {RANK, 3000, 1e-10};
    for (int noisy = 0; noisy < 2; noisy++) {
        double best = 1, best_match = 0;
        plant(&t, RANK, noisy ? 0.1 : 0, 1, planted, x);
        for (uint32_t start = 0; start < 5; start++) {
            struct ecp_chance chance = ecp_chance(32, 1, start);
            double error, match;
            ECP_ASSERT_OK(ecp_factorise(&how, &t, &chance, found, &error));
            ECP_ASSERT_OK(ecp_factor_match(&t, RANK, planted, found, &match));
            CU_ASSERT_DOUBLE_EQUAL(error, naive_error(&t, RANK, found), 1e-6);
            for (size_t k = 0; k < FACTORS; k++)
                CU_ASSERT(found[k] >= 0);
            for (size_t k = 0; k < T * RANK; k += RANK) /* columns of c have length 1 */
                best_match = error < best ? match : best_match;
            best = fmin(best, error);
        }
        CU_ASSERT(noisy ? best < 0.1 : best < 1e-3);
        CU_ASSERT(noisy ? best_match > 0.98 : best_match > 0.9999);
    }
    double length = 0;
    for (size_t k = 0; k < T; k++)
        length += found[(N + M + k) * RANK] * found[(N + M + k) * RANK];
    CU_ASSERT_DOUBLE_EQUAL(length, 1, 1e-12);
}

/* ---- communities ------------------------------------------------------------------------- */

enum { MOST_NODES = 125 };

/* Zero weights are no edges. */
static struct ecp_graph graph_of(size_t n, const double *w)
{
    size_t *first = calloc(n + 1, sizeof *first), *to = malloc((n * n + 1) * sizeof *to);
    double *weight = malloc((n * n + 1) * sizeof *weight);
    CU_ASSERT_FATAL(first && to && weight);
    for (size_t i = 0; i < n; i++) {
        first[i + 1] = first[i];
        for (size_t j = 0; j < n; j++)
            if (w[i * n + j] > 0) {
                to[first[i + 1]] = j;
                weight[first[i + 1]++] = w[i * n + j];
            }
    }
    return (struct ecp_graph){n, first, to, weight};
}

static double naive_modularity(size_t n, const double *w, const size_t *of, double resolution)
{
    double all = 0, q = 0;
    for (size_t k = 0; k < n * n; k++)
        all += w[k];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double ki = 0, kj = 0;
            for (size_t k = 0; k < n; k++) {
                ki += w[i * n + k];
                kj += w[j * n + k];
            }
            q += of[i] == of[j] ? (w[i * n + j] - resolution * ki * kj / all) / all : 0;
        }
    return q;
}

/* The best of all divisions of n nodes, by going through them. */
static double best_division(size_t n, const double *w, size_t at, size_t used, size_t *of)
{
    double best = -INFINITY;
    if (at == n)
        return naive_modularity(n, w, of, 1);
    for (of[at] = 0; of[at] <= used; of[at]++) {
        const size_t now = of[at];
        best = fmax(best, best_division(n, w, at + 1, used + (now == used), of));
        of[at] = now;
    }
    return best;
}

static void modularity_is_its_definition(void)
{
    enum { N = 8 };
    for (uint32_t t = 0; t < 12; t++) {
        struct ecp_chance chance = ecp_chance(33, 1, t);
        double w[N * N], work[N];
        size_t of[N], any[N], count;
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * N + j] = w[j * N + i] =
                    ecp_chance_uniform(&chance) < 0.5 ? ecp_chance_uniform(&chance) : 0;
        struct ecp_graph graph = graph_of(N, w);
        for (size_t i = 0; i < N; i++)
            any[i] = ecp_chance_below(&chance, 4);
        CU_ASSERT_DOUBLE_EQUAL(ecp_modularity(&graph, any, 0.7, work),
                               naive_modularity(N, w, any, 0.7), 1e-13);
        ECP_ASSERT_OK(ecp_communities(&graph, 1, 10, &chance, of, &count));
        const double found = ecp_modularity(&graph, of, 1, work);
        CU_ASSERT_DOUBLE_EQUAL(found, best_division(N, w, 0, 0, any), 1e-12);
        ecp_graph_drop(&graph);
    }
}

/* Zachary's karate club: the best division has 4 parts and modularity 0.41979 (Brandes et
 * al. 2008, doi:10.1109/TKDE.2007.190689). */
static void karate_club_is_divided(void)
{
    static const char *const friends[] = {"1 2 3 4 5 6 7 8 10 11 12 13 17 19 21 31",
                                          "2 3 7 13 17 19 21 30",
                                          "3 7 8 9 13 27 28 32",
                                          "7 12 13",
                                          "6 10",
                                          "6 10 16",
                                          "16",
                                          "",
                                          "30 32 33",
                                          "33",
                                          "",
                                          "",
                                          "",
                                          "33",
                                          "32 33",
                                          "32 33",
                                          "",
                                          "",
                                          "32 33",
                                          "33",
                                          "32 33",
                                          "",
                                          "32 33",
                                          "25 27 29 32 33",
                                          "25 27 31",
                                          "31",
                                          "29 33",
                                          "33",
                                          "31 33",
                                          "32 33",
                                          "32 33",
                                          "32 33",
                                          "33",
                                          ""};
    enum { N = 34 };
    double w[N * N] = {0}, work[N], edges = 0;
    size_t of[N], count;
    struct ecp_chance chance = ecp_chance(34, 1, 0);
    for (size_t i = 0; i < N; i++) {
        const char *at = friends[i];
        for (char *end; *at; at = end + (*end == ' ')) {
            const size_t j = strtoul(at, &end, 10);
            w[i * N + j] = w[j * N + i] = 1;
            edges++;
        }
    }
    CU_ASSERT_EQUAL(edges, 78);
    struct ecp_graph graph = graph_of(N, w);
    ECP_ASSERT_OK(ecp_communities(&graph, 1, 10, &chance, of, &count));
    CU_ASSERT_DOUBLE_EQUAL(ecp_modularity(&graph, of, 1, work), 0.419790, 1e-6);
    CU_ASSERT_EQUAL(count, 4);
    ecp_graph_drop(&graph);
}

/* As the benchmark of Lancichinetti et al.: 125 nodes of mean degree 25, at most 100, sizes of
 * communities and degrees by power laws (1 and 2); a share `mixing` of edges, and of the weight
 * on them, leads out. Returns how many communities. */
static size_t benchmark(double mixing, uint32_t number, double *w, size_t *of)
{
    enum { N = MOST_NODES };
    struct ecp_chance chance = ecp_chance(35, 1, number);
    double degree[N], inside[N] = {0}, sum = 0, all = 0;
    size_t count = 0;
    for (size_t k = 0; k < N; count++) {
        size_t size = (size_t)(15 * pow(40.0 / 15, ecp_chance_uniform(&chance)));
        size = N - k < size + 15 ? N - k : size;
        for (size_t m = 0; m < size; m++)
            of[k++] = count;
    }
    for (size_t k = 0; k < N; k++) {
        const double u = ecp_chance_uniform(&chance);
        degree[k] = 1 / (1 / 12.0 + u * (1 / 100.0 - 1 / 12.0));
        sum += degree[k];
    }
    for (size_t k = 0; k < N; k++) {
        degree[k] *= 25 * N / sum;
        inside[of[k]] += degree[k];
        all += degree[k];
    }
    memset(w, 0, (size_t)N * N * sizeof *w);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++) {
            const int same = of[i] == of[j];
            const double p = degree[i] * degree[j] *
                             (same ? (1 - mixing) / inside[of[i]] : mixing / (all - inside[of[i]]));
            const double weight =
                (same ? 1 - mixing : mixing) * (0.5 + ecp_chance_uniform(&chance));
            if (ecp_chance_uniform(&chance) < p)
                w[i * N + j] = w[j * N + i] = weight;
        }
    return count;
}

static void benchmarks_are_divided(void)
{
    enum { GRAPHS = 6 };
    static const double mixing[] = {0.1, 0.3, 0.45, 0.8};
    static double w[MOST_NODES * MOST_NODES];
    double mean[4] = {0, 0, 0, 0};
    for (size_t m = 0; m < 4; m++)
        for (uint32_t k = 0; k < GRAPHS; k++) {
            size_t planted[MOST_NODES], of[MOST_NODES], again[MOST_NODES], count;
            double nmi = NAN;
            struct ecp_chance chance = ecp_chance(36, 1, k), same = chance;
            (void)benchmark(mixing[m], k, w, planted);
            struct ecp_graph graph = graph_of(MOST_NODES, w);
            ECP_ASSERT_OK(ecp_communities(&graph, 1, 5, &chance, of, &count));
            ECP_ASSERT_OK(ecp_mutual_information(MOST_NODES, planted, of, &nmi));
            ECP_ASSERT_OK(ecp_communities(&graph, 1, 5, &same, again, &count));
            CU_ASSERT(memcmp(of, again, sizeof of) == 0);
            mean[m] += nmi / GRAPHS;
            ecp_graph_drop(&graph);
        }
    (void)printf("\n  mutual information at mixing 0.1, 0.3, 0.45, 0.8: %.3f %.3f %.3f %.3f ",
                 mean[0], mean[1], mean[2], mean[3]);
    CU_ASSERT(mean[0] > 0.99 && mean[1] > 0.97 && mean[2] > 0.8 && mean[3] < 0.5);
}

static void mutual_information_by_hand(void)
{
    const size_t a[] = {0, 0, 0, 1, 1, 1}, b[] = {2, 2, 2, 0, 0, 0}, c[] = {0, 0, 1, 1, 2, 2};
    const size_t one[] = {0, 0, 0, 0, 0, 0};
    double nmi;
    ECP_ASSERT_OK(ecp_mutual_information(6, a, b, &nmi));
    CU_ASSERT_DOUBLE_EQUAL(nmi, 1, 1e-14);
    /* I = 2/3 ln 2: half of c's parts tell a, one does not. */
    ECP_ASSERT_OK(ecp_mutual_information(6, a, c, &nmi));
    CU_ASSERT_DOUBLE_EQUAL(nmi, 2 * (2.0 / 3 * log(2)) / (log(2) + log(3)), 1e-14);
    ECP_ASSERT_OK(ecp_mutual_information(6, a, one, &nmi));
    CU_ASSERT_DOUBLE_EQUAL(nmi, 0, 1e-14);
    ECP_ASSERT_OK(ecp_mutual_information(6, one, one, &nmi));
    CU_ASSERT(isnan(nmi));
}

/* Edges to the most alike, from a full table of cosines. */
static void rows_are_joined_with_their_neighbours(void)
{
    enum { N = 20, P = 3, K = 4 };
    double row[N * P], like[N * N];
    struct ecp_chance chance = ecp_chance(37, 1, 0);
    struct ecp_graph graph;
    size_t edges = 0;
    for (size_t k = 0; k < N * P; k++)
        row[k] = ecp_chance_uniform(&chance);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double ab = 0, aa = 0, bb = 0;
            for (size_t u = 0; u < P; u++) {
                ab += row[i * P + u] * row[j * P + u];
                aa += row[i * P + u] * row[i * P + u];
                bb += row[j * P + u] * row[j * P + u];
            }
            like[i * N + j] = ab / sqrt(aa * bb);
        }
    ECP_ASSERT_OK(ecp_graph_of_rows(N, P, row, K, &graph));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            size_t better[2] = {0, 0}, there = 0;
            for (size_t k = 0; k < N; k++) {
                better[0] += k != i && like[i * N + k] > like[i * N + j];
                better[1] += k != j && like[j * N + k] > like[j * N + i];
            }
            for (size_t e = graph.first[i]; e < graph.first[i + 1]; e++)
                if (graph.to[e] == j) {
                    there++;
                    CU_ASSERT_DOUBLE_EQUAL(graph.weight[e], like[i * N + j], 1e-14);
                }
            CU_ASSERT_EQUAL(there, i != j && (better[0] < K || better[1] < K));
            edges += there;
        }
    CU_ASSERT_EQUAL(edges, graph.first[N]);
    ecp_graph_drop(&graph);
}

/* ---- as a measure ------------------------------------------------------------------------ */

/* Three groups of units, each with a course of its own in time and over stimuli. */
static void groups_of_units_are_found(void)
{
    enum { UNITS = 60, STIMULI = 6, TIMES = 15, N = STIMULI * TIMES };
    static double mean[N * UNITS];
    double time[N];
    const char *stimulus[N], *region[UNITS];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    const struct ecp_label labels[] = {{"stimulus", NULL, NULL, stimulus},
                                       {"time", "ms", time, NULL}};
    const struct ecp_label regions = {"region", NULL, NULL, region};
    struct ecp_chance chance = ecp_chance(38, 1, 0);
    struct ecp_sheet *sheet = NULL;
    size_t n;
    for (size_t k = 0; k < N; k++) {
        const size_t s = k % STIMULI, t = TIMES - 1 - k / STIMULI; /* any order will do */
        stimulus[k] = names[s];
        time[k] = 20 * (double)t;
        for (size_t u = 0; u < UNITS; u++) {
            const double at = (double)t - 3 - 4 * (double)(u % 3);
            const double course = exp(-at * at / 4) * (s / 2 == u % 3 ? 1 : 0.1);
            mean[k * UNITS + u] =
                (1 + (double)(u % 7)) * (course + 0.003 * ecp_chance_normal(&chance));
            region[u] = names[u % 3];
        }
    }
    struct ecp_dataset set = {.name = "set",
                              .n_conditions = N,
                              .n_units = UNITS,
                              .n_condition_labels = 2,
                              .condition_label = labels,
                              .n_unit_labels = 1,
                              .unit_label = &regions,
                              .mean = mean};
    static const struct score_setting few[] = {{"most", 5}, {NULL, 0}};
    ECP_ASSERT_OK(score_try("connectome", few, 0, NULL, &set, &sheet));
    CU_ASSERT_EQUAL(value_of(sheet, "components"), 3);
    CU_ASSERT_EQUAL(value_of(sheet, "communities"), 3);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "regions"), 1, 1e-12);
    CU_ASSERT(value_of(sheet, "stability") > 0.99 && value_of(sheet, "consistency") > 0.99);
    CU_ASSERT(value_of(sheet, "modularity") > 0.6);
    (void)table_column(sheet, "ranks", "error", &n);
    CU_ASSERT_EQUAL(n, 5);
    ecp_sheet_destroy(sheet);
    time[3] = time[9]; /* twice, and a place is empty */
    ECP_ASSERT_OK(score_try("connectome", few, 0, NULL, &set, &sheet));
    CU_ASSERT(is_undefined(sheet, "components"));
    ecp_sheet_destroy(sheet);
    set.n_condition_labels = 1;
    ECP_ASSERT_OK(score_try("connectome", few, 0, NULL, &set, &sheet));
    CU_ASSERT(is_undefined(sheet, "modularity"));
    ecp_sheet_destroy(sheet);
}

/* Two cells x six stimuli as units, eight directions, nine repeats, 1.25 s. */
static void recording_runs(void)
{
    enum { ROWS = 864, UNITS = 12, TRIALS = 72 };
    size_t n, condition[TRIALS], rows;
    double *time = recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/times", &n);
    double *index = recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/times_index", &rows);
    CU_ASSERT_EQUAL_FATAL(rows, ROWS);
    double *cell = recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/row_cell", &rows);
    double *kind = recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/row_stimulus", &rows);
    double *way =
        recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/row_direction_deg", &rows);
    double *repeat = recording_numbers("dyballa_flow/dyballa_flow.h5", "spikes/row_repeat", &rows);
    static struct ecp_train train[TRIALS * UNITS];
    struct ecp_sheet *sheet = NULL;
    for (size_t k = 0; k < n; k++)
        time[k] *= 1000;
    for (size_t r = 0; r < ROWS; r++) {
        const size_t first = r > 0 ? (size_t)index[r - 1] : 0;
        const size_t trial = (size_t)(way[r] / 45) * 9 + (size_t)repeat[r];
        const size_t unit = (cell[r] > 21 ? 6 : 0) + (size_t)kind[r];
        train[trial * UNITS + unit] = (struct ecp_train){(size_t)index[r] - first, time + first};
        condition[trial] = trial / 9;
    }
    const struct ecp_dataset set = {.name = "flow",
                                    .n_conditions = 8,
                                    .n_units = UNITS,
                                    .n_trials = TRIALS,
                                    .trial_condition = condition,
                                    .train = train,
                                    .stop = 1250};
    static const struct score_setting few[] = {{"most", 5}, {"neighbours", 4}, {NULL, 0}};
    ECP_ASSERT_OK(score_try("connectome", few, 0, NULL, &set, &sheet));
    const double components = value_of(sheet, "components"), error = value_of(sheet, "error");
    (void)printf("\n  %g components, error %.3f, stability %.3f; %g communities, Q %.3f ",
                 components, error, value_of(sheet, "stability"), value_of(sheet, "communities"),
                 value_of(sheet, "modularity"));
    CU_ASSERT(components >= 1 && components <= 5 && error > 0 && error < 0.7);
    const double *ranks = table_column(sheet, "ranks", "error", &n);
    for (size_t r = 1; r < n; r++)
        CU_ASSERT(ranks[r] < ranks[r - 1]);
    ecp_sheet_destroy(sheet);
    free(time);
    free(index);
    free(cell);
    free(kind);
    free(way);
    free(repeat);
}

ECP_TEST_MAIN("connectome", {"planted factors are found", planted_factors_are_found},
              {"modularity is its definition", modularity_is_its_definition},
              {"the karate club is divided", karate_club_is_divided},
              {"benchmarks are divided", benchmarks_are_divided},
              {"mutual information by hand", mutual_information_by_hand},
              {"rows are joined with their neighbours", rows_are_joined_with_their_neighbours},
              {"groups of units are found", groups_of_units_are_found},
              {"a recording runs", recording_runs})
