/* config_scenario.h -- the words of a scenario's choices. */
#ifndef ECP_CONFIG_SCENARIO_H
#define ECP_CONFIG_SCENARIO_H

#include "engine/arena.h"
#include "engine/scenario.h"

enum { ECP_CHOICE_WORDS = 16 };

/* NULL where the field is a number. */
const struct ecp_choice *ecp_scenario_choice(const struct ecp_scenario *scenario,
                                             const char *field);

/* "poisson dc" -> ECP_CHOICE_WORDS words at most, ended with NULL; owned by
 * `arena`. */
enum ecp_status ecp_choice_words(struct ecp_arena *arena, const struct ecp_choice *choice,
                                 const char **words);

#endif
