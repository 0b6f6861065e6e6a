// What Swift cannot say to Lua by itself.
//
// Lua reports errors with longjmp, and a longjmp must never cross a Swift frame. Two rules keep it so:
//   - Swift calls no function of Lua's API that can raise, only the protected `clua_…` ones below, which return a
//     status and leave the error value on the stack;
//   - Lua calls Swift through a trampoline: Swift returns a sentinel when it wants to raise, and C raises when no
//     Swift frame is left.
#ifndef CLUA_H
#define CLUA_H
#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

// How long a string may be that a Swift function hands to the trampoline.
#define CLUA_TEXT 256

// One interpreter. All its coroutines find it through lua_getextraspace.
typedef struct clua_Interpreter {
    lua_State *main;
    // The coroutine that runs now: where hooks must go, and whose stack Swift uses.
    lua_State *volatile current;
    // How many calls from Swift into Lua are under way.
    volatile sig_atomic_t depth;
    // Set by clua_interrupt, cleared when "interrupted!" was raised.
    volatile sig_atomic_t interrupted;
    // The Swift side is gone: Swift functions may not be called any more, only released.
    bool closing;
    // The next traceback handler keeps the traceback that it finds, if it is of the same error value.
    bool rethrown;
    // A result that the trampoline is to make a string of, if the index is not 0: where it belongs, and its bytes.
    int textIndex;
    int textLength;
    char text[CLUA_TEXT];
    // For CLUA_RAISE_ARGUMENT and CLUA_RAISE_TYPE: which argument it is.
    int argument;
} clua_Interpreter;

// What a Swift function returns to the trampoline, when it is not a number of results.
#define CLUA_RAISE_VALUE (-1)    // raise the value on top of the stack
#define CLUA_RAISE_MESSAGE (-2)  // for setters: raise the string on top, with the assignment's position before it
#define CLUA_RAISE_ARGUMENT (-3) // "bad argument #n to 'f' (<string on top>)"
#define CLUA_RAISE_TYPE (-4)     // "bad argument #n to 'f' (<string on top> expected, got …)"

// There was no room on the stack for the call; unlike after any other failure, no error value is on it.
#define CLUA_STACK_OVERFLOW (-1)

typedef int (*clua_Call)(void *object, lua_State *L);
typedef void (*clua_Release)(void *object);

// What a userdata of ours holds: one retained Swift object.
typedef struct clua_Slot {
    void *object; // NULL once released
    clua_Call call; // NULL unless it is a function
    clua_Release release;
} clua_Slot;

// A new state with the standard libraries, or NULL when there is no memory. `ignore_environment` is `lua -E`.
clua_Interpreter *clua_open(bool ignore_environment);
// Closes the state: runs what is to be closed and all finalizers.
void clua_close(clua_Interpreter *interpreter);
clua_Interpreter *clua_interpreter(lua_State *L);

// Makes the running Lua code, in whatever coroutine, raise "interrupted!". Safe in a signal handler.
void clua_interrupt(void *interpreter);

// All of these return LUA_OK, or another status with the error value on top in place of the operands. "[a b]" are
// the operands on top of the stack, which they take away; "-> c" is what they leave.
int clua_pushstring(lua_State *L, const void *bytes, size_t length); // -> string
int clua_newtable(lua_State *L, int array, int fields);              // -> table
int clua_gettable(lua_State *L);                                     // [table key] -> value
int clua_settable(lua_State *L);                                     // [table key value]
int clua_rawset(lua_State *L);                                       // [table key value]
int clua_next(lua_State *L, int *more);                              // [table key] -> key value
int clua_length(lua_State *L, lua_Integer *length);                  // [value]
int clua_equal(lua_State *L, int *equal);                            // [a b]
int clua_tostring(lua_State *L);                                     // [value] -> string, by __tostring too
int clua_message(lua_State *L);                                      // [error value] -> string, as `lua` prints it
int clua_ref(lua_State *L, int *reference);                          // [value]
void clua_unref(lua_State *L, int reference);
int clua_load(lua_State *L, const void *bytes, size_t length, const char *name, const char *mode); // -> function
int clua_loadfile(lua_State *L, const char *path);                   // path NULL: stdin; -> function
int clua_where(lua_State *L); // -> "file:line: " of the innermost Lua code that runs, or ""
// [function argument…] -> result…, or -> error value, whose traceback clua_pushtraceback then gives.
int clua_call(lua_State *L, int arguments);
// Pushes the traceback of the last error that clua_call returned, or nil.
void clua_pushtraceback(lua_State *L);
// [error value], the last one that clua_call returned, -> error value string: what its __tostring gave. False when there is none.
bool clua_pushtext(lua_State *L);

// -> function, that calls `call(object, L)`, and `release(object)` once when it is collected. When it fails, `object`
// was released.
int clua_newfunction(lua_State *L, void *object, clua_Call call, clua_Release release);
// [name methods getters setters fallback_index fallback_newindex metamethods] -> metatable of a type of objects.
// Absent ones are nil.
int clua_newtype(lua_State *L);
// [metatable] -> userdata; the same one while Lua has it. Retains with `retain` when a new one is made.
int clua_newobject(lua_State *L, void *object, void (*retain)(void *), clua_Release release);
// The slot of a userdata of ours (not of a function), or NULL.
clua_Slot *clua_toobject(lua_State *L, int index);
// The field `__name` of a value's metatable when it is a string, or NULL. Valid while the metatable keeps it.
const char *clua_metaname(lua_State *L, int index);

static inline char *clua_text(clua_Interpreter *interpreter) { return interpreter->text; }

// Macros of lua.h.
static inline const char *clua_copyright(void) { return LUA_COPYRIGHT; }
static inline void clua_pop(lua_State *L, int count) { lua_settop(L, -count - 1); }
static inline void clua_insert(lua_State *L, int index) { lua_rotate(L, index, 1); }
static inline void clua_remove(lua_State *L, int index) { lua_rotate(L, index, -1); lua_settop(L, -2); }
static inline int clua_registryindex(void) { return LUA_REGISTRYINDEX; }
static inline void clua_pushglobals(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
#endif
