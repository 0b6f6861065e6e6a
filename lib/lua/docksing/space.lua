--- Sets of points, for sweeps: what `docksing.sweep` makes of its keys `grid`, `random` … can be made, added and
--- multiplied by hand, too.
---
--- ```lua
--- local space = docksing.space
--- print(space.grid { LR = { 0.1, 0.01 } } * space.list { { OPT = "sgd" }, { OPT = "adam", BETA = 0.9 } })
--- ```
---@class docksing.space
local space = {}

local fail = require "docksing.fail"
local files = require "docksing.sweep.files"
local given = require "docksing.sweep.parameters"
local numbers = require "docksing.numbers"
local sampling = require "docksing.sweep.sampling"
local set = require "docksing.sweep.set"

---@class docksing.SpaceOptions
---@field order? string[] the parameters in order: the first one changes slowest; alphabetical by default

---@class docksing.SampleOptions
---@field count integer how many points
---@field seed? integer another one gives other points; 1 by default

--- Every combination of the values. Keys are taken in alphabetical order, the last one changes fastest.
---
--- ```lua
--- print(#docksing.space.grid { LR = { 0.1, 0.01 }, SEED = docksing.range(1, 5) })
--- ```
---@param parameters table<string, any> a list of values, or one value, for each name
---@param options? docksing.SpaceOptions
---@return docksing.Space points
function space.grid(parameters, options)
    local lists = given.lists(parameters, "the grid")
    local order = given.order(options, lists, "the grid")
    local count = 1
    for _, name in ipairs(order) do count = count * (#lists[name] + 0.0) end
    set.check_count(count, "the grid")
    local list = { {} }
    for _, name in ipairs(order) do
        local longer = {}
        for _, point in ipairs(list) do
            for _, value in ipairs(lists[name]) do
                local copy = { [name] = value }
                for other, its in pairs(point) do copy[other] = its end
                longer[#longer + 1] = copy
            end
        end
        list = longer
    end
    return set.new(order, list)
end

--- The first values of all lists, then the second ones, and so on. One value alone is the same in all points.
---
--- ```lua
--- print(docksing.space.zip { WIDTH = { 64, 128 }, DEPTH = { 4, 2 } })
--- ```
---@param parameters table<string, any> a list of values for each name, all of one length
---@param options? docksing.SpaceOptions
---@return docksing.Space points
function space.zip(parameters, options)
    local lists = given.lists(parameters, "zip")
    local order = given.order(options, lists, "zip")
    local count, longest = 1, nil
    for _, name in ipairs(order) do
        if type(parameters[name]) == "table" then
            if longest and #lists[name] ~= count then
                fail("zip: %s has %d values and %s has %d; give both the same number", longest, count, name,
                    #lists[name])
            end
            count, longest = #lists[name], name
        end
    end
    local list = {}
    for index = 1, count do
        local point = {}
        for _, name in ipairs(order) do
            if type(parameters[name]) == "table" then
                point[name] = lists[name][index]
            else
                point[name] = parameters[name]
            end
        end
        list[index] = point
    end
    return set.new(order, list)
end

--- Points one by one. They need not have the same parameters.
---
--- ```lua
--- print(docksing.space.list { { OPT = "sgd", MOMENTUM = 0.9 }, { OPT = "adam" } })
--- ```
---@param points table[] tables of parameters
---@param options? docksing.SpaceOptions
---@return docksing.Space points
function space.list(points, options)
    if type(points) ~= "table" then fail("list needs a list of points, such as { { LR = 0.1 } }, not a %s",
        type(points)) end
    if next(points) ~= nil and #points == 0 then
        fail("list needs a list of points, { { LR = 0.1 }, … }, and got the parameters of one")
    end
    return given.points(points, options, "list")
end

--- The points that an iterator gives, such as a coroutine's, until it gives nil.
---
--- ```lua
--- local function rates() for k = 1, 3 do coroutine.yield { LR = 10.0 ^ -k } end end
--- print(docksing.space.each(coroutine.wrap(rates)))
--- ```
---@param iterator function
---@param ... any what a `for` loop would give it
---@return docksing.Space points
function space.each(iterator, ...)
    if type(iterator) ~= "function" then fail("each needs an iterator, not a %s", type(iterator)) end
    local list, state, variable = {}, ...
    while true do
        local ok, first, second = pcall(iterator, state, variable)
        if not ok then fail("the iterator of points failed: %s", tostring(first)) end
        if first == nil then break end
        variable = first
        -- ipairs and the like give a number first.
        list[#list + 1] = type(first) == "table" and first or second or first
        set.check_count(#list, "an iterator that")
    end
    return given.points(list, nil, "each")
end

local function sampled(way, parameters, options)
    options = options or {}
    if type(parameters) ~= "table" or next(parameters) == nil then
        fail("%s needs a table of parameters, such as { LR = docksing.space.loguniform(1e-4, 1e-1) }", way)
    end
    if options.count == nil then fail("%s needs to know how many points: count = 20", way) end
    if math.type(options.count) ~= "integer" or options.count < 1 then
        fail("%s: count is how many points, a whole number from 1 on, not %s", way, tostring(options.count))
    end
    if options.seed ~= nil and math.type(options.seed) ~= "integer" then fail("%s: seed is a whole number", way) end
    set.check_count(options.count, way)
    local found = {}
    for name, value in pairs(parameters) do
        set.check_name(name, way)
        found[name] = sampling.of(value, name, way)
    end
    local order = given.order(options, found, way)
    return set.new(order, sampling[way](found, order, options.count, options.seed or 1))
end

--- Points at random. They depend on the seed and on nothing else, are the same on every machine, and the first ones
--- stay when there shall be more, or another parameter.
---
--- ```lua
--- local space = docksing.space
--- print(space.random({ LR = space.loguniform(1e-4, 1e-1), OPT = { "sgd", "adam" } }, { count = 4, seed = 7 }))
--- ```
---@param parameters table<string, any> a distribution, a list to choose from, or one value for each name
---@param options docksing.SampleOptions
---@return docksing.Space points
function space.random(parameters, options) return sampled("random", parameters, options) end

--- A Latin hypercube: each parameter's range is cut into `count` parts, and each part has one point.
---
--- ```lua
--- print(docksing.space.latin({ X = docksing.space.uniform(0, 1), Y = docksing.space.int(1, 8) }, { count = 8 }))
--- ```
---@param parameters table<string, any> as for random
---@param options docksing.SampleOptions
---@return docksing.Space points
function space.latin(parameters, options) return sampled("latin", parameters, options) end

--- A Sobol sequence, which fills the space evenly (best with a power of two) and can be continued; at most 16
--- parameters.
---
--- ```lua
--- print(docksing.space.sobol({ X = docksing.space.uniform(0, 1), Y = docksing.space.uniform(0, 1) }, { count = 8 }))
--- ```
---@param parameters table<string, any> as for random
---@param options docksing.SampleOptions
---@return docksing.Space points
function space.sobol(parameters, options) return sampled("sobol", parameters, options) end

--- Numbers between two, all alike. They are rounded to six digits that count.
---
--- ```lua
--- local momentum = docksing.space.uniform(0, 1)
--- ```
---@param low number
---@param high number
---@return table distribution
function space.uniform(low, high) return sampling.range("uniform", low, high) end

--- Numbers between two, whose logarithms are all alike. They are rounded to six digits that count.
---
--- ```lua
--- local rate = docksing.space.loguniform(1e-4, 1e-1)
--- ```
---@param low number above 0
---@param high number
---@return table distribution
function space.loguniform(low, high) return sampling.range("loguniform", low, high) end

--- Whole numbers from one to another, both included.
---
--- ```lua
--- local layers = docksing.space.int(1, 8)
--- ```
---@param low integer
---@param high integer
---@return table distribution
function space.int(low, high) return sampling.range("int", low, high) end

--- One of a list, all alike. In `random { … }` the list alone says the same.
---
--- ```lua
--- local optimizer = docksing.space.choice { "sgd", "adam" }
--- ```
---@param values any[]
---@return table distribution
function space.choice(values) return sampling.choice(values) end

--- Numbers from one to another, evenly spaced in their logarithms; for a grid.
---
--- ```lua
--- print(table.concat(docksing.space.logspace(1e-4, 1e-1, 4), " "))
--- ```
---@param low number above 0
---@param high number above 0
---@param count integer how many
---@return number[] values
function space.logspace(low, high, count)
    for _, number in ipairs { low, high, count } do
        if type(number) ~= "number" then fail("logspace needs three numbers: from, to, and how many") end
    end
    if not (low > 0 and high > 0) then fail("logspace goes from and to numbers above 0") end
    if math.type(count) ~= "integer" or count < 2 then fail("logspace gives two numbers or more; it was asked for %s",
        count) end
    set.check_count(count, "logspace")
    local values = {}
    for index = 0, count - 1 do
        values[index + 1] = numbers.rounded(low * (high / low) ^ (index / (count - 1)), 12)
    end
    return values
end

--- The rows of a CSV file whose first line names the columns. A number is one to you, and is to the container what
--- the file says: `0.10` stays so. What is not a number, and what begins with zeros as `007`, is text; an empty field
--- is no parameter. Fields are separated by commas; by semicolons or tabs if the first line has those and no comma.
---
--- ```lua
--- print(docksing.space.csv "points.csv")
--- ```
---@param path string relative to the current folder
---@return docksing.Space points
function space.csv(path) return files.csv(path) end

--- The lines of a file, each a JSON object of one point.
---
--- ```lua
--- print(docksing.space.jsonl "points.jsonl")
--- ```
---@param path string relative to the current folder
---@return docksing.Space points
function space.jsonl(path) return files.jsonl(path) end

return space
