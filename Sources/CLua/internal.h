#ifndef CLUA_INTERNAL_H
#define CLUA_INTERNAL_H
#include "CLua.h"

// Replaces coroutine.resume, wrap and close by functions that tell which coroutine runs.
void clua_opencoroutines(lua_State *L);
// Raises "interrupted!" in L at its next instruction, if the interpreter is still interrupted then.
void clua_sethook(lua_State *L);

// Calls `function` with the topmost `operands` values, protected.
int clua_protect(lua_State *L, lua_CFunction function, int operands, int results);
// The same with one more operand, the last, which is a pointer.
int clua_protect_with(lua_State *L, lua_CFunction function, void *pointer, int operands, int results);

// From here on, until `current` is set back to what this returns, `coroutine` is the one that runs.
static inline lua_State *clua_enter(clua_Interpreter *interpreter, lua_State *coroutine) {
    lua_State *outer = interpreter->current;
    interpreter->current = coroutine;
    // An interrupt that came before the line above went to the coroutine that is left here.
    if (interpreter->interrupted) clua_sethook(coroutine);
    return outer;
}
#endif
