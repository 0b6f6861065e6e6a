--- A set of points: what `docksing.space` makes, and `+`, `*` and `where` make of it.
local fail = require "docksing.fail"
local names = require "docksing.sweep.names"
local near = require "docksing.near"
local rows = require "docksing.rows"

local set = {}

--- More points than this are a mistake, and would only fill the memory.
set.limit = 1000000

--- Points to try: a list of tables of parameters. `a * b` is every point of one with every point of the other, `a +
--- b` the points of one and then those of the other; `#` counts, `[n]` is a point, `tostring` shows them.
---
--- ```lua
--- local space = docksing.space
--- local points = space.grid { LR = { 0.1, 0.01 }, SEED = { 1, 2 } } + space.list { { LR = 1, SEED = 1 } }
--- print(#points, points[5].LR)
--- ```
---@class docksing.Space
---@field names string[] the parameters, in order
local Space = {}
require "docksing.classes"["docksing.Space"] = Space

-- What the container gets for a value, where that is not what the value itself would be written as.
local texts = setmetatable({}, { __mode = "k" })

local meta = {
    __name = "docksing.Space",
    __methods = Space,
    __index = function(space, key)
        if math.type(key) == "integer" then return rawget(space, "list")[key] end
        return Space[key]
    end,
    __len = function(space) return #space.list end,
}

--- Whether a value is a set of points.
---@param value any
---@return boolean
function set.is(value) return getmetatable(value) == meta end

--- Refuses a name that could not be a variable's.
---@param name any
---@param where string
function set.check_name(name, where)
    if type(name) ~= "string" then
        fail("%s: the names of parameters are text, not a %s", where, type(name))
    elseif not name:find "^[%a_][%w_]*$" then
        fail("%s: %s is no name of a variable; use letters, digits and _ (a command may call it what it likes)",
            where, rows.shown("'" .. name .. "'"))
    elseif #name > 60 then
        fail("%s: the name %s… is too long; use at most 60 letters", where, name:sub(1, 20))
    end
end

--- Refuses a value that a container can't be given.
---@param value any
---@param name string
---@param where string
function set.check_value(value, name, where)
    local kind = type(value)
    if kind == "boolean" then return end
    if kind == "number" then
        if value ~= value or value == math.huge or value == -math.huge then
            fail("%s: %s is %s, which is no number to try", where, name, value)
        end
    elseif kind == "string" then
        if value:find("\0", 1, true) then fail("%s: a value of %s has a zero byte, which no variable can hold", where,
            name) end
        if not utf8.len(value) then fail("%s: a value of %s is not UTF-8", where, name) end
    else
        fail("%s: %s is a %s; values are text, numbers, true and false. For others, give them a name and make a job of "
            .. "it with job = function(p)", where, name, kind)
    end
end

--- Makes a set of points that were checked.
---@param order string[] the parameters
---@param list table[] tables of parameters
---@return docksing.Space
function set.new(order, list)
    return setmetatable({ names = order, list = list }, meta)
end

--- Makes sure that there are not too many, before they are made.
---@param count number
---@param where string
function set.check_count(count, where)
    if count > set.limit then
        fail("%s has %.15g points, more than the %d that a sweep may have; try fewer values, or take some of them with "
            .. "random", where, count, set.limit)
    end
end

--- Remembers how a value is written, where that is another text than the value's own: `0.10`.
---@param point table
---@param name string
---@param text string
function set.note_text(point, name, text)
    if names.text(point[name]) == text then return end
    texts[point] = texts[point] or {}
    texts[point][name] = text
end

--- The values of a point as the container gets them.
---@param point table
---@return table<string, string>
function set.texts(point)
    local own, result = texts[point], {}
    for name, value in pairs(point) do result[name] = own and own[name] or names.text(value) end
    return result
end

--- Names in alphabetical order, but those of `order` first.
---@param found table<string, any> whose keys are the names
---@param order? string[]
---@return string[]
function set.order(found, order)
    local list, rest, seen = {}, {}, {}
    for _, name in ipairs(order or {}) do
        if found[name] ~= nil and not seen[name] then list[#list + 1] = name end
        seen[name] = true
    end
    for name in pairs(found) do
        if not seen[name] then rest[#rest + 1] = name end
    end
    table.sort(rest)
    table.move(rest, 1, #rest, #list + 1, list)
    return list
end

local function need_set(value, other)
    if set.is(value) then return end
    fail("a set of points is needed on both sides, such as docksing.space.grid { … }, not a %s%s", type(value),
        set.is(other) and "" or " and a " .. type(other))
end

--- Names of both, without repetition.
local function joined(a, b)
    local list, seen = {}, {}
    for _, order in ipairs { a.names, b.names } do
        for _, name in ipairs(order) do
            if not seen[name] then list[#list + 1] = name end
            seen[name] = true
        end
    end
    return list
end

function meta.__mul(a, b)
    need_set(a, b)
    need_set(b, a)
    local order = joined(a, b)
    if #order < #a.names + #b.names then
        local both = {}
        for _, name in ipairs(a.names) do both[name] = true end
        for _, name in ipairs(b.names) do
            if both[name] then fail("both sides of * have the parameter %s; leave it out of one of them", name) end
        end
    end
    set.check_count(#a * #b, "the product")
    local list = {}
    for _, one in ipairs(a.list) do
        for _, other in ipairs(b.list) do
            local point, own = {}, nil
            for _, from in ipairs { one, other } do
                for name, value in pairs(from) do point[name] = value end
                for name, text in pairs(texts[from] or {}) do
                    own = own or {}
                    own[name] = text
                end
            end
            texts[point] = own
            list[#list + 1] = point
        end
    end
    return set.new(order, list)
end

function meta.__add(a, b)
    need_set(a, b)
    need_set(b, a)
    set.check_count(#a + #b, "the sum")
    local list = table.move(a.list, 1, #a, 1, {})
    return set.new(joined(a, b), table.move(b.list, 1, #b, #list + 1, list))
end

--- Whether parameters have certain values.
---@param values table<string, any> a value, or a list of those that are let through
---@param names_of string[] the parameters that there are
---@param more? string[] what else a point has
---@return fun(point: table): boolean
function set.having(values, names_of, more)
    local known = {}
    for _, list in ipairs { names_of, more or {} } do
        for _, name in ipairs(list) do known[name] = true end
    end
    for name in pairs(values) do
        if not known[name] then fail("there is no parameter %s%s", tostring(name), near(name, names_of)) end
    end
    local function is_one_of(value, wanted)
        if type(wanted) ~= "table" then return value == wanted end
        for _, one in ipairs(wanted) do
            if value == one then return true end
        end
        return false
    end
    return function(point)
        for name, wanted in pairs(values) do
            if not is_one_of(point[name], wanted) then return false end
        end
        return true
    end
end

--- The points for which a function gives true, or which have these values.
---
--- ```lua
--- local all = docksing.space.grid { A = { 1, 2, 3 }, B = { 1, 2, 3 } }
--- print(#all:where(function(p) return p.A < p.B end), #all:where { A = 1, B = { 2, 3 } })
--- ```
---@param condition fun(p: table): any or a table of values
---@return docksing.Space
function Space:where(condition)
    local is_wanted, list = condition, {}
    if type(condition) == "table" and next(condition) ~= nil then
        is_wanted = set.having(condition, self.names)
    elseif type(condition) ~= "function" then
        fail("where needs a function of a point, such as function(p) return p.LR < 0.1 end, or values, such as "
            .. "{ LR = 0.1 }, not %s", type(condition) == "table" and "an empty table" or "a " .. type(condition))
    end
    for _, point in ipairs(self.list) do
        local ok, wanted = pcall(is_wanted, point)
        if not ok then
            error(("where, for the point %s: %s"):format(names.of(self.names, set.texts(point)), tostring(wanted)), 0)
        end
        if wanted then list[#list + 1] = point end
    end
    return set.new(self.names, list)
end

--- Rows of cells for a table, and which columns hold numbers only.
---@param order string[]
---@param list table[]
---@return string[][] cells
---@return table<integer, boolean> numeric
function set.cells(order, list)
    local cells, numeric = {}, {}
    for column in ipairs(order) do numeric[column] = #list > 0 end
    for index, point in ipairs(list) do
        local own, row = texts[point], {}
        for column, name in ipairs(order) do
            local value = point[name]
            if value ~= nil then
                row[column] = rows.shown(own and own[name] or names.text(value))
                if type(value) ~= "number" then numeric[column] = false end
            end
        end
        cells[index] = row
    end
    return cells, numeric
end

function meta.__tostring(space)
    local cells, numeric = set.cells(space.names, space.list)
    local lines = rows.lines(space.names, cells, { limit = 40, numeric = numeric })
    table.insert(lines, 1, ("%d point%s"):format(#space, #space == 1 and "" or "s"))
    return table.concat(lines, "\n")
end

return set
