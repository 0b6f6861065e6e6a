// The interpreter, its interrupt, and the protected calls. See include/CLua.h.
#include "internal.h"
#include <stdlib.h>

clua_Interpreter *clua_interpreter(lua_State *L) {
    return *(clua_Interpreter **)lua_getextraspace(L);
}

static int open_libraries(lua_State *L) {
    lua_pushboolean(L, lua_toboolean(L, 1));
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(L);
    clua_opencoroutines(L);
    return 0;
}

clua_Interpreter *clua_open(bool ignore_environment) {
    clua_Interpreter *interpreter = calloc(1, sizeof *interpreter);
    lua_State *L = luaL_newstate();
    if (L == NULL || interpreter == NULL) {
        if (L != NULL) lua_close(L);
        free(interpreter);
        return NULL;
    }
    interpreter->main = L;
    interpreter->current = L;
    // Coroutines get a copy of this when they are created.
    *(clua_Interpreter **)lua_getextraspace(L) = interpreter;
    lua_pushcfunction(L, open_libraries);
    // How `lua -E` tells the library `package` to leave LUA_PATH and LUA_CPATH alone.
    lua_pushboolean(L, ignore_environment);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        lua_close(L);
        free(interpreter);
        return NULL;
    }
    return interpreter;
}

void clua_close(clua_Interpreter *interpreter) {
    interpreter->current = interpreter->main;
    lua_close(interpreter->main);
    free(interpreter);
}

// MARK: the interrupt

static void interrupt_hook(lua_State *L, lua_Debug *frame) {
    (void)frame;
    clua_Interpreter *interpreter = clua_interpreter(L);
    lua_sethook(L, NULL, 0, 0);
    // Another coroutine may have raised it already.
    if (!interpreter->interrupted) return;
    interpreter->interrupted = 0;
    luaL_error(L, "interrupted!");
}

void clua_sethook(lua_State *L) {
    lua_sethook(L, interrupt_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void clua_interrupt(void *context) {
    clua_Interpreter *interpreter = context;
    if (interpreter->depth == 0) return;
    // First the mark, then the hook: a switch of coroutines between the two finds the mark.
    interpreter->interrupted = 1;
    clua_sethook(interpreter->current);
}

// MARK: protected calls

// lua_pcall, while which an interrupt has something to interrupt.
static int guarded(lua_State *L, int arguments, int results, int handler) {
    clua_Interpreter *interpreter = clua_interpreter(L);
    if (interpreter->depth == 0) interpreter->rethrown = false;
    interpreter->depth++;
    int status = lua_pcall(L, arguments, results, handler);
    interpreter->depth--;
    if (interpreter->depth == 0 && interpreter->interrupted) {
        // It came too late: what it was to interrupt has ended.
        interpreter->interrupted = 0;
        lua_sethook(L, NULL, 0, 0);
    }
    return status;
}

int clua_protect(lua_State *L, lua_CFunction function, int operands, int results) {
    if (!lua_checkstack(L, 8)) return CLUA_STACK_OVERFLOW;
    lua_pushcfunction(L, function);
    lua_insert(L, -operands - 1);
    return guarded(L, operands, results, 0);
}

int clua_protect_with(lua_State *L, lua_CFunction function, void *pointer, int operands, int results) {
    if (!lua_checkstack(L, 8)) return CLUA_STACK_OVERFLOW;
    lua_pushlightuserdata(L, pointer);
    return clua_protect(L, function, operands + 1, results);
}

typedef struct {
    const char *bytes;
    size_t length;
    const char *name;
    const char *mode;
} Text;

static int do_pushstring(lua_State *L) {
    const Text *text = lua_touserdata(L, 1);
    lua_pushlstring(L, text->bytes, text->length);
    return 1;
}

int clua_pushstring(lua_State *L, const void *bytes, size_t length) {
    Text text = {.bytes = length == 0 ? "" : bytes, .length = length};
    return clua_protect_with(L, do_pushstring, &text, 0, 1);
}

static int do_newtable(lua_State *L) {
    const int *sizes = lua_touserdata(L, 1);
    lua_createtable(L, sizes[0], sizes[1]);
    return 1;
}

int clua_newtable(lua_State *L, int array, int fields) {
    int sizes[] = {array, fields};
    return clua_protect_with(L, do_newtable, sizes, 0, 1);
}

static int do_gettable(lua_State *L) {
    lua_gettable(L, 1);
    return 1;
}

int clua_gettable(lua_State *L) { return clua_protect(L, do_gettable, 2, 1); }

static int do_settable(lua_State *L) {
    lua_settable(L, 1);
    return 0;
}

int clua_settable(lua_State *L) { return clua_protect(L, do_settable, 3, 0); }

static int do_rawset(lua_State *L) {
    lua_rawset(L, 1);
    return 0;
}

int clua_rawset(lua_State *L) { return clua_protect(L, do_rawset, 3, 0); }

static int do_next(lua_State *L) {
    int *more = lua_touserdata(L, 3);
    lua_settop(L, 2);
    *more = lua_next(L, 1);
    if (!*more) lua_settop(L, 0);
    return *more ? 2 : 0;
}

int clua_next(lua_State *L, int *more) { return clua_protect_with(L, do_next, more, 2, LUA_MULTRET); }

static int do_length(lua_State *L) {
    *(lua_Integer *)lua_touserdata(L, 2) = luaL_len(L, 1);
    return 0;
}

int clua_length(lua_State *L, lua_Integer *length) { return clua_protect_with(L, do_length, length, 1, 0); }

static int do_equal(lua_State *L) {
    *(int *)lua_touserdata(L, 3) = lua_compare(L, 1, 2, LUA_OPEQ);
    return 0;
}

int clua_equal(lua_State *L, int *equal) { return clua_protect_with(L, do_equal, equal, 2, 0); }

static int do_tostring(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

int clua_tostring(lua_State *L) { return clua_protect(L, do_tostring, 1, 1); }

static int do_message(lua_State *L) {
    if (lua_tostring(L, 1) != NULL) return 1;
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    return 1;
}

int clua_message(lua_State *L) { return clua_protect(L, do_message, 1, 1); }

static int do_ref(lua_State *L) {
    int *reference = lua_touserdata(L, 2);
    lua_settop(L, 1);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int clua_ref(lua_State *L, int *reference) { return clua_protect_with(L, do_ref, reference, 1, 0); }

// Needs no protection: it writes to fields that exist.
void clua_unref(lua_State *L, int reference) {
    if (lua_checkstack(L, 4)) luaL_unref(L, LUA_REGISTRYINDEX, reference);
}

static int do_load(lua_State *L) {
    const Text *text = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, text->bytes, text->length, text->name, text->mode) != LUA_OK) return lua_error(L);
    return 1;
}

int clua_load(lua_State *L, const void *bytes, size_t length, const char *name, const char *mode) {
    Text text = {.bytes = length == 0 ? "" : bytes, .length = length, .name = name, .mode = mode};
    return clua_protect_with(L, do_load, &text, 0, 1);
}

static int do_loadfile(lua_State *L) {
    if (luaL_loadfile(L, lua_touserdata(L, 1)) != LUA_OK) return lua_error(L);
    return 1;
}

int clua_loadfile(lua_State *L, const char *path) {
    return clua_protect_with(L, do_loadfile, (void *)path, 0, 1);
}

static int do_where(lua_State *L) {
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "l", &frame);
        if (frame.currentline <= 0) continue;
        luaL_where(L, level);
        return 1;
    }
    lua_pushliteral(L, "");
    return 1;
}

int clua_where(lua_State *L) { return clua_protect(L, do_where, 0, 1); }

// MARK: calls that keep the traceback

static const char traceback_key;
static const char value_key;
static const char text_key;

// The message handler: leaves the value alone and puts the traceback beside it, and what its __tostring gives. When that raises,
// Lua calls this again, with that error, from the depth where it was raised: as under `lua`.
static int keep_traceback(lua_State *L) {
    clua_Interpreter *interpreter = clua_interpreter(L);
    lua_settop(L, 1);
    if (interpreter->rethrown) {
        // Swift passed on the error of an inner call: its traceback reaches deeper than ours can.
        interpreter->rethrown = false;
        lua_rawgetp(L, LUA_REGISTRYINDEX, &value_key);
        bool same = lua_rawequal(L, 1, -1);
        lua_settop(L, 1);
        if (same) return 1;
    }
    if (lua_isstring(L, 1) || !luaL_callmeta(L, 1, "__tostring")) lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &text_key);
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &value_key);
    return 1;
}

// The outermost frame: with it, tracebacks are the same as under `lua`, whose `main` is a C function too.
static int outermost(lua_State *L) {
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

int clua_call(lua_State *L, int arguments) {
    if (!lua_checkstack(L, 8)) return CLUA_STACK_OVERFLOW;
    if (clua_interpreter(L)->depth == 0) {
        lua_pushcfunction(L, outermost);
        lua_insert(L, -arguments - 2);
        arguments++;
    }
    int handler = lua_gettop(L) - arguments;
    lua_pushcfunction(L, keep_traceback);
    lua_insert(L, handler);
    int status = guarded(L, arguments, LUA_MULTRET, handler);
    lua_remove(L, handler);
    return status;
}

void clua_pushtraceback(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key); }

bool clua_pushtext(lua_State *L) {
    // Running out of memory calls no message handler.
    lua_rawgetp(L, LUA_REGISTRYINDEX, &value_key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (same && lua_rawgetp(L, LUA_REGISTRYINDEX, &text_key) == LUA_TSTRING) return true;
    if (same) lua_pop(L, 1);
    return false;
}
