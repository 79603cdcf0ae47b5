/** @file
 * type.h - what an object of a C program is made of
 *
 * A struct ckpt_type says what an object is made of and where its parts lie.  It is a
 * constant, made by the macros below of other types; what is done with one is in
 * state.h, with an example.
 */
#ifndef CKPTFS_TYPE_H
#define CKPTFS_TYPE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

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

struct ckpt_custom;
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

#ifdef __cplusplus
}
#endif

#endif
