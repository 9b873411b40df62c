/* connectome.c -- the dynamic functional connectome: which units take part in the same courses
 * of activity.
 *
 * Activity of units x conditions x time is factorised, x_ijk = sum_r a_ir b_jr c_kr, nothing
 * negative (factorise.h), from `starts` random beginnings. The number of components is given,
 * or the largest for which the beginnings agree (mean match of factors at least `agreement`)
 * and the last component still lowers the relative error by `gain`. Units are joined by the
 * cosine of their rows of a, each with the `neighbours` most like it; communities of that graph
 * by weighted modularity (communities.h). (Dyballa et al. factorise affinities of pairs of units
 * and divide them by a nested stochastic block model.) Verified in
 * tests/verify/verify_connectome.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/communities.h"
#include "analysis/factorise.h"
#include "analysis/labels.h"
#include "analysis/summary.h"
#include "analysis/tensors.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    BIN,
    SIGMA,
    EQUAL,
    RANK,
    MOST,
    STARTS,
    SWEEPS,
    TOLERANCE,
    AGREEMENT,
    GAIN,
    NEIGHBOURS,
    RESOLUTION,
    COMPONENTS,
    ERROR,
    STABILITY,
    COMMUNITIES,
    MODULARITY,
    CONSISTENCY,
    REGIONS,
    END
};

static const struct ecp_field fields[] =
    {[BIN] = {"bin", "ms", 50, 1e-3, 1e9, "of time, for spike trains", ECP_PARAM},
     [SIGMA] = {"sigma", "1", 1, 0, 1e4, "bins: Gaussian that smooths rates", ECP_PARAM},
     [EQUAL] = {"equal", "1", 1, 0, 1, "1: units weigh the same, however active", ECP_WHOLE},
     [RANK] = {"rank", "1", 0, 0, 200, "components; 0: chosen", ECP_WHOLE},
     [MOST] = {"most", "1", 10, 1, 200, "components at most, where they are chosen", ECP_WHOLE},
     [STARTS] = {"starts", "1", 5, 1, 1000, "random beginnings of each factorisation", ECP_WHOLE},
     [SWEEPS] = {"sweeps", "1", 500, 1, 1e6, "of a factorisation, at most", ECP_WHOLE},
     [TOLERANCE] = {"tolerance", "1", 1e-6, 0, 1, "change of the relative error that ends it",
                    ECP_PARAM},
     [AGREEMENT] = {"agreement", "1", 0.9, 0, 1, "of the beginnings, for a rank to be chosen",
                    ECP_PARAM},
     [GAIN] = {"gain", "1", 0.01, 0, 1, "less error that a component must bring", ECP_PARAM},
     [NEIGHBOURS] = {"neighbours", "1", 10, 0, 1e6, "that each unit is joined with; 0: all",
                     ECP_WHOLE},
     [RESOLUTION] = {"resolution", "1", 1, 0, 1e3, "of the modularity", ECP_PARAM},
     [COMPONENTS] = {"components", "1", 0, 0, INFINITY, "of the factorisation", ECP_RESULT},
     [ERROR] = {"error", "1", 0, 0, 1, "relative, of the best factorisation", ECP_RESULT},
     [STABILITY] = {"stability", "1", 0, 0, 1, "mean match of the factors of two beginnings",
                    ECP_RESULT},
     [COMMUNITIES] = {"communities", "1", 0, 0, INFINITY, "of units", ECP_RESULT},
     [MODULARITY] = {"modularity", "1", 0, -1, 1, "of the division into communities", ECP_RESULT},
     [CONSISTENCY] = {"consistency", "1", 0, 0,
                      1, "normalised mutual information of the communities of two beginnings",
                      ECP_RESULT},
     [REGIONS] =
         {"regions", "1", 0, 0, 1,
          "normalised mutual information of communities and the label region, location or area",
          ECP_RESULT},
     [END] = {0}};

enum { FOR_FACTORS = 91, FOR_COMMUNITIES, RUNS = 10 };

/* All beginnings of one rank. */
struct trial {
    size_t rank, best; /* best: the beginning with the least error */
    double *factor;    /* starts x size */
    double *error;     /* starts */
    double match;
};

struct work {
    const struct ecp_score_call *call;
    struct ecp_tensor tensor;
    size_t starts;
};

static void trial_end(struct trial *t)
{
    free(t->factor);
    free(t->error);
    *t = (struct trial){.rank = 0};
}

static enum ecp_status factorise(const struct work *w, size_t rank, struct trial *t)
{
    const size_t size = ecp_factor_size(&w->tensor, rank);
    const struct ecp_factorising how = {rank, (size_t)w->call->param[SWEEPS],
                                        w->call->param[TOLERANCE]};
    double sum = 0, pairs = 0;
    enum ecp_status status = ECP_OK;
    *t = (struct trial){.rank = rank, .match = NAN};
    t->factor = malloc(w->starts * size * sizeof *t->factor);
    t->error = malloc(w->starts * sizeof *t->error);
    if (!t->factor || !t->error)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu factors", rank);
    for (size_t k = 0; k < w->starts && status == ECP_OK; k++) {
        struct ecp_chance chance =
            ecp_chance(w->call->seed, FOR_FACTORS, (uint32_t)(rank * 1000 + k));
        status = ecp_factorise(&how, &w->tensor, &chance, t->factor + k * size, &t->error[k]);
        t->best = t->error[k] < t->error[t->best] ? k : t->best;
    }
    for (size_t k = 0; k < w->starts && status == ECP_OK; k++) {
        double match = NAN;
        if (k == t->best)
            continue;
        status = ecp_factor_match(&w->tensor, rank, t->factor + t->best * size,
                                  t->factor + k * size, &match);
        sum += match;
        pairs++;
    }
    t->match = pairs > 0 ? sum / pairs : NAN;
    return status;
}

/* The rank as the head says; *kept: its factors. Puts the table of ranks. */
static enum ecp_status choose_rank(const struct work *w, struct trial *kept)
{
    const size_t most = (size_t)w->call->param[MOST];
    double *row = malloc(3 * most * sizeof *row), before = 1;
    enum ecp_status status = ECP_OK;
    if (!row)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu ranks", most);
    for (size_t r = 1; r <= most && status == ECP_OK; r++) {
        struct trial t;
        status = factorise(w, r, &t);
        if (status == ECP_OK) {
            row[r - 1] = (double)r;
            row[most + r - 1] = t.error[t.best];
            row[2 * most + r - 1] = t.match;
            const int agreed = isnan(t.match) || t.match >= w->call->param[AGREEMENT];
            if (r == 1 || (agreed && before - t.error[t.best] >= w->call->param[GAIN])) {
                trial_end(kept);
                *kept = t;
                t = (struct trial){.rank = 0};
            }
            before = row[most + r - 1];
            status = ecp_sheet_progress(w->call->sheet, (double)(r * r) / (double)(most * most));
        }
        trial_end(&t);
    }
    const struct ecp_table_column column[] = {
        {"components", "1", "of the factorisation", row, NULL},
        {"error", "1", "relative, least of all beginnings", row + most, NULL},
        {"stability", "1", "mean match of a beginning with the best", row + 2 * most, NULL}};
    if (status == ECP_OK)
        status = ecp_sheet_table(w->call->sheet, "ranks", most, column, 3);
    free(row);
    return status;
}

/* ---- communities ------------------------------------------------------------------------- */

struct division {
    size_t *community, count;
    double modularity;
};

static enum ecp_status divide(const struct work *w, const double *factor, size_t rank,
                              struct division *out)
{
    const size_t n = w->tensor.n[0];
    struct ecp_chance chance = ecp_chance(w->call->seed, FOR_COMMUNITIES, 0);
    struct ecp_graph graph = {.n = 0};
    double *sum = malloc((n + 1) * sizeof *sum);
    enum ecp_status status = ECP_OK;
    if (!sum)
        return ecp_fail(ECP_ENOMEM, "no memory for communities of %zu units", n);
    ECP_TRY(ecp_graph_of_rows(n, rank, factor, (size_t)w->call->param[NEIGHBOURS], &graph));
    ECP_TRY(ecp_communities(&graph, w->call->param[RESOLUTION], RUNS, &chance, out->community,
                            &out->count));
    out->modularity = ecp_modularity(&graph, out->community, w->call->param[RESOLUTION], sum);
done:
    ecp_graph_drop(&graph);
    free(sum);
    return status;
}

/* Of the communities of the best beginning with those of each other. */
static enum ecp_status consistency(const struct work *w, const struct trial *t,
                                   const struct division *best, struct ecp_estimate *out)
{
    const size_t n = w->tensor.n[0], size = ecp_factor_size(&w->tensor, t->rank);
    struct division other = {.community = malloc((n + 1) * sizeof(size_t))};
    double *nmi = malloc((w->starts + 1) * sizeof *nmi);
    enum ecp_status status = ECP_OK;
    if (!other.community || !nmi) {
        status = ecp_fail(ECP_ENOMEM, "no memory for communities of %zu units", n);
        goto done;
    }
    for (size_t k = 0; k < w->starts; k++) {
        nmi[k] = NAN;
        if (k == t->best)
            continue;
        ECP_TRY(divide(w, t->factor + k * size, t->rank, &other));
        ECP_TRY(ecp_mutual_information(n, best->community, other.community, &nmi[k]));
    }
    *out = ecp_summary_mean(w->starts, nmi, "one community, or one beginning");
done:
    free(other.community);
    free(nmi);
    return status;
}

static enum ecp_status regions(const struct work *w, const struct division *d,
                               struct ecp_estimate *out)
{
    static const char *const names[] = {"region", "location", "area"};
    const struct ecp_label *label = NULL;
    const size_t n = w->tensor.n[0];
    double nmi = NAN;
    for (size_t k = 0; k < 3 && !label; k++)
        label = ecp_label_of_units(w->call->data, names[k]);
    *out = ECP_UNDEFINED("units have no label \"region\", \"location\" or \"area\"");
    if (!label)
        return ECP_OK;
    size_t *group = malloc((n + 1) * sizeof *group);
    if (!group)
        return ecp_fail(ECP_ENOMEM, "no memory for regions of %zu units", n);
    (void)ecp_label_groups(n, label, group);
    const enum ecp_status status = ecp_mutual_information(n, d->community, group, &nmi);
    *out = isnan(nmi) ? ECP_UNDEFINED("one community in one region") : ECP_ESTIMATE(nmi);
    free(group);
    return status;
}

/* Community and loadings of every unit. */
static enum ecp_status put_units(const struct work *w, const struct trial *t,
                                 const struct division *d)
{
    const size_t n = w->tensor.n[0], rank = t->rank;
    const double *factor = t->factor + t->best * ecp_factor_size(&w->tensor, rank);
    double *data = malloc((rank + 1) * (n + 1) * sizeof *data);
    struct ecp_table_column *column = malloc((rank + 2) * sizeof *column);
    char *name = malloc((rank + 1) * 32);
    enum ecp_status status = ECP_OK;
    size_t c = 0;
    if (!data || !column || !name) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the table of %zu units", n);
        goto done;
    }
    if (w->call->data->unit)
        column[c++] = (struct ecp_table_column){"unit", "1", "its name", NULL, w->call->data->unit};
    for (size_t u = 0; u < n; u++)
        data[rank * n + u] = (double)d->community[u];
    column[c++] = (struct ecp_table_column){"community", "1", "its number", data + rank * n, NULL};
    for (size_t r = 0; r < rank; r++) {
        for (size_t u = 0; u < n; u++)
            data[r * n + u] = factor[u * rank + r];
        (void)snprintf(name + 32 * r, 32, "component%zu", r);
        column[c++] = (struct ecp_table_column){name + 32 * r, "1", "how much it takes part",
                                                data + r * n, NULL};
    }
    status = ecp_sheet_table(w->call->sheet, "units", n, column, c);
done:
    free(data);
    free(column);
    free(name);
    return status;
}

static enum ecp_status put_all(const struct work *w, const struct trial *t)
{
    const size_t n = w->tensor.n[0];
    const double *factor = t->factor + t->best * ecp_factor_size(&w->tensor, t->rank);
    struct ecp_sheet *sheet = w->call->sheet;
    struct division d = {.community = malloc((n + 1) * sizeof(size_t))};
    struct ecp_estimate estimate;
    enum ecp_status status = ECP_OK;
    if (!d.community)
        return ecp_fail(ECP_ENOMEM, "no memory for communities of %zu units", n);
    ECP_TRY(divide(w, factor, t->rank, &d));
    ecp_sheet_put(sheet, -1, COMPONENTS, ECP_ESTIMATE((double)t->rank));
    ecp_sheet_put(sheet, -1, ERROR, ECP_ESTIMATE(t->error[t->best]));
    ecp_sheet_put(sheet, -1, STABILITY,
                  isnan(t->match) ? ECP_UNDEFINED("one beginning") : ECP_ESTIMATE(t->match));
    ecp_sheet_put(sheet, -1, COMMUNITIES, ECP_ESTIMATE((double)d.count));
    ecp_sheet_put(sheet, -1, MODULARITY,
                  isnan(d.modularity) ? ECP_UNDEFINED("no two units are alike")
                                      : ECP_ESTIMATE(d.modularity));
    ECP_TRY(consistency(w, t, &d, &estimate));
    ecp_sheet_put(sheet, -1, CONSISTENCY, estimate);
    ECP_TRY(regions(w, &d, &estimate));
    ecp_sheet_put(sheet, -1, REGIONS, estimate);
    status = put_units(w, t, &d);
done:
    free(d.community);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    struct work w = {.call = call, .starts = (size_t)call->param[STARTS]};
    const struct ecp_tensor_wanted how = {call->param[BIN], call->param[SIGMA],
                                          call->param[EQUAL] > 0};
    struct trial kept = {.rank = 0};
    const size_t rank = (size_t)call->param[RANK];
    const char *why = NULL;
    double *x = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_tensor_make(&how, call->data, &w.tensor, &x, &why));
    if (why) {
        for (int f = COMPONENTS; f < END; f++)
            ecp_sheet_put(call->sheet, -1, f, ECP_UNDEFINED(why));
        goto done;
    }
    ECP_TRY(rank > 0 ? factorise(&w, rank, &kept) : choose_rank(&w, &kept));
    status = put_all(&w, &kept);
done:
    trial_end(&kept);
    free(x);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const struct ecp_dataset *set = call->data;
    const double p = (double)set->n_units, n = fmax(1, (double)set->n_conditions);
    const double bins = set->train ? n * (set->stop - set->start) / call->param[BIN] : n;
    const double rank = call->param[RANK] > 0 ? call->param[RANK] : call->param[MOST];
    const double all = call->param[RANK] > 0 ? rank : rank * rank / 2;
    *bytes = 8 * (p * bins + p * n * rank + call->param[STARTS] * (p + bins) * rank +
                  4 * p * fmin(p, call->param[NEIGHBOURS]));
    *operations = call->param[STARTS] * 100 * 4 * p * bins * all / 4 +
                  (call->param[STARTS] + 1) * p * p * rank;
}

const struct ecp_analysis ecp_analysis_connectome = {
    .name = "connectome",
    .summary = "dynamic functional connectome: non-negative factors of activity, communities",
    .equations = "x_ijk = sum_r a_ir b_jr c_kr >= 0; w_ij = cos(a_i, a_j) of neighbours\n"
                 "Q = sum_c (in_c/2m - resolution (k_c/2m)^2)",
    .reference = "Dyballa et al. 2024, arXiv:2402.14102; Blondel et al. 2008, "
                 "doi:10.1088/1742-5468/2008/10/P10008",
    .verified_by = "tests/verify/verify_connectome.c",
    .fields = fields,
    .score = score,
    .cost = cost};
