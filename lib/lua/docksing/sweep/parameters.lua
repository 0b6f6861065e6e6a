--- The parameters of a set of points as a script gives them: checked, in order.
local fail = require "docksing.fail"
local sampling = require "docksing.sweep.sampling"
local set = require "docksing.sweep.set"

local parameters = {}

--- The values of each parameter of a table, as lists.
---@param given table<string, any> a list of values, or one value, for each name
---@param where string what it is called in messages
---@return table<string, any[]>
function parameters.lists(given, where)
    if type(given) ~= "table" then
        fail("%s needs a table of parameters, such as { LR = { 0.1, 0.01 } }, not a %s", where, type(given))
    end
    local lists = {}
    for name, values in pairs(given) do
        set.check_name(name, where)
        if sampling.is(values) then
            fail("%s: %s is to be sampled; that goes with random, latin or sobol", where, name)
        elseif type(values) == "table" then
            local count = 0
            for _ in pairs(values) do count = count + 1 end
            if count == 0 then fail("%s: %s has no values; give at least one", where, name) end
            if count ~= #values then fail("%s: the values of %s are no list { a, b, … }", where, name) end
        else
            values = { values }
        end
        for _, value in ipairs(values) do set.check_value(value, name, where) end
        lists[name] = values
    end
    if next(lists) == nil then fail("%s has no parameters; give at least one, such as LR = { 0.1, 0.01 }", where) end
    return lists
end

--- The names in the order of a table: those that the options name first.
---@param options docksing.SpaceOptions?
---@param found table<string, any> the names, as keys
---@param where string
---@return string[]
function parameters.order(options, found, where)
    local order = options and options.order
    if order == nil then return set.order(found) end
    if type(order) ~= "table" then fail("%s: order is a list of names, such as { \"SEED\", \"LR\" }", where) end
    return set.order(found, order)
end

--- The set of points that are tables already.
---@param list table[]
---@param options docksing.SpaceOptions?
---@param where string
---@return docksing.Space
function parameters.points(list, options, where)
    local found, result = {}, {}
    for index, point in ipairs(list) do
        local place = ("%s, point %d"):format(where, index)
        if type(point) ~= "table" then fail("%s: a table of parameters is needed, not a %s", place, type(point)) end
        local copy = {}
        for name, value in pairs(point) do
            set.check_name(name, place)
            set.check_value(value, name, place)
            copy[name] = value
            found[name] = true
        end
        if next(copy) == nil then fail("%s has no parameters", place) end
        result[index] = copy
    end
    return set.new(parameters.order(options, found, where), result)
end

return parameters
