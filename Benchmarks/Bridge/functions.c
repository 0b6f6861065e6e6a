// What Bridge/main.swift gives to Lua, in C.
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>

static int increment(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + 1);
    return 1;
}

static int echo(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_pushlstring(L, text, length);
    return 1;
}

static int greet(lua_State *L) {
    lua_pushfstring(L, "hello, %s", luaL_checkstring(L, 1));
    return 1;
}

static int several(lua_State *L) {
    lua_settop(L, 2);
    lua_pushinteger(L, luaL_checkinteger(L, 2));
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    return 3;
}

static int add(lua_State *L) {
    lua_Integer *value = luaL_checkudata(L, 1, "counter");
    *value += luaL_checkinteger(L, 2);
    lua_pushinteger(L, *value);
    return 1;
}

static int get(lua_State *L) {
    lua_Integer *value = luaL_checkudata(L, 1, "counter");
    // The method, else the property.
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pushinteger(L, *value);
    return 1;
}

int luaopen_functions(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"increment", increment}, {"echo", echo}, {"greet", greet}, {"several", several}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_Integer *value = lua_newuserdatauv(L, sizeof *value, 0);
    *value = 0;
    luaL_newmetatable(L, "counter");
    lua_newtable(L);
    lua_pushcfunction(L, add);
    lua_setfield(L, -2, "add");
    lua_pushcclosure(L, get, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "counter");
    return 1;
}
