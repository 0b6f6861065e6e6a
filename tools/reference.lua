-- Writes the references in docs/lua.md and docs/sweeps.md from the annotations of lib/lua, which are also the manual at
-- the prompt and what editors know of the API. Between <!-- reference: NAME --> and <!-- end --> stands what there is
-- to know of that class.
--   lua5.4 tools/reference.lua          writes the pages
--   lua5.4 tools/reference.lua --check  says whether they are as they would be written
local root = arg[0]:match "^(.*)/tools/[^/]*$" or "."
package.path = root .. "/lib/lua/?.lua;" .. package.path
local manual = require "docksing.manual"

local function read(path)
    local file <close> = assert(io.open(root .. "/" .. path))
    return file:read "a"
end

local sources = {}
for index, name in ipairs(manual.sources) do sources[index] = read("lib/lua/" .. name) end
local book = manual.read(sources)

local function cell(text) return (text:gsub("|", "\\|"):gsub("%s*\n%s*", " ")) end

--- The options that a function takes, as a sentence.
local function options_of(entry)
    local parts = {}
    for _, parameter in ipairs(entry.parameters) do
        local class = manual.options_of(book, parameter)
        for _, field in ipairs(class and class.fields or {}) do
            parts[#parts + 1] = ("`%s`: %s"):format(field.name, field.text)
        end
    end
    return #parts > 0 and " Options: " .. table.concat(parts, "; ") .. "." or ""
end

--- What a function gives, where the names alone do not say it.
local function results_of(entry)
    local parts = {}
    for _, value in ipairs(entry.results) do
        if value.text ~= "" then parts[#parts + 1] = ("`%s`: %s"):format(value.name, value.text) end
    end
    return #parts > 0 and " Gives " .. table.concat(parts, "; ") .. "." or ""
end

--- The words that a field of a type can be.
local function values_of(kind)
    local alias, words = book.by_title[kind], {}
    for _, value in ipairs(alias and alias.values or {}) do
        local word, meaning = value:match "^(%S+)%s*#?%s*(.*)$"
        words[#words + 1] = meaning ~= "" and ("`%s` (%s)"):format(word, meaning) or ("`%s`"):format(word)
    end
    for word in kind:gmatch '"([%w_]+)"' do words[#words + 1] = "`" .. word .. "`" end
    return #words > 0 and ": " .. table.concat(words, ", ") or ""
end

--- The table of a class.
local function reference(name)
    local class = assert(book.by_title[name], "no class is called " .. name)
    local lines, is_options = { "| | |", "|---|---|" }, name:find "Options$"
    for _, member in ipairs(class.members) do
        -- Of a table of options the keys are enough.
        local call = is_options and member.name or manual.signature(member):gsub(" %->.*$", "")
        local value = member.results[1]
        local text = member.text
        if member.kind == "field" then text = text .. values_of(value.type) end
        -- What is there whatever the key is called is said in the class's own words.
        if not member.name:find "^%[" then lines[#lines + 1] = ("| `%s` | %s%s%s |"):format(
            call, cell(text), cell(options_of(member)), member.kind == "field" and "" or cell(results_of(member))) end
    end
    return table.concat(lines, "\n")
end

for _, page in ipairs { "docs/lua.md", "docs/sweeps.md" } do
    local text = read(page)
    local written = text:gsub("(<!%-%- reference: (%S+) %-%->\n).-(<!%-%- end %-%->)", function(open, name, close)
        return open .. reference(name) .. "\n" .. close
    end)
    if arg[1] ~= "--check" then
        local file <close> = assert(io.open(root .. "/" .. page, "w"))
        file:write(written)
    elseif written ~= text then
        io.stderr:write(page, ": not as the annotations of lib/lua say; run 'lua5.4 tools/reference.lua'\n")
        os.exit(false)
    end
end
