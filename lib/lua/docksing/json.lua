--- JSON for programs that read what the command line prints.
local json = {}

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

--- Text as UTF-8: bytes that are none become U+FFFD, since JSON has no other way.
---@param text string
---@return string
local function utf8_of(text)
    if utf8.len(text) then return text end
    local parts, at = {}, 1
    while at <= #text do
        local _, bad = utf8.len(text, at)
        parts[#parts + 1] = text:sub(at, (bad or #text + 1) - 1)
        if bad then parts[#parts + 1] = "\u{FFFD}" end
        at = (bad or #text) + 1
    end
    return table.concat(parts)
end

---@param text string
---@return string
local function quoted(text)
    return '"' .. utf8_of(text):gsub('[%c"\\]', function(c)
        return escapes[c] or ("\\u%04x"):format(c:byte())
    end) .. '"'
end

--- A value as JSON on one line: a table with keys 1 to n is an array (an empty one too), others are objects in the
--- order of their keys.
---@param value any
---@return string
function json.encode(value)
    local kind = type(value)
    if kind == "nil" then return "null" end
    if kind == "boolean" or math.type(value) == "integer" then return tostring(value) end
    if kind == "number" then
        -- Neither infinity nor NaN is JSON.
        return value == value and math.abs(value) < math.huge and ("%.17g"):format(value) or "null"
    end
    if kind ~= "table" then return quoted(tostring(value)) end
    local parts = {}
    if #value > 0 or next(value) == nil then
        for i, item in ipairs(value) do parts[i] = json.encode(item) end
        return "[" .. table.concat(parts, ",") .. "]"
    end
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = tostring(key) end
    table.sort(keys)
    for i, key in ipairs(keys) do parts[i] = quoted(key) .. ":" .. json.encode(value[key]) end
    return "{" .. table.concat(parts, ",") .. "}"
end

return json
