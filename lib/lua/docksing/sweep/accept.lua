--- Options that were given to a function.
local fail = require "docksing.fail"
local near = require "docksing.near"

local accept = {}

--- Refuses options that a function does not have.
---@param options table?
---@param known string[]
---@param what string who takes them: a function's name
---@return table options empty when there are none
function accept.options(options, known, what)
    if options == nil then return {} end
    if type(options) ~= "table" then fail("%s takes a table of options, not a %s", what, type(options)) end
    for key in pairs(options) do
        local found = false
        for _, name in ipairs(known) do found = found or name == key end
        if not found then fail("%s has no option %s%s", what, tostring(key), near(key, known)) end
    end
    return options
end

--- Refuses an option that is there and is no count.
---@param options table
---@param name string
---@param what string who takes it
---@param unit string what it counts
function accept.count(options, name, what, unit)
    local value = options[name]
    if value ~= nil and (math.type(value) ~= "integer" or value < 0) then
        fail("%s: %s is a number of %s, 0 or more, not %s", what, name, unit, tostring(value))
    end
end

--- Refuses an option that is there and is no time.
---@param options table
---@param name string
---@param what string who takes it
function accept.seconds(options, name, what)
    local value = options[name]
    if value ~= nil and (type(value) ~= "number" or value < 0) then
        fail("%s: %s is a number of seconds, 0 or more, not %s", what, name, tostring(value))
    end
end

return accept
