/** @file
 * state.h - objects that write themselves to bytes and come back
 *
 * The counterpart of Feldera's Checkpoint trait.  An object of a C program is
 * described by a struct ckpt_type: what it is made of and where its parts lie.
 * From that description alone ckptfs writes the object to bytes, makes it
 * again from them, counts its entries and frees it.
 *
 * There are ready types for numbers, strings and bytes, and makers for
 * optional, boxed, repeated and composed ones.  They are constants and nest
 * freely, also into themselves through an optional, a box or an array:
 *
 *	struct word { char *text; uint64_t count; };
 *	static const struct ckpt_member word_members[] = {
 *		CKPT_MEMBER(struct word, text, &ckpt_type_string),
 *		CKPT_MEMBER(struct word, count, &ckpt_type_u64),
 *	};
 *	static const struct ckpt_type word = CKPT_RECORD("word", struct word, word_members);
 *	static const struct ckpt_type words = CKPT_ARRAY_OF(&word);
 *
 * The bytes carry the text of the type ("array<record word{text: string,
 * count: u64}>"), so that a program whose state has changed is told how, and a
 * checksum.  They are the same on every machine; docs/state-format.md has them.
 *
 * Memory.  What hangs on an object (a string, the items of an array) is on the
 * heap, one malloc() each, and belongs to the object.  ckpt_state_release()
 * frees it.  An object is initialised by ckpt_state_init() or, where it holds no
 * CKPT_EMPTY with a default, by zeros.
 *
 * Errors: 0 or a negative errno, and a sentence (err.h; err may be NULL).  EUCLEAN: the bytes
 * are damaged.  EINVAL: they are of another type, or the object can't be
 * written (a box that holds nothing).  ENOTSUP: of a later version.  ERANGE: a
 * number does not fit this machine's.  ELOOP: nested too deeply.
 *
 * Threads.  No function here has a state of its own: any number of them may
 * run at the same time, on different objects, or reading the same one.
 */
#ifndef CKPTFS_STATE_H
#define CKPTFS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ckptfs/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- types -------------------------------------------------------------- */

/** What a type is made of. */
enum ckpt_type_kind {
	CKPT_TYPE_EMPTY,    /**< any object: writes nothing, comes back as the default */
	CKPT_TYPE_BOOL,	    /**< bool */
	CKPT_TYPE_I32,	    /**< int32_t */
	CKPT_TYPE_I64,	    /**< int64_t */
	CKPT_TYPE_U64,	    /**< uint64_t */
	CKPT_TYPE_SSIZE,    /**< ssize_t */
	CKPT_TYPE_SIZE,	    /**< size_t */
	CKPT_TYPE_DOUBLE,   /**< double, bit for bit */
	CKPT_TYPE_STRING,   /**< char *, ends in NUL; NULL is written as "" */
	CKPT_TYPE_BYTES,    /**< struct ckpt_bytes */
	CKPT_TYPE_OPTIONAL, /**< T *, NULL: none */
	CKPT_TYPE_BOXED,    /**< T *, never NULL; its bytes are T's */
	CKPT_TYPE_ARRAY,    /**< struct ckpt_array of T */
	CKPT_TYPE_FIXED,    /**< T[n] */
	CKPT_TYPE_RECORD,   /**< a struct */
	CKPT_TYPE_CUSTOM,   /**< whatever its own functions write */
	CKPT_TYPE_ANY	    /**< struct ckpt_any: one of several types, known only at run time */
};

/** Bytes, as the program means them.  It never grows. */
struct ckpt_bytes {
	void *data; /**< may be NULL where len is 0 */
	size_t len; /**< how many */
};
/** As many objects of one type as there are.  It never grows. */
struct ckpt_array {
	void *items; /**< n objects, one after the other; may be NULL where n is 0 */
	size_t n;    /**< how many */
};
/** An object of one of several types.  It never grows. */
struct ckpt_any {
	const struct ckpt_type *type; /**< one of the type's own list */
	void *value;		      /**< never NULL */
};

/** A member of a struct.  It never grows. */
struct ckpt_member {
	const char *name;	      /**< in the text of the type */
	size_t offset;		      /**< in the struct, in bytes */
	const struct ckpt_type *type; /**< never NULL */
};

struct ckpt_out; /**< what a custom type writes to */
struct ckpt_in;	 /**< what it reads from */
/** How a custom type is written and read.  Name the members that are set: it
 * may grow. */
struct ckpt_custom {
	/** Write an object, by the ckpt_out functions. */
	int (*write)(const void *object, struct ckpt_out *out, struct ckpt_err *err);
	/** Read one into *object, which is zeros, by the ckpt_in functions.  What was
	 * allocated before a failure is freed by release.  All that was written must
	 * be read. */
	int (*read)(void *object, struct ckpt_in *in, struct ckpt_err *err);
	/** Free what hangs on it; also called for zeros.  NULL: nothing does. */
	void (*release)(void *object);
	void (*reserved[2])(void); /**< NULL */
};

/** A type.  Make one by the macros below; it must not change, and must live
 * as long as it is used.  Names (of records, members and custom types) are of
 * letters, digits, '_', '-' and '.', at most 200. */
struct ckpt_type {
	enum ckpt_type_kind kind;	      /**< what it is made of */
	const char *name;		      /**< RECORD, CUSTOM */
	size_t size;			      /**< of the object, in bytes */
	const struct ckpt_type *of;	      /**< OPTIONAL, BOXED, ARRAY, FIXED */
	size_t n;			      /**< FIXED: items; RECORD: members; ANY: types */
	const struct ckpt_member *members;    /**< RECORD */
	const struct ckpt_type *const *types; /**< ANY */
	const struct ckpt_custom *custom;     /**< CUSTOM */
	const void *initial;		      /**< EMPTY: size bytes; NULL: zeros */
	const void *reserved[2];	      /**< NULL */
};

extern const struct ckpt_type ckpt_type_bool;	/**< bool */
extern const struct ckpt_type ckpt_type_i32;	/**< int32_t */
extern const struct ckpt_type ckpt_type_i64;	/**< int64_t */
extern const struct ckpt_type ckpt_type_u64;	/**< uint64_t */
extern const struct ckpt_type ckpt_type_ssize;	/**< ssize_t */
extern const struct ckpt_type ckpt_type_size;	/**< size_t */
extern const struct ckpt_type ckpt_type_double; /**< double */
extern const struct ckpt_type ckpt_type_string; /**< char * */
extern const struct ckpt_type ckpt_type_bytes;	/**< struct ckpt_bytes */

/** For the macros below. */
#define CKPT_TYPE_(kind, name, size, of, n, members, types, custom, initial)                                 \
	{                                                                                                    \
		kind, name, size, of, n, members, types, custom, initial,                                    \
		{                                                                                            \
			NULL, NULL                                                                           \
		}                                                                                            \
	}
/** A T * that may be NULL; of is T's type. */
#define CKPT_OPTIONAL_OF(of)                                                                                 \
	CKPT_TYPE_(CKPT_TYPE_OPTIONAL, NULL, sizeof(void *), of, 0, NULL, NULL, NULL, NULL)
/** A T * that is never NULL; of is T's type. */
#define CKPT_BOXED_OF(of) CKPT_TYPE_(CKPT_TYPE_BOXED, NULL, sizeof(void *), of, 0, NULL, NULL, NULL, NULL)
/** A struct ckpt_array of T; of is T's type. */
#define CKPT_ARRAY_OF(of)                                                                                    \
	CKPT_TYPE_(CKPT_TYPE_ARRAY, NULL, sizeof(struct ckpt_array), of, 0, NULL, NULL, NULL, NULL)
/** T[n], where sizeof(T) is item_size (that of the type's objects). */
#define CKPT_FIXED_OF(of, item_size, n)                                                                      \
	CKPT_TYPE_(CKPT_TYPE_FIXED, NULL, (item_size) * (n), of, n, NULL, NULL, NULL, NULL)
/** A member of structure, in an array of struct ckpt_member. */
#define CKPT_MEMBER(structure, member, type)                                                                 \
	{                                                                                                    \
#member, offsetof(structure, member), type                                                   \
	}
/** A struct; members is an array, not a pointer. */
#define CKPT_RECORD(name, structure, members)                                                                \
	CKPT_TYPE_(CKPT_TYPE_RECORD, name, sizeof(structure), NULL, sizeof(members) / sizeof(*(members)),    \
		   members, NULL, NULL, NULL)
/** A struct with functions of its own, a pointer to struct ckpt_custom. */
#define CKPT_CUSTOM(name, structure, functions)                                                              \
	CKPT_TYPE_(CKPT_TYPE_CUSTOM, name, sizeof(structure), NULL, 0, NULL, NULL, functions, NULL)
/** One of the types in an array of pointers; each type stands there once. */
#define CKPT_ANY_OF(list)                                                                                    \
	CKPT_TYPE_(CKPT_TYPE_ANY, NULL, sizeof(struct ckpt_any), NULL, sizeof(list) / sizeof(*(list)), NULL, \
		   list, NULL, NULL)
/** Nothing is written; initial: a pointer to the default value, or NULL for
 * zeros (Feldera's EmptyCheckpoint). */
#define CKPT_EMPTY(structure, initial)                                                                       \
	CKPT_TYPE_(CKPT_TYPE_EMPTY, NULL, sizeof(structure), NULL, 0, NULL, NULL, NULL, initial)

/* --- to bytes and back --------------------------------------------------- */

/** Write an object (Feldera's Checkpoint::checkpoint).  *out is on the heap: the
 * caller frees out->data.  It is zeros on failure. */
int ckpt_state_checkpoint(const struct ckpt_type *type, const void *object, struct ckpt_bytes *out,
			  struct ckpt_err *err);
/** Make the object what the bytes say (Feldera's Checkpoint::restore).  What it
 * held before is released; on failure it is as it was.  what names the bytes in
 * sentences ("state words"). */
int ckpt_state_restore(const struct ckpt_type *type, void *object, const void *data, size_t len,
		       const char *what, struct ckpt_err *err);

/** Give an object that is no object yet its first value: zeros, and defaults. */
void ckpt_state_init(const struct ckpt_type *type, void *object);
/** Free what hangs on an object, and initialise it again. */
void ckpt_state_release(const struct ckpt_type *type, void *object);

/** The text of a type, as the bytes carry it.  On the heap, the caller's; NULL on
 * failure (EINVAL: the type is made of what can be none; ELOOP: nested too
 * deeply; E2BIG: longer than 64 KiB). */
char *ckpt_type_text(const struct ckpt_type *type, struct ckpt_err *err);

/** A state of a program: an object under a name.  It never grows. */
struct ckpt_state {
	const char *name;	      /**< that of its file without ".dat"; as of a type's */
	const struct ckpt_type *type; /**< never NULL */
	void *object;		      /**< the program's own */
};
/** The fingerprint of a program: a number made of its n states' names and types
 * (in any order), so that it changes when they do.  The same on every machine,
 * and by every version of this library. */
int ckpt_states_fingerprint(const struct ckpt_state *states, size_t n, uint64_t *out, struct ckpt_err *err);

/* --- counting, as Feldera's NumEntries ----------------------------------- */

/** How many entries an object has (Feldera's NumEntries::num_entries_shallow).
 * Scalars, strings and records count 1; an array counts its items.  A box
 * counts what it holds; an optional 1, or what it holds. */
uint64_t ckpt_entries_shallow(const struct ckpt_type *type, const void *object);
/** The same (NumEntries::num_entries_deep), but of an array each item with all
 * that it holds. */
uint64_t ckpt_entries_deep(const struct ckpt_type *type, const void *object);
/** Whether every object of the type has the same number
 * (NumEntries::CONST_NUM_ENTRIES), and which. */
bool ckpt_entries_constant(const struct ckpt_type *type, uint64_t *n);

/* --- for custom types ---------------------------------------------------- */

/** Write a byte, 0 or 1.  A failure to write (no memory) is remembered and ends
 * the checkpoint; so it is with all that follow. */
void ckpt_out_bool(struct ckpt_out *out, bool v);
/** Write 4 bytes, little-endian. */
void ckpt_out_i32(struct ckpt_out *out, int32_t v);
/** Write 8 bytes, little-endian. */
void ckpt_out_u64(struct ckpt_out *out, uint64_t v);
/** Write the 8 bytes of a double, little-endian. */
void ckpt_out_double(struct ckpt_out *out, double v);
/** Write the length, 8 bytes, and then the bytes. */
void ckpt_out_bytes(struct ckpt_out *out, const void *data, size_t len);
/** Write an object of another type, inside this one. */
int ckpt_out_value(struct ckpt_out *out, const struct ckpt_type *type, const void *object,
		   struct ckpt_err *err);

/** Read what ckpt_out_bool() wrote.  EUCLEAN where the bytes end, or are no such
 * value; so it is with all that follow. */
int ckpt_in_bool(struct ckpt_in *in, bool *v, struct ckpt_err *err);
/** Read what ckpt_out_i32() wrote. */
int ckpt_in_i32(struct ckpt_in *in, int32_t *v, struct ckpt_err *err);
/** Read what ckpt_out_u64() wrote. */
int ckpt_in_u64(struct ckpt_in *in, uint64_t *v, struct ckpt_err *err);
/** Read what ckpt_out_double() wrote. */
int ckpt_in_double(struct ckpt_in *in, double *v, struct ckpt_err *err);
/** Read what ckpt_out_bytes() wrote.  *data points into what is read, and is
 * valid until the read function ends. */
int ckpt_in_bytes(struct ckpt_in *in, const void **data, size_t *len, struct ckpt_err *err);
/** Read what ckpt_out_value() wrote into *object, whatever that was before. */
int ckpt_in_value(struct ckpt_in *in, const struct ckpt_type *type, void *object, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
