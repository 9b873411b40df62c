/* fuzz_config.c -- any bytes are a config: a plan or one sentence, no more.
 *
 * Up to the first NUL they are the text, and each string behind it is an
 * override. Built with ECP_FUZZ for libFuzzer; fuzz_replay.c runs it over the
 * corpus in every test. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"

enum { MAX_OVERRIDES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the string at which a syntax error stops it. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig";
}

/* Said and not said must go together, and a sentence is one line. */
static void check(enum ecp_status status, const struct ecp_plan *plan)
{
    const char *message = ecp_error_message();
    const int good = status == ECP_OK
                         ? plan != NULL && message[0] == '\0'
                         : plan == NULL && message[0] != '\0' && !strchr(message, '\n');
    if (!good)
        abort();
}

/* What a plan says of itself reads as the same plan. */
static void check_again(const struct ecp_plan *plan)
{
    struct ecp_plan *again = NULL;
    if (ecp_config_parse(plan->config_text, "again.cfg", NULL, 0, &again) != ECP_OK ||
        strcmp(plan->config_text, again->config_text) != 0)
        abort();
    ecp_plan_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *overrides[MAX_OVERRIDES];
    size_t n = 0;
    struct ecp_plan *plan = NULL;
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (size_t at = strlen(text) + 1; at < size && n < MAX_OVERRIDES; at += strlen(text + at) + 1)
        overrides[n++] = text + at;

    ecp_error_clear();
    const enum ecp_status status = ecp_config_parse(text, "fuzz.cfg", overrides, n, &plan);
    check(status, plan);
    if (plan)
        check_again(plan);
    ecp_plan_destroy(plan);
    free(text);
    return 0;
}
