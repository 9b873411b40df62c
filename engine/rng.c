#include "engine/rng.h"

#include <Random123/philox.h>

struct ecp_philox_key ecp_rng_key(uint64_t seed, enum ecp_purpose purpose, size_t object)
{
    return (struct ecp_philox_key){.seed = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                                   .tag = (uint32_t)purpose << 24 | (uint32_t)(object & 0xffffff)};
}

void ecp_rng_words(struct ecp_philox_key key, uint32_t a, uint32_t b, uint32_t c, uint32_t word[4])
{
    const philox4x32_ctr_t counter = {{a, b, c, key.tag}};
    const philox4x32_key_t seed = {{key.seed[0], key.seed[1]}};
    const philox4x32_ctr_t out = philox4x32(counter, seed);
    for (int w = 0; w < 4; w++)
        word[w] = out.v[w];
}

uint64_t ecp_stream_next(struct ecp_stream *stream)
{
    uint32_t word[4];
    ecp_rng_words(stream->key, stream->next++, stream->b, stream->c, word);
    return (uint64_t)word[1] << 32 | word[0];
}

uint64_t ecp_stream_below(struct ecp_stream *stream, uint64_t n)
{
    return (uint64_t)(((__uint128_t)ecp_stream_next(stream) * n) >> 64);
}

double ecp_rng_uniform(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}
