-- Each call in C and in Swift by turns; the best round of each, without what the loop itself takes.
local in_swift, folder = ...
package.cpath = folder .. "/?.so;" .. package.cpath
local in_c = require "functions"
local calls, rounds = 1000000, 7

local function time(body, functions)
    local start = os.clock()
    body(functions)
    return (os.clock() - start) / calls * 1e9
end

local function compare(name, body)
    local c, swift = math.huge, math.huge
    for _ = 1, rounds do
        c, swift = math.min(c, time(body, in_c)), math.min(swift, time(body, in_swift))
    end
    print(("%-22s C %6.1f ns   Swift %6.1f ns   %.1f times"):format(name, c, swift, swift / c))
end

compare("increment(1)", function(from) local f = from.increment for i = 1, calls do f(i) end end)
compare('echo "a string"', function(from) local f = from.echo for _ = 1, calls do f "a string" end end)
compare('greet "somebody"', function(from) local f = from.greet for _ = 1, calls do f "somebody" end end)
compare("several(1, 2)", function(from) local f = from.several for i = 1, calls do f(i, 2) end end)
compare("counter:add(1)", function(from) local c = from.counter for _ = 1, calls do c:add(1) end end)
compare("counter.value", function(from) local c = from.counter for _ = 1, calls do local _ = c.value end end)
