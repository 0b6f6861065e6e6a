--- The manual, read from the annotations of `lib/lua` (LuaCATS, which lua-language-server reads too). They are its one
--- source: the prompt's `help` and the reference in docs/lua.md are made of it. To give a new function an entry, write
--- the annotations and an example above it (of a method of a Swift object: in types/), and then the page anew:
--- `lua5.4 tools/reference.lua`.
---
--- The pages of types/ are read and never loaded: the objects that they are about are in Sources/docksing-shell/API,
--- and a test holds them to these. Examples are run by the tests; in them `job` is a job, `hpc` a cluster, `run` a run
--- of the job there.
local manual = {}

--- Whose annotations they are, below `lib/lua`, in the order of the reference.
manual.sources = {
    "docksing/types/options.lua", "docksing/types/job.lua", "docksing/types/place.lua", "docksing/types/run.lua",
    "docksing/types/error.lua", "docksing/types/sweeps.lua",
    "docksing/init.lua", "docksing/space.lua", "docksing/sweep/set.lua", "docksing/sweep.lua",
    "docksing/sweep/run.lua", "docksing/sweep/outcomes.lua", "docksing/sweep/point.lua",
    "docksing/sweep/results.lua", "docksing/sweep/plot.lua",
    "docksing/pretty.lua", "docksing/options.lua",
}

---@class docksing.manual.Value
---@field name string
---@field type string
---@field text string
---@field optional boolean

---@class docksing.manual.Entry
---@field kind "class"|"alias"|"function"|"method"|"field"
---@field class string? the class that it is part of: `docksing.Run`
---@field name string without the class: `wait`
---@field title string as a script would name it: `run:wait`
---@field text string what there is to know, in Markdown without its examples
---@field example string? code that runs
---@field parameters docksing.manual.Value[]
---@field results docksing.manual.Value[]
---@field fields docksing.manual.Value[] of a class
---@field members docksing.manual.Entry[] of a class: its fields and functions
---@field values string[] of an alias

--- What a variable of the class is called in examples: `run` for docksing.Run.
---@param class string
---@return string
function manual.object_name(class)
    local last = class:match "([^.]+)$"
    return last:find "^%u" and last:gsub("(%l)(%u)", "%1_%2"):lower() or class
end

--- Splits a type from what follows it: types may hold spaces within brackets and quotes, and after a colon.
local function split_type(text)
    local depth, index, quoted = 0, 1, false
    while index <= #text do
        local c = text:sub(index, index)
        if c == '"' then quoted = not quoted end
        if not quoted then
            if c:find "[%(%[{<]" then
                depth = depth + 1
            elseif c:find "[%)%]}>]" then
                depth = depth - 1
            elseif c == " " and depth == 0 and not text:sub(1, index - 1):find "[:,|]$" then
                break
            end
        end
        index = index + 1
    end
    return text:sub(1, index - 1), (text:sub(index + 1):gsub("^%s+", ""):gsub("^# ?", ""))
end

--- `name? type text`, as after ---@param and ---@field.
local function named_value(line)
    local name, mark, rest = line:match "^(%S-)(%??)%s+(.*)$"
    if not name then return nil end
    if name:find "^%[" then name, rest = line:match "^(%b[])%s+(.*)$" end
    local kind, text = split_type(rest)
    local optional = mark == "?" or kind:sub(-1) == "?"
    return { name = name, type = (kind:gsub("%?$", "")), text = text, optional = optional }
end

--- `type name text`, as after ---@return.
local function result_value(line)
    local kind, rest = split_type(line)
    local name, text = rest:match "^([%a_][%w_]*)%s*(.*)$"
    local optional = kind:sub(-1) == "?"
    return { name = name or "", type = (kind:gsub("%?$", "")), text = text or "", optional = optional }
end

--- The text and the example of a comment's lines.
local function prose(lines)
    local text, example, code = {}, nil, nil
    for _, line in ipairs(lines) do
        if line:find "^```" then
            if code then
                example = (example and example .. "\n" or "") .. table.concat(code, "\n")
                code = nil
            else
                code = {}
            end
        elseif code then
            code[#code + 1] = line
        else
            text[#text + 1] = line
        end
    end
    return table.concat(text, "\n"):gsub("^%s+", ""):gsub("%s+$", ""), example
end

local function new_entry(kind, class, name, title, block)
    local text, example = prose(block.text)
    return {
        kind = kind, class = class, name = name, title = title, text = text, example = example,
        parameters = block.parameters, results = block.results, fields = {}, members = {}, values = {},
    }
end

--- Reads one file's annotations into `book`.
---@param book docksing.manual.Book
---@param source string
local function read(book, source)
    local classes = {} -- local variables that stand for classes
    local function new_block() return { text = {}, parameters = {}, results = {} } end
    local block, class, alias = new_block(), nil, nil

    local function add(entry)
        book.list[#book.list + 1] = entry
        book.by_title[entry.title] = entry
        local owner = entry.class and book.by_title[entry.class]
        if owner then owner.members[#owner.members + 1] = entry end
        return entry
    end
    local function tag(name, rest)
        if name == "class" then
            local title = rest:match "^[%w_.]+"
            -- Whose methods are in several files is declared in each.
            class = book.by_title[title] or add(new_entry("class", nil, rest, title, block))
            block = new_block()
        elseif name == "alias" then
            alias = add(new_entry("alias", nil, rest, rest:match "^[%w_.]+", block))
            block = new_block()
        elseif name == "field" and class then
            local value = named_value(rest)
            class.fields[#class.fields + 1] = value
            local title = manual.object_name(class.title) .. "." .. value.name
            local field = new_entry("field", class.title, value.name, title, { text = { value.text } })
            field.parameters, field.results = {}, { value }
            add(field)
        elseif name == "param" then
            block.parameters[#block.parameters + 1] = named_value(rest)
        elseif name == "return" then
            block.results[#block.results + 1] = result_value(rest)
        end
    end

    for line in (source .. "\n"):gmatch "(.-)\n" do
        local name, rest = line:match "^%-%-%-@(%a+)%s*(.*)$"
        local value = line:match '^%-%-%-| "(.*)$'
        local text = line:match "^%-%-%- ?(.*)$"
        if name then
            tag(name, rest)
        elseif value and alias then
            alias.values[#alias.values + 1] = value:gsub('"', "", 1)
        elseif text then
            block.text[#block.text + 1] = text
        else
            local variable = line:match "^local ([%a_][%w_]*) ="
            if variable and class then classes[variable] = class.title end
            local owner, mark, called, list = line:match "^function ([%a_][%w_]*)([.:])([%a_][%w_]*)(%b())"
            if owner and classes[owner] then
                local title = manual.object_name(classes[owner]) .. mark .. called
                local kind = mark == ":" and "method" or "function"
                add(new_entry(kind, classes[owner], called, title, block)).vararg = list:find("...", 1, true) ~= nil
            end
            block, class, alias = new_block(), nil, nil
        end
    end
end

---@class docksing.manual.Book
---@field list docksing.manual.Entry[] in the order of the sources
---@field by_title table<string, docksing.manual.Entry> classes by their full name too: `docksing.Run`

--- Makes a manual of the sources of modules.
---@param sources string[] their text
---@return docksing.manual.Book
function manual.read(sources)
    local book = { list = {}, by_title = {} }
    for _, source in ipairs(sources) do read(book, source) end
    return book
end

--- How a function is called, and what it gives: `run:wait(options?) -> code, state`.
---@param entry docksing.manual.Entry
---@return string
function manual.signature(entry)
    if entry.kind ~= "function" and entry.kind ~= "method" then return entry.title end
    local names, results = {}, {}
    for index, value in ipairs(entry.parameters) do
        names[index] = value.name .. (value.optional and "?" or "")
    end
    for index, value in ipairs(entry.results) do
        results[index] = value.name ~= "" and value.name or value.type:gsub("^docksing%.", "")
    end
    local gives = #results > 0 and " -> " .. table.concat(results, ", ") or ""
    return ("%s(%s)%s"):format(entry.title, table.concat(names, ", "), gives)
end

--- The class of options that a parameter takes, when it takes one.
---@param book docksing.manual.Book
---@param value docksing.manual.Value
---@return docksing.manual.Entry?
function manual.options_of(book, value)
    -- Perhaps after a shorter form: `string|docksing.SweepFetchOptions`.
    local class = book.by_title[value.type:match "docksing%.%w+Options$" or ""]
    return class and class.kind == "class" and class or nil
end

return manual
