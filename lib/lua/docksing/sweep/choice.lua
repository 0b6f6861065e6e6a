--- What people say about which points.
local fail = require "docksing.fail"
local near = require "docksing.near"
local points = require "docksing.sweep.point"
local rows = require "docksing.rows"
local set = require "docksing.sweep.set"
local states = require "docksing.sweep.states"

local choice = {}

local function is_parameter(self, name)
    for _, column in ipairs(self.columns) do
        if column == name then return true end
    end
    return false
end

--- The places of the points that a filter lets through: a function of a point, a list of points or of their numbers, a
--- point, a name, a state, or a table of parameters and of `state`.
---@param self docksing.SweepRun
---@param filter any
---@return integer[] indices
function choice.points(self, filter)
    local list = {}
    local function add(condition)
        for index, point in ipairs(self.points) do
            if condition(point) then list[#list + 1] = index end
        end
    end
    if filter == nil then
        add(function() return true end)
    elseif type(filter) == "function" then
        add(filter)
    elseif points.is(filter) then
        list[1] = filter.index
    elseif type(filter) == "string" then
        local is_known = states.known(filter)
        for _, point in ipairs(self.points) do is_known = is_known or point.name == filter end
        if not is_known then
            fail("%s is neither a state nor the name of a point; a table of parameters, or a function of a point, "
                .. "chooses others", rows.shown("'" .. filter .. "'"))
        end
        add(function(point) return point.name == filter or point.state == filter end)
    elseif type(filter) == "number" then
        list[1] = self:point(filter).index
    elseif type(filter) == "table" and (#filter > 0 or next(filter) == nil) then
        for index, one in ipairs(filter) do list[index] = points.is(one) and one.index or self:point(one).index end
    elseif type(filter) == "table" then
        local has = set.having(filter, self.columns, { "state" })
        local wanted = is_parameter(self, "state") and {} or type(filter.state) == "table" and filter.state
            or { filter.state }
        for _, state in ipairs(wanted) do
            if not states.known(state) then
                fail("there is no state %s%s", rows.shown(tostring(state)), near(state, states.order))
            end
        end
        -- A parameter's value comes before what the point itself has of that name.
        add(function(point)
            return has(setmetatable({}, {
                __index = function(_, name)
                    local value = point.parameters[name]
                    if value == nil and name == "state" then return point.state end
                    return value
                end,
            }))
        end)
    else
        fail("points are chosen by a function, a list of points, a state or a table of parameters, not a %s",
            type(filter))
    end
    return list
end

return choice
