#include "cmd/openmetrics.h"

#include <inttypes.h>
#include <string.h>

/* The unit that a name ends in, or NULL. */
static const char *unit_of(const char *name)
{
	static const char *const units[] = { "bytes", "seconds" };
	const char *end = strrchr(name, '_');

	for (size_t i = 0; end && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end + 1, units[i]) == 0)
			return units[i];
	return NULL;
}

void ckpt_om_family(struct ckpt_om *om, const char *name, const char *type, const char *help)
{
	const char *unit = unit_of(name);

	om->family = name;
	if (type)
		ckpt_buf_addf(om->out, "# TYPE %s %s\n", name, type);
	if (unit)
		ckpt_buf_addf(om->out, "# UNIT %s %s\n", name, unit);
	ckpt_buf_addf(om->out, "# HELP %s %s\n", name, help);
}

static void add_label(struct ckpt_buf *out, const char *key, const char *value)
{
	char shown[CKPT_SHOWN_MAX];
	size_t n = strlen(value), used, len;

	ckpt_buf_addf(out, "%s=\"", key);
	for (; n; value += used, n -= used) {
		used = 1;
		if (*value == '\n') {
			ckpt_buf_adds(out, "\\n");
			continue;
		}
		len = ckpt_shown(value, n, shown, &used);
		for (size_t i = 0; i < len; i++) {
			if (shown[i] == '\\' || shown[i] == '"')
				ckpt_buf_addc(out, '\\');
			ckpt_buf_addc(out, shown[i]);
		}
	}
	ckpt_buf_addc(out, '"');
}

void ckpt_om_begin(struct ckpt_om *om, const char *suffix)
{
	ckpt_buf_addf(om->out, "%s%s{", om->family, suffix);
	add_label(om->out, "root", om->root);
}

void ckpt_om_label(struct ckpt_om *om, const char *key, const char *value)
{
	ckpt_buf_addc(om->out, ',');
	add_label(om->out, key, value);
}

void ckpt_om_end(struct ckpt_om *om, uint64_t value)
{
	ckpt_buf_addf(om->out, "} %" PRIu64 "\n", value);
}

void ckpt_om_end_milli(struct ckpt_om *om, uint64_t value)
{
	ckpt_buf_addf(om->out, "} %" PRIu64 ".%03" PRIu64 "\n", value / 1000, value % 1000);
}

void ckpt_om_eof(struct ckpt_om *om)
{
	ckpt_buf_adds(om->out, "# EOF\n");
}
