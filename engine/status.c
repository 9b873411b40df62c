#include "engine/status.h"

#include <stdarg.h>
#include <stdio.h>

struct record {
    char message[1024];
    char origin[128];
};

/* One record a thread: a worker that fails leaves its reason where the
 * caller of that thread finds it, without a lock. */
static _Thread_local struct record last;

static const char *const names[] = {
#define X(code, exit_code, text) #code,
    ECP_STATUS_LIST(X)
#undef X
};

static const char *const texts[] = {
#define X(code, exit_code, text) text,
    ECP_STATUS_LIST(X)
#undef X
};

static const int exit_codes[] = {
#define X(code, exit_code, text) exit_code,
    ECP_STATUS_LIST(X)
#undef X
};

static unsigned checked(enum ecp_status status)
{
    const unsigned count = sizeof names / sizeof names[0];
    return (unsigned)status < count ? (unsigned)status : (unsigned)ECP_EARG;
}

const char *ecp_status_name(enum ecp_status status)
{
    return names[checked(status)];
}

const char *ecp_status_text(enum ecp_status status)
{
    return texts[checked(status)];
}

int ecp_status_exit_code(enum ecp_status status)
{
    return exit_codes[checked(status)];
}

enum ecp_status ecp_fail_at(const char *file, int line, enum ecp_status status, const char *format,
                            ...)
{
    if (last.message[0] != '\0')
        return status;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(last.message, sizeof last.message, format, arguments);
    va_end(arguments);
    (void)snprintf(last.origin, sizeof last.origin, "%s:%d", file, line);
    return status;
}

const char *ecp_error_message(void)
{
    return last.message;
}

const char *ecp_error_origin(void)
{
    return last.origin;
}

void ecp_error_clear(void)
{
    last.message[0] = '\0';
    last.origin[0] = '\0';
}
