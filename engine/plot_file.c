/* plot_file.c -- shorter SVG text, and whole files or none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/plot_parts.h"

/* Attributes that say what holds anyway. */
static const char *const idle[] = {"stroke-opacity=\"1.000000\"", "fill-opacity=\"1.000000\"",
                                   "fill-rule=\"nonzero\"", "dominant-baseline=\"no-change\""};

static const char no_stroke[] = "stroke-width=\"0.000000e+00\"\n";

static int is_idle(const char *line, size_t length)
{
    for (size_t k = 0; k < sizeof idle / sizeof idle[0]; k++)
        if (strlen(idle[k]) == length && memcmp(line, idle[k], length) == 0)
            return 1;
    return 0;
}

/* The letter that "&#x74;" stands for, when it may be written as it is. */
static int plain_letter(const char *text)
{
    char *end;
    if (strncmp(text, "&#x", 3) != 0)
        return 0;
    const long code = strtol(text + 3, &end, 16);
    if (*end != ';' || code < 0x20 || code > 0x7e || strchr("<>&\"'", (int)code))
        return 0;
    return (int)code;
}

static size_t copy_line(char *out, const char *line, size_t length)
{
    size_t n = 0;
    for (size_t k = 0; k < length; k++) {
        const int letter = plain_letter(line + k);
        out[n++] = letter ? (char)letter : line[k];
        if (letter)
            k = (size_t)(strchr(line + k, ';') - line);
    }
    return n;
}

/* The page's own size, once each at the top: pixels in place of points, which
 * browsers would show a third larger. Never longer than what it replaces. */
static size_t copy_size(char *out, const char *line, const char *name, double size)
{
    char text[40];
    const int n = snprintf(text, sizeof text, "%s=\"%.0fpx\"", name, size);
    if (n < 0 || strncmp(line, text, strlen(name) + 2) != 0)
        return 0;
    const char *end = memchr(line, '\n', 40);
    if (!end || (size_t)(end - line) < (size_t)n)
        return 0;
    memcpy(out, text, (size_t)n);
    return (size_t)n;
}

static const char *after_line(const char *text)
{
    text += strcspn(text, "\n");
    return text + (*text == '\n');
}

size_t ecp_svg_tidy(char *text, double width, double height)
{
    size_t out = 0;
    int in_head = 1;
    for (const char *line = text; *line;) {
        line += strspn(line, " ");
        const size_t length = strcspn(line, "\n");
        const char *next = after_line(line);
        size_t n = 0;
        if (in_head && strncmp(line, "viewBox", 7) == 0)
            in_head = 0;
        if (in_head)
            n = copy_size(text + out, line, "width", width);
        if (in_head && n == 0)
            n = copy_size(text + out, line, "height", height);
        /* A fill without outline says so in two lines: width 0, and a colour. */
        if (n == 0 && strncmp(line, no_stroke, strlen(no_stroke)) == 0)
            next = after_line(next);
        else if (n == 0 && length > 0 && !is_idle(line, length))
            n = copy_line(text + out, line, length);
        out += n;
        if (n > 0)
            text[out++] = '\n';
        line = next;
    }
    text[out] = '\0';
    return out;
}

enum ecp_status ecp_file_replace(const char *path, const char *bytes, size_t n)
{
    enum ecp_status status = ECP_OK;
    int made = 0;
    const size_t size = strlen(path) + 32;
    char *name = malloc(size);
    if (!name)
        return ecp_fail(ECP_ENOMEM, "no memory to write %s", path);
    (void)snprintf(name, size, "%s.part", path); /* one name: a killed run leaves one at most */
    FILE *file = fopen(name, "wb");
    if (!file) {
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", path, strerror(errno));
        goto done;
    }
    made = 1;
    errno = 0;
    int whole = fwrite(bytes, 1, n, file) == n && fflush(file) == 0 && fsync(fileno(file)) == 0;
    const int fault = errno;
    whole &= fclose(file) == 0;
    if (!whole)
        status =
            ecp_fail(ECP_EIO, "%s: cannot be written: %s", path, strerror(fault ? fault : errno));
    else if (rename(name, path) != 0)
        status = ecp_fail(ECP_EIO, "%s: cannot be put in place: %s", path, strerror(errno));
    else
        made = 0;
done:
    if (made)
        (void)unlink(name);
    free(name);
    return status;
}
