/* input.c -- files that a plan asks for: edges, spikes, values. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/input_columns.h"
#include "engine/input_types.h"
#include "engine/store.h"

const char *ecp_column_allowed(enum ecp_column_kind kind)
{
    static const char *const phrase[] = {[ECP_COLUMN_INDEX] = "a whole number from 0 on",
                                         [ECP_COLUMN_INSTANT] = "a time from 0 ms on",
                                         [ECP_COLUMN_NUMBER] = "a finite number"};
    return phrase[kind];
}

int ecp_column_accepts(enum ecp_column_kind kind, double value)
{
    if (!isfinite(value))
        return 0;
    if (kind == ECP_COLUMN_INDEX)
        return value >= 0 && value < UINT32_MAX && value == floor(value);
    return kind == ECP_COLUMN_NUMBER || value >= 0;
}

int ecp_column_word(const char *names)
{
    return (int)strcspn(names, " ");
}

int ecp_column_matches(const struct ecp_column *column, const char *name)
{
    const size_t length = strlen(name);
    const char *word = column->names;
    while (*word != '\0') {
        const size_t n = strcspn(word, " ");
        if (n == length && strncmp(word, name, n) == 0)
            return 1;
        word += n;
        word += strspn(word, " ");
    }
    return 0;
}

void ecp_columns_clear(struct ecp_columns *columns)
{
    for (size_t k = 0; k < ECP_COLUMNS_MAX; k++)
        free(columns->value[k]);
    *columns = (struct ecp_columns){0};
}

static enum ecp_status read_parts(const struct ecp_edges_name *name,
                                  const struct ecp_wanted *wanted,
                                  const struct ecp_columns_taker *taker)
{
    const char *path = name->file;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    static const char signature[8] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
    char start[sizeof signature];
    const size_t n = fread(start, 1, sizeof start, file);
    (void)fclose(file);
    if (n == sizeof start && memcmp(start, signature, n) == 0)
        return ecp_columns_h5(name, wanted, taker);
    const size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".h5") == 0)
        return ecp_fail(ECP_EIO, "%s: is not an HDF5 file", path);
    if (name->inside || name->types)
        return ecp_fail(ECP_ECONFIG, "%s: is text, and has no groups and no edge types", path);
    return ecp_columns_csv(path, wanted, taker);
}

enum ecp_status ecp_columns_pieces(const char *path, const struct ecp_wanted *wanted,
                                   const struct ecp_columns_taker *taker)
{
    struct ecp_edges_name name = {0};
    enum ecp_status status = ecp_edges_name_read(path, &name);
    if (status == ECP_OK)
        status = read_parts(&name, wanted, taker);
    ecp_edges_name_clear(&name);
    return status;
}

/* ---- all of it --------------------------------------------------------- */

struct collecting {
    struct ecp_columns *all;
    size_t room;
};

static enum ecp_status collect(void *context, const struct ecp_columns *piece, size_t first)
{
    struct collecting *c = context;
    const size_t n = first + piece->n_rows;
    const int grows = n > c->room || first == 0;
    const size_t room = grows ? n + n / 2 + 1 : c->room;
    for (size_t k = 0; k < ECP_COLUMNS_MAX; k++) {
        if (piece->value[k] == NULL)
            continue;
        double *longer = c->all->value[k];
        if (grows)
            longer = realloc(longer, room * sizeof *longer);
        if (longer == NULL)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu rows of numbers", n);
        c->all->value[k] = longer;
        if (piece->n_rows > 0)
            memcpy(longer + first, piece->value[k], piece->n_rows * sizeof *longer);
    }
    c->room = room;
    c->all->n_rows = n;
    return ECP_OK;
}

enum ecp_status ecp_columns_read(const char *path, const struct ecp_wanted *wanted,
                                 struct ecp_columns *out)
{
    struct ecp_columns all = {0};
    struct collecting collecting = {&all, 0};
    const struct ecp_columns_taker taker = {collect, &collecting};
    const enum ecp_status status = ecp_columns_pieces(path, wanted, &taker);
    if (status == ECP_OK)
        *out = all;
    else
        ecp_columns_clear(&all);
    return status;
}

/* ---- into the plan ----------------------------------------------------- */

enum ecp_status ecp_columns_keep_indices(struct ecp_plan *plan, const struct ecp_columns *columns,
                                         size_t k, const ecp_lid **out)
{
    const size_t n = columns->n_rows;
    ecp_lid *index = ecp_plan_alloc(plan, (n > 0 ? n : 1) * sizeof *index);
    if (index == NULL)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu indices", n);
    for (size_t i = 0; i < n; i++)
        index[i] = (ecp_lid)columns->value[k][i];
    *out = index;
    return ECP_OK;
}

enum ecp_status ecp_columns_keep_numbers(struct ecp_plan *plan, const struct ecp_columns *columns,
                                         size_t k, const double **out)
{
    if (columns->value[k] == NULL)
        return ECP_OK;
    const size_t n = columns->n_rows;
    double *number = ecp_plan_alloc(plan, (n > 0 ? n : 1) * sizeof *number);
    if (number == NULL)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu numbers", n);
    if (n > 0)
        memcpy(number, columns->value[k], n * sizeof *number);
    *out = number;
    return ECP_OK;
}

enum ecp_status ecp_input_spikes(struct ecp_plan *plan, const char *path, size_t *n,
                                 const ecp_lid **neuron, const double **time)
{
    static const struct ecp_column column[] = {{"neuron node_ids gids", ECP_COLUMN_INDEX, 0},
                                               {"time time_ms timestamps", ECP_COLUMN_INSTANT, 0}};
    struct ecp_columns read = {0};
    const ecp_lid *who = NULL;
    const double *when = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_columns_read(path, &(struct ecp_wanted){2, column, 0}, &read));
    ECP_TRY(ecp_columns_keep_indices(plan, &read, 0, &who));
    ECP_TRY(ecp_columns_keep_numbers(plan, &read, 1, &when));
    *n = read.n_rows;
    *neuron = who;
    *time = when;
done:
    ecp_columns_clear(&read);
    return status;
}

enum ecp_status ecp_input_values(struct ecp_plan *plan, const char *path, size_t *n,
                                 const double **values)
{
    static const struct ecp_column column[] = {{"value values", ECP_COLUMN_NUMBER, 0}};
    struct ecp_columns read = {0};
    const double *kept = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_columns_read(path, &(struct ecp_wanted){1, column, 1}, &read));
    ECP_TRY(ecp_columns_keep_numbers(plan, &read, 0, &kept));
    *n = read.n_rows;
    *values = kept;
done:
    ecp_columns_clear(&read);
    return status;
}
