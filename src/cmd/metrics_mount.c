#include "cmd/metrics.h"

void ckpt_metrics_mount(const char *root, struct ckpt_view *view, struct ckpt_fuse *fuse,
			struct ckpt_tally *tally, struct ckpt_buf *out)
{
	struct ckpt_metrics m = { .root = root, .verbs = ckpt_verbs };

	ckpt_view_stats(view, &m.view);
	ckpt_fuse_stats(fuse, &m.fuse);
	ckpt_tally_read(tally, &m.commands);
	m.ok = m.view.ok;
	m.checkpoints = m.view.checkpoints;
	m.newest_ms = m.view.latest_ms;
	m.pins_known = m.view.pins_known;
	m.pins = m.view.pins;
	m.pins_expired = m.view.pins_expired;
	if (m.commands.generation == m.view.generation)
		m.measured = m.commands.measured;
	ckpt_metrics_print(&m, out);
}
