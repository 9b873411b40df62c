/* input_run.c -- a run's folder, or a file in it, as a data set. */
#include <stdlib.h>
#include <string.h>

#include "engine/dataset_kinds.h"
#include "engine/store.h"
#include "engine/store_files.h"
#include "engine/store_h5.h"

static int has_runs(const char *path)
{
    struct ecp_h5_reader file = {0};
    if (ecp_files_is_folder(path) || !ecp_files_exists(path) || H5Fis_hdf5(path) <= 0 ||
        ecp_h5_open(path, &file) != ECP_OK) {
        ecp_error_clear();
        return 0;
    }
    const int found = H5Aexists(file.file, "ecphory_version") > 0;
    ecp_h5_shut(&file);
    return found;
}

/* PATH/spikes.h5 of a folder; that beside a file of a run; NULL: none. To be freed. */
static char *spikes_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = NULL;
    enum ecp_status status;
    if (ecp_files_is_folder(path))
        status = ecp_files_name(&name, "%s/spikes.h5", path);
    else if (slash)
        status = ecp_files_name(&name, "%.*s/spikes.h5", (int)(slash - path), path);
    else
        status = ecp_files_name(&name, "spikes.h5");
    if (status == ECP_OK && ecp_files_exists(name))
        return name;
    ecp_error_clear();
    free(name);
    return NULL;
}

static int has_spikes(const char *path)
{
    struct ecp_h5_reader file = {0};
    if (ecp_h5_open(path, &file) != ECP_OK) {
        ecp_error_clear();
        return 0;
    }
    const int found = ecp_h5_has(file.file, "populations");
    ecp_h5_shut(&file);
    return found;
}

int ecp_run_is(const struct ecp_dataset_place *place)
{
    if (place->inside)
        return 0;
    if (ecp_files_is_folder(place->file))
        return 1;
    if (!has_runs(place->file))
        return 0;
    char *spikes = spikes_of(place->file);
    const int is = spikes || has_spikes(place->file);
    free(spikes);
    return is;
}

enum ecp_status ecp_run_read(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct ecp_recording *recording = NULL;
    char *spikes = has_spikes(place->file) ? strdup(place->file) : spikes_of(place->file);
    enum ecp_status status;
    ECP_TRY(ecp_store_read(spikes ? spikes : place->file, &recording));
    status = ecp_dataset_of_recording(recording, place->request, out);
done:
    ecp_recording_destroy(recording);
    free(spikes);
    return status;
}
