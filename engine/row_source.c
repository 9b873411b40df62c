/* Rows of numbers for memories: out of files, drawn, and out of others. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/input_patterns.h"
#include "engine/plan_memory.h"

const char *const ecp_law_words[] = {"signs", "bits", "normal", "sphere", "uniform", NULL};
const char *const ecp_form_words[] = {"real", "signs", "bits", "one_hot", NULL};

enum ecp_pattern_kind ecp_rows_kind(const double *data, size_t count)
{
    int signs = 1, bits = 1;
    for (size_t k = 0; k < count && (signs || bits); k++) {
        signs = signs && (data[k] == 1 || data[k] == -1);
        bits = bits && (data[k] == 0 || data[k] == 1);
    }
    return signs ? ECP_PATTERN_SIGNS : bits ? ECP_PATTERN_BITS : ECP_PATTERN_REAL;
}

/* ---- drawn ------------------------------------------------------------------ */

static double square_of(const double *row, size_t size)
{
    double square = 0;
    for (size_t k = 0; k < size; k++)
        square += row[k] * row[k];
    return square;
}

/* 0: it has no length. */
static int to_unit_length(double *row, size_t size)
{
    double square = square_of(row, size), most = 0;
    if (!(square > DBL_MIN && square <= DBL_MAX)) { /* out of range: scaled before */
        for (size_t k = 0; k < size; k++)
            most = fmax(most, fabs(row[k]));
        for (size_t k = 0; most > 0 && k < size; k++)
            row[k] /= most;
        square = square_of(row, size);
    }
    for (size_t k = 0; square > 0 && k < size; k++)
        row[k] /= sqrt(square);
    return square > 0;
}

/* Row by row, so that fewer rows are the first ones of more. */
static void draw(const struct ecp_row_source *p, double *data)
{
    for (size_t r = 0; r < p->n; r++) {
        struct ecp_chance chance = ecp_chance(p->seed, p->subject, (uint32_t)r);
        double *row = data + r * p->size;
        switch (p->law) {
        case ECP_LAW_SIGNS:
            ecp_chance_signs(&chance, p->size, row);
            break;
        case ECP_LAW_BITS:
            for (size_t k = 0; k < p->size; k++)
                row[k] = ecp_chance_uniform(&chance) < p->density;
            break;
        case ECP_LAW_NORMAL:
            ecp_chance_normals(&chance, p->size, row);
            break;
        case ECP_LAW_SPHERE:
            ecp_chance_normals(&chance, p->size, row);
            (void)to_unit_length(row, p->size);
            break;
        case ECP_LAW_UNIFORM:
            for (size_t k = 0; k < p->size; k++)
                row[k] = 2 * ecp_chance_uniform(&chance) - 1;
            break;
        }
    }
}

/* ---- out of a file ------------------------------------------------------------ */

static enum ecp_status one_hot(const struct ecp_row_source *p, struct ecp_rows_read *rows)
{
    double most = 0;
    if (rows->size != 1)
        return ecp_fail(ECP_ECONFIG,
                        "%s: found %zu numbers a row; allowed: 1, a label, where form "
                        "is \"one_hot\"",
                        p->file, rows->size);
    for (size_t r = 0; r < rows->n; r++) {
        const double label = rows->data[r];
        if (!(label >= 0 && label < 1e6 && label == floor(label)) ||
            (p->classes > 0 && label >= (double)p->classes))
            return ecp_fail(ECP_ECONFIG,
                            "%s: row %zu: found label %g; allowed: whole numbers from "
                            "0 to %zu",
                            p->file, p->from + r, label,
                            p->classes > 0 ? p->classes - 1 : (size_t)999999);
        most = fmax(most, label);
    }
    const size_t classes = p->classes > 0 ? p->classes : (size_t)most + 1;
    double *data = calloc(rows->n * classes, sizeof *data);
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu labels", rows->n);
    for (size_t r = 0; r < rows->n; r++)
        data[r * classes + (size_t)rows->data[r]] = 1;
    free(rows->data);
    *rows = (struct ecp_rows_read){.n = rows->n, .size = classes, .data = data};
    return ECP_OK;
}

static enum ecp_status read_rows(const struct ecp_row_source *p, struct ecp_rows_read *rows)
{
    const struct ecp_rows_wanted wanted = {p->file, p->dataset, p->from, p->to};
    enum ecp_status status = ecp_input_rows(&wanted, rows);
    if (status == ECP_OK && p->form == ECP_FORM_ONE_HOT)
        status = one_hot(p, rows);
    if (status != ECP_OK || p->form == ECP_FORM_ONE_HOT)
        return status;
    const double below = p->form == ECP_FORM_SIGNS ? -1 : 0;
    for (size_t k = 0; k < rows->n * rows->size; k++)
        rows->data[k] *= p->scale;
    status = ecp_input_finite(p->file, rows, p->from);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; p->form != ECP_FORM_REAL && k < rows->n * rows->size; k++)
        rows->data[k] = rows->data[k] > p->threshold ? 1 : below;
    return ECP_OK;
}

/* ---- either ---------------------------------------------------------------------- */

enum ecp_status ecp_row_source_make(struct ecp_plan *plan, struct ecp_row_source *p)
{
    struct ecp_rows_read rows = {.n = p->n, .size = p->size};
    enum ecp_status status = ECP_OK;
    if (p->origin == ECP_ROWS_FILE)
        ECP_TRY(read_rows(p, &rows));
    double *data = rows.n <= SIZE_MAX / sizeof *data / rows.size
                       ? ecp_plan_alloc(plan, rows.n * rows.size * sizeof *data)
                       : NULL;
    if (!data) {
        status =
            ecp_fail(ECP_ENOMEM, "no memory for %zu patterns of %zu numbers", rows.n, rows.size);
        goto done;
    }
    p->n = rows.n;
    p->size = rows.size;
    if (rows.data)
        memcpy(data, rows.data, rows.n * rows.size * sizeof *data);
    else
        draw(p, data);
    for (size_t r = 0; p->unit_length && r < p->n; r++)
        if (!to_unit_length(data + r * p->size, p->size)) {
            status = ecp_fail(ECP_ECONFIG,
                              "%s%srow %zu has length 0; allowed with unit_length: other rows",
                              p->file ? p->file : "", p->file ? ": " : "", p->from + r);
            goto done;
        }
    p->data = data;
done:
    free(rows.data);
    return status;
}

void ecp_row_source_change(const struct ecp_row_source *p, const double *stored, size_t n,
                           size_t size, double *out)
{
    const int bits = ecp_rows_kind(stored, n * size) == ECP_PATTERN_BITS;
    memcpy(out, stored, n * size * sizeof *out);
    for (size_t r = 0; r < n; r++) {
        struct ecp_chance chance = ecp_chance(p->seed, p->subject, (uint32_t)(p->first + r));
        double *row = out + r * size;
        for (size_t k = 0; p->flip > 0 && k < size; k++)
            if (ecp_chance_uniform(&chance) < p->flip)
                row[k] = bits ? 1 - row[k] : -row[k];
        for (size_t k = 0; p->noise > 0 && k < size; k++)
            row[k] += p->noise * ecp_chance_normal(&chance);
        for (size_t k = 0; p->mask > 0 && k < size; k++)
            if (ecp_chance_uniform(&chance) < p->mask)
                row[k] = 0;
    }
}
