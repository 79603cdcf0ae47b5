#include "view/inode.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/siphash.h"
#include "view/limits.h"

#define INDEX_BITS 24
#define NUMBER_BITS 34
#define KIND_SHIFT (INDEX_BITS + NUMBER_BITS)

/* The root's id is 1, as the kernel has it: kind 0, number 0, index 1. */
uint64_t ckpt_id_pack(enum ckpt_node_kind kind, uint64_t number, uint32_t index)
{
	assert(number <= CKPT_ID_NUMBER_MAX && index <= CKPT_ID_INDEX_MAX);
	if (kind == CKPT_NODE_ROOT)
		return 1;
	return (uint64_t)kind << KIND_SHIFT | number << INDEX_BITS | index;
}

bool ckpt_id_unpack(uint64_t id, struct ckpt_id *out)
{
	out->kind = (enum ckpt_node_kind)(id >> KIND_SHIFT);
	out->number = id >> INDEX_BITS & CKPT_ID_NUMBER_MAX;
	out->index = (uint32_t)(id & CKPT_ID_INDEX_MAX);
	return out->kind == CKPT_NODE_ROOT ? id == 1 : out->kind < CKPT_NODE_KINDS;
}

uint64_t ckpt_ino(const char *fmt, ...)
{
	static const unsigned char key[16];
	char name[CKPT_OWNER_MAX];
	uint64_t ino;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < sizeof(name));
	ino = ckpt_siphash(key, name, (size_t)n) >> 1;
	return ino < 2 ? ino + 2 : ino;
}

uint64_t ckpt_ino_checkpoint(const struct ckpt_uuid *u, const char *text)
{
	uint64_t hash = ckpt_ino("/%s", text), ino;
	int64_t ms;

	if (!ckpt_uuid_time_ms(u, &ms))
		return hash;
	ino = (uint64_t)ms << 14 | (hash & 0x3fff);
	return ino < 2 ? ino + 2 : ino;
}
