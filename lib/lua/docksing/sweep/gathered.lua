--- The table of what the points of a sweep gave.
local metrics = require "docksing.sweep.metrics"
local results = require "docksing.sweep.results"

--- What is known of every point, if anything is, in the order of the columns; and what is told only to those who ask.
local known_of_all = { "state", "code", "elapsed", "node", "memory" }
local told_when_asked = { "name", "number", "reason", "job", "restarts" }

--- See `run:results`.
---@param self docksing.SweepRun
---@param columns string[]?
---@return docksing.Results
return function(self, columns)
    local order, seen, list = {}, {}, {}
    local function add(name)
        if not seen[name] then order[#order + 1] = name end
        seen[name] = true
    end
    for _, name in ipairs(self.columns) do add(name) end
    local all_ended, has_measured, known = true, false, {}
    for index, point in ipairs(self.points) do
        local row, status = {}, point.status
        local values, names = metrics.read(status.metrics, status.metrics_kind)
        for _, name in ipairs(names) do add(name) end
        has_measured = has_measured or #names > 0
        for name, value in pairs(values) do row[name] = value end
        for _, names_of in ipairs { known_of_all, told_when_asked } do
            for _, name in ipairs(names_of) do
                if status[name] ~= nil then row[name], known[name] = status[name], true end
            end
        end
        row.name, row.number = point.name, point.number
        -- A parameter counts more than a metric or a state that has its name.
        for name, value in pairs(point.parameters) do row[name] = value end
        all_ended = all_ended and point.ended
        list[index] = row
    end
    for _, name in ipairs(known_of_all) do
        if name == "state" or known[name] then add(name) end
    end
    if not columns then return results.new(order, list, self.name) end
    local whole = table.move(order, 1, #order, 1, {})
    for _, names_of in ipairs { known_of_all, told_when_asked } do
        for _, name in ipairs(names_of) do
            if not seen[name] then whole[#whole + 1] = name end
            seen[name] = true
        end
    end
    -- What nobody has measured yet may still come, and what all failed to measure was meant to.
    if not (all_ended and has_measured) then
        for _, name in ipairs(columns) do
            if not seen[name] then whole[#whole + 1] = name end
        end
    end
    return results.new(whole, list, self.name):pick(columns)
end
