--- Values for people: tables with sorted keys, to a depth, with cycles marked and long ones cut.

local pretty = {}

---@class docksing.pretty.Options
---@field depth? integer how many tables deep it goes; 4 by default
---@field items? integer how many items of a table are shown; 50 by default
---@field width? integer how many columns a table may take on one line; 76 by default

local defaults = { depth = 4, items = 50, width = 76 }

local keywords = {}
local words = "and break do else elseif end false for function goto if in local nil not or repeat return then true"
for word in (words .. " until while"):gmatch("%a+") do
    keywords[word] = true
end

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\0"] = "\\0", ["\27"] = "\\27" }

--- A string as Lua source: on one line, with what a terminal would not show escaped.
---@param text string
---@return string
local function quoted(text)
    local body = text:gsub('[\\"]', "\\%0"):gsub("%c", function(c)
        return escapes[c] or ("\\%03d"):format(c:byte())
    end)
    if not utf8.len(body) then
        body = body:gsub("[\128-\255]", function(c)
            return ("\\%d"):format(c:byte())
        end)
    end
    return '"' .. body .. '"'
end

local ranks = { number = 1, string = 2, boolean = 3 }

--- Numbers, then strings, then booleans, then the rest by what `tostring` says.
local function before(one, other)
    local a, b = ranks[type(one)] or 4, ranks[type(other)] or 4
    if a ~= b then return a < b end
    if a <= 2 then return one < other end
    return tostring(one) < tostring(other)
end

local function describes_itself(value)
    local metatable = debug.getmetatable(value)
    return type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil
end

local render

--- The items of a table as text, the list part first.
local function items_of(value, options, depth, seen)
    local items, shown, left = {}, 0, 0
    local function add(text)
        if shown < options.items then
            shown = shown + 1
            items[shown] = text()
        else
            left = left + 1
        end
    end
    local length = 0
    while rawget(value, length + 1) ~= nil do
        length = length + 1
        local index = length
        add(function() return render(rawget(value, index), options, depth + 1, seen) end)
    end
    local keys = {}
    for key in next, value do
        if not (math.type(key) == "integer" and key >= 1 and key <= length) then keys[#keys + 1] = key end
    end
    table.sort(keys, before)
    for _, key in ipairs(keys) do
        add(function()
            local name
            if type(key) == "string" and key:find("^[%a_][%w_]*$") and not keywords[key] then
                name = key
            else
                name = "[" .. render(key, options, options.depth, seen) .. "]"
            end
            return name .. " = " .. render(rawget(value, key), options, depth + 1, seen)
        end)
    end
    if left > 0 then items[#items + 1] = ("... %d more"):format(left) end
    return items
end

function render(value, options, depth, seen)
    if type(value) == "string" then return quoted(value) end
    if type(value) ~= "table" or describes_itself(value) then return tostring(value) end
    if seen[value] then return "<cycle>" end
    if next(value) == nil then return "{}" end
    if depth >= options.depth then return "{...}" end
    seen[value] = true
    local items = items_of(value, options, depth, seen)
    seen[value] = nil
    local line = "{ " .. table.concat(items, ", ") .. " }"
    local indent = ("  "):rep(depth)
    if #indent + #line <= options.width and not line:find("\n", 1, true) then return line end
    return "{\n" .. indent .. "  " .. table.concat(items, ",\n" .. indent .. "  ") .. "\n" .. indent .. "}"
end

--- The text that shows `value`.
---@param value any
---@param options? docksing.pretty.Options
---@return string
function pretty.format(value, options)
    return render(value, setmetatable(options or {}, { __index = defaults }), 0, {})
end

--- Prints its arguments as the prompt does: side by side, or below each other where one takes several lines.
---@param ... any
function pretty.print(...)
    local texts = table.pack(...)
    local separator = "\t"
    for index = 1, texts.n do
        texts[index] = pretty.format((select(index, ...)))
        if texts[index]:find("\n", 1, true) then separator = "\n" end
    end
    io.stdout:write(table.concat(texts, separator, 1, texts.n), "\n")
end

return pretty
