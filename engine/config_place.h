/* config_place.h -- the one-line errors of a user's config:
 *
 *     FILE:LINE: key: what was found; what is allowed
 */
#ifndef ECP_CONFIG_PLACE_H
#define ECP_CONFIG_PLACE_H

#include <stddef.h>

#include "engine/plan.h"
#include "engine/status.h"

/* The file of what the command line said; its line is 0. */
#define ECP_COMMAND_LINE "command line"

enum { ECP_KEY_LENGTH = 256, ECP_ALLOWED_LENGTH = 640 };

/* Record the sentence and return ECP_ECONFIG. Characters that would break the
 * line are replaced. `place` and `key` may be NULL. */
enum ecp_status ecp_refuse_at(const char *file, int line, const struct ecp_place *place,
                              const char *key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#define ecp_refuse(...) ecp_refuse_at(__FILE__, __LINE__, __VA_ARGS__)

/* Put place and key before a sentence that was recorded without them, keeping
 * `status`. Statuses that are not about the config pass unchanged. */
enum ecp_status ecp_refuse_again(const struct ecp_place *place, const char *key,
                                 enum ecp_status status);

/* "did you mean \"tau_m\"? allowed: c, tau_m, v_th", or "there are none".
 * Long lists end in "...". Returns `text`, of ECP_ALLOWED_LENGTH. */
const char *ecp_allowed(char *text, const char *wrong, const char *const *names, size_t n);

#endif
