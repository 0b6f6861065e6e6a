--- JSON: for programs that read what the command line prints, and to read what they write.
local numbers = require "docksing.numbers"

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
    local body = utf8_of(text):gsub('[%c"\\]', function(c)
        return escapes[c] or ("\\u%04x"):format(c:byte())
    end)
    -- What a terminal would act upon, and marks that turn text round: see docksing.rows, shown.
    if body:find "[\xC2\xD8\xE2\xEF]" then
        body = body:gsub("[\xC2\xD8\xE2\xEF][\x80-\xBF]+", function(bytes)
            return (bytes:gsub(utf8.charpattern, function(c)
                local code = utf8.codepoint(c)
                local is_hidden = code < 0xA0 or code == 0xAD or code == 0x61C or code == 0xFEFF
                    or code >= 0x200B and code <= 0x200F or code >= 0x2028 and code <= 0x202E
                    or code >= 0x2060 and code <= 0x206F
                return is_hidden and ("\\u%04x"):format(code) or c
            end))
        end)
    end
    return '"' .. body .. '"'
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
        return value == value and math.abs(value) < math.huge and numbers.shortest(value) or "null"
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

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

--- Reads the text of a string, from after its first quote.
local function read_string(text, at)
    local parts = {}
    while true do
        local stop = text:find('["\\%c]', at)
        local mark = stop and text:sub(stop, stop)
        if mark ~= '"' and mark ~= "\\" then error("a string has no end", 0) end
        parts[#parts + 1] = text:sub(at, stop - 1)
        if mark == '"' then return table.concat(parts), stop + 1 end
        local letter = text:sub(stop + 1, stop + 1)
        at = stop + 2
        if letter == "u" then
            local code = tonumber(text:match("^%x%x%x%x", at) or "", 16)
            if not code then error("\\u needs four digits", 0) end
            at = at + 4
            -- What lies beyond 16 bits is written as two halves.
            local low = code >= 0xD800 and code < 0xDC00 and text:match("^\\u([dD][c-fC-F]%x%x)", at)
            if low then
                code = 0x10000 + (code - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
                at = at + 6
            elseif code >= 0xD800 and code < 0xE000 then
                code = 0xFFFD
            end
            parts[#parts + 1] = utf8.char(code)
        else
            parts[#parts + 1] = unescapes[letter] or error("\\" .. letter .. " is no escape", 0)
        end
    end
end

local read_value

local function skip(text, at) return text:find("[^ \t\r\n]", at) or #text + 1 end

--- Reads the items of an object or array, from after its bracket.
local function read_items(text, at, depth, close, add)
    at = skip(text, at)
    if text:sub(at, at) == close then return at + 1 end
    while true do
        at = skip(text, add(at, depth + 1))
        local mark = text:sub(at, at)
        at = at + 1
        if mark == close then return at end
        if mark ~= "," then error(("'%s' or ',' is missing"):format(close), 0) end
    end
end

-- Python's json writes the last two, and a loss is often one of them.
local words = { ["true"] = true, ["false"] = false, NaN = 0 / 0, Infinity = math.huge }

function read_value(text, at, depth, null)
    if depth > 100 then error("it is nested too deeply", 0) end
    at = skip(text, at)
    local mark = text:sub(at, at)
    if mark == '"' then return read_string(text, at + 1) end
    if mark == "{" then
        local object, order = {}, {}
        at = read_items(text, at + 1, depth, "}", function(from, deep)
            from = skip(text, from)
            if text:sub(from, from) ~= '"' then error("a name in quotes is missing", 0) end
            local name, after = read_string(text, from + 1)
            after = skip(text, after)
            if text:sub(after, after) ~= ":" then error("':' is missing", 0) end
            if object[name] == nil then order[#order + 1] = name end
            object[name], after = read_value(text, after + 1, deep, null)
            return after
        end)
        return setmetatable(object, { order = order }), at
    elseif mark == "[" then
        local list = {}
        at = read_items(text, at + 1, depth, "]", function(from, deep)
            local value, after = read_value(text, from, deep, null)
            list[#list + 1] = value
            return after
        end)
        return list, at
    end
    local word = text:match("^%a+", at)
    if word == "null" then return null, at + 4 end
    if word and words[word] ~= nil then return words[word], at + #word end
    if text:find("^-Infinity", at) then return -math.huge, at + 9 end
    local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
    local number = digits and tonumber(digits)
    if not number or digits:find "^-?0%d" or digits:find "%.$" then
        error(("'%s' is no value"):format(text:sub(at, at + 9)), 0)
    end
    return number, at + #digits
end

--- Reads one JSON value. Objects keep the order of their keys in the field `order` of their metatable.
---@param text string
---@param null? any what stands for null, nil by default: such a key is absent then
---@return any value nil when it is no JSON
---@return string? problem what is wrong then
function json.decode(text, null)
    local ok, value, at = pcall(read_value, text, 1, 0, null)
    if not ok then return nil, value end
    if skip(text, at) <= #text then return nil, "something follows the value" end
    return value
end

return json
