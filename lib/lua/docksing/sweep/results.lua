--- Tables of results: what the points of a sweep gave, to print, sort, group, plot and write to files.
local export = require "docksing.sweep.export"
local fail = require "docksing.fail"
local groups = require "docksing.sweep.groups"
local near = require "docksing.near"
local numbers = require "docksing.numbers"
local rows = require "docksing.rows"

local results = {}

--- A table of results, from `run:results()`: `#` counts its rows, `[n]` is one, a table of values by column, and
--- `tostring` aligns it. Its methods give new ones.
---
--- ```lua
--- local results = sweep_run:results()
--- print(results)
--- print(#results, results[1].state)
--- ```
---@class docksing.Results
---@field columns string[] the names of the columns, in order
local Results = {}
require "docksing.classes"["docksing.Results"] = Results

local meta = {
    __name = "docksing.Results",
    __methods = Results,
    __index = function(table, key)
        if math.type(key) == "integer" then return rawget(table, "rows")[key] end
        return Results[key]
    end,
    __len = function(table) return #table.rows end,
}

--- Makes a table.
---@param columns string[]
---@param list table[] rows, tables of values by column
---@param title? string what a plot is called
---@return docksing.Results
function results.new(columns, list, title)
    return setmetatable({ columns = columns, rows = list, title = title }, meta)
end

--- Refuses a column that is not there.
local function check(self, name)
    for _, column in ipairs(self.columns) do
        if column == name then return name end
    end
    fail("there is no column %s%s", tostring(name), near(name, self.columns))
end

--- A name or a list of names, as a list of columns that are there.
local function list_of(self, names)
    local list = type(names) == "table" and names or { names }
    for _, name in ipairs(list) do check(self, name) end
    return list
end

--- Only these columns, in this order.
---
--- ```lua
--- print(sweep_run:results():pick { "LR", "state" })
--- ```
---@param columns string[]
---@return docksing.Results
function Results:pick(columns)
    return results.new(table.move(list_of(self, columns), 1, #columns, 1, {}), self.rows, self.title)
end

--- Only the rows for which a function gives true.
---
--- ```lua
--- print(sweep_run:results():where(function(row) return row.state == "completed" end))
--- ```
---@param condition fun(row: table): any
---@return docksing.Results
function Results:where(condition)
    if type(condition) ~= "function" then
        fail("where needs a function of a row, such as function(row) return row.LR < 0.1 end, not a %s",
            type(condition))
    end
    local list = {}
    for _, row in ipairs(self.rows) do
        if condition(row) then list[#list + 1] = row end
    end
    return results.new(self.columns, list, self.title)
end

local ranks = { number = 1, string = 2, boolean = 3 }

--- Whether one value comes before another: numbers, texts, and what is missing at the end in both directions.
local function compare(a, b, descending)
    if a == b then return nil end
    if a == nil or b == nil then return b == nil end
    local one, other = ranks[type(a)] or 4, ranks[type(b)] or 4
    if one ~= other then return one < other end
    if one > 2 then a, b = tostring(a), tostring(b) end
    if a == b then return nil end
    if descending then return a > b end
    return a < b
end

--- Sorted by one column, or several; with `-` before its name from the largest on. Rows that are equal keep their
--- order, what is missing comes last.
---
--- ```lua
--- print(sweep_run:results():sort("-loss", "SEED"))
--- ```
---@param ... string columns
---@return docksing.Results
function Results:sort(...)
    local keys = {}
    for index, key in ipairs { ... } do
        if type(key) ~= "string" then fail("sort takes names of columns, such as \"-loss\", not a %s", type(key)) end
        local descending = key:sub(1, 1) == "-"
        keys[index] = { name = check(self, descending and key:sub(2) or key), descending = descending }
    end
    local list, places = table.move(self.rows, 1, #self.rows, 1, {}), {}
    for index, row in ipairs(list) do places[row] = index end
    table.sort(list, function(a, b)
        for _, key in ipairs(keys) do
            local before = compare(a[key.name], b[key.name], key.descending)
            if before ~= nil then return before end
        end
        return places[a] < places[b]
    end)
    return results.new(self.columns, list, self.title)
end

--- The first rows.
---
--- ```lua
--- print(sweep_run:results():sort("loss"):first(3))
--- ```
---@param count integer
---@return docksing.Results
function Results:first(count)
    if math.type(count) ~= "integer" or count < 0 then
        fail("first takes how many rows, a whole number, not %s", tostring(count))
    end
    return results.new(self.columns, table.move(self.rows, 1, math.min(count, #self.rows), 1, {}), self.title)
end

--- The values of a column; what is missing is left out.
---
--- ```lua
--- print(math.min(table.unpack(sweep_run:results():values "loss")))
--- ```
---@param column string
---@return any[] values
function Results:values(column)
    check(self, column)
    local list = {}
    for _, row in ipairs(self.rows) do
        if row[column] ~= nil then list[#list + 1] = row[column] end
    end
    return list
end

--- One row for all rows that have the same values in some columns: how many there are, `n`, and for other columns the
--- mean, the standard deviation, the least and the greatest number, `loss_mean`, `loss_sd`, `loss_min`, `loss_max`; and
--- how many numbers that were, `loss_n`, where some rows have none.
---
--- ```lua
--- print(sweep_run:results():group { by = "LR", "loss" })
--- ```
---@param what {by: string|string[], [integer]: string} `by` and the columns of numbers
---@return docksing.Results
function Results:group(what)
    if type(what) ~= "table" or what.by == nil then fail("group needs to know by which columns: group { by = "
        .. "\"LR\", \"loss\" }") end
    for key in pairs(what) do
        if key ~= "by" and math.type(key) ~= "integer" then
            fail("group has no option %s; it takes by and names of columns", tostring(key))
        end
    end
    local by, of = list_of(self, what.by), table.move(what, 1, #what, 1, {})
    list_of(self, of)
    local list, is_short = {}, {}
    for index, group in ipairs(groups.by(self.rows, by)) do
        local row = { n = #group }
        for _, name in ipairs(by) do row[name] = group[1][name] end
        for _, name in ipairs(of) do
            local values = {}
            for _, one in ipairs(group) do
                if type(one[name]) == "number" then values[#values + 1] = one[name] end
            end
            row[name .. "_n"] = #values
            is_short[name] = is_short[name] or #values < #group
            for what_of, value in pairs(groups.statistics(values)) do row[name .. "_" .. what_of] = value end
        end
        list[index] = row
    end
    local columns = table.move(by, 1, #by, 1, {})
    columns[#columns + 1] = "n"
    for _, name in ipairs(of) do
        if is_short[name] then columns[#columns + 1] = name .. "_n" end
        for _, what_of in ipairs { "mean", "sd", "min", "max" } do columns[#columns + 1] = name .. "_" .. what_of end
    end
    return results.new(columns, list, self.title)
end

--- Draws it with gnuplot: see `run:plot`.
---
--- ```lua
--- sweep_run:results():group({ by = "LR", "loss" }):plot { x = "LR", y = "loss_mean" }
--- ```
---@param what docksing.PlotOptions
---@return string? text what a terminal shows, when there is no `file`
function Results:plot(what)
    return require "docksing.sweep.plot".draw(self, what)
end

--- Texts of the cells for people, and which columns are numbers.
local function cells_of(self)
    local cells, numeric = {}, {}
    for column, name in ipairs(self.columns) do
        local is_number = false
        for index, row in ipairs(self.rows) do
            cells[index] = cells[index] or {}
            local value = row[name]
            if type(value) == "number" then
                is_number = is_number or numeric[column] == nil
                if name == "memory" then
                    cells[index][column] = ("%.1f MB"):format(value / 1e6)
                else
                    cells[index][column] = numbers.brief(value)
                end
            elseif value ~= nil then
                is_number, numeric[column] = false, false
                cells[index][column] = rows.cut(rows.shown(tostring(value)), 60)
            end
        end
        numeric[column] = is_number
    end
    return cells, numeric
end

function meta.__tostring(self)
    local cells, numeric = cells_of(self)
    return table.concat(rows.lines(self.columns, cells, { limit = 200, numeric = numeric }), "\n")
end

--- As comma-separated values, with a line of names; numbers are written exactly.
---
--- ```lua
--- sweep_run:results():csv "results.csv"
--- ```
---@param path? string a file to write
---@return string text
function Results:csv(path) return export.csv(self, path) end

--- As JSON, an object on each line.
---
--- ```lua
--- print(sweep_run:results():jsonl())
--- ```
---@param path? string a file to write
---@return string text
function Results:jsonl(path) return export.jsonl(self, path) end

--- As a table in Markdown.
---
--- ```lua
--- sweep_run:results():markdown "results.md"
--- ```
---@param path? string a file to write
---@return string text
function Results:markdown(path)
    local cells, numeric = cells_of(self)
    return export.markdown(self, cells, numeric, path)
end

return results
