#include "engine/store_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/experiment.h"
#include "engine/recording.h"
#include "engine/store_files.h"
#include "engine/store_h5.h"
#include "engine/store_segment.h"

/* The group of all but the last part of `path`, made where needed; *last is that part. */
static hid_t group_above(struct ecp_h5_writer *w, const char *path, const char **last)
{
    hid_t at = H5Gopen2(w->file, "/", H5P_DEFAULT);
    ecp_h5_check(w, at);
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(path, '/')) {
        char part[ECP_H5_NAME] = "";
        const size_t length = (size_t)(slash - path);
        memcpy(part, path, length < sizeof part - 1 ? length : sizeof part - 1);
        const hid_t below =
            ecp_h5_has(at, part) ? H5Gopen2(at, part, H5P_DEFAULT) : ecp_h5_group(w, at, part);
        ecp_h5_check(w, below);
        ecp_h5_close(at);
        at = below;
        path = slash + 1;
    }
    *last = path;
    return at;
}

static void put_matrix(struct ecp_h5_writer *w, const struct ecp_stored_table *table)
{
    const char *last;
    const hid_t group = group_above(w, table->name, &last);
    const struct ecp_h5_column column = {.name = last,
                                         .type = H5T_IEEE_F64LE,
                                         .rows = table->rows,
                                         .columns =
                                             table->columns ? table->columns : ECP_H5_EMPTY_ROWS,
                                         .unit = table->unit ? table->unit : "1",
                                         .meaning = table->meaning ? table->meaning : ""};
    ecp_h5_put(w, group, &column, H5T_NATIVE_DOUBLE, table->matrix);
    ecp_h5_close(group);
}

static void put_column(struct ecp_h5_writer *w, hid_t group, size_t rows,
                       const struct ecp_table_column *c)
{
    const hid_t text = ecp_h5_text_type();
    const struct ecp_h5_column column = {.name = c->name,
                                         .type = c->data ? H5T_IEEE_F64LE : text,
                                         .rows = rows,
                                         .unit = c->unit ? c->unit : "1",
                                         .meaning = c->meaning ? c->meaning : ""};
    if (c->data)
        ecp_h5_put(w, group, &column, H5T_NATIVE_DOUBLE, c->data);
    else
        ecp_h5_put(w, group, &column, text, c->words);
    ecp_h5_close(text);
}

static void put_table(struct ecp_h5_writer *w, const struct ecp_stored_table *table)
{
    const char *last;
    const hid_t above = group_above(w, table->name, &last);
    const hid_t group =
        ecp_h5_has(above, last) ? H5Gopen2(above, last, H5P_DEFAULT) : ecp_h5_group(w, above, last);
    ecp_h5_check(w, group);
    if (table->meaning && ecp_h5_fine(w))
        ecp_h5_text(w, group, "meaning", table->meaning);
    for (size_t k = 0; k < table->columns; k++)
        put_column(w, group, table->rows, &table->column[k]);
    ecp_h5_close(group);
    ecp_h5_close(above);
}

enum ecp_status ecp_store_tables(const char *dir, const char *file, const struct ecp_plan *plan,
                                 const struct ecp_stored_table *table, size_t n)
{
    char *path = NULL, *draft = NULL;
    struct ecp_h5_writer w;
    enum ecp_status status;
    ECP_TRY(ecp_files_name(&path, "%s/%s", dir, file));
    if (n == 0) {
        (void)unlink(path);
        goto done;
    }
    ECP_TRY(ecp_files_name(&draft, "%s/.%s.tmp", dir, file));
    ECP_TRY(ecp_h5_create(draft, &w));
    if (plan)
        ecp_segment_root(&w, plan, &(struct ecp_recording){.dt = plan->dt}, 1);
    for (size_t k = 0; k < n; k++)
        if (table[k].column)
            put_table(&w, &table[k]);
        else
            put_matrix(&w, &table[k]);
    ECP_TRY(ecp_h5_finish(&w));
    status = ecp_files_move(draft, path, dir);
done:
    free(draft);
    free(path);
    return status;
}
