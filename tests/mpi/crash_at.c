/* crash_at.c -- for LD_PRELOAD: the process is killed just before its CRASH_AT-th call that
 * changes a folder, as by SIGKILL or a power cut there; beyond the last, nothing happens. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* MPI and HDF5 change folders of their own; only those below CRASH_IN count. */
static void count(const char *path)
{
    static int calls;
    const char *at = getenv("CRASH_AT"), *in = getenv("CRASH_IN");
    if (!at || !in || (path[0] == '/' && strncmp(path, in, strlen(in)) != 0))
        return;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) == atoi(at))
        (void)raise(SIGKILL);
}

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);
    *(void **)&real = next("rename");
    count(from);
    return real(from, to);
}

int unlink(const char *path)
{
    int (*real)(const char *);
    *(void **)&real = next("unlink");
    count(path);
    return real(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    int (*real)(int, const char *, int);
    *(void **)&real = next("unlinkat");
    count(path);
    return real(folder, path, flags);
}

int rmdir(const char *path)
{
    int (*real)(const char *);
    *(void **)&real = next("rmdir");
    count(path);
    return real(path);
}

int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t);
    *(void **)&real = next("mkdir");
    count(path);
    return real(path, mode);
}
