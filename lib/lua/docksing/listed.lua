--- Lists and tables that print as tables of rows, or as a line.
local rows = require "docksing.rows"

local listed = {}

local records = { __name = "list of docksing.Record" }

function records.__tostring(list)
    local cells = {}
    for index, record in ipairs(list) do
        local row = {
            record.submitted, record.id and record.id:sub(1, 12) or "-", record.state,
            record.code and tostring(record.code) or "", record.place,
        }
        for column, text in ipairs(row) do row[column] = rows.shown(text) end
        cells[index] = row
    end
    if #cells == 0 then return "no runs were started here yet" end
    return table.concat(rows.lines({ "submitted", "id", "state", "code", "place" }, cells, {
        limit = 50, numeric = { [4] = true },
    }), "\n")
end

--- Makes what `docksing.runs` gives a list that prints as a table.
---@param list docksing.Record[]
---@return docksing.Record[]
function listed.records(list) return setmetatable(list, records) end

local checks = { __name = "docksing.Checks" }

function checks.__tostring(list)
    local lines = {}
    for index, check in ipairs(list) do lines[index] = listed.check(check) end
    return table.concat(lines, "\n")
end

local marks = { [true] = "✓", [false] = "✗" }

--- A check as a line, with a tick or a cross.
---@param check docksing.Check
---@return string
function listed.check(check)
    local text = ("%s: %s%s"):format(check.name, check.detail, check.advice and "; " .. check.advice or "")
    return (marks[check.ok] or "?") .. " " .. text:gsub("[^\n]+", rows.shown)
end

--- Makes a list of checks one that prints as lines.
---@param list docksing.Checks
---@return docksing.Checks
function listed.checks(list) return setmetatable(list, checks) end

return listed
