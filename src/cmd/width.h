/* width.h - how wide a text is on a terminal
 *
 * In columns, not bytes or characters: an ideograph takes two, a combining mark
 * none.  Text is UTF-8 whatever the locale says, so the widths are those of a
 * locale of our own, made when one is asked for first; without it (a daemon, which
 * shows nobody a terminal; a system without C.UTF-8) a character is a column wide.
 */
#ifndef CKPT_CMD_WIDTH_H
#define CKPT_CMD_WIDTH_H

#include <stddef.h>

/* Widths are wanted: not in a daemon.  Before there are threads. */
void ckpt_width_init(void);

/* Of text that ckpt_shown() has passed (buf.h). */
size_t ckpt_width(const char *s);
/* How many bytes of it fit into so many columns, marks that stand on the last
 * character included. */
size_t ckpt_width_fits(const char *s, size_t columns);

/* Columns of the terminal that fd is; 0: it is none, or does not say. */
size_t ckpt_width_of_terminal(int fd);

#endif
