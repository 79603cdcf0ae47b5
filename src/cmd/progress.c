#include "cmd/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/say.h"

#define FIRST_MS 500
#define BAR_MS 100
#define LINE_MS 10000
#define WIDTH_MAX 120

/* One process runs one command. */
static struct {
	bool quiet, shown;
	int64_t begun, last; /* 0: not yet */
} now;

static int64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0)
		return 80;
	return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

/* " 42% [#####.......] 420 of 1000 batches checked", or what of it there is
 * room for; never a whole line, or the terminal would wrap it. */
static void draw(const char *what, uint64_t done, uint64_t total)
{
	char words[WIDTH_MAX], line[sizeof("4294967295%") + sizeof(words)];
	size_t cols = width() - 1, used, room, full;
	unsigned percent = total ? (unsigned)(done / (total / 100.0)) : 100;

	snprintf(words, sizeof(words), " %" PRIu64 " of %" PRIu64 " %s", done, total, what);
	used = (size_t)snprintf(line, sizeof(line), "%3u%%", percent);
	room = cols > used + strlen(words) + 3 ? cols - used - strlen(words) - 3 : 0;
	if (room >= 5) {
		room = room < 40 ? room : 40;
		full = room * percent / 100;
		line[used++] = ' ';
		line[used++] = '[';
		for (size_t i = 0; i < room; i++)
			line[used++] = i < full ? '#' : '.';
		line[used++] = ']';
	}
	snprintf(line + used, sizeof(line) - used, "%s", words);
	fprintf(stderr, "\r%.*s\033[K", (int)cols, line);
	fflush(stderr);
	now.shown = true;
}

/* One that can draw a line anew. */
static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void ckpt_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	int64_t t = milliseconds();
	bool bar;

	(void)ctx;
	if (now.quiet || t - now.begun < FIRST_MS || t - now.last < BAR_MS)
		return;
	bar = is_terminal();
	/* Who reads lines is told of what takes long, not of its end. */
	if (!bar && !now.last)
		now.last = now.begun;
	if (!bar && t - now.last < LINE_MS)
		return;
	now.last = t;
	if (bar)
		draw(what, done, total);
	else
		ckpt_say("%" PRIu64 " of %" PRIu64 " %s", done, total, what);
}

void ckpt_progress_begin(bool quiet)
{
	now.quiet = quiet;
	now.begun = milliseconds();
}

void ckpt_progress_end(void)
{
	if (now.shown)
		fputs("\r\033[K", stderr);
	now.shown = false;
}
