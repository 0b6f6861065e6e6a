--- What a point measured: the last line of its stdout that is a JSON object, or the file metrics.json, or the last
--- row of metrics.csv in its output folder. On a cluster job-points.sh finds the same.
local files = require "docksing.sweep.files"
local folders = require "docksing.sweep.folders"
local json = require "docksing.json"

local metrics = {}

-- How many bytes of stdout are looked at, and the longest line and the largest file that count as metrics.
local window, line_limit, file_limit = 65536, 4096, 16384

--- Puts values into a flat table: `{"val": {"loss": 1}}` is `val.loss`.
local function flatten(object, prefix, into, order)
    for _, name in ipairs(getmetatable(object).order) do
        local value, key = object[name], prefix .. name
        if type(value) == "table" and getmetatable(value) then
            flatten(value, key .. ".", into, order)
        elseif type(value) ~= "table" and value ~= nil then
            if into[key] == nil then order[#order + 1] = key end
            -- No number to sort by, or for a mean.
            if value ~= value or value == math.huge or value == -math.huge then
                value = value ~= value and "NaN" or value > 0 and "Infinity" or "-Infinity"
            end
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
        local records = files.split((text:gsub("^\239\187\191", "")))
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
    if #line > line_limit or not line:find '^[ \t]*{[ \t]*["}].*$' or not line:find "}[ \t]*$" then return false end
    local value = json.decode(line)
    return type(value) == "table" and getmetatable(value) ~= nil
end

--- A file that was written since a point began: what an earlier one left says nothing of this.
local function fresh(path, since)
    local text = folders.read(path)
    if not text or not since then return text end
    -- The kernel's clock for files is some milliseconds late.
    local newer = folders.output(("find %s -newermt @%.3f 2>/dev/null"):format(folders.quote(path), since - 0.05))
    return newer ~= "" and text or nil
end

--- What a point on this machine measured.
---@param log string the file with its stdout
---@param outputs string[] its output folders
---@param since? number when it began, in seconds since 1970
---@return string? text
---@return string? kind
function metrics.find(log, outputs, since)
    local lines = {}
    for line in (folders.read(log, window) or ""):gmatch "[^\r\n]+" do lines[#lines + 1] = line end
    for index = #lines, 1, -1 do
        if is_object(lines[index]) then return lines[index], "json" end
    end
    for _, folder in ipairs(outputs) do
        local text = fresh(folder .. "/metrics.json", since)
        if text and #text > 0 and #text <= file_limit then return text, "json" end
    end
    for _, folder in ipairs(outputs) do
        local header, rest = (fresh(folder .. "/metrics.csv", since) or ""):match "^([^\r\n]*)(.*)"
        local last
        for line in rest:gmatch "[^\r\n]+" do if line:find "%S" then last = line end end
        if last then return header .. "\n" .. last, "csv" end
    end
    return nil
end

return metrics
