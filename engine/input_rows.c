#include "engine/input_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum ecp_status no_memory(const struct ecp_dataset *set)
{
    return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
}

/* ---- dissimilarities ---------------------------------------------------------------------- */

/* n with n (n - 1) / 2 pairs; 0: there is none. */
static size_t conditions_of(size_t pairs)
{
    const size_t n = (size_t)((1 + sqrt(1 + 8 * (double)pairs)) / 2 + 0.5);
    return n * (n - 1) / 2 == pairs ? n : 0;
}

static int is_square(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double a = x[i * n + j], b = x[j * n + i];
            if (i == j ? !(fabs(a) <= 1e-12)
                       : !(fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b))) && !(isnan(a) && isnan(b)))
                return 0;
        }
    return n > 1;
}

/* One square matrix (n_repeats 1) or a stack of them: rdms x n x n. */
static enum ecp_status take_squares(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    const size_t n = rows->n_columns, stack = rows->n_repeats > 1 ? rows->n_rows : 1;
    double *rdm = ecp_dataset_alloc(set, stack * n * (n - 1) / 2, sizeof *rdm);
    size_t at = 0;
    if (!rdm)
        return no_memory(set);
    for (size_t k = 0; k < stack; k++) {
        const double *x = rows->data + k * n * n;
        if (!is_square(x, n))
            return ecp_fail(ECP_ECONFIG,
                            "%s: dissimilarities: a square matrix must be symmetric with 0 on "
                            "its diagonal",
                            rows->path);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                rdm[at++] = x[i * n + j];
    }
    set->n_conditions = n;
    set->n_rdms = stack;
    set->rdm = rdm;
    return ECP_OK;
}

static enum ecp_status take_rdms(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    const size_t all = rows->n_rows * rows->n_repeats * rows->n_columns;
    if (rows->n_columns > 1 && (rows->n_repeats == rows->n_columns ||
                                (rows->n_repeats == 1 && rows->n_rows == rows->n_columns &&
                                 is_square(rows->data, rows->n_columns))))
        return take_squares(set, rows);
    const int is_vector = rows->n_columns == 1 && rows->n_rows > 1;
    const size_t pairs = is_vector ? rows->n_rows : rows->n_columns;
    set->n_conditions = conditions_of(pairs);
    if (set->n_conditions < 2 || rows->n_repeats > 1)
        return ecp_fail(ECP_ECONFIG,
                        "%s: rows of %zu; dissimilarities of n conditions are n (n - 1) / 2, or "
                        "square matrices",
                        rows->path, pairs);
    double *rdm = ecp_dataset_alloc(set, all, sizeof *rdm);
    if (!rdm)
        return no_memory(set);
    memcpy(rdm, rows->data, all * sizeof *rdm);
    set->n_rdms = is_vector ? 1 : rows->n_rows;
    set->rdm = rdm;
    return ECP_OK;
}

static enum ecp_status name_rdms(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    if (!rows->rdm_name)
        return ECP_OK;
    const char **name = ecp_dataset_alloc(set, set->n_rdms, sizeof *name);
    for (size_t k = 0; name && k < set->n_rdms; k++)
        if (!(name[k] = ecp_dataset_printf(set, "%s", rows->rdm_name[k])))
            return no_memory(set);
    set->rdm_name = name;
    return name ? ECP_OK : no_memory(set);
}

/* ---- names and labels ------------------------------------------------------------------------ */

static void word_of(const struct ecp_label *label, size_t k, char out[256])
{
    if (label->word)
        (void)snprintf(out, 256, "%s", label->word[k]);
    else
        (void)snprintf(out, 256, "%.10g", label->number[k]);
}

/* Label at index[0 .. n - 1], copied. */
static enum ecp_status copy_label(struct ecp_dataset *set, const struct ecp_label *from,
                                  const size_t *index, size_t n, struct ecp_label *to)
{
    double *number = ecp_dataset_alloc(set, n, sizeof *number);
    const char **word = ecp_dataset_alloc(set, n, sizeof *word);
    int fine = number && word && (to->name = ecp_dataset_printf(set, "%s", from->name));
    for (size_t k = 0; fine && k < n; k++) {
        if (from->word)
            fine = (word[k] = ecp_dataset_printf(set, "%s", from->word[index[k]])) != NULL;
        else
            number[k] = from->number[index[k]];
    }
    to->number = from->word ? NULL : number;
    to->word = from->word ? word : NULL;
    return fine ? ECP_OK : no_memory(set);
}

static enum ecp_status copy_names(struct ecp_dataset *set, const struct ecp_label *from,
                                  const size_t *index, size_t n, const char *const **out)
{
    const char **name = ecp_dataset_alloc(set, n, sizeof *name);
    char word[256];
    for (size_t k = 0; name && k < n; k++) {
        word_of(from, index[k], word);
        if (!(name[k] = ecp_dataset_printf(set, "%s", word)))
            return no_memory(set);
    }
    *out = name;
    return name ? ECP_OK : no_memory(set);
}

static int equal_at(const struct ecp_label *label, size_t a, size_t b)
{
    return label->word ? strcmp(label->word[a], label->word[b]) == 0
                       : label->number[a] == label->number[b];
}

/* Labels that are the same in all rows of a condition. */
static enum ecp_status label_conditions(struct ecp_dataset *set, const struct ecp_rows_read *rows,
                                        const size_t *condition, const size_t *first)
{
    struct ecp_label *label = ecp_dataset_alloc(set, rows->n_row_labels, sizeof *label);
    enum ecp_status status = ECP_OK;
    if (!label)
        return no_memory(set);
    set->condition_label = label;
    for (size_t k = 0; k < rows->n_row_labels && status == ECP_OK; k++) {
        int constant = (int)k != rows->row_name;
        for (size_t r = 0; constant && r < rows->n_rows; r++)
            constant = equal_at(&rows->row_label[k], r, first[condition[r]]);
        if (constant)
            status = copy_label(set, &rows->row_label[k], first, set->n_conditions,
                                &label[set->n_condition_labels++]);
    }
    return status;
}

static enum ecp_status label_units(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    struct ecp_label *label = ecp_dataset_alloc(set, rows->n_column_labels, sizeof *label);
    size_t *all = calloc(rows->n_columns + 1, sizeof *all);
    enum ecp_status status = label && all ? ECP_OK : no_memory(set);
    for (size_t k = 0; all && k < rows->n_columns; k++)
        all[k] = k;
    set->unit_label = label;
    if (status == ECP_OK && rows->column_name >= 0)
        status = copy_names(set, &rows->column_label[rows->column_name], all, rows->n_columns,
                            &set->unit);
    for (size_t k = 0; k < rows->n_column_labels && status == ECP_OK; k++)
        if ((int)k != rows->column_name)
            status = copy_label(set, &rows->column_label[k], all, rows->n_columns,
                                &label[set->n_unit_labels++]);
    free(all);
    return status;
}

/* ---- responses ---------------------------------------------------------------------------------
 */

/* Condition of each row and the first row of each condition. */
static void sort_rows(struct ecp_dataset *set, const struct ecp_rows_read *rows, size_t *condition,
                      size_t *first)
{
    for (size_t r = 0; r < rows->n_rows; r++) {
        size_t c = rows->row_name < 0 ? set->n_conditions : 0;
        while (c < set->n_conditions && !equal_at(&rows->row_label[rows->row_name], r, first[c]))
            c++;
        if (c == set->n_conditions)
            first[set->n_conditions++] = r;
        condition[r] = c;
    }
}

static int is_empty(const double *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k]))
            return 0;
    return 1;
}

/* Every row and repeat of it in which there is a number is a trial. */
static enum ecp_status take_trials(struct ecp_dataset *set, const struct ecp_rows_read *rows,
                                   const size_t *condition)
{
    const size_t most = rows->n_rows * rows->n_repeats, p = rows->n_columns;
    double *response = ecp_dataset_alloc(set, most * p, sizeof *response);
    size_t *of_trial = ecp_dataset_alloc(set, most, sizeof *of_trial);
    size_t *repeat = ecp_dataset_alloc(set, most, sizeof *repeat);
    size_t *session = ecp_dataset_alloc(set, most, sizeof *session);
    size_t *seen = calloc(set->n_conditions + 1, sizeof *seen);
    if (!response || !of_trial || !repeat || !session || !seen) {
        free(seen);
        return no_memory(set);
    }
    for (size_t k = 0; k < most; k++) {
        const double *x = rows->data + k * p;
        const size_t c = condition[k / rows->n_repeats];
        if (is_empty(x, p))
            continue;
        memcpy(response + set->n_trials * p, x, p * sizeof *x);
        of_trial[set->n_trials] = c;
        repeat[set->n_trials++] = seen[c]++;
    }
    free(seen);
    set->response = response;
    set->trial_condition = of_trial;
    set->trial_repeat = repeat;
    set->trial_session = session;
    return ecp_dataset_average(set);
}

static enum ecp_status take_responses(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    size_t *condition = calloc(rows->n_rows + 1, sizeof *condition);
    size_t *first = calloc(rows->n_rows + 1, sizeof *first);
    enum ecp_status status = condition && first ? ECP_OK : no_memory(set);
    if (status != ECP_OK)
        goto done;
    sort_rows(set, rows, condition, first);
    set->n_units = rows->n_columns;
    set->response_unit = rows->unit ? ecp_dataset_printf(set, "%s", rows->unit) : NULL;
    if (rows->row_name >= 0)
        ECP_TRY(copy_names(set, &rows->row_label[rows->row_name], first, set->n_conditions,
                           &set->condition));
    ECP_TRY(label_conditions(set, rows, condition, first));
    ECP_TRY(label_units(set, rows));
    if (rows->n_repeats > 1 || set->n_conditions < rows->n_rows) {
        status = take_trials(set, rows, condition);
        goto done;
    }
    double *mean = ecp_dataset_alloc(set, rows->n_rows * rows->n_columns, sizeof *mean);
    if (!mean)
        status = no_memory(set);
    else
        memcpy(mean, rows->data, rows->n_rows * rows->n_columns * sizeof *mean);
    set->mean = mean;
done:
    free(condition);
    free(first);
    return status;
}

/* Names of the conditions of dissimilarities: those of rows, where they are as many. */
static enum ecp_status name_conditions(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    size_t *all = calloc(set->n_conditions + 1, sizeof *all);
    struct ecp_label *label = ecp_dataset_alloc(set, rows->n_row_labels, sizeof *label);
    enum ecp_status status = all && label ? ECP_OK : no_memory(set);
    for (size_t k = 0; all && k < set->n_conditions; k++)
        all[k] = k;
    set->condition_label = label;
    if (status == ECP_OK && rows->row_name >= 0)
        status = copy_names(set, &rows->row_label[rows->row_name], all, set->n_conditions,
                            &set->condition);
    for (size_t k = 0; k < rows->n_row_labels && status == ECP_OK; k++)
        if ((int)k != rows->row_name)
            status = copy_label(set, &rows->row_label[k], all, set->n_conditions,
                                &label[set->n_condition_labels++]);
    free(all);
    return status;
}

enum ecp_status ecp_rows_take(struct ecp_dataset *set, const struct ecp_rows_read *rows)
{
    const int square = rows->is_rdm < 0 && rows->n_repeats == 1 &&
                       rows->n_rows == rows->n_columns && rows->n_rows > 2 &&
                       is_square(rows->data, rows->n_columns);
    enum ecp_status status;
    if (rows->n_rows == 0 || rows->n_repeats == 0 || rows->n_columns == 0)
        return ecp_fail(ECP_ECONFIG, "%s: there is nothing in it", rows->path);
    if (rows->is_rdm <= 0 && !square)
        return take_responses(set, rows);
    ECP_TRY(take_rdms(set, rows));
    ECP_TRY(name_rdms(set, rows));
    status = name_conditions(set, rows);
done:
    return status;
}
