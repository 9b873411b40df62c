#include "engine/config_place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/names.h"

enum { SENTENCE = 1024 };

/* Append, and stay within SENTENCE. */
static size_t append(char *text, size_t at, const char *part)
{
    for (; *part && at + 1 < SENTENCE; part++) {
        const unsigned char c = (unsigned char)*part;
        text[at++] = c < 32 || c == 127 ? ' ' : (char)c;
    }
    text[at] = '\0';
    return at;
}

static size_t append_place(char *text, const struct ecp_place *place, const char *key)
{
    size_t at = 0;
    text[0] = '\0';
    if (place && place->file) {
        at = append(text, at, place->file);
        if (place->line > 0) {
            char number[32];
            (void)snprintf(number, sizeof number, ":%d", place->line);
            at = append(text, at, number);
        }
        at = append(text, at, ": ");
    }
    if (key && key[0]) {
        at = append(text, at, key);
        at = append(text, at, ": ");
    }
    return at;
}

enum ecp_status ecp_refuse_at(const char *file, int line, const struct ecp_place *place,
                              const char *key, const char *format, ...)
{
    char text[SENTENCE], reason[SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    (void)append(text, append_place(text, place, key), reason);
    return ecp_fail_at(file, line, ECP_ECONFIG, "%s", text);
}

enum ecp_status ecp_refuse_again(const struct ecp_place *place, const char *key,
                                 enum ecp_status status)
{
    if (status == ECP_OK || status == ECP_ENOMEM || status == ECP_ECOMM)
        return status;
    char text[SENTENCE], reason[SENTENCE];
    (void)snprintf(reason, sizeof reason, "%s", ecp_error_message());
    ecp_error_clear();
    (void)append(text, append_place(text, place, key), reason);
    return ecp_fail(status == ECP_EIO ? ECP_EIO : ECP_ECONFIG, "%s", text);
}

const char *ecp_allowed(char *text, const char *wrong, const char *const *names, size_t n)
{
    if (n == 0) {
        (void)snprintf(text, ECP_ALLOWED_LENGTH, "there are none");
        return text;
    }
    const char *nearest = wrong ? ecp_names_nearest(wrong, names, n) : NULL;
    size_t at = 0;
    if (nearest)
        at = (size_t)snprintf(text, ECP_ALLOWED_LENGTH, "did you mean \"%s\"? ", nearest);
    if (at >= ECP_ALLOWED_LENGTH / 2) /* a name as long as a sentence */
        return text;
    at += (size_t)snprintf(text + at, ECP_ALLOWED_LENGTH - at, "allowed: ");
    for (size_t k = 0; k < n; k++) {
        const size_t length = strlen(names[k]);
        if (at + length + 8 > ECP_ALLOWED_LENGTH) {
            (void)snprintf(text + at, ECP_ALLOWED_LENGTH - at, ", ...");
            break;
        }
        at += (size_t)snprintf(text + at, ECP_ALLOWED_LENGTH - at, "%s%s", k ? ", " : "", names[k]);
    }
    return text;
}
