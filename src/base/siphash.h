/* siphash.h - SipHash-2-4, by its description (Aumasson, Bernstein 2012)
 *
 * With a key that nobody outside knows, names can't be chosen to collide; with
 * one of zeros it is a hash that stays the same for ever.
 */
#ifndef CKPT_BASE_SIPHASH_H
#define CKPT_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* A key of this process. */
const unsigned char *ckpt_siphash_secret(void);
uint64_t ckpt_siphash(const unsigned char key[16], const void *data, size_t len);
/* SipHash-1-3, of half the rounds, as tables of others have it: where it only chooses
 * a bucket, and the key is a secret. */
uint64_t ckpt_siphash_bucket(const unsigned char key[16], const void *data, size_t len);

#endif
