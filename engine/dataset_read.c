#include "engine/dataset_read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dataset_kinds.h"

/* Where "FILE:/GROUP/NAME" is cut; NULL: a name of a file alone. */
static const char *inside(const char *path)
{
    const char *colon = strstr(path, ":/");
    return colon && colon > path ? colon : NULL;
}

void ecp_dataset_short_name(const char *path, char name[ECP_DATASET_NAME])
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--; /* of a folder */
    size_t first = length;
    while (first > 0 && path[first - 1] != '/')
        first--;
    (void)snprintf(name, ECP_DATASET_NAME, "%.*s", (int)(length - first), path + first);
    char *dot = inside(path) ? NULL : strrchr(name, '.');
    if (dot && dot > name)
        *dot = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            *c = '_';
}

enum ecp_status ecp_dataset_read(const struct ecp_dataset_request *request,
                                 struct ecp_dataset **out)
{
    const char *colon = inside(request->path);
    struct ecp_dataset_place place = {.request = request, .inside = colon ? colon + 1 : NULL};
    enum ecp_status status = ECP_OK;
    place.file =
        colon ? strndup(request->path, (size_t)(colon - request->path)) : strdup(request->path);
    if (!place.file)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of a file");
    for (size_t k = 0; ecp_dataset_kinds[k].is; k++) {
        if (!ecp_dataset_kinds[k].is(&place))
            continue;
        status = ecp_dataset_kinds[k].read(&place, out);
        goto done;
    }
    status = ecp_fail(ECP_EIO,
                      "%s: not a file that can be scored (NWB, SONATA, a matrix in HDF5 "
                      "or CSV; a dataset of an HDF5 file is FILE:/GROUP/NAME)",
                      request->path);
done:
    free(place.file);
    return status;
}
