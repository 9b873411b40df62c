/* config_scenario.h -- the words of the choices that scenarios and rules have. */
#ifndef ECP_CONFIG_SCENARIO_H
#define ECP_CONFIG_SCENARIO_H

#include "engine/arena.h"
#include "engine/config_reader.h"
#include "engine/scenario.h"

enum { ECP_CHOICE_WORDS = 16 };

/* NULL where the field is a number. `choices` may be NULL. */
const struct ecp_choice *ecp_choice_of(const struct ecp_choice *choices, const char *field);

/* "poisson dc" -> ECP_CHOICE_WORDS words at most, ended with NULL; owned by
 * `arena`. */
enum ecp_status ecp_choice_words(struct ecp_arena *arena, const struct ecp_choice *choice,
                                 const char **words);

/* The word of `node`, as its position among those of `choice`. */
enum ecp_status ecp_read_choice(struct ecp_reader *reader, const struct ecp_node *node,
                                const struct ecp_choice *choice, double *out);

#endif
