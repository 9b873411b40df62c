/* status.h -- what every fallible function returns.
 *
 * One list; the enum, the names, the sentences and the exit codes of the
 * program are expanded from it. Outputs travel through pointers; on failure
 * they are left untouched. */
#ifndef ECP_STATUS_H
#define ECP_STATUS_H

/* code, exit code of the program, sentence */
#define ECP_STATUS_LIST(X)                                                                         \
    X(OK, 0, "success")                                                                            \
    X(ECLAIM, 1, "a claim of the scenario failed")                                                 \
    X(EUSAGE, 2, "the command line is not valid")                                                  \
    X(ECONFIG, 3, "the configuration is not valid")                                                \
    X(EIO, 4, "a file could not be read or written")                                               \
    X(ENOMEM, 5, "not enough memory")                                                              \
    X(ENUMERIC, 6, "a state variable left the finite range")                                       \
    X(ECOMM, 7, "another rank failed, or a message was lost")                                      \
    X(EARG, 8, "an argument is outside its documented domain")                                     \
    X(ENOTFOUND, 9, "nothing of that name is registered")                                          \
    X(ESTOPPED, 75, "stopped on request; what was finished is written")

enum ecp_status {
#define X(code, exit_code, text) ECP_##code,
    ECP_STATUS_LIST(X)
#undef X
};

/* Name, sentence and exit code of a status; never NULL. */
const char *ecp_status_name(enum ecp_status status);
const char *ecp_status_text(enum ecp_status status);
int ecp_status_exit_code(enum ecp_status status);

/* Record where and why (per thread, printf-like) and return `status`.
 * The first record stands until ecp_error_clear(). */
enum ecp_status ecp_fail_at(const char *file, int line, enum ecp_status status, const char *format,
                            ...) __attribute__((format(printf, 4, 5)));

/* The status itself is the value, so that compilers see it is not ECP_OK. */
#define ecp_fail(status, ...)                                                                      \
    ((void)ecp_fail_at(__FILE__, __LINE__, (status), __VA_ARGS__), (enum ecp_status)(status))

/* The sentence recorded last on this thread ("" when there is none), and the
 * source line that recorded it ("engine/plan.c:120"). */
const char *ecp_error_message(void);
const char *ecp_error_origin(void);
void ecp_error_clear(void);

/* For functions that own things, with a local `status`: jump to the one
 * `done:` label that frees. */
#define ECP_TRY(expression)                                                                        \
    do {                                                                                           \
        status = (expression);                                                                     \
        if (status != ECP_OK)                                                                      \
            goto done;                                                                             \
    } while (0)

#endif
