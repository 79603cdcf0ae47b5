/* openmetrics.h - metrics as text
 *
 * OpenMetrics 1.0, and at the same time the older text format of Prometheus, since
 * the textfile collector of node_exporter reads nothing else.  What the two read
 * alike:
 *
 * - Gauges and summaries.  What takes time is a summary of a count and a sum.
 * - A plain counter has a name that ends in _total, and no TYPE: OpenMetrics names
 *   its family without that ending, the older format with it, and with either
 *   name the other reader refuses it or loses the help.  For both it is then of
 *   type unknown, which rate() and increase() do not mind.
 * - A UNIT, as OpenMetrics wants it of a name that ends in one, and the EOF: for
 *   the older format these are comments.
 *
 * Every sample has the label root.  All text is UTF-8, with nothing in it that a
 * terminal would obey: a newline is \n, as both formats have it, other control
 * characters and bytes that are no UTF-8 are shown as \xNN.
 */
#ifndef CKPT_CMD_OPENMETRICS_H
#define CKPT_CMD_OPENMETRICS_H

#include <stdint.h>

#include "base/buf.h"

struct ckpt_om {
	struct ckpt_buf *out;
	const char *root;
	const char *family; /* its samples follow */
};

/* type: "gauge", "summary", or NULL for a counter.  help: without quotes and
 * backslashes. */
void ckpt_om_family(struct ckpt_om *om, const char *name, const char *type, const char *help);
/* A sample: its name is the family's and suffix; then any labels; then the value,
 * a whole number, or so many thousandths. */
void ckpt_om_begin(struct ckpt_om *om, const char *suffix);
void ckpt_om_label(struct ckpt_om *om, const char *key, const char *value);
void ckpt_om_end(struct ckpt_om *om, uint64_t value);
void ckpt_om_end_milli(struct ckpt_om *om, uint64_t value);
void ckpt_om_eof(struct ckpt_om *om);

#endif
