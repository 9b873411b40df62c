#include "engine/store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ecp_status ecp_files_name(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *name;
    const int length = vasprintf(&name, format, arguments);
    va_end(arguments);
    if (length < 0)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of a file");
    *out = name;
    return ECP_OK;
}

int ecp_files_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int ecp_files_is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static enum ecp_status make_one(const char *dir)
{
    if (mkdir(dir, 0777) == 0 || ecp_files_is_folder(dir))
        return ECP_OK;
    const char *reason = errno == EEXIST ? "it is a file, not a folder" : strerror(errno);
    return ecp_fail(ECP_EIO, "%s: the folder cannot be made: %s", dir, reason);
}

enum ecp_status ecp_files_make(const char *dir)
{
    if (dir[0] == '\0')
        return ecp_fail(ECP_EARG, "the name of the output folder is empty");
    char *part = strdup(dir);
    if (part == NULL)
        return ecp_fail(ECP_ENOMEM, "%s: no memory for its name", dir);
    enum ecp_status status = ECP_OK;
    for (char *slash = strchr(part + 1, '/'); slash != NULL && status == ECP_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(part);
        *slash = '/';
    }
    if (status == ECP_OK)
        status = make_one(part);
    free(part);
    return status;
}

enum ecp_status ecp_files_sync(const char *dir)
{
    const int descriptor = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", dir, strerror(errno));
    /* Some file systems cannot sync a folder and say EINVAL. */
    const int failed = fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
    (void)close(descriptor);
    if (failed != 0)
        return ecp_fail(ECP_EIO, "%s: cannot be synced: %s", dir, strerror(failed));
    return ECP_OK;
}

enum ecp_status ecp_files_move(const char *from, const char *to, const char *dir)
{
    if (rename(from, to) != 0)
        return ecp_fail(ECP_EIO, "%s: cannot be renamed to %s: %s", from, to, strerror(errno));
    return ecp_files_sync(dir);
}

static int matches(const char *name, const char *start, const char *end)
{
    const size_t length = strlen(name), a = strlen(start), b = strlen(end);
    return length >= a + b && strncmp(name, start, a) == 0 && strcmp(name + length - b, end) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum ecp_status ecp_files_list(const char *dir, const char *start, const char *end, char ***names,
                               size_t *n)
{
    DIR *folder = opendir(dir);
    if (folder == NULL)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", dir, strerror(errno));
    char **list = NULL;
    size_t count = 0;
    enum ecp_status status = ECP_OK;
    for (struct dirent *entry = readdir(folder); entry != NULL && status == ECP_OK;
         entry = readdir(folder)) {
        if (!matches(entry->d_name, start, end))
            continue;
        char **longer = realloc(list, (count + 1) * sizeof *list);
        char *name = strdup(entry->d_name);
        if (longer != NULL)
            list = longer;
        if (longer == NULL || name == NULL) {
            free(name);
            status = ecp_fail(ECP_ENOMEM, "%s: no memory for its names", dir);
        } else {
            list[count++] = name;
        }
    }
    (void)closedir(folder);
    if (status != ECP_OK) {
        ecp_files_free_list(list, count);
        return status;
    }
    if (count > 0)
        qsort(list, count, sizeof *list, by_name);
    *names = list;
    *n = count;
    return ECP_OK;
}

void ecp_files_free_list(char **names, size_t n)
{
    for (size_t k = 0; k < n; k++)
        free(names[k]);
    free(names);
}

void ecp_files_remove(const char *dir, const char *start, const char *end)
{
    char **name = NULL;
    size_t n = 0;
    if (ecp_files_list(dir, start, end, &name, &n) != ECP_OK)
        return;
    for (size_t k = 0; k < n; k++) {
        char *path;
        if (ecp_files_name(&path, "%s/%s", dir, name[k]) != ECP_OK)
            continue;
        (void)unlink(path);
        free(path);
    }
    ecp_files_free_list(name, n);
}

static int is_segment(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    return digits >= 6 &&
           (strcmp(name + digits, ".h5") == 0 || strcmp(name + digits, ".h5.part") == 0);
}

void ecp_files_remove_segments(const char *dir)
{
    char **name = NULL;
    size_t n = 0;
    if (!ecp_files_is_folder(dir) || ecp_files_list(dir, "", "", &name, &n) != ECP_OK)
        return;
    const int descriptor = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t k = 0; descriptor >= 0 && k < n; k++)
        if (is_segment(name[k]))
            (void)unlinkat(descriptor, name[k], 0);
    if (descriptor >= 0)
        (void)close(descriptor);
    ecp_files_free_list(name, n);
    (void)rmdir(dir);
}

size_t ecp_files_segments(const char *dir)
{
    size_t n = 0;
    for (;; n++) {
        char *name;
        if (ecp_files_name(&name, "%s/%06zu.h5", dir, n) != ECP_OK)
            return n;
        const int there = ecp_files_exists(name);
        free(name);
        if (!there)
            return n;
    }
}
