--- Values for people, as the prompt prints them: tables with sorted keys, to a depth, with cycles marked and long ones
--- cut; a list of runs as a table of rows.
---
--- ```lua
--- local pretty = require "docksing.pretty"
--- ```
---@class docksing.pretty
local pretty = {}

local color = require "docksing.color"
local rows = require "docksing.rows"

---@class docksing.FormatOptions
---@field depth? integer how many tables deep it goes; 4 by default
---@field items? integer how many items of a table are shown; 50 by default
---@field width? integer how many columns a table may take on one line; 76 by default
---@field color? boolean whether it is coloured; false by default

local defaults = { depth = 4, items = 50, width = 76 }

local keywords = {}
local words = "and break do else elseif end false for function goto if in local nil not or repeat return then true"
for word in (words .. " until while"):gmatch("%a+") do
    keywords[word] = true
end

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\0"] = "\\0", ["\27"] = "\\27" }

--- A string as Lua source: on one line, with what a terminal would not show escaped.
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

--- How many columns a text takes, the codes of colours left out.
local function width_of(text)
    local bare = text:gsub("\27%[%d*m", "")
    return utf8.len(bare) or #bare
end

local state_colors = {
    running = "cyan", completed = "green", pending = "yellow", prepared = "yellow", converting = "yellow",
}

local function is_run(value) return type(value) == "userdata" and getmetatable(value) == "run" end

--- A list of runs as rows with a head; nil when it is something else.
local function runs_table(list, options)
    if #list == 0 or next(list, #list) ~= nil then return nil end
    for _, run in ipairs(list) do
        if not is_run(run) then return nil end
    end
    local cells, widths = { { "", "run", "on", "state", "code", "directory" } }, {}
    for index, run in ipairs(list) do
        -- One whose cluster cannot be asked must not hide the others.
        local ok, code, state = pcall(run.poll, run)
        if not ok then code, state = nil, "unknown" end
        cells[#cells + 1] = { "[" .. index .. "]", run.name, run.host, state, code and tostring(code) or "", run.dir }
    end
    for _, row in ipairs(cells) do
        for column, cell in ipairs(row) do widths[column] = math.max(widths[column] or 0, width_of(cell)) end
    end
    local lines = {}
    for number, row in ipairs(cells) do
        local line = ""
        for column, cell in ipairs(row) do
            local pad = (" "):rep(widths[column] - width_of(cell) + 2)
            if options.color and number > 1 and column == 4 then
                cell = color.paint(state_colors[cell] or "red", cell)
            end
            line = line .. cell .. pad
        end
        line = line:gsub("%s+$", "")
        lines[number] = number == 1 and options.color and color.paint("bold", line) or line
    end
    return table.concat(lines, "\n")
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
    if left > 0 then items[#items + 1] = options.paint("dim", ("... %d more"):format(left)) end
    return items
end

local value_colors = { string = "green", number = "cyan", boolean = "magenta", ["nil"] = "dim", ["function"] = "blue" }

function render(value, options, depth, seen)
    local kind = type(value)
    if kind == "string" then return options.paint("green", quoted(value)) end
    if kind ~= "table" or describes_itself(value) then
        local text = tostring(value)
        return value_colors[kind] and options.paint(value_colors[kind], text) or text
    end
    if seen[value] then return options.paint("red", "<cycle>") end
    if next(value) == nil then return "{}" end
    if depth == 0 then
        local text = runs_table(value, options)
        if text then return text end
    end
    if depth >= options.depth then return options.paint("dim", "{...}") end
    seen[value] = true
    local items = items_of(value, options, depth, seen)
    seen[value] = nil
    local line = "{ " .. table.concat(items, ", ") .. " }"
    local indent = ("  "):rep(depth)
    if #indent + width_of(line) <= options.width and not line:find("\n", 1, true) then return line end
    return "{\n" .. indent .. "  " .. table.concat(items, ",\n" .. indent .. "  ") .. "\n" .. indent .. "}"
end

--- The text that shows `value`.
---
--- ```lua
--- print(require "docksing.pretty".format({ b = 1, a = { 1, 2 } }, { depth = 1 }))
--- ```
---@param value any
---@param options? docksing.FormatOptions
---@return string text
function pretty.format(value, options)
    local all = setmetatable({}, { __index = defaults })
    for name, choice in pairs(options or {}) do all[name] = choice end
    all.paint = all.color and color.paint or function(_, text) return text end
    return render(value, all, 0, {})
end

--- A text as it is, line by line; what would move the cursor is escaped.
local function written(text)
    local lines = {}
    for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\r?\n" do
        lines[#lines + 1] = rows.shown(line, true)
    end
    return table.concat(lines, "\n")
end

--- Prints its arguments as the prompt does: side by side, or below each other where one takes several lines. A text of
--- several lines that is the only one, such as a plot or a log, is written as it is.
---
--- ```lua
--- require "docksing.pretty".print({ 1, 2 }, "text")
--- ```
---@param ... any
function pretty.print(...)
    local texts = table.pack(...)
    local separator = "\t"
    for index = 1, texts.n do
        local value = select(index, ...)
        local is_text = texts.n == 1 and type(value) == "string" and value:find("\n", 1, true)
        texts[index] = is_text and written(value) or pretty.format(value, { color = color.enabled })
        if texts[index]:find("\n", 1, true) then separator = "\n" end
    end
    io.stdout:write(table.concat(texts, separator, 1, texts.n), "\n")
end

return pretty
