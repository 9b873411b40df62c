/* input_nodes.c -- SONATA nodes: how many there are. */
#include <stdint.h>
#include <string.h>

#include "engine/input_types.h"
#include "engine/store.h"
#include "engine/store_h5.h"

/* The group that was named, or the only one. */
static enum ecp_status find_group(const struct ecp_h5_reader *file, const char *inside, hid_t *out)
{
    hid_t all = H5I_INVALID_HID;
    char name[ECP_H5_NAME];
    enum ecp_status status;
    if (inside)
        return ecp_h5_open_group(file, file->file, inside, out);
    ECP_TRY(ecp_h5_open_group(file, file->file, "nodes", &all));
    if (ecp_h5_links(all) != 1) {
        status = ecp_fail(ECP_ECONFIG, "%s: %zu populations; name one, as \"FILE.h5:/nodes/NAME\"",
                          file->path, (size_t)ecp_h5_links(all));
        goto done;
    }
    ECP_TRY(ecp_h5_link(file, all, 0, name));
    status = ecp_h5_open_group(file, all, name, out);
done:
    ecp_h5_close(all);
    return status;
}

static enum ecp_status check_ids(const struct ecp_h5_reader *file, hid_t group, size_t n,
                                 struct ecp_pool *pool)
{
    struct ecp_h5_array id = {.type = H5T_NATIVE_UINT64, .pool = pool};
    enum ecp_status status;
    if (!ecp_h5_has(group, "node_id"))
        return ECP_OK;
    ECP_TRY(ecp_h5_load(file, group, "node_id", &id));
    const uint64_t *number = id.data;
    if (id.rows != n || id.columns != 1)
        return ecp_fail(ECP_ECONFIG, "%s: %zu node_id of %zu nodes", file->path, id.rows, n);
    for (size_t k = 0; k < n; k++)
        if (number[k] != k)
            return ecp_fail(ECP_ECONFIG, "%s: node_id: row %zu: %llu; allowed: 0, 1, 2 ...",
                            file->path, k, (unsigned long long)number[k]);
done:
    return status;
}

enum ecp_status ecp_input_nodes(const char *path, size_t *n)
{
    struct ecp_pool pool = {0};
    struct ecp_h5_reader file = {.file = H5I_INVALID_HID};
    struct ecp_h5_array type = {.type = H5T_NATIVE_INT64, .pool = &pool};
    struct ecp_edges_name name = {0};
    hid_t group = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_edges_name_read(path, &name));
    ECP_TRY(ecp_h5_open(name.file, &file));
    ECP_TRY(find_group(&file, name.inside, &group));
    ECP_TRY(ecp_h5_load(&file, group, "node_type_id", &type));
    ECP_TRY(check_ids(&file, group, type.rows, &pool));
    if (type.rows == 0 || type.columns != 1 || type.rows >= UINT32_MAX)
        status = ecp_fail(ECP_ECONFIG, "%s: %zu nodes; 1 to %u are allowed", path, type.rows,
                          UINT32_MAX - 1);
    else
        *n = type.rows;
done:
    ecp_h5_close(group);
    ecp_h5_shut(&file);
    ecp_edges_name_clear(&name);
    ecp_pool_clear(&pool);
    return status;
}
