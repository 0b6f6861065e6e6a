-- Holds the manual to what there is, and what there is to the manual: run by docksing-shell, which prints nothing when all is
-- well. Each line it prints is a mistake.
local native = require "docksing.native"
local manual = require "docksing.manual"
local help = require "docksing.help"
local keys = require "docksing.keys"
local pages = require "docksing.pages"
local book = help.book()

local function mistake(...) print(string.format(...)) end

-- Objects of Swift: every method and property has an entry, every entry something that it is about.
local types, checked = native.types(), 0
for name, members in pairs(types) do
    for method in pairs(members.methods) do
        checked = checked + 1
        if not book.by_title[name .. ":" .. method] then
            mistake("%s:%s has no entry in lib/lua/docksing/types", name, method)
        end
    end
    for _, property in ipairs(members.properties) do
        checked = checked + 1
        if not book.by_title[name .. "." .. property] then
            mistake("%s.%s has no entry in lib/lua/docksing/types", name, property)
        end
    end
end
if checked < 25 then mistake("only %d members of objects were found", checked) end
for _, entry in ipairs(book.list) do
    local members = entry.class and types[manual.object_name(entry.class)]
    if members and entry.kind == "method" and not members.methods[entry.name] then
        mistake("%s is in the manual, and objects of that type have no such method", entry.title)
    elseif members and entry.kind == "field" and #members.properties > 0 then
        local found = false
        for _, property in ipairs(members.properties) do found = found or property == entry.name end
        if not found then mistake("%s is in the manual, and there is no such property", entry.title) end
    end
end

-- Modules of Lua.
for _, name in ipairs { "docksing", "docksing.space", "docksing.pretty", "docksing.options" } do
    local module = require(name)
    for key in pairs(module) do
        if not book.by_title[name .. "." .. key] then mistake("%s.%s has no annotations", name, key) end
    end
    for _, entry in ipairs(book.by_title[name].members) do
        if module[entry.name] == nil then mistake("%s is in the manual, and not in the module", entry.title) end
        if type(module[entry.name]) == "function" then
            local page = help.text(module[entry.name])
            if not page:find(manual.signature(entry), 1, true) then mistake("help(%s) is another page", entry.title) end
        end
    end
end
for name, members in pairs(types) do
    for method, value in pairs(members.methods) do
        if not help.text(value):find(name .. ":" .. method, 1, true) then
            mistake("help(%s.%s) is another page:\n%s", name, method, help.text(value))
        end
    end
end

-- Objects that are made in Lua.
local classes = require "docksing.classes"
for _, name in ipairs { "docksing.sweep", "docksing.sweep.run" } do require(name) end
for class, methods in pairs(classes) do
    for name, method in pairs(methods) do
        local title = manual.object_name(class) .. ":" .. name
        if not book.by_title[title] then mistake("%s has no annotations", title) end
        if not help.text(method):find(title, 1, true) then mistake("help(%s) is another page:\n%s", title, help.text(method)) end
    end
    if not book.by_title[class] then mistake("%s has no annotations", class) end
end
local points = docksing.space.grid { A = { 1 } }
if not help.text(points):find("space:where", 1, true) then mistake("help of a set of points is not its page") end

-- Every entry says something, and every function has an example that is Lua.
for _, entry in ipairs(book.list) do
    local is_call = entry.kind == "function" or entry.kind == "method"
    local is_options = (entry.class or entry.title):find "Options$"
    if entry.text == "" and entry.kind ~= "class" and not entry.name:find "^%[" then mistake("%s has no text", entry.title) end
    if is_call and not entry.example then mistake("%s has no example", entry.title) end
    if entry.example and not load(entry.example) then mistake("the example of %s is no Lua", entry.title) end
    if is_call and not is_options and entry.vararg == false then
        for _, parameter in ipairs(entry.parameters) do
            if parameter.type == "" then mistake("%s: the parameter %s has no type", entry.title, parameter.name) end
        end
    end
end

-- Keys of the config: each text is about a key, each key that means something in a job has one, each example is a config.
for name, known in pairs(keys) do
    local found = native.keys(name)
    if #found ~= 1 then mistake("%s is no key of the config", name) end
    local chapter = name:match "^(%l+)%." or ""
    local lines = chapter == "" and known.example or chapter .. ":\n  " .. known.example
    local others = { remotedir = "remotedir: runs/x", slurm = "slurm: {}", container = "container: {image: alpine}" }
    if chapter == "container" and name ~= "container.image" then lines = lines .. "\n  image: alpine" end
    others[chapter == "" and name or chapter] = lines
    others.beside = known.beside
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    for _, text in pairs(others) do file:write(text, "\n") end
    file:close()
    local ok, err = pcall(docksing.load, path)
    os.remove(path)
    if not ok and name ~= "docksing.service" then mistake("the example of %s: %s", name, err.message) end
end
for _, name in ipairs(arg) do
    if not keys[name] then mistake("%s has no text in lib/lua/docksing/keys.lua", name) end
end

-- What people ask.
for topic, words in pairs {
    volumes = "a key of the config", ["slurm.time"] = "duration", time = "sbatch --time", wait = "run:wait", run = "docksing.Run",
    ["hpc.submit"] = "cluster:submit", ["hpc:submit"] = "cluster:submit", sweep = "docksing.Sweep", retry = "sweep_run:retry", loguniform = "docksing.space.loguniform", states = "out_of_memory", prompt = "Ctrl-C",
    config = "remotedir", privileged = "needs root", ["string.rep"] = "lua.org", volums = "did you mean 'volumes'",
    ["run:wiat"] = "did you mean 'run:wait'", err = "nothing about", ["cpus_per_task"] = "cpus-per-task",
} do
    if not help.text(topic):find(words, 1, true) then mistake("help %q does not say %q:\n%s", topic, words, help.text(topic)) end
end
if not help.text():find("help(hpc.submit)", 1, true) then mistake("help() is not the first page") end
if not help.text(nil):find("that is nil", 1, true) then mistake("help(nil) is not about nil") end
if not help.text(print):find("print is Lua's own", 1, true) then mistake("help(print) does not know print") end
if not help.text(mistake):find("manual.lua, line", 1, true) then mistake("help(mistake): %s", help.text(mistake)) end
if not help.text(docksing.engine()):find("engine:submit", 1, true) then mistake("help of an object is not its type's page") end
for name, page in pairs(pages) do
    for line in page:gmatch "[^\n]+" do
        if (utf8.len(line) or #line) > 130 then mistake("the page %s has a line too long for a terminal", name) end
    end
end
