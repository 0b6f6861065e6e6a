--- Tables of results as files for other programs.
local fail = require "docksing.fail"
local json = require "docksing.json"
local numbers = require "docksing.numbers"

local export = {}

--- Writes a text to a file if one is named, and gives it.
local function written(text, path)
    if path == nil then return text end
    local file, reason = io.open(path, "w")
    if not file then fail("cannot write %s", reason) end
    local ok, problem = file:write(text)
    if ok then ok, problem = file:close() end
    if not ok then fail("cannot write %s: %s", path, problem) end
    return text
end

local function exact(value)
    if value == nil then return "" end
    if type(value) == "number" then return numbers.shortest(value) end
    local text = tostring(value)
    -- A spreadsheet would run it as a formula: a quote says that it is text.
    return text:find "^[=+@\t\r-]" and not tonumber(text) and "'" .. text or text
end

--- As comma-separated values, with a line of names; numbers are written exactly.
---@param self docksing.Results
---@param path? string a file to write
---@return string text
function export.csv(self, path)
    local lines = {}
    local function add(fields)
        for index, field in ipairs(fields) do
            if field:find '[,"\r\n]' or field:find "^ " or field:find " $" then
                fields[index] = '"' .. field:gsub('"', '""') .. '"'
            end
        end
        lines[#lines + 1] = table.concat(fields, ",") .. "\n"
    end
    local names = {}
    for index, name in ipairs(self.columns) do names[index] = exact(name) end
    add(names)
    for _, row in ipairs(self.rows) do
        local fields = {}
        for index, name in ipairs(self.columns) do fields[index] = exact(row[name]) end
        add(fields)
    end
    return written(table.concat(lines), path)
end

--- As JSON, an object on each line.
---@param self docksing.Results
---@param path? string a file to write
---@return string text
function export.jsonl(self, path)
    local lines = {}
    for index, row in ipairs(self.rows) do
        local parts = {}
        for _, name in ipairs(self.columns) do
            if row[name] ~= nil then parts[#parts + 1] = json.encode(name) .. ":" .. json.encode(row[name]) end
        end
        lines[index] = "{" .. table.concat(parts, ",") .. "}\n"
    end
    return written(table.concat(lines), path)
end

--- As a table in Markdown.
---@param self docksing.Results
---@param path? string a file to write
---@return string text
function export.markdown(self, cells, numeric, path)
    local lines, marks = {}, {}
    local function add(row)
        local parts = {}
        for column in ipairs(self.columns) do parts[column] = (row[column] or ""):gsub("|", "\\|") end
        lines[#lines + 1] = "| " .. table.concat(parts, " | ") .. " |\n"
    end
    add(self.columns)
    for column in ipairs(self.columns) do marks[column] = numeric[column] and "---:" or "---" end
    lines[#lines + 1] = "|" .. table.concat(marks, "|") .. "|\n"
    for index in ipairs(self.rows) do add(cells[index] or {}) end
    return written(table.concat(lines), path)
end

return export
