/* metrics.h - a root in numbers, for Prometheus
 *
 * Whoever knows numbers puts them into one struct, and one function prints it: the
 * verb those that can be read from a root, the daemon those of its view, its
 * kernel's requests and its commands.  What is not known is not printed: a family
 * that is absent is honest, a 0 would be wrong.
 *
 * Few series, however large a root is: no label has a checkpoint, an identifier or
 * the name of a pin in it.
 *
 * Being watched costs little.  The daemon's numbers are in memory, but for a stat
 * of each file that it holds open: no lock is held over that, no thread waits for
 * a command that runs, nothing is leased, and the root is not looked at.  The
 * verb, which is a process of its own, looks at every file.
 */
#ifndef CKPT_CMD_METRICS_H
#define CKPT_CMD_METRICS_H

#include "cmd/tally.h"
#include "fuse/fuse.h"
#include "view/view.h"

struct ckpt_metrics {
	const char *root;
	bool ok; /* the catalog, state.json and the pins can be read */
	size_t checkpoints;
	int64_t newest_ms; /* when the newest finished one was made; 0: none, or not known */
	bool pins_known;
	size_t pins, pins_expired;
	struct ckpt_measured measured;
	struct {
		const char *path; /* NULL: none was given */
		size_t checkpoints;
		int64_t newest_ms;
	} archive;
	const struct ckpt_verb *const *verbs; /* ckpt_verbs, of a mount; NULL: the rest is not known */
	struct ckpt_view_stats view;
	struct ckpt_fuse_stats fuse;
	struct ckpt_tally_counts commands;
};

void ckpt_metrics_print(const struct ckpt_metrics *m, struct ckpt_buf *out);

/* Those of a mount. */
void ckpt_metrics_mount(const char *root, struct ckpt_view *view, struct ckpt_fuse *fuse,
			struct ckpt_tally *tally, struct ckpt_buf *out);

#endif
