/* input_nwb.c -- an NWB 2.x file as a data set. */
#include "engine/input_nwb.h"

#include <stdlib.h>
#include <string.h>

#include "engine/dataset_kinds.h"
#include "engine/store_files.h"

/* Opens what is HDF5, without a word about what is not. */
static int open_quietly(const char *path, struct ecp_h5_reader *out)
{
    if (!ecp_files_exists(path) || ecp_files_is_folder(path) || H5Fis_hdf5(path) <= 0)
        return 0;
    if (ecp_h5_open(path, out) == ECP_OK)
        return 1;
    ecp_error_clear();
    return 0;
}

/* ---- files that cannot be read at all -------------------------------------------------------- */

int ecp_unreadable_is(const struct ecp_dataset_place *place)
{
    struct ecp_h5_reader file = {0};
    if (!ecp_files_exists(place->file))
        return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (ecp_files_is_folder(place->file) || H5Fis_hdf5(place->file) <= 0)
        return 0;
    const int unreadable = !open_quietly(place->file, &file);
    ecp_h5_shut(&file);
    return unreadable;
}

enum ecp_status ecp_unreadable_read(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct ecp_h5_reader file = {0};
    (void)out;
    const enum ecp_status status = ecp_h5_open(place->file, &file);
    ecp_h5_shut(&file);
    return status == ECP_OK ? ecp_fail(ECP_EIO, "%s: cannot be read", place->file) : status;
}

/* ---- NWB
 * ----------------------------------------------------------------------------------------- */

int ecp_nwb_is(const struct ecp_dataset_place *place)
{
    struct ecp_h5_reader file = {0};
    if (place->inside || !open_quietly(place->file, &file))
        return 0;
    const int is = H5Aexists(file.file, "nwb_version") > 0 || ecp_h5_has(file.file, "nwb_version");
    ecp_h5_shut(&file);
    return is;
}

static enum ecp_status check_version(const struct ecp_h5_reader *file, struct ecp_pool *pool)
{
    const char **version = NULL;
    size_t n = 0;
    if (!ecp_array_attribute(file->file, "nwb_version", pool, &n, &version) || n == 0)
        return ecp_fail(ECP_EIO, "%s: is NWB 1; NWB 2 is read", file->path);
    const char *text = version[0] + (strncmp(version[0], "NWB-", 4) == 0 ? 4 : 0);
    if (strncmp(text, "2", 1) != 0)
        return ecp_fail(ECP_EIO, "%s: is NWB %.20s; NWB 2 is read", file->path, text);
    return ECP_OK;
}

enum ecp_status ecp_nwb_read(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    const struct ecp_dataset_request *request = place->request;
    struct ecp_h5_reader file = {0};
    struct ecp_pool pool = {0};
    struct ecp_nwb nwb = {.file = &file, .request = request, .pool = &pool};
    enum ecp_status status;
    ECP_TRY(ecp_h5_open(place->file, &file));
    ECP_TRY(check_version(&file, &pool));
    ECP_TRY(ecp_dataset_create(request->name ? request->name : request->path, &nwb.set));
    nwb.set->source = ecp_dataset_printf(nwb.set, "%s", place->file);
    ECP_TRY(ecp_nwb_read_trials(&nwb));
    ECP_TRY(ecp_nwb_read_units(&nwb));
    *out = nwb.set;
    nwb.set = NULL;
done:
    ecp_dataset_destroy(nwb.set);
    ecp_pool_clear(&pool);
    ecp_h5_shut(&file);
    return status;
}
