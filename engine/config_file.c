/* Reading the files that a config consists of. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/config_place.h"
#include "engine/config_text.h"

/* Lists of numbers belong into .csv and .h5 files. */
enum { MAX_BYTES = 64 * 1024 * 1024 };

char *ecp_text_path(struct ecp_arena *arena, const char *beside, const char *path)
{
    const char *slash = strrchr(beside, '/');
    if (path[0] == '/' || !slash)
        return ecp_arena_strdup(arena, path);
    return ecp_arena_printf(arena, "%.*s/%s", (int)(slash - beside), beside, path);
}

static enum ecp_status read_all(int file, const char *path, char *text, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(file, text + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ecp_fail(ECP_EIO, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0)
            break;
        done += (size_t)got;
    }
    const char *nul = memchr(text, '\0', done);
    if (!nul)
        return ECP_OK;
    struct ecp_place place = {path, 1};
    for (const char *at = text; at < nul; at++)
        place.line += *at == '\n';
    return ecp_refuse(&place, NULL, "found a NUL byte; a config is a text file");
}

enum ecp_status ecp_text_read_file(struct ecp_arena *arena, const char *path, char **out)
{
    enum ecp_status status = ECP_OK;
    struct stat facts;
    char *text = NULL;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    if (fstat(file, &facts) != 0)
        status = ecp_fail(ECP_EIO, "%s: cannot be read: %s", path, strerror(errno));
    else if (S_ISDIR(facts.st_mode))
        status = ecp_fail(ECP_EIO, "%s: found a folder; a config is a text file", path);
    else if (!S_ISREG(facts.st_mode))
        status = ecp_fail(ECP_EIO, "%s: found a device; a config is a text file", path);
    else if (facts.st_size > MAX_BYTES)
        status = ecp_fail(ECP_EIO, "%s: found %lld bytes; a config has at most %d", path,
                          (long long)facts.st_size, MAX_BYTES);
    if (status != ECP_OK)
        goto done;
    text = ecp_arena_alloc(arena, (size_t)facts.st_size + 1);
    if (!text) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the text of %s", path);
        goto done;
    }
    ECP_TRY(read_all(file, path, text, (size_t)facts.st_size));
    *out = text;
done:
    (void)close(file);
    return status;
}
