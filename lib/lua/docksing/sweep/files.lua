--- Points that stand in files: tables of comma-separated values, and lines of JSON.
local fail = require "docksing.fail"
local json = require "docksing.json"
local numbers = require "docksing.numbers"
local set = require "docksing.sweep.set"

local files = {}

local function read(path)
    if type(path) ~= "string" then fail("the name of a file is needed, not a %s", type(path)) end
    local file, reason = io.open(path, "rb")
    if not file then fail("%s; the path is relative to the current folder", (reason:gsub("^(.*): ",
        "cannot read %1: "))) end
    local text
    text, reason = file:read "a"
    file:close()
    if not text then fail("cannot read %s: %s", path, reason) end
    return (text:gsub("^\u{FEFF}", ""))
end

--- What is between the fields of a CSV file, by its first line: a comma, or where it has none a semicolon or a tab, as
--- spreadsheets write where the comma is in numbers.
---@param text string
---@return string
function files.delimiter(text)
    local first = text:match "^[^\r\n]*":gsub('"[^"]*"', "")
    return not first:find(",", 1, true) and first:match "[;\t]" or ","
end

--- Splits CSV (RFC 4180) into records, lists of fields; `lines` has the line on which each begins.
---@param text string
---@param delimiter? string what is between fields, a comma by default
---@return string[][]? records
---@return integer[]|string lines or what is wrong
function files.split(text, delimiter)
    delimiter = delimiter or ","
    local ends = "[" .. delimiter .. "\r\n]"
    local records, lines, record, line, at = {}, {}, {}, 1, 1
    local begun = 1
    while at <= #text do
        local field
        if text:sub(at, at) == '"' then
            local parts = {}
            at = at + 1
            while true do
                local stop = text:find('"', at, true)
                if not stop then return nil, ("line %d: a quote has no end"):format(begun) end
                parts[#parts + 1] = text:sub(at, stop - 1)
                at = stop + 1
                if text:sub(at, at) ~= '"' then break end
                parts[#parts + 1] = '"'
                at = at + 1
            end
            field = table.concat(parts)
            line = line + select(2, field:gsub("\n", ""))
            if not text:find("^" .. ends, at) and at <= #text then
                return nil, ("line %d: something follows a field in quotes"):format(line)
            end
        else
            local stop = text:find(ends, at) or #text + 1
            field = text:sub(at, stop - 1)
            at = stop
        end
        record[#record + 1] = field
        if text:sub(at, at) == delimiter then
            at = at + 1
            if at > #text then record[#record + 1] = "" end
        else
            at = select(2, text:find("^\r?\n?", at)) + 1
            if #record > 1 or record[1] ~= "" then
                records[#records + 1], lines[#lines + 1] = record, begun
            end
            record, line = {}, line + 1
            begun = line
        end
    end
    if #record > 0 then records[#records + 1], lines[#lines + 1] = record, begun end
    return records, lines
end

--- A field as a value: a number where it is one.
---@param text string
---@return string|number
function files.value(text)
    return numbers.is_number(text) and tonumber(text) or text
end

--- See `docksing.space.csv`.
---@param path string
---@return docksing.Space
function files.csv(path)
    local text = read(path)
    local delimiter = files.delimiter(text)
    local records, lines = files.split(text, delimiter)
    if not records then fail("%s, %s", path, lines) end
    local heads = records[1]
    if not heads then fail("%s is empty; its first line names the columns, as LR,SEED", path) end
    local seen = {}
    for index, name in ipairs(heads) do
        heads[index] = name:match "^%s*(.-)%s*$"
        set.check_name(heads[index], path .. ", line 1")
        if seen[heads[index]] then fail("%s, line 1: two columns are called %s", path, heads[index]) end
        seen[heads[index]] = true
    end
    local list = {}
    for index = 2, #records do
        local record, point = records[index], {}
        local where = ("%s, line %d"):format(path, lines[index])
        if #record ~= #heads then fail("%s has %d fields, and line 1 names %d", where, #record, #heads) end
        for column, field in ipairs(record) do
            if field ~= "" then
                local name = heads[column]
                if delimiter == ";" and field:find "^[+-]?%d*,%d+$" then
                    fail("%s: %s is %s, a number with a comma; write it with a point, as %s", where, name, field,
                        (field:gsub(",", ".")))
                end
                point[name] = files.value(field)
                set.check_value(point[name], name, where)
                set.note_text(point, name, field)
            end
        end
        if next(point) == nil then fail("%s has no parameters", where) end
        list[#list + 1] = point
        set.check_count(#list, path)
    end
    if #list == 0 then fail("%s has no points; each line after the first is one", path) end
    return set.new(heads, list)
end

--- See `docksing.space.jsonl`.
---@param path string
---@return docksing.Space
function files.jsonl(path)
    local list, order, seen, number = {}, {}, {}, 0
    for line in (read(path) .. "\n"):gmatch "(.-)\r?\n" do
        number = number + 1
        local where = ("%s, line %d"):format(path, number)
        if line:find "%S" then
            local object, problem = json.decode(line)
            if problem or type(object) ~= "table" or not getmetatable(object) then
                fail("%s is no JSON object%s; one is needed, as {\"LR\": 0.1}", where, problem and ": " .. problem
                    or "")
            end
            for _, name in ipairs(getmetatable(object).order) do
                if object[name] ~= nil then
                    set.check_name(name, where)
                    set.check_value(object[name], name, where)
                    if not seen[name] then order[#order + 1] = name end
                    seen[name] = true
                end
            end
            if next(object) == nil then fail("%s has no parameters", where) end
            list[#list + 1] = setmetatable(object, nil)
            set.check_count(#list, path)
        end
    end
    if #list == 0 then fail("%s has no points; each line is one, as {\"LR\": 0.1}", path) end
    return set.new(order, list)
end

return files
