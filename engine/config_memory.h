/* config_memory.h -- the section `memories` of a config (private to its readers). */
#ifndef ECP_CONFIG_MEMORY_H
#define ECP_CONFIG_MEMORY_H

#include "engine/config_reader.h"
#include "engine/plan_memory.h"

/* Rows: "FILE", { file = ...; }, { random = ...; }, a list, and where `may_be_stored` also
 * { of = "stored"; }. They are read or drawn. */
enum ecp_status ecp_read_rows(struct ecp_reader *reader, struct ecp_node *node, int may_be_stored,
                              struct ecp_row_source *out);

/* ( 1, 2 ): rows of a number; ( [1, 2], [3, 4] ): rows of several (config_row_list.c). */
enum ecp_status ecp_read_row_list(struct ecp_reader *reader, const struct ecp_node *list,
                                  struct ecp_row_source *out);

/* links = ( { ... }, ... ) of a memory (config_link.c). */
enum ecp_status ecp_read_links(struct ecp_reader *reader, const struct ecp_node *list,
                               struct ecp_plan_memory *memory);

#endif
