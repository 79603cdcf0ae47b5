#include "cmd/width.h"

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"

static bool wanted;
static locale_t utf8;

void ckpt_width_init(void)
{
	wanted = true;
}

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

/* Most commands show nothing but ASCII. */
static locale_t get_locale(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (wanted)
		pthread_once(&once, make_locale);
	return utf8;
}

/* The character at s, of so many bytes: it is whole. */
static wchar_t character(const unsigned char *s, size_t len)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned long c = s[0] & first[len];

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	return (wchar_t)c;
}

/* The width of the next one; *used: its bytes. */
static size_t next(const char *s, size_t *used)
{
	size_t len = ckpt_utf8_len(s, strlen(s));
	locale_t before, own;
	int n;

	*used = len ? len : 1;
	own = len < 2 ? 0 : get_locale();
	if (!own)
		return 1;
	before = uselocale(own);
	n = wcwidth(character((const unsigned char *)s, len));
	uselocale(before);
	return n < 0 ? 1 : (size_t)n;
}

size_t ckpt_width(const char *s)
{
	size_t width = 0, used;

	for (; *s; s += used)
		width += next(s, &used);
	return width;
}

size_t ckpt_width_fits(const char *s, size_t columns)
{
	size_t at = 0, width = 0, used;

	for (; s[at]; at += used) {
		width += next(s + at, &used);
		if (width > columns)
			break;
	}
	return at;
}

size_t ckpt_width_of_terminal(int fd)
{
	struct winsize size;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
