/* input_sonata_groups.c -- what a SONATA file has of which populations; units of times, names
 * of units. */
#include <math.h>
#include <string.h>

#include "engine/input_sonata.h"
#include "engine/input_trials.h"

/* ---- what there is ---------------------------------------------------------------- */

static int is_plain(hid_t at)
{
    return ecp_h5_has(at, "timestamps") && (ecp_h5_has(at, "gids") || ecp_h5_has(at, "node_ids"));
}

/* A group with its columns; also one that lacks some, which is told when it is read. */
static int is_population(hid_t at, const char *name, const char *root)
{
    static const char *const columns[2][2] = {{"timestamps", "node_ids"}, {"data", "mapping"}};
    const char *const *column = columns[strcmp(root, "report") == 0];
    int found = 0;
    if (!ecp_h5_is_group(at, name))
        return 0;
    const hid_t group = H5Gopen2(at, name, H5P_DEFAULT);
    for (int k = 0; k < 2 && group >= 0; k++)
        found |= ecp_h5_has(group, column[k]);
    ecp_h5_close(group);
    return found;
}

static int has_population(hid_t at, const struct ecp_h5_reader *file, const char *root)
{
    const hsize_t n = ecp_h5_links(at);
    char name[ECP_H5_NAME];
    for (hsize_t k = 0; k < n && ecp_h5_link(file, at, k, name) == ECP_OK; k++)
        if (is_population(at, name, root))
            return 1;
    return strcmp(root, "spikes") == 0 && is_plain(at);
}

int ecp_sonata_is(const struct ecp_dataset_place *place, const char *root)
{
    struct ecp_h5_reader file = {.file = H5I_INVALID_HID};
    hid_t at = H5I_INVALID_HID;
    int is = 0;
    if (ecp_h5_open(place->file, &file) == ECP_OK) {
        if (place->inside) {
            const size_t n = strlen(root);
            is = strncmp(place->inside + 1, root, n) == 0 && place->inside[n + 1] == '/' &&
                 ecp_h5_is_group(file.file, place->inside + 1);
        } else if (ecp_h5_is_group(file.file, root)) {
            at = H5Gopen2(file.file, root, H5P_DEFAULT);
            is = has_population(at, &file, root);
        }
    }
    ecp_h5_close(at);
    ecp_h5_shut(&file);
    ecp_error_clear();
    return is;
}

static int is_wanted(const struct ecp_dataset_place *place, const char *root, const char *name)
{
    const char *list = place->request->population;
    if (place->inside)
        return strcmp(place->inside + strlen(root) + 2, name) == 0;
    if (!list)
        return 1;
    for (const char *at = list; *at;) {
        const size_t n = strcspn(at, ",");
        if (n == strlen(name) && strncmp(at, name, n) == 0)
            return 1;
        at += n + (at[n] == ',');
    }
    return 0;
}

static size_t names_of(const char *list)
{
    size_t n = 1;
    for (; *list; list++)
        n += *list == ',';
    return n;
}

enum ecp_status ecp_sonata_groups(const struct ecp_h5_reader *file, const char *root,
                                  const struct ecp_dataset_place *place, struct ecp_pool *pool,
                                  struct ecp_sonata_groups *out)
{
    struct ecp_sonata_groups groups = {0};
    char name[ECP_H5_NAME];
    const char *wanted = place->request->population, *all = "";
    hid_t at = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(file, file->file, root, &at));
    groups.plain = strcmp(root, "spikes") == 0 && is_plain(at) && !place->inside;
    const hsize_t n = groups.plain ? 0 : ecp_h5_links(at);
    for (hsize_t k = 0; k < n; k++) {
        ECP_TRY(ecp_h5_link(file, at, k, name));
        if (!is_population(at, name, root))
            continue;
        ECP_TRY(ecp_pool_print(pool, &all, "%s%s%s", all, all[0] ? ", " : "", name));
        if (!is_wanted(place, root, name))
            continue;
        ECP_TRY(ecp_pool_extend(pool, groups.n, sizeof *groups.name, &groups.name));
        ECP_TRY(ecp_pool_text(pool, name, &groups.name[groups.n]));
        groups.n++;
    }
    if (groups.plain && wanted)
        status = ecp_fail(ECP_ECONFIG, "%s: has no names of populations; leave \"%s\" out",
                          file->path, wanted);
    else if (!groups.plain && (groups.n == 0 || (wanted && groups.n < names_of(wanted))))
        status =
            ecp_fail(ECP_ECONFIG, "%s: no population \"%s\" in /%s; there are: %.300s", file->path,
                     wanted          ? wanted
                     : place->inside ? place->inside
                                     : "",
                     root, all[0] ? all : "none");
    else
        *out = groups;
done:
    ecp_h5_close(at);
    return status;
}

/* ---- shared ----------------------------------------------------------------------- */

enum ecp_status ecp_sonata_time_unit(const struct ecp_h5_reader *file, hid_t at, const char *name,
                                     double *ms, int *given)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1},         {"millisecond", 1}, {"milliseconds", 1},
                 {"s", 1000},       {"sec", 1000},      {"second", 1000},
                 {"seconds", 1000}, {"us", 1e-3},       {"\xC2\xB5s", 1e-3}};
    struct ecp_pool pool = {0};
    const char *text = "";
    const hid_t dataset = ecp_h5_has(at, name) ? H5Dopen2(at, name, H5P_DEFAULT) : -1;
    enum ecp_status status = ECP_OK;
    if (dataset >= 0)
        (void)ecp_h5_get_text(dataset, "units", &pool, &text);
    *given = text[0] != '\0';
    *ms = 1;
    size_t k = 0;
    const size_t n = sizeof units / sizeof units[0];
    while (*given && k < n && strcmp(units[k].name, text) != 0)
        k++;
    if (k == n)
        status = ecp_fail(ECP_ECONFIG, "%s: %s: unit \"%.40s\"; allowed: ms, s, us", file->path,
                          name, text);
    else if (*given)
        *ms = units[k].ms;
    ecp_h5_close(dataset);
    ecp_pool_clear(&pool);
    return status;
}

enum ecp_status ecp_sonata_name_units(struct ecp_dataset *set,
                                      const struct ecp_sonata_groups *groups, const size_t *group,
                                      const uint64_t *node)
{
    const size_t p = set->n_units;
    const char **name = ecp_dataset_alloc(set, p, sizeof *name);
    const char **population = ecp_dataset_alloc(set, p, sizeof *population);
    double *number = ecp_dataset_alloc(set, p, sizeof *number);
    struct ecp_label *label = ecp_dataset_alloc(set, 2, sizeof *label);
    int fine = name && population && number && label;
    const char *last = NULL;
    for (size_t u = 0; fine && u < p; u++) {
        const char *of = groups->plain ? "" : groups->name[group[u]];
        const unsigned long long id = node[u];
        if (u == 0 || group[u] != group[u - 1])
            last = ecp_dataset_printf(set, "%s", of);
        name[u] = groups->n > 1 ? ecp_dataset_printf(set, "%s:%llu", of, id)
                                : ecp_dataset_printf(set, "%llu", id);
        population[u] = last;
        number[u] = (double)id;
        fine = name[u] && last;
    }
    if (!fine)
        return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
    label[0] = (struct ecp_label){.name = "node_id", .number = number};
    label[1] = (struct ecp_label){.name = "population", .word = population};
    set->unit = name;
    set->unit_label = label;
    set->n_unit_labels = groups->plain ? 1 : 2;
    return ECP_OK;
}

enum ecp_status ecp_sonata_check_by(const struct ecp_dataset_place *place, const char *what)
{
    const char *by = place->request->by;
    if (!by || ecp_trials_named(by))
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG,
                    "%s: %s of SONATA have no trials, so none by \"%s\"; allowed: --by "
                    "FILE.csv:COLUMN, a table with columns start, stop (ms) and COLUMN",
                    place->file, what, by);
}
