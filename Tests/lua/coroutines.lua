-- The coroutine library: resume, wrap and close must be the standard ones in all they do.
local function show(...)
    local texts = table.pack(...)
    for i = 1, texts.n do
        texts[i] = type(texts[i]) == "thread" and "thread" or tostring(texts[i])
    end
    print(table.concat(texts, " ", 1, texts.n))
end

local function gen(n)
    return coroutine.wrap(function()
        for i = 1, n do coroutine.yield(i, i * i) end
        return "end"
    end)
end
for a, b in gen(3) do show(a, b) if a == "end" then break end end

local co = coroutine.create(function(...)
    show("start", ...)
    show("back", coroutine.yield(1, nil))
    show("again", coroutine.yield())
    return "done", nil
end)
show(coroutine.status(co))
for i = 1, 5 do show(coroutine.resume(co, i, nil, "x")) show(coroutine.status(co)) end

show(pcall(coroutine.resume))
show(pcall(coroutine.resume, 1))
show(pcall(coroutine.wrap))
show(pcall(coroutine.wrap, {}))
show(pcall(coroutine.close))
show(pcall(coroutine.close, coroutine.running()))
show(coroutine.resume(coroutine.running()))
show(pcall(coroutine.wrap(function() error({}) end)) == false)
show(pcall(coroutine.wrap(function() error("text") end)))
show(pcall(coroutine.wrap(function() error("text", 0) end)))
show(pcall(coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function(_, e) show("closing", e) end }) error("e", 0) end)))
show(pcall(coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() error("other", 0) end }) error("e", 0) end)))

local dead = coroutine.wrap(function() end)
dead()
show(pcall(dead))

local self
self = coroutine.wrap(function() return pcall(self) end)
show(self())
local outer = coroutine.create(function()
    local me = coroutine.running()
    return coroutine.wrap(function() return coroutine.status(me), coroutine.resume(me) end)()
end)
show(coroutine.resume(outer))

local closed = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() show("closed") end })
    coroutine.yield()
end)
coroutine.resume(closed)
show(coroutine.close(closed), coroutine.status(closed))
show(coroutine.close(closed))
local failing = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() error("in close") end })
    coroutine.yield()
end)
coroutine.resume(failing)
show(coroutine.close(failing))
local died = coroutine.create(error)
coroutine.resume(died, "why")
show(coroutine.close(died))

-- Yields across pcall, metamethods and iterators.
local t = setmetatable({}, { __index = function(_, k) return coroutine.yield(k) end, __add = function(a, b) return coroutine.yield("add") end })
local w = coroutine.wrap(function() return pcall(function() local a = t.x local b = t + 1 for _ in function() return coroutine.yield("for") end do break end return a, b end) end)
show(w()) show(w("X")) show(w("sum")) show(w())
show(pcall(coroutine.wrap(function() table.sort({ 1, 2, 3 }, function() coroutine.yield() end) end)))
show(coroutine.isyieldable(), coroutine.wrap(coroutine.isyieldable)())

-- Deep nesting ends with an error, not a crash.
local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(nest)(n - 1) end
show(nest(50))
local ok, message = pcall(nest, 1000)
show(ok, message:match("C stack overflow"))
print(debug.traceback(closed))
local hooks = 0
debug.sethook(function() hooks = hooks + 1 end, "l")
local _ = 1
debug.sethook()
show(hooks > 0, debug.gethook())
