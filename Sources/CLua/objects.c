// Swift functions and Swift objects as Lua values. See include/CLua.h.
#include "internal.h"
#include <string.h>

// Marks the metatables of our objects, and, in the registry, the metatable of our functions.
static const char object_key;
static const char function_key;
// The objects of a type that Lua has, by address, so that the same object is the same userdata.
static const char instances_key;

static int release(lua_State *L) {
    clua_Slot *slot = lua_touserdata(L, 1);
    if (slot == NULL || slot->object == NULL) return 0;
    void *object = slot->object;
    slot->object = NULL;
    clua_Interpreter *interpreter = clua_interpreter(L);
    lua_State *outer = clua_enter(interpreter, L);
    slot->release(object);
    interpreter->current = outer;
    return 0;
}

// MARK: functions

static int trampoline(lua_State *L) {
    clua_Slot *slot = lua_touserdata(L, lua_upvalueindex(1));
    clua_Interpreter *interpreter = clua_interpreter(L);
    if (slot->object == NULL || interpreter->closing) return luaL_error(L, "this function was released");
    lua_State *outer = clua_enter(interpreter, L);
    int results = slot->call(slot->object, L);
    interpreter->current = outer;
    int index = interpreter->textIndex;
    interpreter->textIndex = 0;
    if (results >= 0) {
        if (index != 0) {
            lua_pushlstring(L, interpreter->text, interpreter->textLength);
            lua_replace(L, index);
        }
        return results;
    }
    // No Swift frame is left above this one.
    switch (results) {
    case CLUA_RAISE_MESSAGE:
        // The assignment is two levels up: newindex_object lies between.
        luaL_where(L, 2);
        lua_insert(L, -2);
        lua_concat(L, 2);
        return lua_error(L);
    case CLUA_RAISE_ARGUMENT:
        return luaL_argerror(L, interpreter->argument, lua_tostring(L, -1));
    case CLUA_RAISE_TYPE: {
        // The name itself lies above the arguments, where luaL_typeerror would look for an absent one.
        const char *expected = lua_tostring(L, -1);
        if (interpreter->argument < lua_gettop(L)) return luaL_typeerror(L, interpreter->argument, expected);
        return luaL_argerror(
            L, interpreter->argument, lua_pushfstring(L, "%s expected, got no value", expected));
    }
    default:
        return lua_error(L);
    }
}

static int do_newfunction(lua_State *L) {
    clua_Slot *given = lua_touserdata(L, 1);
    clua_Slot *slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = (clua_Slot){0};
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 2);
        lua_pushcfunction(L, release);
        lua_setfield(L, -2, "__gc");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    }
    lua_setmetatable(L, 2);
    lua_settop(L, 2);
    lua_pushcclosure(L, trampoline, 1);
    // From here on nothing can fail, and the slot is Lua's to release.
    *slot = *given;
    return 1;
}

int clua_newfunction(lua_State *L, void *object, clua_Call call, clua_Release drop) {
    clua_Slot slot = {.object = object, .call = call, .release = drop};
    int status = clua_protect_with(L, do_newfunction, &slot, 0, 1);
    if (status != LUA_OK) drop(object);
    return status;
}

// MARK: types of objects

enum { METHODS = 1, GETTERS, INDEX };

// __index(object, key), with upvalues: methods, getters, the type's own fallback. Methods are found without Swift.
static int index_object(lua_State *L) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(METHODS)) != LUA_TNIL) return 1;
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(GETTERS)) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    if (lua_isnil(L, lua_upvalueindex(INDEX))) return 1;
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(INDEX));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

enum { SETTERS = 1, NEWINDEX, NAME };

// __newindex(object, key, value), with upvalues: setters, the type's own fallback, the type's name.
static int newindex_object(lua_State *L) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(SETTERS)) != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 3);
        lua_call(L, 2, 0);
        return 0;
    }
    if (lua_isnil(L, lua_upvalueindex(NEWINDEX))) {
        return luaL_error(
            L, "field '%s' of a %s cannot be set", luaL_tolstring(L, 2, NULL),
            lua_tostring(L, lua_upvalueindex(NAME)));
    }
    lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(NEWINDEX));
    lua_insert(L, 1);
    lua_call(L, 3, 0);
    return 0;
}

static int do_newtype(lua_State *L) {
    enum { name = 1, methods, getters, setters, index, newindex, metamethods, metatable };
    lua_createtable(L, 0, 16);
    // Last come, last served: what follows may not be replaced by the type's own.
    if (lua_istable(L, metamethods)) {
        lua_pushnil(L);
        while (lua_next(L, metamethods)) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, metatable);
        }
    }
    lua_pushvalue(L, name);
    lua_setfield(L, metatable, "__name");
    lua_pushvalue(L, name);
    lua_setfield(L, metatable, "__metatable");
    lua_pushcfunction(L, release);
    lua_setfield(L, metatable, "__gc");
    lua_pushvalue(L, methods);
    lua_pushvalue(L, getters);
    lua_pushvalue(L, index);
    lua_pushcclosure(L, index_object, 3);
    lua_setfield(L, metatable, "__index");
    lua_pushvalue(L, setters);
    lua_pushvalue(L, newindex);
    lua_pushvalue(L, name);
    lua_pushcclosure(L, newindex_object, 3);
    lua_setfield(L, metatable, "__newindex");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, metatable, &object_key);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, metatable, &instances_key);
    return 1;
}

int clua_newtype(lua_State *L) { return clua_protect(L, do_newtype, 7, 1); }

typedef struct {
    void *object;
    void (*retain)(void *);
    clua_Release release;
} NewObject;

static int do_newobject(lua_State *L) {
    NewObject *new = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_rawgetp(L, 1, &instances_key);
    if (lua_rawgetp(L, 2, new->object) == LUA_TUSERDATA) {
        // One that a script released by force is of no use any more.
        clua_Slot *known = lua_touserdata(L, -1);
        if (known->object == new->object) return 1;
    }
    lua_settop(L, 2);
    clua_Slot *slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = (clua_Slot){0};
    lua_pushvalue(L, 1);
    lua_setmetatable(L, 3);
    lua_pushvalue(L, 3);
    lua_rawsetp(L, 2, new->object);
    new->retain(new->object);
    *slot = (clua_Slot){.object = new->object, .release = new->release};
    return 1;
}

int clua_newobject(lua_State *L, void *object, void (*retain)(void *), clua_Release drop) {
    NewObject new = {.object = object, .retain = retain, .release = drop};
    return clua_protect_with(L, do_newobject, &new, 1, 1);
}

clua_Slot *clua_toobject(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_checkstack(L, 4)) return NULL;
    clua_Slot *slot = lua_touserdata(L, index);
    if (!lua_getmetatable(L, index)) return NULL;
    int marked = lua_rawgetp(L, -1, &object_key) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    return marked ? slot : NULL;
}

const char *clua_metaname(lua_State *L, int index) {
    if (!lua_checkstack(L, 4) || !lua_getmetatable(L, index)) return NULL;
    const char *name = NULL;
    // lua_getfield could allocate the key; walking cannot. Metatables are small, and this is for error messages.
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING) {
            if (strcmp(lua_tostring(L, -2), "__name") == 0) name = lua_tostring(L, -1);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return name;
}
