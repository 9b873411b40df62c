/* What this machine can still give: room on a disk, free memory, the limits of the control
 * groups that the process is in, and its own limits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "engine/forecast.h"
#include "engine/store.h"

enum { LINE = 512, PATH = 1024 };

/* The number after `key` in a file of "key  number [kB]" lines, in the file's
 * unit; NAN when it is not there. */
static double value_of(const char *path, const char *key)
{
    char line[LINE];
    double value = NAN;
    FILE *file = fopen(path, "re");
    if (!file)
        return NAN;
    const size_t length = strlen(key);
    while (isnan(value) && fgets(line, sizeof line, file))
        if (strncmp(line, key, length) == 0 && strchr(": \t", line[length]) && line[length])
            value = strtod(line + length + 1, NULL);
    fclose(file);
    return value;
}

/* The single number in a file; INFINITY for "max"; NAN when not there. */
static double number_in(const char *path)
{
    char line[LINE];
    double value = NAN;
    FILE *file = fopen(path, "re");
    if (!file)
        return NAN;
    if (fgets(line, sizeof line, file))
        value = strncmp(line, "max", 3) == 0 ? (double)INFINITY : strtod(line, NULL);
    fclose(file);
    return value;
}

/* Left in the group at `folder`; pages of files that can be dropped are free. */
static double left_in_group(const char *folder, const char *limit, const char *usage,
                            const char *droppable)
{
    char path[PATH + 64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, limit);
    const double allowed = number_in(path);
    (void)snprintf(path, sizeof path, "%s/%s", folder, usage);
    const double used = number_in(path);
    (void)snprintf(path, sizeof path, "%s/memory.stat", folder);
    const double cached = value_of(path, droppable);
    if (isnan(allowed) || isnan(used))
        return INFINITY;
    return fmax(allowed - used + (isnan(cached) ? 0 : cached), 0);
}

/* The least that is left in the group `name` and those above it. A container
 * often sees its own group as the root, so the root is asked, too. */
static double left_in_groups(const char *root, const char *name, int version)
{
    char folder[PATH];
    double least = INFINITY;
    if (snprintf(folder, sizeof folder, "%s%s", root, name) >= (int)sizeof folder)
        return least;
    const size_t root_length = strlen(root);
    for (;;) {
        const double left =
            version == 2 ? left_in_group(folder, "memory.max", "memory.current", "inactive_file")
                         : left_in_group(folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                         "total_inactive_file");
        least = fmin(least, left);
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= root_length || !slash)
            return least;
        *slash = '\0';
        if (strlen(folder) < root_length)
            return least;
    }
}

static double left_by_control_groups(void)
{
    char line[LINE];
    double least = INFINITY;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return least;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *group = strchr(line, ':');
        char *name = group ? strchr(group + 1, ':') : NULL;
        if (!name)
            continue;
        *name++ = '\0';
        if (strcmp(group + 1, "memory") == 0)
            least = fmin(least, left_in_groups("/sys/fs/cgroup/memory", name, 1));
        else if (group[1] == '\0')
            least = fmin(least, left_in_groups("/sys/fs/cgroup", name, 2));
    }
    fclose(file);
    return least;
}

static double left_by_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return INFINITY;
    const double used = value_of("/proc/self/status", "VmSize") * 1024;
    return fmax((double)limit.rlim_cur - (isnan(used) ? 0 : used), 0);
}

double ecp_memory_available(void)
{
    const double available = value_of("/proc/meminfo", "MemAvailable") * 1024;
    return fmin(isnan(available) ? (double)INFINITY : available,
                fmin(left_by_control_groups(), left_by_limits()));
}

/* Room in the nearest folder at or above `dir` that exists; INFINITY: not known. */
static double disk_available(const char *dir)
{
    char path[PATH];
    struct statvfs facts;
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path)
        return INFINITY;
    while (statvfs(path, &facts) != 0) {
        char *slash = strrchr(path, '/');
        if (path[0] == '\0' || strcmp(path, ".") == 0 || strcmp(path, "/") == 0)
            return INFINITY;
        if (slash == path)
            slash[1] = '\0';
        else if (slash)
            *slash = '\0';
        else
            (void)snprintf(path, sizeof path, ".");
    }
    return (double)facts.f_bavail * (double)facts.f_frsize;
}

enum ecp_status ecp_forecast_disk(const struct ecp_plan *plan, const char *dir)
{
    if (plan->output_weights == ECP_OUTPUT_NONE)
        return ECP_OK;
    const double need = ecp_plan_forecast(plan, 1).edges_bytes, room = disk_available(dir);
    if (need <= room)
        return ECP_OK;
    return ecp_fail(ECP_EIO,
                    "output.weights: the edges of %.3g synapses (%d bytes each, %s) need %.2f GB, "
                    "and %.2f GB are free in %s; allowed: fewer synapses, another folder, or "
                    "\"none\"",
                    need / ECP_EDGE_BYTES, ECP_EDGE_BYTES,
                    plan->output_weights == ECP_OUTPUT_BOTH ? "initial and final" : "final",
                    need * 1e-9, room * 1e-9, dir);
}
