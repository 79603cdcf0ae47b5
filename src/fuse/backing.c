#include "fuse/backing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void ckpt_backings_init(struct ckpt_backings *b)
{
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->decided, NULL);
	b->why = "the kernel was not asked yet";
}

void ckpt_backings_release(struct ckpt_backings *b)
{
	pthread_cond_destroy(&b->decided);
	pthread_mutex_destroy(&b->lock);
}

void ckpt_backings_turn_on(struct ckpt_backings *b, const char *why)
{
	pthread_mutex_lock(&b->lock);
	b->on = !why;
	b->why = why;
	pthread_mutex_unlock(&b->lock);
	if (why)
		ckpt_log_add(b->log, CKPT_LOG_NO_PASSTHROUGH, "no passthrough: %s", why);
}

/* --- deciding ------------------------------------------------------------ */

/* What a refusal says of the whole mount; NULL: it is about this file or this
 * moment. */
static const char *reason_of(int code)
{
	switch (code) {
	case EACCES:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
		return NULL;
	case ELOOP:
		return "the storage root lies on a stacked file system (overlay, or FUSE with passthrough)";
	case EPERM:
		return "this process may not register files for it (CAP_SYS_ADMIN)";
	case EPIPE:
		return "the process that registers files has ended";
	default:
		return "the kernel does not take this file system's files";
	}
}

/* With no lock held: it waits for another process. */
static int registered(struct ckpt_backings *b, int fd)
{
	int id = b->open(b->ctx, fd);
	const char *why = id < 0 ? reason_of(-id) : NULL;
	bool first = false;

	pthread_mutex_lock(&b->lock);
	if (id > 0)
		b->registered++;
	else
		b->refused += id < 0;
	if (why && b->on) {
		first = true;
		b->on = false;
		b->why = why;
	}
	pthread_mutex_unlock(&b->lock);
	if (first)
		ckpt_log_add(b->log, CKPT_LOG_PASSTHROUGH_OFF, "passthrough is off from now on: %s: %s", why,
			     strerror(-id));
	return id > 0 ? id : 0;
}

/* Also with no lock held.  on: passthrough is. */
static void decide(struct ckpt_backings *b, struct ckpt_backing *n, int fd, int64_t size, bool on, bool fresh)
{
	struct stat st;

	if (size < 0 || fresh) /* what is given is what there is now */
		size = fstat(fd, &st) ? -1 : st.st_size;
	if (size < 0)
		return;
	if (size < CKPT_BACKING_MIN)
		n->given = fresh && b->give && b->give(b->giver, n->node, fd, (size_t)size);
	else if (on)
		n->id = registered(b, fd);
}

/* --- which are open ------------------------------------------------------ */

static struct ckpt_backing **find(struct ckpt_backings *b, uint64_t node)
{
	/* The low bits of a node are an index, the high ones its kind and slot. */
	uint64_t h = node * UINT64_C(0x9e3779b97f4a7c15);
	struct ckpt_backing **at = &b->bucket[(h >> 32) % CKPT_BACKING_BUCKETS];

	while (*at && (*at)->node != node)
		at = &(*at)->next;
	return at;
}

struct ckpt_backing *ckpt_backing_open(struct ckpt_backings *b, uint64_t node, int fd, int64_t size,
				       bool wanted, bool fresh)
{
	struct ckpt_backing **at, *n;
	bool on;

	pthread_mutex_lock(&b->lock);
	at = find(b, node);
	n = *at;
	if (n) {
		n->open++;
		while (n->deciding)
			pthread_cond_wait(&b->decided, &b->lock);
		pthread_mutex_unlock(&b->lock);
		return n;
	}
	n = malloc(sizeof(*n));
	on = wanted && b->on;
	wanted = on || fresh;
	if (n) {
		*n = (struct ckpt_backing){ .node = node, .open = 1, .deciding = wanted };
		*at = n;
	}
	pthread_mutex_unlock(&b->lock);
	if (!n || !wanted)
		return n;
	decide(b, n, fd, size, on, fresh);
	pthread_mutex_lock(&b->lock);
	n->deciding = false;
	pthread_cond_broadcast(&b->decided);
	pthread_mutex_unlock(&b->lock);
	return n;
}

void ckpt_backing_close(struct ckpt_backings *b, struct ckpt_backing *n)
{
	bool last;

	if (!n)
		return;
	pthread_mutex_lock(&b->lock);
	last = --n->open == 0;
	if (last) {
		*find(b, n->node) = n->next;
		b->given_back += n->id > 0;
	}
	pthread_mutex_unlock(&b->lock);
	if (!last)
		return;
	if (n->id)
		b->close(b->ctx, n->id);
	free(n);
}

void ckpt_backings_stats(struct ckpt_backings *b, struct ckpt_backing_stats *out)
{
	pthread_mutex_lock(&b->lock);
	*out = (struct ckpt_backing_stats){
		.on = b->on,
		.why = b->why,
		.open = b->registered - b->given_back,
		.registered = b->registered,
		.refused = b->refused,
	};
	pthread_mutex_unlock(&b->lock);
}

void ckpt_backings_status(struct ckpt_backings *b, struct ckpt_buf *out)
{
	struct ckpt_backing_stats s;

	ckpt_backings_stats(b, &s);
	ckpt_buf_addf(out, ",\"passthrough\":%s,\"no_passthrough\":", s.on ? "true" : "false");
	if (s.on)
		ckpt_buf_adds(out, "null");
	else
		ckpt_buf_add_json(out, s.why, strlen(s.why));
	ckpt_buf_addf(out, ",\"backing_files\":{\"open\":%llu,\"registered\":%llu,\"refused\":%llu}",
		      (unsigned long long)s.open, (unsigned long long)s.registered,
		      (unsigned long long)s.refused);
}
