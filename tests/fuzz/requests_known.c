#include <stdio.h>
#include <string.h>

#include "tests/fuzz/requests.h"
#include "view/inode.h"

void remember(struct kernel *k, uint64_t node)
{
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->node[i] == node)
			return;
	if (k->n_nodes < NODES_MAX)
		k->node[k->n_nodes++] = node;
}

uint64_t take_node(struct kernel *k)
{
	uint8_t how = take(&k->in);

	if (how < 0xc0)
		return k->node[how % k->n_nodes];
	if (how < 0xf0) {
		uint32_t number = take(&k->in), index = take(&k->in);

		/* Mostly one that is there: a checkpoint's number, a file's place. */
		return ckpt_id_pack(how % (CKPT_NODE_KINDS + 1), number < 0xe0 ? number % 6 : number,
				    index == 0xff  ? CKPT_INDEX_STATE
				    : index < 0xe0 ? index % 6
						   : index);
	}
	return take_u64(&k->in);
}

uint32_t take_uid(struct kernel *k)
{
	uint8_t how = take(&k->in);

	return how < 0xe0 ? MOUNTER : how;
}

struct handle *take_handle(struct kernel *k, bool dir)
{
	size_t at = take(&k->in), n = 0;

	for (size_t i = 0; i < k->n_handles; i++)
		n += k->handle[i].is_dir == dir;
	at = n ? at % n : 0;
	for (size_t i = 0; n && i < k->n_handles; i++)
		if (k->handle[i].is_dir == dir && at-- == 0)
			return &k->handle[i];
	return NULL;
}

size_t take_name(struct kernel *k, char name[NAME_MAX_LEN + 1])
{
	static const char *const names[] = { "latest",
					     "storage",
					     "dependencies",
					     "metadata.json",
					     ".ckptfs",
					     "control",
					     "by-time",
					     "by-identifier",
					     "pins",
					     "gc",
					     "sweep",
					     "status.json",
					     "usage.json",
					     "log",
					     "checkpoints.feldera",
					     "state.json",
					     "steps.bin",
					     "w0-0.feldera",
					     "w1-0.feldera",
					     "w1-1.feldera",
					     "CHECKPOINT",
					     "z1-0.dat",
					     "before",
					     "dependencies.json",
					     "a%2f0%25%01",
					     "a%2F0%25%01",
					     ".",
					     "..",
					     "x.mut",
					     "feldera.pidlock",
					     "metrics" };
	size_t n = sizeof(names) / sizeof(names[0]), len = 0;
	uint8_t how = take(&k->in);

	if (how < n)
		return (size_t)snprintf(name, NAME_MAX_LEN + 1, "%s", names[how]);
	if (how < n + N_UUIDS)
		return (size_t)snprintf(name, NAME_MAX_LEN + 1, "%s", requests_uuid[how - n]);
	if (how == 0xff) {
		memset(name, 'x', NAME_MAX_LEN);
		name[NAME_MAX_LEN] = '\0';
		return NAME_MAX_LEN;
	}
	for (how %= 64; len < how; len++) {
		name[len] = (char)take(&k->in);
		if (name[len] == '/' || name[len] == '\0')
			break;
	}
	if (len == 0)
		name[len++] = 'x';
	name[len] = '\0';
	return len;
}
