--- Values that may be functions of a point.
local fail = require "docksing.fail"

local of_point = {}

--- What a function gives for a point, or the value itself.
---@param value any
---@param point table its parameters, or a point of a run
---@param where string what it is, for errors: `slurm of the point A=1`
---@return any
function of_point.value(value, point, where)
    if type(value) ~= "function" then return value end
    local ok, result = pcall(value, point)
    if ok then return result end
    -- An error that has a place of its own keeps it.
    error(("%s: %s"):format(where, tostring(result)), 0)
end

--- Slurm options: a table, whose values may be functions, or a function that gives one; nil where there are none.
---@param value any
---@param point table
---@param name string the point's
---@return table<string, any>?
function of_point.slurm(value, point, name)
    local where = type(value) == "function" and "slurm of the point " .. name or "slurm"
    value = of_point.value(value, point, where)
    if value == nil then return nil end
    if type(value) ~= "table" then
        fail("%s is a table of Slurm options, such as { mem = \"8G\" }, not a %s", where, type(value))
    end
    local options = {}
    for key, one in pairs(value) do
        options[key] = of_point.value(one, point, ("slurm.%s of the point %s"):format(tostring(key), name))
    end
    return next(options) ~= nil and options or nil
end

return of_point
