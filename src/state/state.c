#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/siphash.h"
#include "state/envelope.h"

int ckpt_state_checkpoint(const struct ckpt_type *type, const void *object, struct ckpt_bytes *out,
			  struct ckpt_err *err)
{
	struct ckpt_buf buf = CKPT_BUF_INIT;
	int rc = ckpt_state_write(type, object, &buf, err);

	*out = (struct ckpt_bytes){ NULL, 0 };
	if (!rc)
		*out = (struct ckpt_bytes){ buf.data, buf.len };
	else
		ckpt_buf_release(&buf);
	return rc;
}

int ckpt_state_restore(const struct ckpt_type *type, void *object, const void *data, size_t len,
		       const char *what, struct ckpt_err *err)
{
	void *read;
	int rc = ckpt_state_read(type, data, len, what ? what : "a state", &read, err);

	if (!rc)
		ckpt_state_take(type, object, read);
	return rc;
}

/* One line a state, sorted: "words: array<string>". */
int ckpt_states_fingerprint(const struct ckpt_state *states, size_t n, uint64_t *out, struct ckpt_err *err)
{
	static const unsigned char key[16];
	struct ckpt_names lines = CKPT_NAMES_INIT;
	struct ckpt_buf line = CKPT_BUF_INIT;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		ckpt_buf_clear(&line);
		ckpt_buf_addf(&line, "%s: ", states[i].name);
		rc = ckpt_type_describe(states[i].type, &line, err);
		if (!rc)
			ckpt_names_add(&lines, line.data, line.len);
	}
	if (!rc && !ckpt_names_seal(&lines))
		rc = ckpt_fail_nomem(err);
	ckpt_buf_clear(&line);
	for (size_t i = 0; !rc && i < lines.n; i++)
		ckpt_buf_addf(&line, "%s\n", ckpt_names_at(&lines, i));
	if (!rc && line.failed)
		rc = ckpt_fail_nomem(err);
	if (!rc)
		*out = ckpt_siphash(key, line.data ? line.data : "", line.len);
	ckpt_names_release(&lines);
	ckpt_buf_release(&line);
	return rc;
}
