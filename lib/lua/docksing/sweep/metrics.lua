--- What a point measured: the last line of its stdout that is a JSON object, or the file metrics.json, or the last
--- row of metrics.csv in its output folder.
local files = require "docksing.sweep.files"
local folders = require "docksing.sweep.folders"
local json = require "docksing.json"

local metrics = {}

--- The longest line that counts as metrics.
metrics.limit = 4096

--- Puts values into a flat table: `{"val": {"loss": 1}}` is `val.loss`.
local function flatten(object, prefix, into, order)
    for _, name in ipairs(getmetatable(object).order) do
        local value, key = object[name], prefix .. name
        if type(value) == "table" and getmetatable(value) then
            flatten(value, key .. ".", into, order)
        elseif type(value) ~= "table" and value ~= nil then
            if into[key] == nil then order[#order + 1] = key end
            into[key] = value
        end
    end
end

--- Metrics as a table, with the order in which they were given.
---@param text string? a JSON object, or CSV with its line of names
---@param kind string? `json` or `csv`
---@return table<string, any> values
---@return string[] order
function metrics.read(text, kind)
    local values, order = {}, {}
    if not text then return values, order end
    if kind == "csv" then
        local records = files.split(text)
        local heads, last = records and records[1], records and records[#records]
        for column, name in ipairs(heads and last ~= heads and heads or {}) do
            local field = last[column]
            if field and field ~= "" and name ~= "" then
                if values[name] == nil then order[#order + 1] = name end
                values[name] = files.value(field)
            end
        end
        return values, order
    end
    local object = json.decode(text)
    if type(object) == "table" and getmetatable(object) then flatten(object, "", values, order) end
    return values, order
end

--- Whether a line is a JSON object.
local function is_object(line)
    if #line > metrics.limit or not line:find "^%s*{.*}%s*$" then return false end
    local value = json.decode(line)
    return type(value) == "table" and getmetatable(value) ~= nil
end

--- What a point on this machine measured.
---@param log string the file with its stdout
---@param outputs string[] its output folders
---@return string? text
---@return string? kind
function metrics.find(log, outputs)
    local lines = {}
    for line in (folders.read(log, 65536) or ""):gmatch "[^\r\n]+" do lines[#lines + 1] = line end
    for index = #lines, 1, -1 do
        if is_object(lines[index]) then return lines[index], "json" end
    end
    for _, folder in ipairs(outputs) do
        local text = folders.read(folder .. "/metrics.json", metrics.limit * 16)
        if text then return text, "json" end
        text = folders.read(folder .. "/metrics.csv")
        if text then
            local last
            for line in text:gmatch "[^\r\n]+" do last = line end
            return (text:match "^[^\r\n]*" or "") .. "\n" .. (last or ""), "csv"
        end
    end
    return nil
end

return metrics
