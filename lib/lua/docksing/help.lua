--- The manual at the prompt: `help()`, `help(hpc.submit)`, `help(run)`, `help "volumes"`.
local native = require "docksing.native"
local manual = require "docksing.manual"
local options = require "docksing.options"
local color = require "docksing.color"
local classes = require "docksing.classes"
local pages = require "docksing.pages"
local keys = require "docksing.keys"

local help = {}

local book

--- The manual, read when it is first asked for.
---@return docksing.manual.Book
function help.book()
    if not book then
        local texts = {}
        for index, name in ipairs(manual.sources) do texts[index] = native.source(name) end
        book = manual.read(texts)
    end
    return book
end

--- The names of the fields of a class, as the manual has them.
---@param class string
---@return string[]
function help.fields(class)
    local names, entry = {}, help.book().by_title[class]
    for _, member in ipairs(entry and entry.members or {}) do
        if member.kind == "field" then names[#names + 1] = member.name end
    end
    return names
end

local function indented(text) return "  " .. text:gsub("\n", "\n  ") end

local function example(text) return color.paint("bold", "Example") .. "\n" .. indented(text) end

--- Names beside what they mean, in two columns.
local function columns(rows)
    local width, lines = 0, {}
    for _, row in ipairs(rows) do width = math.max(width, utf8.len(row[1]) or #row[1]) end
    width = math.min(width, 44)
    for index, row in ipairs(rows) do
        local gap = (" "):rep(math.max(2, width + 2 - (utf8.len(row[1]) or #row[1])))
        lines[index] = ("  " .. row[1] .. gap .. row[2]):gsub("%s+$", "")
    end
    return table.concat(lines, "\n")
end

local function short(kind) return (kind:gsub("docksing%.(%u)", "%1")) end

--- What a function takes and gives, options one by one.
local function rows_of(entry)
    local rows = {}
    for _, value in ipairs(entry.parameters) do
        local class = manual.options_of(help.book(), value)
        if class then
            for _, field in ipairs(class.fields) do
                rows[#rows + 1] = { value.name .. "." .. field.name, short(field.type) .. ": " .. field.text }
            end
        else
            local text = value.text ~= "" and ": " .. value.text or ""
            rows[#rows + 1] = { value.name .. (value.optional and "?" or ""), short(value.type) .. text }
        end
    end
    for index, value in ipairs(entry.results) do
        local name = value.name ~= "" and value.name or tostring(index)
        local kind = short(value.type) .. (value.optional and " or nil" or "")
        rows[#rows + 1] = { "-> " .. name, kind .. (value.text ~= "" and ": " or "") .. value.text }
    end
    return rows
end

local function first_sentence(text)
    local paragraph = text:match "^(.-)\n\n" or text
    paragraph = paragraph:gsub("\n", " ")
    return ((paragraph:match "^(.-%.) " or paragraph):gsub("%.$", ""))
end

--- The page of one entry.
---@param entry docksing.manual.Entry
---@return string
local function page(entry)
    local parts = { color.paint("bold", manual.signature(entry)) }
    if entry.text ~= "" then parts[#parts + 1] = entry.text end
    if entry.kind == "field" then
        local value = entry.results[1]
        parts[1] = parts[1] .. ": " .. short(value.type) .. (value.optional and " or nil" or "")
    elseif entry.kind == "alias" then
        parts[#parts + 1] = indented(table.concat(entry.values, "\n"))
    elseif entry.kind == "class" then
        local rows = {}
        for _, member in ipairs(entry.members) do
            rows[#rows + 1] = { manual.signature(member), first_sentence(member.text) }
        end
        parts[1] = color.paint("bold", manual.object_name(entry.title)) .. " (" .. entry.title .. ")"
        parts[#parts + 1] = columns(rows)
    else
        local rows = rows_of(entry)
        if #rows > 0 then parts[#parts + 1] = columns(rows) end
    end
    if entry.example then parts[#parts + 1] = example(entry.example) end
    return table.concat(parts, "\n\n")
end

--- The page of a key of the config.
---@param key table what native.keys gives
---@return string
local function key_page(key)
    local name = key.chapter == "" and key.name or key.chapter .. "." .. key.name
    local known = keys[name] or {}
    local parts = { color.paint("bold", name) .. ", a key of the config" }
    if known.text then parts[#parts + 1] = known.text end
    local rows = {}
    for _, place in ipairs { "value", "docker", "cluster" } do
        if key[place] ~= "" then
            local label = ({ value = "value", docker = "under Docker", cluster = "on a cluster" })[place]
            rows[#rows + 1] = { label, key[place] }
        end
    end
    if #rows > 0 then parts[#parts + 1] = columns(rows) end
    if known.example then
        local lines = key.chapter == "" and known.example or key.chapter .. ":\n" .. indented(known.example)
        parts[#parts + 1] = example(lines .. (known.beside and "\n" .. known.beside or ""))
    end
    return table.concat(parts, "\n\n")
end

local function normal(name) return (name:lower():gsub(":", "."):gsub("^hpc%.", "cluster."):gsub("[()]", "")) end

--- Whether an entry is a page of its own: single options are told with the functions that take them.
local function is_public(entry) return entry.class and not entry.class:find "Options$" end

local named

--- All that a name can mean.
---@param name string
---@return string[] pages
function named(name)
    local wanted, found, members = normal(name), {}, {}
    if pages[wanted] then found[#found + 1] = pages[wanted] end
    for _, entry in ipairs(help.book().list) do
        local title = normal(entry.title)
        local object = entry.kind == "class" and normal(manual.object_name(entry.title))
        if title == wanted or object == wanted or (entry.kind == "alias" and title == "docksing." .. wanted) then
            found[#found + 1] = page(entry)
        elseif title ~= "job." .. wanted and normal(entry.name) == wanted and is_public(entry) then
            members[#members + 1] = page(entry)
        end
    end
    for _, text in ipairs(members) do found[#found + 1] = text end
    for _, key in ipairs(native.keys(name)) do found[#found + 1] = key_page(key) end
    if #found == 0 and name:find "s$" then return named(name:sub(1, -2)) end
    return found
end

--- The name of a function of Lua's own libraries.
local function standard_name(value)
    for _, library in ipairs { "_G", "string", "table", "math", "io", "os", "coroutine", "utf8", "debug", "package" } do
        for name, member in pairs(package.loaded[library]) do
            if rawequal(member, value) and type(name) == "string" then
                return library == "_G" and name or library .. "." .. name
            end
        end
    end
    return nil
end

--- What is called so in the manual: a public function of a module, or a method of our objects.
local function title_of(value)
    if value == nil then return nil end
    for _, entry in ipairs(help.book().list) do
        if entry.kind == "class" and rawequal(package.loaded[entry.title], value) then return entry.title end
        local module = entry.kind == "function" and package.loaded[entry.class]
        if module and rawequal(module[entry.name], value) then return entry.title end
    end
    for class, methods in pairs(classes) do
        for name, method in pairs(methods) do
            if rawequal(method, value) then return manual.object_name(class) .. ":" .. name end
        end
    end
    for class, members in pairs(native.types()) do
        for name, method in pairs(members.methods) do
            if rawequal(method, value) then return class .. ":" .. name end
        end
    end
    return nil
end

--- A page about a value that the manual does not know.
local function about(value)
    local standard = standard_name(value)
    if standard then
        return ("%s is Lua's own; see https://www.lua.org/manual/5.4/manual.html#pdf-%s"):format(standard, standard)
    elseif type(value) == "function" then
        local info = debug.getinfo(value, "S")
        return ("a function of %s%s"):format(
            info.short_src, info.linedefined > 0 and ", line " .. info.linedefined or "")
    elseif value == nil then
        return "that is nil: nothing has that name"
    end
    return ("a %s; there is nothing about it in the manual"):format(type(value))
end

local function all_names()
    local names = {}
    for _, entry in ipairs(help.book().list) do
        names[#names + 1] = entry.title
        if is_public(entry) then names[#names + 1] = entry.name end
    end
    for name in pairs(keys) do names[#names + 1] = name:match "[^.]+$" end
    for name in pairs(pages) do names[#names + 1] = name end
    table.sort(names)
    return names
end

--- The text of `help(...)`.
---@param ... any
---@return string
function help.text(...)
    local topic = ...
    if select("#", ...) == 0 then return pages.first end
    if type(topic) == "string" then
        local found = named(topic)
        if #found == 0 then
            local value = load("return " .. topic, "=help", "t", package.loaded)
            local ok, result = pcall(value or error)
            if ok and standard_name(result) then return about(result) end
            local near = native.nearest(topic) or options.nearest(topic, all_names())
            return ("there is nothing about '%s'%s; help() is the first page"):format(
                topic, near and (", did you mean '" .. near .. "'?"):gsub("%?$", "") .. "?" or "")
        end
        return table.concat(found, "\n\n")
    end
    local title = title_of(topic)
    if not title and type(topic) == "userdata" then title = getmetatable(topic) end
    -- Objects that are made in Lua have the name of their class in their metatable.
    local meta = not title and type(topic) == "table" and getmetatable(topic)
    if type(meta) == "table" then title = meta.__name end
    if type(title) ~= "string" then return about(topic) end
    local entry = help.book().by_title[title]
    return entry and page(entry) or named(title)[1] or about(topic)
end

--- Prints what there is to know about a topic.
---@param ... any
function help.show(...)
    io.stdout:write(help.text(...), "\n")
end

return help
