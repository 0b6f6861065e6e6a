// coroutine.resume, wrap and close, which behave as the standard library's and besides keep `current` right: a hook
// belongs to one coroutine, so an interrupt must know which one runs. A permanent hook would reach all of them, but
// it slows every instruction down.
#include "internal.h"

static lua_State *coroutine_argument(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, 1);
    luaL_argexpected(L, coroutine != NULL, 1, "thread");
    return coroutine;
}

// Resumes with the topmost values of L. Returns how many results are on L, or -1 with an error value there.
static int resume(lua_State *L, lua_State *coroutine, int arguments) {
    if (!lua_checkstack(coroutine, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, coroutine, arguments);
    clua_Interpreter *interpreter = clua_interpreter(L);
    lua_State *outer = clua_enter(interpreter, coroutine);
    int results;
    int status = lua_resume(coroutine, L, arguments, &results);
    interpreter->current = outer;
    if (interpreter->interrupted) clua_sethook(L);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(coroutine, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(coroutine, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(coroutine, L, results);
    return results;
}

static int close_coroutine(lua_State *L, lua_State *coroutine) {
    clua_Interpreter *interpreter = clua_interpreter(L);
    lua_State *outer = clua_enter(interpreter, coroutine);
#if LUA_VERSION_RELEASE_NUM >= 50406
    int status = lua_closethread(coroutine, L);
#else
    int status = lua_resetthread(coroutine);
#endif
    interpreter->current = outer;
    return status;
}

static int coroutine_resume(lua_State *L) {
    lua_State *coroutine = coroutine_argument(L);
    int results = resume(L, coroutine, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    if (results < 0) results = 1;
    lua_insert(L, -(results + 1));
    return results + 1;
}

static int wrapped(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, coroutine, lua_gettop(L));
    if (results >= 0) return results;
    int status = lua_status(coroutine);
    if (status != LUA_OK && status != LUA_YIELD) {
        // It died of an error: what it had to close is closed now, which may fail with another error.
        status = close_coroutine(L, coroutine);
        lua_xmove(coroutine, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int coroutine_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *coroutine = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, coroutine, 1);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

static const char *state_of(lua_State *L, lua_State *coroutine) {
    if (L == coroutine) return "running";
    switch (lua_status(coroutine)) {
    case LUA_YIELD:
        return "suspended";
    case LUA_OK: {
        lua_Debug frame;
        if (lua_getstack(coroutine, 0, &frame)) return "normal";
        return lua_gettop(coroutine) == 0 ? "dead" : "suspended";
    }
    default:
        return "dead";
    }
}

static int coroutine_close(lua_State *L) {
    lua_State *coroutine = coroutine_argument(L);
    const char *state = state_of(L, coroutine);
    if (state[0] != 'd' && state[0] != 's') return luaL_error(L, "cannot close a %s coroutine", state);
    if (close_coroutine(L, coroutine) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(coroutine, L, 1);
    return 2;
}

void clua_opencoroutines(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {"close", coroutine_close}, {NULL, NULL}};
    lua_getglobal(L, LUA_COLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
