/* Floor 3: what many checkpoints cost, and what is found among them. */
#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"
#include "view/contents.h"
#include "view/inside.h"
#include "view/limits.h"
#include "view_world.h"

/* docs/performance.md has the same bound for all that is resident. */
#define BYTES_EACH 400
#define MANY 20000
#define FEW 2000

static void uuid_of(size_t i, char text[CKPT_UUID_TEXT])
{
	snprintf(text, CKPT_UUID_TEXT, "0199f0c2-%04x-7c3d-8e4f-%012x", (unsigned)i & 0xffff, (unsigned)i);
}

static void put_many(struct world *w, size_t n)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	char uuid[CKPT_UUID_TEXT];

	for (size_t i = 0; i < n; i++) {
		uuid_of(i, uuid);
		ckpt_buf_addf(&b,
			      "%c{\"uuid\":\"%s\",\"identifier\":null,\"fingerprint\":7,\"size\":31,"
			      "\"steps\":%zu,\"processed_records\":null}",
			      i ? ',' : '[', uuid, i);
	}
	ckpt_buf_adds(&b, "]");
	put(w, NULL, "checkpoints.feldera", b.data);
	ckpt_buf_release(&b);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED false
#else
#define COUNTED true
#endif

static size_t allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Bytes on the heap that a view of so many checkpoints has, all listed once. */
static size_t bytes_of(size_t n)
{
	struct world w;
	size_t before, after;

	world_init(&w);
	put_many(&w, n);
	before = allocated();
	world_open_view(&w, 1000);
	free(names_in(&w, ""));
	after = allocated();
	world_release(&w);
	return after - before;
}

START_TEST(a_checkpoint_that_nobody_looks_into_costs_few_bytes)
{
	size_t few = bytes_of(FEW), many = bytes_of(MANY);

	if (!COUNTED) {
		printf("skipped: the sanitizer's allocations are not counted\n");
		return;
	}
	printf("%zu bytes a checkpoint\n", (many - few) / (MANY - FEW));
	ck_assert_uint_gt((many - few) / (MANY - FEW), sizeof(struct ckpt_slot) + sizeof(struct ckpt_entry));
	ck_assert_uint_lt((many - few) / (MANY - FEW), BYTES_EACH);
}
END_TEST

static struct ckpt_slot *slot_of(struct world *w, const char *uuid)
{
	struct ckpt_uuid u;

	ck_assert(ckpt_uuid_parse(uuid, &u));
	return ckpt_slots_by_uuid(&w->view->slots, &u);
}

/* What is needed only while somebody reads goes with the lease. */
START_TEST(what_reading_takes_is_given_back)
{
	struct ckpt_view_file *f;
	struct ckpt_slot *s;
	struct world w;

	world_make(&w, 0);
	s = slot_of(&w, A);
	ck_assert_ptr_nonnull(s);
	ck_assert(!s->use && !s->listed);
	ck_assert_int_eq(open_file(&w, A "/storage/" SHARED, &f), 0);
	ck_assert(s->use && s->use->lease && s->use->open == 1);
	ck_assert(s->listed && s->listed->contents);
	ckpt_view_close(f);
	ck_assert_int_eq(ckpt_lease_expire(w.view, INT64_MAX), -1);
	ck_assert_ptr_null(s->use);
	ck_assert_ptr_nonnull(s->listed);
	ckpt_contents_drop(w.view, s);
	ck_assert_ptr_null(s->listed);
	/* That its lists were others is noticed all the same. */
	ck_assert(s->hashed);
	world_release(&w);
}
END_TEST

/* A number that was seen once never means another file, whatever was forgotten. */
START_TEST(lists_that_change_while_forgotten_get_a_new_number)
{
	struct ckpt_node before, after;
	struct ckpt_slot *s;
	struct world w;

	world_make(&w, 0);
	s = slot_of(&w, A);
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &before), 0);
	ckpt_contents_drop(w.view, s);
	put(&w, A, "a-0.dat", "new");
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &after), 0);
	ck_assert_uint_ne(before.id, after.id);
	ck_assert_int_eq(ckpt_view_getattr(w.view, before.id, &after, NULL), -ESTALE);
	/* A number of its own is not forgotten. */
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &before), 0);
	ckpt_contents_drop(w.view, s);
	ck_assert_ptr_nonnull(s->listed);
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &after), 0);
	ck_assert_uint_eq(before.id, after.id);
	world_release(&w);
}
END_TEST

/* Whatever came back in between, and left again. */
START_TEST(one_that_left_is_known_for_an_hour)
{
	struct ckpt_slots *t;
	struct ckpt_slot *s;
	struct world w;

	world_make(&w, 0);
	t = &w.view->slots;
	s = slot_of(&w, A);
	ckpt_slots_leave(t, s, 1000);
	s->present = true;
	ckpt_slots_leave(t, s, 2000);
	ckpt_slots_forget(t, CKPT_GONE_MS + 1999);
	ck_assert_ptr_eq(slot_of(&w, A), s);
	ck_assert_ptr_eq(ckpt_slots_by_number(t, s->number), s);
	/* One that is read is not forgotten. */
	s->leased = true;
	ckpt_slots_forget(t, CKPT_GONE_MS + 2000);
	ck_assert_ptr_eq(slot_of(&w, A), s);
	s->leased = false;
	ckpt_slots_forget(t, 2 * CKPT_GONE_MS + 1999);
	ck_assert_ptr_eq(slot_of(&w, A), s);
	ckpt_slots_forget(t, 2 * CKPT_GONE_MS + 2000);
	ck_assert_ptr_null(slot_of(&w, A));
	ck_assert_ptr_null(ckpt_slots_by_number(t, s->number));
	world_release(&w);
}
END_TEST

/* List so many more; where it goes on. */
static uint64_t list(struct ckpt_view_dir *d, uint64_t at, size_t n)
{
	struct ckpt_view_entry e;

	for (; n-- > 0; at = e.offset)
		ck_assert_int_eq(ckpt_view_readdir(d, at, false, &e, NULL), 1);
	return at;
}

START_TEST(a_listing_has_nodes_for_those_who_look)
{
	struct ckpt_view_dir *quiet, *looking;
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_node node;
	struct world w;
	uint64_t at;

	world_init(&w);
	put_many(&w, FEW);
	world_open_view(&w, 0);
	uuid_of(5, uuid);
	ck_assert_int_eq(open_dir(&w, "", &quiet), 0);
	ck_assert_int_eq(ckpt_view_nodes(quiet, 0), CKPT_NODES_BUT_LAST);
	at = list(quiet, 0, 200);
	ck_assert_int_eq(ckpt_view_nodes(quiet, at), CKPT_NODES_BUT_LAST);
	at = list(quiet, at, CKPT_NODES_FREELY);
	ck_assert_int_eq(ckpt_view_nodes(quiet, at), CKPT_NODES_NONE);
	/* Only a checkpoint is meant. */
	ck_assert_int_eq(look(&w, "latest", &node), 0);
	ck_assert_int_eq(look(&w, "nothing", &node), -ENOENT);
	ck_assert_int_eq(ckpt_view_nodes(quiet, at), CKPT_NODES_NONE);
	ck_assert_int_eq(open_dir(&w, "", &looking), 0);
	ck_assert_int_eq(look(&w, uuid, &node), 0);
	ck_assert_int_eq(ckpt_view_nodes(looking, at), CKPT_NODES_ALL);
	list(looking, at, 20);
	ck_assert_int_eq(ckpt_view_nodes(looking, at), CKPT_NODES_ALL);
	ckpt_view_closedir(looking);
	ckpt_view_closedir(quiet);
	/* Who looked before it was opened says nothing of this one. */
	ck_assert_int_eq(open_dir(&w, "", &quiet), 0);
	at = list(quiet, 0, CKPT_NODES_FREELY + 200);
	ck_assert_int_eq(ckpt_view_nodes(quiet, at), CKPT_NODES_NONE);
	ckpt_view_closedir(quiet);
	/* Below it all is as before. */
	ck_assert_int_eq(open_dir(&w, uuid, &quiet), 0);
	ck_assert_int_eq(ckpt_view_nodes(quiet, 0), CKPT_NODES_ALL);
	ck_assert_int_eq(ckpt_view_nodes(quiet, 20), CKPT_NODES_ALL);
	ckpt_view_closedir(quiet);
	world_release(&w);
}
END_TEST

/* --- the table ----------------------------------------------------------- */

/* So that many want the same place. */
static uint64_t crowded(const struct ckpt_slot *s)
{
	return (s->number % 7) << 61;
}

static uint64_t spread(const struct ckpt_slot *s)
{
	return ckpt_table_spread(s->number);
}

static bool is_number(const struct ckpt_slot *s, const void *key)
{
	return s->number == *(const uint64_t *)key;
}

static void churn(ckpt_table_hash_fn *hash, size_t n, unsigned steps)
{
	struct ckpt_slot *slot = calloc(n, sizeof(*slot));
	bool *in = calloc(n, sizeof(*in));
	struct ckpt_table t = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		slot[i].number = i + 1;
	srand(1);
	for (unsigned k = 0; k < steps; k++) {
		/* More come in one half of the time, and go in the other. */
		size_t i = (size_t)rand() % n;
		bool come = rand() % 4 ? k / (steps / 4) % 2 == 0 : rand() % 2;
		uint64_t key = i + 1;

		ck_assert_ptr_eq(ckpt_table_find(&t, hash(&slot[i]), is_number, &key),
				 in[i] ? &slot[i] : NULL);
		if (come && !in[i]) {
			ck_assert(ckpt_table_reserve(&t, hash, 1));
			ckpt_table_add(&t, hash, &slot[i]);
			in[i] = true;
			count++;
		} else if (!come) {
			ck_assert_int_eq(ckpt_table_remove(&t, hash, &slot[i]), in[i]);
			count -= in[i];
			in[i] = false;
		}
		ck_assert_uint_eq(t.n, count);
		ck_assert_uint_le(t.n, t.cap);
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_eq(ckpt_table_find(&t, hash(&slot[i]), is_number, &slot[i].number),
				 in[i] ? &slot[i] : NULL);
	ckpt_table_release(&t);
	free(in);
	free(slot);
}

START_TEST(a_table_has_what_came_and_did_not_go)
{
	churn(spread, 3000, 40000);
	churn(crowded, 300, 20000);
}
END_TEST

/* What it said is in the kernel's memory, with its size. */
START_TEST(metadata_says_the_same_when_the_lists_were_dropped_and_can_not_be_read_again)
{
	struct ckpt_slot *s;
	char *before, *after;
	struct world w;

	world_make(&w, 0);
	before = say_of(&w, A "/metadata.json");
	ck_assert_ptr_nonnull(strstr(before, "\"batches\":2"));
	s = slot_of(&w, A);
	pthread_mutex_lock(&w.view->lock);
	ckpt_contents_drop(w.view, s);
	pthread_mutex_unlock(&w.view->lock);
	put(&w, A, "dependencies.json", "damaged");
	check_opendir(&w, A "/storage", -EIO);
	after = say_of(&w, A "/metadata.json");
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_checkpoint_that_nobody_looks_into_costs_few_bytes,
		what_reading_takes_is_given_back,
		lists_that_change_while_forgotten_get_a_new_number,
		metadata_says_the_same_when_the_lists_were_dropped_and_can_not_be_read_again,
		one_that_left_is_known_for_an_hour,
		a_listing_has_nodes_for_those_who_look,
		a_table_has_what_came_and_did_not_go,
	};
	TCase *tc = tcase_create("view-scale");

	suite_add_all(tc, tests);
	tcase_set_timeout(tc, 60);
	return suite_run_one("view-scale", tc);
}
