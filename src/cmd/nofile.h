/* nofile.h - how many descriptors the daemon may have, and who gets them
 *
 * A lease and a held file are a descriptor each, and the kernel's limit is the only
 * one that counts.
 */
#ifndef CKPT_CMD_NOFILE_H
#define CKPT_CMD_NOFILE_H

#include <stddef.h>

/* The kernel's table of them is made this large in advance (8 bytes each). */
#define CKPT_NOFILE_TABLE (1 << 15)

/* As many as the system allows; before there is a thread. */
void ckpt_nofile_raise(void);
/* What readers may cause to be opened. */
size_t ckpt_nofile_readers(void);
/* And of that what may be held, where nobody says. */
size_t ckpt_nofile_held(void);

#endif
